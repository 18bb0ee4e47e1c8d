/* Somebody looks for a run that was paid for: a row that has what is asked for and is passed over
 * is a run that is lost, and one that has it not is a page full of others. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "daemon/records/record_search.h"

static bool found(const struct record_search *search, const char *row)
{
    json_t *shown = NULL;
    const int r = record_search_row(search, row, strlen(row), &shown);
    assert_true(r == 0 || r == 1);
    assert_int_equal(shown != NULL, r);
    json_decref(shown);
    return r;
}

static void who_looks_for_nothing_finds_all(void **state)
{
    (void)state;
    const struct record_search any = {0};
    assert_true(found(&any, "{}"));
    assert_true(found(&any, "{\"type\":\"start\"}"));
    assert_true(found(&any, "{\"type\":\"end\",\"outcome\":\"failed\"}"));
}

static void a_council_and_a_registry_are_whole_words(void **state)
{
    (void)state;
    const struct record_search council = {.council_id = "three"}, registry = {.registry = "r"};
    assert_true(found(&council, "{\"council_id\":\"three\",\"registry\":\"x\"}"));
    assert_false(found(&council, "{\"council_id\":\"threes\"}"));
    assert_false(found(&council, "{\"council_id\":null,\"registry\":\"three\"}"));
    assert_false(found(&council, "{}"));
    assert_true(found(&registry, "{\"registry\":\"r\",\"council_id\":\"x\"}"));
    assert_false(found(&registry, "{\"registry\":\"\",\"council_id\":\"r\"}"));
    assert_false(found(&registry, "{}"));
}

static void a_text_stands_somewhere_in_the_question(void **state)
{
    (void)state;
    const struct record_search search = {.text = "Why \"not\""}, umlaut = {.text = "\xc3\xbc"};
    static const struct {
        const char *row;
        bool found;
    } CASES[] = {
        {"{\"question\":\"Why \\\"not\\\"\"}", true},
        {"{\"question\":\"and wHY \\\"NOT\\\"?\"}", true},
        {"{\"question\":\"Why not\"}", false},
        {"{\"question\":\"\"}", false},
        {"{\"question\":null}", false},
        {"{\"question\":[\"Why \\\"not\\\"\"]}", false},
        {"{\"council_id\":\"Why \\\"not\\\"\"}", false},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++)
        assert_int_equal(found(&search, CASES[i].row), CASES[i].found);
    assert_true(found(&umlaut, "{\"question\":\"f\xc3\xbcr\"}"));
    assert_true(found(&umlaut, "{\"question\":\"f\\u00fcr\"}"));
    assert_false(found(&umlaut, "{\"question\":\"f\xc3\x9cr\"}"));
}

/* The longest question that there is: two hundred characters of four bytes. */
static void the_end_of_a_question_counts_too(void **state)
{
    (void)state;
    const struct record_search search = {.text = "end"};
    char row[1200] = "{\"question\":\"";
    size_t len = strlen(row);
    for (int i = 0; i < 197; i++)
        len += (size_t)snprintf(row + len, sizeof row - len, "\xf0\x9f\x98\x80");
    snprintf(row + len, sizeof row - len, "end\"}");
    assert_true(found(&search, row));
}

static void each_label_has_to_be_there(void **state)
{
    (void)state;
    json_t *one = json_pack("{s:s}", "a", "b"), *two = json_pack("{s:s, s:s}", "a", "b", "c", ""),
           *none = json_object(), *nul = json_pack("{s:s#}", "a", "b\0c", 3);
    const struct record_search for_one = {.labels = one}, for_two = {.labels = two},
                               for_none = {.labels = none}, for_nul = {.labels = nul};
    static const char BOTH[] = "{\"labels\":{\"c\":\"\",\"a\":\"b\"}}";
    assert_true(found(&for_one, BOTH));
    assert_true(found(&for_two, BOTH));
    assert_false(found(&for_two, "{\"labels\":{\"a\":\"b\"}}"));
    assert_false(found(&for_two, "{\"labels\":{\"c\":\"\"}}"));
    assert_false(found(&for_one, "{\"labels\":{\"a\":\"bb\"}}"));
    assert_false(found(&for_one, "{\"labels\":{\"b\":\"a\"}}"));
    assert_false(found(&for_one, "{\"labels\":{\"a\":{\"a\":\"b\"}}}"));
    assert_false(found(&for_one, "{\"labels\":null,\"a\":\"b\"}"));
    assert_false(found(&for_one, "{}"));
    assert_true(found(&for_none, "{}"));
    assert_false(found(&for_nul, "{\"labels\":{\"a\":\"b\"}}"));
    json_decref(one);
    json_decref(two);
    json_decref(none);
    json_decref(nul);
}

