/* What a run records and asks for, whole. Each NAME.json of tests/golden/runs is a council with
 * what its models answer; NAME.txt is every event, every request and the result. A change of what
 * runs record is a change of these files, which `make golden` writes and a reviewer reads.
 *
 * A case: {about, council or auto, script, input?, options?, reliability?, at?: [[ms, fact]],
 * before?: {lines, council?, script?, options?}}. A `text` of the script that is no string is told
 * as JSON. `before` is a run that was cut after so many lines (0: at its end) and that this one
 * resumes. */
#include <dirent.h>

#include "runner/deliberation/resume.h"

#include "golden.h"
/* behind cmocka.h */
#include "event_schemas.h"
#include "golden_text.h"

#define RUNS GOLDEN "/runs"

enum { LINE_MAX_BYTES = 200 };

/* ---- a case ---- */

static void write_texts(json_t *script)
{
    const char *call;
    size_t i;
    json_t *replies, *reply;
    json_object_foreach (script, call, replies) {
        json_array_foreach (replies, i, reply) {
            json_t *text = json_object_get(reply, "text");
            if (!text || json_is_string(text))
                continue;
            char *dumped = json_dumps(text, JSON_COMPACT);
            json_object_set_new(reply, "text", json_string(dumped));
            free(dumped);
        }
    }
}

static void take(json_t **to, json_t *from, const char *key)
{
    json_t *value = json_object_get(from, key);
    if (!value)
        return;
    json_decref(*to);
    *to = json_deep_copy(value);
}

static struct drive drive_of(json_t *golden)
{
    size_t i;
    json_t *fact;
    struct drive d;
    char *automatic = json_dumps(json_object_get(golden, "auto"), 0);
    d = automatic ? auto_new_drive(automatic, "{}") : drive_new("{}", "{}");
    d.resolved = automatic != NULL;
    free(automatic);
    d.says = golden_says;
    take(&d.council, golden, "council");
    take(&d.script, golden, "script");
    take(&d.input, golden, "input");
    take(&d.options, golden, "options");
    take(&d.reliability, golden, "reliability");
    write_texts(d.script);
    json_array_foreach (json_object_get(golden, "at"), i, fact)
        json_array_append_new(d.at, json_pack("{sOsO}", "due", json_array_get(fact, 0), "fact",
                                              json_array_get(fact, 1)));
    return d;
}

/* The run that is resumed: its lines are the caller's. */
static json_t *lines_before(json_t *golden)
{
    json_t *before = json_object_get(golden, "before"), *whole = json_copy(golden);
    json_object_del(whole, "at");
    json_object_update(whole, before);
    struct drive d = drive_of(whole);
    drive_run(&d);
    json_t *lines = json_incref(d.events);
    size_t n = (size_t)j_int(before, "lines", 0);
    while (n && json_array_size(lines) > n)
        json_array_remove(lines, json_array_size(lines) - 1);
    drive_release(&d);
    json_decref(whole);
    return lines;
}

/* ---- what is written down ---- */

static void add_value(struct strbuf *out, int depth, const char *key, json_t *value);

/* The names of members that are null stand together on a line. */
static void add_members(struct strbuf *out, int depth, json_t *value)
{
    const char *key, *comma = "";
    size_t i;
    json_t *member;
    json_object_foreach (value, key, member) {
        if (!json_is_null(member))
            add_value(out, depth, key, member);
    }
    json_object_foreach (value, key, member) {
        if (!json_is_null(member))
            continue;
        if (!*comma)
            strbuf_addf(out, "%*snull:", depth, "");
        strbuf_addf(out, "%s %s", comma, key);
        comma = ",";
    }
    strbuf_str(out, *comma ? "\n" : "");
    json_array_foreach (value, i, member)
        add_value(out, depth, "-", member);
}

/* On one line what fits there. */
static void add_value(struct strbuf *out, int depth, const char *key, json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(12));
    bool parts = json_object_size(value) + json_array_size(value) > 0;
    bool fits = !parts || strlen(text) <= LINE_MAX_BYTES;
    strbuf_addf(out, "%*s%s%s%s\n", depth, "", key, fits ? " " : "", fits ? text : "");
    free(text);
    if (!fits)
        add_members(out, depth + 1, value);
}

/* Takes out of `now` what `before` has too, and names in `gone` what it has alone. */
static void leave_changes(json_t *now, json_t *before)
{
    const char *key;
    void *next;
    json_t *member, *gone = json_array();
    json_object_foreach (before, key, member) {
        if (!json_object_get(now, key))
            json_array_append_new(gone, json_string(key));
    }
    json_object_foreach_safe (now, next, key, member) {
        json_t *old = json_object_get(before, key);
        if (old && json_equal(old, member))
            json_object_del(now, key);
        else if (json_object_size(old) && json_is_object(member))
            leave_changes(member, old);
    }
    if (json_array_size(gone))
        json_object_set(now, "gone", gone);
    json_decref(gone);
}

