/* A journal may come from anywhere: a disk that lied, another version, somebody who wrote it by
 * hand. Whatever stands in it, a replay agrees or says where it does not, and the pages made of it
 * are some pages; nothing crashes, and all of it ends.
 *
 * Each line of each recorded journal is changed member by member, in the ways of CHANGES by turns,
 * and left out, doubled, and put in another place. */
#include <dirent.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/jx.h"
#include "runner/deliberation/replay.h"
#include "story/diagram.h"
#include "story/story.h"
#include "story/transcript.h"

#define FOLDER FIXTURES "/journals"

enum change {
    ABSENT,
    NOTHING,
    NUMBER,
    HUGE_NUMBER,
    LOW_NUMBER,
    HUGE_REAL,
    UNKNOWN_WORD,
    TRUTH,
    LIST,
    OBJECT,
    CHANGES
};

static json_t *parse_json(const char *text)
{
    json_t *v = json_loads(text, JSON_DECODE_ANY, NULL);
    assert_non_null(v);
    return v;
}

static json_t *changed_to(enum change change)
{
    static const char *const values[CHANGES] = {
        [NOTHING] = "null",
        [NUMBER] = "-1",
        [HUGE_NUMBER] = "9223372036854775807",
        [LOW_NUMBER] = "-9223372036854775807",
        [HUGE_REAL] = "1e308",
        [UNKNOWN_WORD] = "\"r9i9:member:zed\"",
        [TRUTH] = "true",
        [LIST] = "[null, {\"id\": 1}]",
        [OBJECT] = "{\"zed\": null}",
    };
    return parse_json(values[change]);
}

static int replays, agreed;

static void page_of(void (*make)(struct buf *to, const json_t *what), const json_t *what)
{
    struct buf page;
    buf_init(&page, 16 << 20);
    make(&page, what);
    assert_true(page.len > 0);
    buf_release(&page);
}

static void tell_all(json_t *lines)
{
    json_t *story = story_fold(lines);
    page_of(transcript_markdown, story);
    page_of(transcript_html, story);
    page_of(diagram_sequence_journal, lines);
    json_decref(story);
}

/* Every line is asked for, also after a fault, as long as the replay is there. */
static void replay_all(json_t *lines)
{
    size_t i;
    json_t *line;
    struct error err = {0};
    struct replay *r = replay_new(lines, &err);
    bool good = r != NULL;
    replays++;
    assert_true(r || err.text[0]);
    json_array_foreach (lines, i, line) {
        err = (struct error){0};
        good = good && replay_line(r, line, &err) == 0;
        if (!good)
            break;
    }
    assert_true(good || err.text[0] || !r);
    if (r)
        assert_true(replay_missing(r) >= 0);
    agreed += good;
    replay_free(r);
}

/* One way for each member, by turns: there are so many that all ways come about everywhere. */
static int turn;
static void (*read_them)(json_t *lines);

/* With the member changed, then as it was. `holder` stands somewhere in the lines. */
static void try_change(json_t *lines, json_t *holder, const char *key)
{
    json_t *kept = json_copy(holder); /* with the order of its members, which is compared too */
    enum change change = (enum change)(turn++ % CHANGES);
    if (change == ABSENT)
        json_object_del(holder, key);
    else
        json_object_set_new(holder, key, changed_to(change));
    read_them(lines);
    json_object_clear(holder);
    json_object_update(holder, kept);
    json_decref(kept);
}

static void each_member(json_t *lines, json_t *value, int depth);

static void each_key(json_t *lines, json_t *object, int depth)
{
    const char *key;
    json_t *v, *keys = json_array();
    size_t i;
    json_object_foreach (object, key, v)
        json_array_append_new(keys, json_string(key));
    json_array_foreach (keys, i, v) {
        try_change(lines, object, json_string_value(v));
        each_member(lines, json_object_get(object, json_string_value(v)), depth);
    }
    json_decref(keys);
}

static void each_member(json_t *lines, json_t *value, int depth)
{
    size_t i;
    json_t *one;
    if (depth == 0)
        return;
    if (json_is_object(value))
        each_key(lines, value, depth - 1);
    json_array_foreach (value, i, one)
        each_member(lines, one, depth - 1);
}

static bool is_type(const json_t *line, const char *type)
{
    return strcmp(j_str(line, "type", ""), type) == 0;
}

/* Of lines that the engine tells by itself only what it compares; of the others all. */
static int depth_of(const json_t *line)
{
    static const char *const told_to_it[] = {
        "run_started",      "run_resumed", "attempt_failed",   "exchange_completed",
        "tool_call_result", "carried",     "cancel_requested", "warning"};
    for (size_t i = 0; i < sizeof told_to_it / sizeof told_to_it[0]; i++)
        if (is_type(line, told_to_it[i]))
            return 16;
    return 1;
}

/* council: also what stands inside the council, which is much and the same in all. */
static void change_members(json_t *lines, bool council)
{
    size_t i;
    json_t *line;
    json_t *seen = json_object();
    json_array_foreach (lines, i, line) {
        const char *type = j_str(line, "type", "");
        bool fact = depth_of(line) > 1, first = !json_object_get(seen, type);
        read_them = replay_all;
        if (fact || first)
            each_member(lines, line, is_type(line, "run_started") && !council ? 1 : depth_of(line));
        read_them = tell_all;
        if (first)
            each_member(lines, line, council ? 16 : 1);
        json_object_set_new(seen, type, json_true());
    }
    json_decref(seen);
}

static void change_lines(json_t *lines)
{
    for (size_t i = 0; i < json_array_size(lines); i++) {
        json_t *line = json_incref(json_array_get(lines, i));
        json_array_insert(lines, i, line); /* doubled */
        replay_all(lines);
        json_array_remove(lines, i);
        json_array_remove(lines, i); /* left out */
        replay_all(lines);
        json_array_append(lines, line); /* at the end */
        replay_all(lines);
        json_array_remove(lines, json_array_size(lines) - 1);
        json_array_insert_new(lines, i, changed_to(LIST)); /* no event at all */
        replay_all(lines);
        json_array_set(lines, i, line);
        json_decref(line);
    }
}

static void change_all(json_t *lines, bool council)
{
    int before = agreed;
    replay_all(lines);
    assert_int_equal(agreed, before + 1);
    change_lines(lines);
    change_members(lines, council);
    before = agreed;
    replay_all(lines); /* nothing of it has stayed */
    assert_int_equal(agreed, before + 1);
}

static json_t *read_lines(const char *path)
{
    json_t *lines = json_array();
    char *line = NULL;
    size_t size = 0;
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (getline(&line, &size, file) > 0)
        json_array_append_new(lines, parse_json(line));
    free(line);
    fclose(file);
    return lines;
}

static void recorded_journals(void **state)
{
    (void)state;
    struct dirent *entry;
    int count = 0;
    DIR *dir = opendir(FOLDER);
    assert_non_null(dir);
    while ((entry = readdir(dir))) {
        const char *end = strrchr(entry->d_name, '.');
        char path[512];
        if (!end || strcmp(end, ".jsonl") != 0)
            continue;
        snprintf(path, sizeof path, FOLDER "/%s", entry->d_name);
        json_t *lines = read_lines(path);
        change_all(lines, strncmp(entry->d_name, "tournament", 10) == 0);
        json_decref(lines);
        count++;
    }
    closedir(dir);
    assert_true(count >= 5);
    print_message("%d replays, %d of them agreed\n", replays, agreed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(recorded_journals)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
