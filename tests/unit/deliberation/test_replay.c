/* A journal that this engine would not have written is refused, and it is said at which line and
 * why; which of it is cut off is counted. */
#include <errno.h>

#include "journal_lines.h"

#define LINES FIXTURES "/journals/debate.jsonl"

/* Without a value the member goes. */
static json_t *changed(json_t *line, const char *name, const char *value)
{
    if (!value)
        json_object_del(line, name);
    else
        json_object_set_new(line, name, json_loads(value, JSON_DECODE_ANY, NULL));
    return line;
}

#define LACKS "run_started lacks what a replay needs"

static const struct {
    const char *name, *value, *error;
} BEGINNINGS[] = {
    {"type", "\"round_started\"", "the journal does not begin with run_started"},
    {"type", NULL, "the journal does not begin with run_started"},
    {"engine_version", "\"0\"",
     "the journal was written by version 0 of the engine, this is " ENGINE_VERSION},
    {"engine_version", NULL,
     "the journal was written by version  of the engine, this is " ENGINE_VERSION},
    {"seed", "\"\"", LACKS},
    {"seed", NULL, LACKS},
    {"seed", "\"s\"", NULL},
    {"run_id", NULL, LACKS},
    {"input", NULL, LACKS},
    {"input", "null", NULL},
    {"ts", NULL, LACKS},
    {"ts", "\"yesterday\"", LACKS},
    {"ms", NULL, LACKS},
    {"ms", "-1", LACKS},
    {"ms", "0.5", LACKS},
    {"ms", "100000000000001", LACKS},
    {"ms", "100000000000000", NULL},
    {"council", "[]", "council and options of run_started are no objects"},
    {"options", "1", "council and options of run_started are no objects"},
    {"options", NULL, NULL},
    {"verbose", "true", NULL},
    {"options", "{\"seed\": 1, \"other\": []}", NULL}, /* they have done their work */
    {"options", "{\"history\": 1}",
     "the options of run_started: This must be an array, not an integer."},
    {"options", "{\"documents\": 1}",
     "the options of run_started: This must be an array, not an integer."},
    {"options", "{\"reports\": 1}",
     "the options of run_started: This must be an array, not an integer."},
    {"options", "{\"metadata\": 1}",
     "the options of run_started: This must be an object, not an integer."},
};

static void begin_with(const char *name, const char *value, const char *error)
{
    json_t *lines = read_lines(LINES);
    struct error err = {0};
    changed(json_array_get(lines, 0), name, value);
    struct replay *r = replay_new(lines, &err);
    if (!r != !!error)
        fail_msg("%s %s: %s", name, value, err.text);
    assert_string_equal(err.text, error ? error : "");
    assert_int_equal(err.number, r ? 0 : EINVAL);
    replay_free(r);
    json_decref(lines);
}

static void what_it_begins_with(void **state)
{
    (void)state;
    char seed[140], quoted[140];
    for (size_t i = 0; i < sizeof BEGINNINGS / sizeof BEGINNINGS[0]; i++)
        begin_with(BEGINNINGS[i].name, BEGINNINGS[i].value, BEGINNINGS[i].error);
    memset(seed, 's', sizeof seed);
    snprintf(quoted, sizeof quoted, "\"%.128s\"", seed);
    begin_with("seed", quoted, NULL);
    snprintf(quoted, sizeof quoted, "\"%.129s\"", seed);
    begin_with("seed", quoted, LACKS);
    replay_free(NULL);
}

/* An engine is made of what stands in the first line. */
static void what_the_engine_is_told(void **state)
{
    (void)state;
    struct engine_spec spec;
    struct error err = {0};
    json_t *lines = read_lines(LINES), *first = json_array_get(lines, 0);
    changed(changed(first, "ms", "7"), "ts", "\"2026-11-28T06:24:33.667Z\"");
    changed(changed(first, "max_parallel", "3"), "verbose", "true");
    assert_int_equal(replay_spec(first, &spec, &err), 0);
    assert_int_equal(spec.started_wall_ms % 1000, 660);
    assert_int_equal(spec.max_parallel, 3);
    assert_true(spec.verbose);
    assert_string_equal(spec.run_id, "debate");
    assert_string_equal(spec.council_id, "dynamic:debate");
    assert_string_equal(spec.council_sha256, j_str(first, "council_sha256", ""));
    assert_string_equal(spec.ask_sha256, j_str(first, "ask_sha256", ""));
    assert_string_equal(spec.seed, j_str(first, "seed", ""));
    assert_ptr_equal(spec.input, json_object_get(first, "input"));
    assert_ptr_equal(spec.options, json_object_get(first, "options"));
    assert_ptr_equal(spec.council, json_object_get(first, "council"));
    json_decref(lines);
}

/* What the council of a journal is taken for: changed anywhere, it is none that this engine made.
 */