/* What differs from the one before of the same name. */
static void add_changes(struct strbuf *out, const char *name, json_t *value, json_t *last)
{
    json_t *shown = json_deep_copy(value);
    leave_changes(shown, json_object_get(last, name));
    json_object_set_new(last, name, json_deep_copy(value));
    add_value(out, 0, name, shown);
    json_decref(shown);
}

/* Of results that events have told only that they have. */
static void shorten(json_t *value, json_t *told)
{
    const char *key;
    size_t i;
    json_t *member;
    json_array_foreach (value, i, member)
        shorten(member, told);
    json_object_foreach (value, key, member) {
        json_t *before = json_object_get(told, j_str(member, "call_id", ""));
        if (before && json_equal(member, before))
            json_object_set_new(value, key, json_string("as completed"));
        else
            shorten(member, told);
    }
}

static void add_event(struct strbuf *out, json_t *event, json_t *told, json_t *last)
{
    json_t *shown = json_deep_copy(event), *result = json_object_get(event, "result");
    const char *type = j_str(event, "type", "");
    assert_int_equal(j_int(event, "v", 0), 1);
    assert_string_equal(j_str(event, "run_id", ""), "run_test");
    static const char *const known[] = {"v", "run_id", "ts", "type"};
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        json_object_del(shown, known[i]);
    if (strcmp(type, "run_started") == 0)
        json_object_del(shown, "council");
    if (strcmp(type, "member_completed") == 0)
        json_object_set(told, j_str(result, "call_id", ""), result);
    else
        shorten(shown, told);
    add_changes(out, type, shown, last);
    json_decref(shown);
}

/* Of the messages only how many there are: test_golden_prompts.c shows them, and call_key is made
 * of them. */
static void add_asked(struct strbuf *out, json_t *asked, json_t *last)
{
    json_t *shown = json_copy(asked);
    size_t n = json_array_size(json_object_get(asked, "messages"));
    json_object_set_new(shown, "messages", json_integer((json_int_t)n));
    add_changes(out, "asked", shown, last);
    json_decref(shown);
}

static char *record_of(struct drive *d, json_t *golden)
{
    struct strbuf out = STRBUF_INIT;
    size_t i;
    json_t *event, *asked, *told = json_object(), *last = json_object();
    assert_events_fit(d->events);
    strbuf_addf(&out, "%s\n\nWritten by `make golden`, compared by `make test`.\n\n",
                j_str(golden, "about", "?"));
    json_array_foreach (d->events, i, event)
        add_event(&out, event, told, last);
    add_value(&out, 0, "tools", d->tooled);
    add_value(&out, 0, "aborted", d->aborted);
    json_array_foreach (d->asked, i, asked)
        add_asked(&out, asked, last);
    json_decref(told);
    json_decref(last);
    return strbuf_take(&out);
}

static char *played(json_t *golden)
{
    struct resume resume;
    struct drive d = drive_of(golden);
    json_t *lines = json_object_get(golden, "before") ? lines_before(golden) : NULL;
    const struct resume_source source = {.run_id = "run_before", .lines = lines};
    if (lines) {
        assert_int_equal(resume_read(&source, 1, &resume, NULL), 0);
        d.resume = &resume;
        d.no_replay = true;
    }
    drive_run(&d);
    if (lines)
        resume_release(&resume);
    json_decref(lines);
    char *text = record_of(&d, golden);
    drive_release(&d);
    return text;
}

/* ---- files ---- */

static bool play(const char *name)
{
    char path[300];
    json_error_t error;
    snprintf(path, sizeof path, RUNS "/%s.json", name);
    json_t *golden = json_load_file(path, 0, &error);
    if (!golden)
        fail_msg("%s:%d: %s", path, error.line, error.text);
    char *text = played(golden);
    snprintf(path, sizeof path, RUNS "/%s.txt", name);
    bool other = golden_differs(path, text);
    free(text);
    json_decref(golden);
    return other;
}

/* Plays every case; a record without a case is one too many. */
static void the_runs_record_what_they_did(void **state)
{
    (void)state;
    int differ = 0, records = 0;
    struct dirent *entry;
    DIR *dir = opendir(RUNS);
    assert_non_null(dir);
    while ((entry = readdir(dir))) {
        char *dot = strrchr(entry->d_name, '.');
        if (dot && strcmp(dot, ".json") == 0) {
            *dot = '\0';
            differ += play(entry->d_name);
            records++;
        } else if (dot && strcmp(dot, ".txt") == 0) {
            records--;
        }
    }
    closedir(dir);
    if (differ)
        fail_msg("%d records differ: read them, and if they are as they should be, make golden",
                 differ);
    if (!getenv("GOLDEN_WRITE"))
        assert_int_equal(records, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_runs_record_what_they_did)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
