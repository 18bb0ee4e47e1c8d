/* The row of a record is all that a list shows of it: a member of the wrong kind that is passed on
 * breaks whoever reads the list, one that is left out hides what a run has cost. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "daemon/records/record_row_text.h"

static const struct record_key KEY = {.incarnation = 1000, .run_id = "a"};

#define START_HEAD "{\"type\":\"start\",\"run_id\":\"a\",\"incarnation\":1000"
#define END_HEAD   "{\"type\":\"end\",\"run_id\":\"a\",\"incarnation\":1000"
#define NOTHING                                                                                    \
    ",\"council_id\":null,\"registry\":null,\"started_at\":null,\"started_by\":null,"              \
    "\"labels\":null,\"resume_from\":null,\"question\":null,\"members\":null"
#define UNKNOWN ",\"reason\":{\"kind\":\"unknown\"}"

static char made[4096];

static const char *start_of(const char *spec)
{
    struct buf row = BUF_INIT(4096);
    assert_int_equal(record_row_of_start(&row, &KEY, spec, strlen(spec)), 0);
    snprintf(made, sizeof made, "%s", buf_str(&row));
    buf_release(&row);
    return made;
}

static const char *end_of(int64_t size, const char *down, const char *begun)
{
    struct buf row = BUF_INIT(4096);
    assert_int_equal(record_row_of_end(&row, &KEY, size, down, begun, true), 0);
    snprintf(made, sizeof made, "%s", buf_str(&row));
    buf_release(&row);
    return made;
}

#define EVERYTHING                                                                                 \
    "{\"council_id\":\"c\",\"registry\":\"r\",\"started_at\":\"s\",\"started_by\":{\"uid\":1},"    \
    "\"labels\":{\"l\":\"m\"},\"resume_from\":\"e\",\"question\":\"q\",\"members\":[\"x\"]}"
#define EVERY_MEMBER                                                                               \
    ",\"council_id\":\"c\",\"registry\":\"r\",\"started_at\":\"s\",\"started_by\":{\"uid\":1},"    \
    "\"labels\":{\"l\":\"m\"},\"resume_from\":\"e\",\"question\":\"q\",\"members\":[\"x\"]"

static void a_start_has_what_the_spec_says(void **state)
{
    (void)state;
    assert_string_equal(start_of("{}"), START_HEAD NOTHING "}");
    assert_string_equal(start_of(EVERYTHING), START_HEAD EVERY_MEMBER "}");
    struct buf row = BUF_INIT(4096);
    assert_int_equal(record_row_of_start(&row, &KEY, "[]", 2), -EBADMSG);
    assert_int_equal(record_row_of_start(&row, &KEY, "{", 1), -EBADMSG);
    buf_release(&row);
}

/* Each member with a value of every kind: only one is passed on. */
static void a_member_of_another_kind_is_null(void **state)
{
    (void)state;
    static const char *const VALUES[] = {"\"t\"", "{}", "[]", "1", "true", "null"};
    static const struct {
        const char *name;
        int kind; /* of VALUES */
    } MEMBERS[] = {
        {"council_id", 0}, {"registry", 0},    {"started_at", 0}, {"started_by", 1},
        {"labels", 1},     {"resume_from", 0}, {"question", 0},   {"members", 2},
    };
    for (size_t i = 0; i < ARRAY_LEN(MEMBERS); i++) {
        for (int v = 0; v < (int)ARRAY_LEN(VALUES); v++) {
            char spec[128], part[128];
            snprintf(spec, sizeof spec, "{\"%s\":%s}", MEMBERS[i].name, VALUES[v]);
            snprintf(part, sizeof part, "\"%s\":%s", MEMBERS[i].name,
                     v == MEMBERS[i].kind ? VALUES[v] : "null");
            if (!strstr(start_of(spec), part))
                fail_msg("%s has no %s", made, part);
            if (!strstr(end_of(-1, spec, NULL), part))
                fail_msg("%s has no %s", made, part);
        }
    }
}

