/* What a journal has taken over from the run before it: in lines of its own, or, in one from before
 * there were any, where it was used. */
#include <errno.h>

#include "drive.h"
#include "runner/deliberation/resume.h"

#define BEGIN "{\"type\":\"run_started\",\"seq\":1,\"seed\":\"s\",\"reliability\":{\"m\":1}}"
#define RESUMED                                                                                    \
    "{\"type\":\"run_resumed\",\"seq\":2,\"from_run_id\":\"a\",\"reusable_calls\":7,"              \
    "\"carried_tokens\":30,\"carried_cost\":0.5,\"carried_attempts\":4,"                           \
    "\"budget_carried\":{\"tokens\":6,\"cost\":0.25}}"
#define STARTED(id, more)                                                                          \
    "{\"type\":\"member_started\",\"call_id\":\"" id "\",\"call_key\":\"k-" id "\"" more "}"
#define ANSWER(id, more)                                                                           \
    "{\"type\":\"exchange_completed\",\"call_id\":\"" id "\",\"attempt\":1" more "}"
#define CARRIED(event) "{\"type\":\"carried\",\"from_run_id\":\"a\",\"event\":" event "}"
#define CARRIED_END    "{\"type\":\"carried_end\"}"
#define ROUND_STARTED  "{\"type\":\"round_started\"}"
#define REUSED         ",\"reused\":true"
#define REUSED_FROM    ",\"reused_from\":\"a\""

static void which_journals_hold_what_they_need(void **state)
{
    (void)state;
    static const struct {
        const char *lines;
        bool whole, alone;
    } CASES[] = {
        {"[]", false, false},
        {"[" BEGIN "]", false, false},
        {"[" BEGIN "," RESUMED "]", false, false},
        {"[" BEGIN "," RESUMED "," ROUND_STARTED "]", false, true},
        {"[" BEGIN "," RESUMED "," CARRIED_END "]", true, true},
        {"[" CARRIED_END "," CARRIED_END "," ROUND_STARTED "]", false, true},
        {"[" BEGIN "," RESUMED "," CARRIED("{}") "]", false, false},
        {"[" BEGIN "," RESUMED "," CARRIED("{}") "," CARRIED_END "]", true, false},
        {"[" BEGIN "," RESUMED "," CARRIED("{}") "," ROUND_STARTED "," CARRIED_END "]", false,
         false},
        {"[" BEGIN "," ROUND_STARTED "," ROUND_STARTED "]", false, true},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        json_t *lines = parse_json(CASES[i].lines);
        if (resume_is_whole(lines) != CASES[i].whole ||
            resume_stands_alone(lines) != CASES[i].alone)
            fail_msg("%s", CASES[i].lines);
        json_decref(lines);
    }
}

static void in_order_and_without_holes(void **state)
{
    (void)state;
    static const struct {
        const char *lines, *error;
    } CASES[] = {
        {"[]", ""},
        {"[" BEGIN "]", ""},
        {"[" BEGIN "," RESUMED "]", ""},
        {"[" RESUMED "]", "the journal of r does not begin with run_started"},
        {"[" BEGIN ",{\"seq\":3}]", "in the journal of r line 2 is missing"},
        {"[" BEGIN "," RESUMED ",{}]", "in the journal of r line 3 is missing"},
        {"[" BEGIN "," BEGIN "]", "in the journal of r line 2 is missing"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct error err = {0};
        struct resume r = {0};
        json_t *lines = parse_json(CASES[i].lines), *good = parse_json("[" BEGIN "]");
        struct resume_source chain[] = {{.run_id = "near", .lines = good},
                                        {.run_id = "r", .lines = lines}};
        int result = resume_read(chain, 2, &r, &err);
        assert_int_equal(result, *CASES[i].error ? -EINVAL : 0);
        assert_string_equal(err.text, CASES[i].error);
        if (result == 0) {
            assert_string_equal(r.from_run_id, "near");
            assert_ptr_equal(r.first, json_array_get(good, 0));
            assert_string_equal(r.seed, "s");
            assert_ptr_equal(r.reliability, json_object_get(r.first, "reliability"));
        }
        resume_release(&r);
        json_decref(lines);
        json_decref(good);
    }
}

static void expect_sums(const struct resume *r)
{
    assert_string_equal(r->from_run_id, "a");
    assert_int_equal(r->reusable, 7);
    assert_int_equal(r->carried_tokens, 30);
    assert_float_equal(r->carried_cost, 0.5, 0);
    assert_int_equal(r->carried_attempts, 4);
    assert_int_equal(r->spared.tokens, 6);
    assert_float_equal(r->spared.cost, 0.25, 0);
}

static void a_run_that_resumed_nothing(void **state)
{
    (void)state;
    struct resume r = {.from_run_id = "untouched"};
    json_t *lines = parse_json("[" BEGIN "," ROUND_STARTED "," RESUMED "]");
    assert_false(resume_of_replay(lines, &r));
    assert_string_equal(r.from_run_id, "untouched");
    json_decref(lines);
}

/* x was taken over. y was asked anew, and what is said of it later is its own; u and v say not
 * enough. */
static void what_stands_where_it_was_used(void **state)
{
    (void)state;
    struct resume r;
    json_t *lines = parse_json(
        "[" BEGIN "," RESUMED "," ROUND_STARTED
        "," STARTED("x", REUSED_FROM) "," ANSWER("x", REUSED) "," STARTED("y", "") "," ANSWER(
            "y", REUSED) "," STARTED("u", REUSED_FROM) ","
                                                       "{\"type\":\"exchange_completed\","
                                                       "\"reused\":true}," ANSWER(
                                                           "u", "") "," ANSWER("v", REUSED) "]");
    assert_true(resume_of_replay(lines, &r));
    expect_sums(&r);
    assert_null(r.carried);
    assert_int_equal(json_object_size(r.calls), 1);
    json_t *entry = at_path(r.calls, "x.k-x");
    assert_int_equal(json_array_size(json_object_get(entry, "exchanges")), 1);
    resume_release(&r);
    json_decref(lines);
}

/* In lines of their own, whether they end or are cut off. */
static void what_stands_before_the_rounds(void **state)
{
    (void)state;
    static const char *const ENDS[] = {"", "," CARRIED_END,
                                       "," CARRIED_END "," ROUND_STARTED
                                       "," STARTED("y", REUSED_FROM) "," ANSWER("y", REUSED)};
    for (size_t i = 0; i < sizeof ENDS / sizeof ENDS[0]; i++) {
        struct resume r;
        char text[3000];
        snprintf(text, sizeof text, "[" BEGIN "," RESUMED "," CARRIED("%s") "," CARRIED("%s") "%s]",
                 STARTED("x", ""), ANSWER("x", ""), ENDS[i]);
        json_t *lines = parse_json(text);
        assert_true(resume_of_replay(lines, &r));
        expect_sums(&r);
        assert_int_equal(json_array_size(r.carried), 2);
        assert_at(r.carried, "0.from_run_id", "\"a\"");
        assert_at(r.carried, "1.event.call_id", "\"x\"");
        assert_int_equal(json_object_size(json_array_get(r.carried, 0)), 2);
        assert_int_equal(json_object_size(r.calls), 1);
        assert_non_null(at_path(r.calls, "x.k-x"));
        resume_release(&r);
        json_decref(lines);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(which_journals_hold_what_they_need),
        cmocka_unit_test(in_order_and_without_holes),
        cmocka_unit_test(a_run_that_resumed_nothing),
        cmocka_unit_test(what_stands_where_it_was_used),
        cmocka_unit_test(what_stands_before_the_rounds),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
