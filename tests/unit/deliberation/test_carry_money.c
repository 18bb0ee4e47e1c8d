/* Money in a chain of journals: what is forgotten is spent again, and what is charged twice was
 * never there to spend. */
#include "carry_lines.h"

static void what_was_charged_is_charged(void **state)
{
    (void)state;
    struct carry c;
    carry_init(&c);
    TAKE(&c, "a", STARTED("x", "k", RESERVED(900, 800)), ANSWER("x", 1, "one", CHARGED(70)),
         "{\"type\":\"attempt_failed\",\"call_id\":\"y\",\"next\":\"give_up\"" CHARGED(5) "}",
         ANSWER("x", 2, "two", CHARGED(0) ",\"reused\":true"));
    carry_close(&c, false);
    assert_int_equal(c.charged.tokens, 75);
    assert_int_equal(c.attempts, 2);
    /* What an ended run had brought with it stands in its second line, and counts for all before.
     */
    TAKE(&c, "b",
         "{\"type\":\"run_resumed\",\"carried_tokens\":1000,\"carried_cost\":2.5,"
         "\"carried_attempts\":9,\"budget_carried\":{\"tokens\":40,\"cost\":0.25}}");
    assert_int_equal(c.charged.tokens, 1000);
    assert_true(c.charged.cost > 2.49 && c.charged.cost < 2.51);
    assert_int_equal(c.attempts, 9);
    assert_int_equal(c.spared.tokens, 40);
    carry_release(&c);
}

/* A request may be on its way after these lines, and after no other. */
static void open_requests_are_charged_in_full(void **state)
{
    (void)state;
    static const char *const open[] = {
        STARTED("x", "k", RESERVED(900, 800)),
        "{\"type\":\"member_reask\",\"call_id\":\"x\"}",
        "{\"type\":\"tool_call_result\",\"call_id\":\"x\",\"turn\":1,\"id\":\"t\"}",
        "{\"type\":\"attempt_failed\",\"call_id\":\"x\",\"next\":\"retry\"}",
    };
    static const char *const closed[] = {
        ANSWER("x", 1, "one", ""),
        "{\"type\":\"attempt_failed\",\"call_id\":\"x\",\"next\":\"give_up\"}",
        "{\"type\":\"tool_call_request\",\"call_id\":\"x\",\"turn\":1,\"id\":\"t\"}",
        "{\"type\":\"member_completed\",\"result\":{\"call_id\":\"x\"}}",
    };
    for (size_t i = 0; i < 8; i++) {
        struct carry c;
        carry_init(&c);
        TAKE(&c, "a", STARTED("x", "k", RESERVED(900, 800)), i < 4 ? open[i] : closed[i - 4]);
        carry_close(&c, false);
        assert_int_equal(c.charged.tokens, i < 4 ? 900 : 0);
        assert_int_equal(c.spared.tokens, 0);
        carry_release(&c);
    }
}

/* After an outage: the input, and a quarter of the output, or as much as its like had. */
static void after_an_outage_what_is_likely_is_charged(void **state)
{
    (void)state;
    struct carry c;
    carry_init(&c);
    TAKE(&c, "a", STARTED("x", "k", RESERVED(900, 800)));
    carry_close(&c, true);
    assert_int_equal(c.charged.tokens, 100 + 200);
    assert_int_equal(c.spared.tokens, 600);
    assert_true(c.charged.cost > 299.9 && c.charged.cost < 300.1);
    assert_int_equal(c.attempts, 1);
    /* Once in a chain. */
    TAKE(&c, "b", STARTED("x", "k", RESERVED(900, 800)));
    carry_close(&c, true);
    assert_int_equal(c.charged.tokens, 300 + 900);
    assert_int_equal(c.spared.tokens, 600);
    carry_release(&c);

    carry_init(&c);
    TAKE(&c, "a", STARTED("x", "k", RESERVED(900, 800)), ANSWER("x", 1, "one", USED(50)),
         STARTED("y", "k", RESERVED(900, 800)), ANSWER("y", 1, "two", USED(70)),
         STARTED("z", "k", RESERVED(900, 800)));
    carry_close(&c, true);
    assert_int_equal(c.charged.tokens, 100 + 60);
    carry_release(&c);

    /* Of those that told what they used; what was used again is none of them. */
    carry_init(&c);
    TAKE(&c, "a", STARTED("x", "k", RESERVED(900, 800)), ANSWER("x", 1, "one", USED(0)),
         STARTED("y", "k", RESERVED(900, 800)), ANSWER("y", 1, "two", USED(100)),
         STARTED("v", "k", RESERVED(900, 800)), ANSWER("v", 1, "three", ""),
         STARTED("w", "k", RESERVED(900, 800)), ANSWER("w", 1, "four", USED(7) ",\"reused\":true"),
         STARTED("z", "k", RESERVED(900, 800)));
    carry_close(&c, true);
    assert_int_equal(c.charged.tokens, 100 + 50);
    carry_release(&c);

    /* Nobody had so little to say that more than the reserve is likely. */
    carry_init(&c);
    TAKE(&c, "a", STARTED("x", "k", RESERVED(900, 800)), ANSWER("x", 1, "one", USED(5000)),
         STARTED("z", "k", RESERVED(900, 800)));
    carry_close(&c, true);
    assert_int_equal(c.charged.tokens, 900);
    assert_int_equal(c.spared.tokens, 0);
    carry_release(&c);
}