static void a_council_that_is_not_resolved(void **state)
{
    (void)state;
    static const struct {
        const char *path, *name, *value, *error;
    } CASES[] = {
        {"", "name", NULL, "the council of run_started is not a resolved one"},
        {"", "schema_version", "7",
         "the council of run_started: /schema_version unsupported_schema_version: This version "
         "reads documents of schema_version 1."},
        {"members.0", "temperature", "0.25", NULL},
        {"members.0", "provider", "\"elsewhere\"", NULL},
        {"members.0", "tier", NULL, "the council of run_started is not a resolved one"},
        {"members.0", "id", "\"a b\"",
         "the council of run_started: /members/0/id bad_id: An id is 1 to 64 letters, digits, '_', "
         "'.' or '-', and begins with a letter or digit."},
        {"rounds.0", "max_parallel", "65",
         "the council of run_started: /rounds/0/max_parallel out_of_range: This must be at least 1 "
         "and at most 64."},
        {"rounds.0", "max_parallel", "64", NULL},
        {"rounds.1.opts", "max_iterations", "\"x\"",
         "the council of run_started: /rounds/1/opts/max_iterations wrong_type: This must be an "
         "integer, not a string."},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        json_t *lines = read_lines(LINES);
        struct error err = {0};
        json_t *council = json_object_get(json_array_get(lines, 0), "council");
        json_t *place = at_path(council, CASES[i].path);
        assert_non_null(place);
        changed(place, CASES[i].name, CASES[i].value);
        struct replay *r = replay_new(lines, &err);
        assert_string_equal(err.text, CASES[i].error ? CASES[i].error : "");
        assert_int_equal(!r, !!CASES[i].error);
        replay_free(r);
        json_decref(lines);
    }
}

/* The number of the line that is refused, 0 for none. */
static int play(json_t *lines, struct error *err, int *missing)
{
    size_t i;
    json_t *line;
    int at = 0;
    struct replay *r = replay_new(lines, err);
    assert_non_null(r);
    json_array_foreach (lines, i, line) {
        int result = replay_line(r, line, err);
        if (result < 0 && !at) {
            assert_int_equal(result, -EBADMSG);
            assert_int_equal(err->number, EBADMSG);
            at = (int)i + 1;
            break;
        }
    }
    *missing = replay_missing(r);
    assert_true(at || !replay_result(r) == !replay_outcome(r));
    replay_free(r);
    return at;
}

static void lines_that_do_not_fit(void **state)
{
    (void)state;
    static const struct {
        int line;
        const char *name, *value, *error;
    } CASES[] = {
        {2, "ms", NULL, "line 2 (round_started) does not say when it was written"},
        {7, "ms", "-1", "line 7 (member_completed) does not say when it was written"},
        {2, "path", "\"x\"",
         "line 2 (round_started) differs: the engine has ...026-11-28T06:24:33.667Z\",\"ms\":0,"
         "\"path\":\"\",\"type\":\"round_started\",\"index\":0,\"name\":\"independent_analy, the "
         "journal ...026-11-28T06:24:33.667Z\",\"ms\":0,\"path\":\"x\",\"type\":\"round_started\","
         "\"index\":0,\"name\":\"independent_anal"},
        {2, "v", "9",
         "line 2 (round_started) differs: the engine has ...{\"v\":1,\"run_id\":\"debate\","
         "\"seq\":2,\"ts\":\"2026-11-28T06:24:33.667Z\",\"ms\":0,\"path\":\"\",\"type\":\"round_"
         "star, the journal "
         "...{\"v\":9,\"run_id\":\"debate\",\"seq\":2,\"ts\":\"2026-11-28T06:24:33."
         "667Z\",\"ms\":0,\"path\":\"\",\"type\":\"round_star"},
        {6, "call_id", "\"r9\"", "line 6 (exchange_completed) is no fact that fits here"},
        {6, "type", "\"member_completed\"", "line 6 (member_completed) is no fact that fits here"},
        {6, "type", NULL, "line 6 (?) is no fact that fits here"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct error err = {0};
        int missing;
        json_t *lines = read_lines(LINES), *line = json_array_get(lines, (size_t)CASES[i].line - 1);
        changed(line, CASES[i].name, CASES[i].value);
        assert_int_equal(play(lines, &err, &missing), CASES[i].line);
        assert_string_equal(err.text, CASES[i].error);
        json_decref(lines);
    }
}

/* Cut anywhere, what the engine had told already is counted. */
static void journals_that_are_cut(void **state)
{
    (void)state;
    static const struct {
        size_t lines;
        int missing;
    } CASES[] = {{1, 4}, {2, 3}, {5, 0}, {6, 1}, {7, 0}, {10, 6}, {26, 3}, {28, 1}, {29, 0}};
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct error err = {0};
        int missing;
        json_t *lines = read_lines(LINES);
        while (json_array_size(lines) > CASES[i].lines)
            json_array_remove(lines, CASES[i].lines);
        assert_int_equal(play(lines, &err, &missing), 0);
        assert_int_equal(missing, CASES[i].missing);
        json_decref(lines);
    }
}

/* Behind the end nothing fits any more. */
static void lines_behind_the_end(void **state)
{
    (void)state;
    struct error err = {0};
    int missing;
    json_t *lines = read_lines(LINES);
    json_array_append(lines, json_array_get(lines, 5));
    assert_int_equal(play(lines, &err, &missing), 30);
    assert_string_equal(err.text, "line 6 (exchange_completed) is no fact that fits here");
    json_decref(lines);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_it_begins_with),
        cmocka_unit_test(what_the_engine_is_told),
        cmocka_unit_test(a_council_that_is_not_resolved),
        cmocka_unit_test(lines_that_do_not_fit),
        cmocka_unit_test(journals_that_are_cut),
        cmocka_unit_test(lines_behind_the_end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
