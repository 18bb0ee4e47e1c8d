/* Journals of whole runs are folded again: an engine that comes to another result, or tells another
 * event, than the one that wrote them has changed what recorded runs mean. */
#include <dirent.h>

#include "journal_lines.h"
/* behind cmocka.h */
#include "event_schemas.h"

#define FOLDER FIXTURES "/journals"

static void replay_file(const char *name)
{
    char path[512];
    size_t i;
    json_t *line;
    struct error err = {0};
    snprintf(path, sizeof path, FOLDER "/%s", name);
    json_t *lines = read_lines(path);
    snprintf(path + strlen(path) - strlen("jsonl"), sizeof "json", "json");
    json_t *recorded = json_load_file(path, 0, NULL);
    struct replay *r = replay_new(lines, &err);
    if (!r)
        fail_msg("%s: %s", name, err.text);
    json_array_foreach (lines, i, line)
        if (replay_line(r, line, &err) < 0)
            fail_msg("%s: %s", name, err.text);
    assert_int_equal(replay_missing(r), 0);
    assert_events_fit(lines);
    char *a = json_dumps(replay_result(r), JSON_COMPACT);
    char *b = json_dumps(json_object_get(recorded, "result"), JSON_COMPACT);
    assert_string_equal(a, b);
    assert_string_equal(replay_outcome(r), j_str(recorded, "outcome", ""));
    free(a);
    free(b);
    replay_free(r);
    json_decref(recorded);
    json_decref(lines);
}

static void recorded_runs_fold_to_their_results(void **state)
{
    (void)state;
    int count = 0;
    struct dirent *entry;
    DIR *dir = opendir(FOLDER);
    assert_non_null(dir);
    while ((entry = readdir(dir))) {
        const char *end = strrchr(entry->d_name, '.');
        if (!end || strcmp(end, ".jsonl") != 0)
            continue;
        replay_file(entry->d_name);
        count++;
    }
    closedir(dir);
    assert_true(count >= 5);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(recorded_runs_fold_to_their_results)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