static void an_end_has_more(void **state)
{
    (void)state;
    static const struct {
        int64_t size;
        const char *down, *begun, *row;
    } CASES[] = {
        {-1, NULL, NULL, END_HEAD NOTHING UNKNOWN "}"},
        {0, "{}", "{}", END_HEAD NOTHING UNKNOWN ",\"size\":0}"},
        {7, "[", "]", END_HEAD NOTHING UNKNOWN ",\"size\":7}"},
        {7, EVERYTHING, NULL, END_HEAD EVERY_MEMBER UNKNOWN ",\"size\":7}"},
        {7, NULL, EVERYTHING, END_HEAD EVERY_MEMBER UNKNOWN ",\"size\":7}"},
        {7, EVERYTHING, "{\"council_id\":\"other\",\"question\":\"other\"}",
         END_HEAD EVERY_MEMBER UNKNOWN ",\"size\":7}"},
        /* How it ended is told by the end alone. */
        {-1, NULL, "{\"ended_at\":\"t\",\"outcome\":\"failed\",\"torn\":true}",
         END_HEAD NOTHING UNKNOWN "}"},
        {-1,
         "{\"torn\":true,\"cost\":0.5,\"tokens\":3,\"record_error\":\"EIO\",\"reason\":{\"kind\":"
         "\"normal\"},\"outcome\":\"failed\",\"duration_ms\":9,\"ended_at\":\"t\"}",
         NULL,
         END_HEAD NOTHING ",\"ended_at\":\"t\",\"duration_ms\":9,\"outcome\":\"failed\","
                          "\"reason\":{\"kind\":\"normal\"},\"record_error\":\"EIO\","
                          "\"torn\":true,\"tokens\":3,\"cost\":0.5}"},
        {-1,
         "{\"torn\":false,\"cost\":\"x\",\"tokens\":[],\"record_error\":5,\"reason\":\"normal\","
         "\"outcome\":null,\"duration_ms\":\"9\",\"ended_at\":1}",
         NULL, END_HEAD NOTHING UNKNOWN "}"},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++)
        assert_string_equal(end_of(CASES[i].size, CASES[i].down, CASES[i].begun), CASES[i].row);
}

/* A run can write over its first line: whose it is does not stand there for certain. */
static void a_spec_that_is_not_vouched_for_says_not_whose_it_is(void **state)
{
    (void)state;
    struct buf row = BUF_INIT(4096);
    assert_int_equal(record_row_of_end(&row, &KEY, -1, NULL, EVERYTHING, false), 0);
    const char *text = buf_str(&row);
    assert_non_null(strstr(text, "\"council_id\":\"c\",\"registry\":null"));
    assert_non_null(strstr(text, "\"started_by\":null,\"labels\":{\"l\":\"m\"}"));
    buf_clear(&row);
    assert_int_equal(record_row_of_end(&row, &KEY, -1, EVERYTHING, NULL, false), 0);
    assert_non_null(strstr(buf_str(&row), "\"started_by\":{\"uid\":1}"));
    buf_release(&row);
}

/* Only a run that was started under a key has one, and the run itself cannot say so. */
static void the_key_of_a_start_is_councilds_word(void **state)
{
    (void)state;
    static const char KEYED[] = "{\"start_key\":\"k\"}", OTHER[] = "{\"start_key\":\"other\"}";
    struct buf row = BUF_INIT(4096);
    assert_string_equal(start_of(KEYED), START_HEAD NOTHING ",\"start_key\":\"k\"}");
    assert_string_equal(start_of("{\"start_key\":7}"), START_HEAD NOTHING "}");
    assert_string_equal(end_of(-1, KEYED, OTHER),
                        END_HEAD NOTHING ",\"start_key\":\"k\"" UNKNOWN "}");
    assert_string_equal(end_of(-1, "{}", KEYED),
                        END_HEAD NOTHING ",\"start_key\":\"k\"" UNKNOWN "}");
    assert_int_equal(record_row_of_end(&row, &KEY, -1, "{}", KEYED, false), 0);
    assert_string_equal(buf_str(&row), END_HEAD NOTHING UNKNOWN "}");
    buf_clear(&row);
    assert_int_equal(record_row_of_end(&row, &KEY, -1, KEYED, OTHER, false), 0);
    assert_string_equal(buf_str(&row), END_HEAD NOTHING ",\"start_key\":\"k\"" UNKNOWN "}");
    buf_release(&row);
}