/* What is spared is told in both, and what was charged once is charged. */
static void an_open_request_is_charged_once(void **state)
{
    (void)state;
    struct carry c;
    carry_init(&c);
    TAKE(&c, "a", STARTED("x", "k", RESERVED(900, 800)), ANSWER("y", 1, "", CHARGED(1)),
         ANSWER("y", 2, "", CHARGED(1)), STARTED("x", "k", RESERVED(900, 800)));
    assert_true(c.charged.cost == 1.0);
    carry_close(&c, true);
    assert_int_equal(c.charged.tokens, 2 + 300);
    assert_true(c.charged.cost > 300.9 && c.charged.cost < 301.1);
    assert_true(c.spared.cost > 599.9 && c.spared.cost < 600.1);
    assert_int_equal(c.attempts, 3);
    carry_close(&c, false);
    assert_int_equal(c.charged.tokens, 2 + 300);
    assert_int_equal(c.attempts, 3);
    carry_release(&c);
}

/* Of a reserve that is less than the output that it is for nothing can be taken. */
static void a_reserve_that_does_not_add_up(void **state)
{
    (void)state;
    static const struct {
        const char *started;
        int64_t charged;
    } ROWS[] = {
        {STARTED("x", "k", RESERVED(799, 800)), 799},
        {STARTED("x", "k", RESERVED(800, 800)), 200},
        {STARTED("x", "k", RESERVED(900, 0)), 900},
        {STARTED("x", "k", RESERVED(900, 3)), 897}, /* a quarter of three is none */
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct carry c;
        carry_init(&c);
        TAKE(&c, "a", ROWS[i].started);
        carry_close(&c, true);
        assert_int_equal(c.charged.tokens, ROWS[i].charged);
        carry_release(&c);
    }
}

/* A journal may say anything. */
static void amounts_are_kept_within_reason(void **state)
{
    (void)state;
    struct carry c;
    carry_init(&c);
    TAKE(&c, "a",
         ANSWER("x", 1, "", ",\"charged\":{\"tokens\":9000000000000000000,\"cost\":1e300}"),
         ANSWER("x", 2, "", ",\"charged\":{\"tokens\":9000000000000000000,\"cost\":-5}"),
         ANSWER("x", 3, "", ",\"charged\":{\"tokens\":-7,\"cost\":\"no\"}"),
         ANSWER("x", 4, "", ",\"charged\":[]"), "{\"type\":\"exchange_completed\"}");
    carry_close(&c, false);
    assert_true(c.charged.tokens == INT64_C(1000000000000000));
    assert_true(c.charged.cost <= 1e15);
    TAKE(&c, "b", "{\"type\":\"run_resumed\",\"carried_tokens\":-4,\"carried_cost\":-1}");
    assert_int_equal(c.charged.tokens, 0);
    assert_true(c.charged.cost >= 0);
    carry_release(&c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_was_charged_is_charged),
        cmocka_unit_test(open_requests_are_charged_in_full),
        cmocka_unit_test(after_an_outage_what_is_likely_is_charged),
        cmocka_unit_test(an_open_request_is_charged_once),
        cmocka_unit_test(a_reserve_that_does_not_add_up),
        cmocka_unit_test(amounts_are_kept_within_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