static void how_it_ended_is_known_of_ended_ones_alone(void **state)
{
    (void)state;
    const struct record_search failed = {.ended = true, .outcome = OUTCOME_FAILED},
                               died = {.ended = true, .outcome = OUTCOME_NONE};
    assert_true(found(&failed, "{\"type\":\"end\",\"outcome\":\"failed\"}"));
    assert_false(found(&failed, "{\"type\":\"end\",\"outcome\":\"complete\"}"));
    assert_false(found(&failed, "{\"type\":\"end\",\"outcome\":null}"));
    assert_false(found(&failed, "{\"type\":\"end\"}"));
    assert_false(found(&failed, "{\"type\":\"start\",\"outcome\":\"failed\"}"));
    assert_true(found(&died, "{\"type\":\"end\",\"outcome\":null}"));
    assert_true(found(&died, "{\"type\":\"end\"}"));
    assert_false(found(&died, "{\"type\":\"end\",\"outcome\":\"failed\"}"));
    assert_false(found(&died, "{\"type\":\"start\"}"));
    assert_false(found(&died, "{\"outcome\":null}"));
}

static void all_that_is_looked_for_has_to_be_there(void **state)
{
    (void)state;
    json_t *labels = json_pack("{s:s}", "a", "b");
    const struct record_search search = {.council_id = "c",
                                         .registry = "r",
                                         .text = "q",
                                         .labels = labels,
                                         .ended = true,
                                         .outcome = OUTCOME_COMPLETE};
    static const char *const PARTS[][2] = {{"\"council_id\":\"c\"", "\"council_id\":\"x\""},
                                           {"\"registry\":\"r\"", "\"registry\":\"x\""},
                                           {"\"question\":\"q\"", "\"question\":\"x\""},
                                           {"\"labels\":{\"a\":\"b\"}", "\"labels\":{}"},
                                           {"\"outcome\":\"complete\"", "\"outcome\":null"}};
    enum { COUNT = ARRAY_LEN(PARTS) };
    for (size_t wrong = 0; wrong <= COUNT; wrong++) {
        char row[256];
        snprintf(row, sizeof row, "{\"type\":\"end\",%s,%s,%s,%s,%s}", PARTS[0][wrong == 0],
                 PARTS[1][wrong == 1], PARTS[2][wrong == 2], PARTS[3][wrong == 3],
                 PARTS[4][wrong == 4]);
        assert_int_equal(found(&search, row), wrong == COUNT);
    }
    json_decref(labels);
}

static void what_is_no_row_is_refused(void **state)
{
    (void)state;
    static const struct record_search any = {0}, none = {.council_id = "c"};
    static const char *const ROWS[] = {"", "[]", "{", "{\"council_id\":1,\"council_id\":2}"};
    json_t *shown = NULL;
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        assert_int_equal(record_search_row(&any, ROWS[i], strlen(ROWS[i]), &shown), -EBADMSG);
        assert_int_equal(record_search_row(&none, ROWS[i], strlen(ROWS[i]), &shown), -EBADMSG);
    }
    assert_null(shown);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_looks_for_nothing_finds_all),
        cmocka_unit_test(a_council_and_a_registry_are_whole_words),
        cmocka_unit_test(a_text_stands_somewhere_in_the_question),
        cmocka_unit_test(the_end_of_a_question_counts_too),
        cmocka_unit_test(each_label_has_to_be_there),
        cmocka_unit_test(how_it_ended_is_known_of_ended_ones_alone),
        cmocka_unit_test(all_that_is_looked_for_has_to_be_there),
        cmocka_unit_test(what_is_no_row_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