static void the_key_of_a_start_is_read_back(void **state)
{
    (void)state;
    char row[512], key[START_KEY_LEN + 2];
    memset(key, 'x', sizeof key);
    key[0] = 'y';
    for (int len = START_KEY_LEN - 1; len <= START_KEY_LEN + 1; len++) {
        struct record_row_facts facts;
        snprintf(row, sizeof row, START_HEAD ",\"start_key\":\"%.*s\"}", len, key);
        assert_int_equal(record_row_read(row, strlen(row), &facts), 0);
        assert_int_equal(strlen(facts.start_key), len == START_KEY_LEN ? len : 0);
        assert_int_equal(strncmp(facts.start_key, key, strlen(facts.start_key)), 0);
    }
}

static void tokens_and_cost_are_those_of_its_usage(void **state)
{
    (void)state;
    static const struct {
        const char *usage, *row; /* behind the reason */
    } CASES[] = {
        {"{\"input_tokens\":5,\"output_tokens\":2,\"cost\":0.5}", ",\"tokens\":7,\"cost\":0.5}"},
        {"{\"input_tokens\":5,\"output_tokens\":2,\"cost\":1}", ",\"tokens\":7,\"cost\":1}"},
        {"{\"input_tokens\":5,\"output_tokens\":2}", ",\"tokens\":7,\"cost\":null}"},
        {"{\"input_tokens\":5,\"cost\":\"much\"}", ",\"tokens\":5,\"cost\":null}"},
        {"{\"output_tokens\":2}", ",\"tokens\":2,\"cost\":null}"},
        {"{}", ",\"tokens\":0,\"cost\":null}"},
        {"{\"input_tokens\":9223372036854775807,\"output_tokens\":0}",
         ",\"tokens\":9223372036854775807,\"cost\":null}"},
        {"{\"input_tokens\":9223372036854775806,\"output_tokens\":1}",
         ",\"tokens\":9223372036854775807,\"cost\":null}"},
        {"{\"input_tokens\":9223372036854775807,\"output_tokens\":1}",
         ",\"tokens\":9223372036854775807,\"cost\":null}"},
        {"{\"input_tokens\":-1,\"output_tokens\":5}",
         ",\"tokens\":9223372036854775807,\"cost\":null}"},
        {"{\"input_tokens\":5,\"output_tokens\":-1}",
         ",\"tokens\":9223372036854775807,\"cost\":null}"},
        {"null", "}"},
        {"[]", "}"},
        {"7", "}"},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        char down[256], row[1024];
        snprintf(down, sizeof down, "{\"usage\":%s}", CASES[i].usage);
        snprintf(row, sizeof row, "%s%s", END_HEAD NOTHING UNKNOWN, CASES[i].row);
        assert_string_equal(end_of(-1, down, NULL), row);
    }
}

static void what_an_end_tells_of_them_itself_counts(void **state)
{
    (void)state;
    static const char *const CASES[][2] = {
        {"\"tokens\":3,\"cost\":0.5", ",\"tokens\":3,\"cost\":0.5"},
        {"\"tokens\":3,\"cost\":null", ",\"tokens\":3"},
        {"\"tokens\":3", ",\"tokens\":3"},
        {"\"cost\":2", ",\"cost\":2"},
        {"\"tokens\":null,\"cost\":null", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        char down[256], row[1024];
        snprintf(down, sizeof down, "{\"usage\":{\"input_tokens\":5,\"cost\":1},%s}", CASES[i][0]);
        snprintf(row, sizeof row, "%s%s%s}", END_HEAD NOTHING, CASES[i][1], UNKNOWN);
        assert_string_equal(end_of(-1, down, NULL), row);
    }
}

/* ---- reading it back ---- */

static int facts_of(const char *row, struct record_row_facts *ret)
{
    return record_row_read(row, strlen(row), ret);
}

static void what_was_written_is_read_back(void **state)
{
    (void)state;
    struct record_row_facts facts;
    assert_int_equal(facts_of(start_of(EVERYTHING), &facts), 0);
    assert_false(facts.ended);
    assert_int_equal(facts.size, -1);
    assert_int_equal(facts.key.incarnation, 1000);
    assert_string_equal(facts.key.run_id, "a");
    assert_string_equal(facts.elder, "e");
    assert_int_equal(facts_of(end_of(77, "{}", NULL), &facts), 0);
    assert_true(facts.ended);
    assert_int_equal(facts.size, 77);
    assert_string_equal(facts.elder, "");
}

static void what_is_no_row_is_refused(void **state)
{
    (void)state;
    static const char *const ROWS[] = {
        "",
        "[]",
        "{}",
        "{\"type\":\"end\",\"run_id\":\"a\"}",
        "{\"type\":\"end\",\"incarnation\":1}",
        "{\"type\":\"middle\",\"run_id\":\"a\",\"incarnation\":1}",
        "{\"type\":\"END\",\"run_id\":\"a\",\"incarnation\":1}",
        "{\"type\":7,\"run_id\":\"a\",\"incarnation\":1}",
        "{\"run_id\":\"a\",\"incarnation\":1}",
        "{\"type\":\"end\",\"run_id\":7,\"incarnation\":1}",
        "{\"type\":\"end\",\"run_id\":\"a\",\"incarnation\":\"1\"}",
    };
    struct record_row_facts facts;
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++)
        assert_int_equal(facts_of(ROWS[i], &facts), -EBADMSG);
}

static void an_id_may_be_as_long_as_it_may(void **state)
{
    (void)state;
    for (int len = RECORD_ID_MAX - 1; len <= RECORD_ID_MAX + 1; len++) {
        char id[RECORD_ID_MAX + 2], row[512];
        struct record_row_facts facts = {.size = 5};
        memset(id, 'x', sizeof id);
        id[len] = '\0';
        snprintf(row, sizeof row, "{\"type\":\"start\",\"run_id\":\"%s\",\"incarnation\":1}", id);
        assert_int_equal(facts_of(row, &facts), len > RECORD_ID_MAX ? -EBADMSG : 0);
        if (len <= RECORD_ID_MAX)
            assert_string_equal(facts.key.run_id, id);
    }
}

static const char *shown(const char *row)
{
    json_t *json = NULL;
    assert_int_equal(record_row_summary(row, strlen(row), &json), 0);
    size_t len = json_dumpb(json, made, sizeof made - 1, JSON_COMPACT);
    made[len] = '\0';
    json_decref(json);
    return made;
}

static void lists_show_this_of_a_row(void **state)
{
    (void)state;
    assert_string_equal(
        shown("{}"), "{\"run_id\":null,\"incarnation\":null,\"council_id\":null,\"registry\":null,"
                     "\"question\":null,\"members\":null,\"started_at\":null,\"ended_at\":null,"
                     "\"duration_ms\":null,\"outcome\":null,\"reason\":null,\"tokens\":null,"
                     "\"cost\":null,\"labels\":null}");
    assert_string_equal(
        shown("{\"torn\":true,\"record_error\":\"EIO\",\"labels\":{},\"cost\":1,\"tokens\":2,"
              "\"reason\":{},\"outcome\":\"o\",\"duration_ms\":3,\"ended_at\":\"e\","
              "\"started_at\":\"s\",\"members\":[],\"question\":\"q\",\"registry\":\"r\","
              "\"council_id\":\"c\",\"incarnation\":4,\"run_id\":\"a\",\"size\":9,"
              "\"started_by\":{},\"resume_from\":\"x\",\"type\":\"end\"}"),
        "{\"run_id\":\"a\",\"incarnation\":4,\"council_id\":\"c\",\"registry\":\"r\","
        "\"question\":\"q\",\"members\":[],\"started_at\":\"s\",\"ended_at\":\"e\","
        "\"duration_ms\":3,\"outcome\":\"o\",\"reason\":{},\"tokens\":2,\"cost\":1,\"labels\":{},"
        "\"record_error\":\"EIO\",\"torn\":true}");
    json_t *json = NULL;
    assert_int_equal(record_row_summary("[]", 2, &json), -EBADMSG);
    assert_null(json);
}

/* ---- names ---- */

static void the_name_of_a_record_is_its_stamp_and_its_id(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t incarnation; /* -1: no name */
        const char *id;
    } CASES[] = {
        {"0000000000000-a", 0, "a"},
        {"9999999999999-a", 9999999999999, "a"},
        {"1763833320123-run_x", 1763833320123, "run_x"},
        {"0123456789012-9-a", 123456789012, "9-a"},
        {"000000000000-a", -1, NULL},
        {"00000000000000-a", -1, NULL},
        {"0000000000000", -1, NULL},
        {"0000000000000-", -1, NULL},
        {"0000000000000_a", -1, NULL},
        {"000000000000/-a", -1, NULL},
        {"000000000000:-a", -1, NULL},
        {":000000000000-a", -1, NULL},
        {"/000000000000-a", -1, NULL},
        {"0000000000000--a", -1, NULL},
        {"0000000000000-a/b", -1, NULL},
        {"", -1, NULL},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct record_key key = {.incarnation = -7};
        char file[RECORD_FILE_SIZE], back[RECORD_FILE_SIZE];
        const int wanted = CASES[i].id ? 0 : -EINVAL;
        assert_int_equal(record_key_parse(CASES[i].text, &key), wanted);
        snprintf(file, sizeof file, "%s.jsonl", CASES[i].text);
        assert_int_equal(record_key_parse_file(file, &key), wanted);
        assert_int_equal(key.incarnation, wanted ? -7 : CASES[i].incarnation);
        if (wanted)
            continue;
        assert_string_equal(key.run_id, CASES[i].id);
        record_key_format(&key, back);
        assert_string_equal(back, CASES[i].text);
        record_key_file(&key, back);
        assert_string_equal(back, file);
    }
}

static void other_endings_are_no_files_of_records(void **state)
{
    (void)state;
    static const char *const NAMES[] = {
        "0000000000000-a", "0000000000000-a.json", "0000000000000-a.jsonl1", ".jsonl", "jsonl", ""};
    struct record_key key;
    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++)
        assert_int_equal(record_key_parse_file(NAMES[i], &key), -EINVAL);
    assert_int_equal(record_key_parse_file("0000000000000-a.jsonl.jsonl", &key), 0);
    assert_string_equal(key.run_id, "a.jsonl");
    char longest[2 * RECORD_FILE_SIZE];
    for (int len = 100; len < RECORD_FILE_SIZE + 40; len++) {
        memset(longest, 'x', sizeof longest);
        memcpy(longest, "0000000000000-", 14);
        snprintf(longest + 14 + len, 8, ".jsonl");
        assert_int_equal(record_key_parse_file(longest, &key), len <= RECORD_ID_MAX ? 0 : -EINVAL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_start_has_what_the_spec_says),
        cmocka_unit_test(a_member_of_another_kind_is_null),
        cmocka_unit_test(an_end_has_more),
        cmocka_unit_test(a_spec_that_is_not_vouched_for_says_not_whose_it_is),
        cmocka_unit_test(the_key_of_a_start_is_councilds_word),
        cmocka_unit_test(the_key_of_a_start_is_read_back),
        cmocka_unit_test(tokens_and_cost_are_those_of_its_usage),
        cmocka_unit_test(what_an_end_tells_of_them_itself_counts),
        cmocka_unit_test(what_was_written_is_read_back),
        cmocka_unit_test(what_is_no_row_is_refused),
        cmocka_unit_test(an_id_may_be_as_long_as_it_may),
        cmocka_unit_test(lists_show_this_of_a_row),
        cmocka_unit_test(the_name_of_a_record_is_its_stamp_and_its_id),
        cmocka_unit_test(other_endings_are_no_files_of_records),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
