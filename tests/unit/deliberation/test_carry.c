/* What a chain of journals holds: an answer under the wrong question, twice, or lost, is a wrong
 * council or one that is paid for again; and money that is forgotten is spent again. */
#include "runner/deliberation/carry.h"

#include "drive.h"

static void take(struct carry *c, const char *run_id, const char *const *lines, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        json_t *line = parse_json(lines[i]);
        carry_line(c, line, run_id);
        json_decref(line);
    }
}

#define TAKE(c, run_id, ...)                                                                       \
    take(c, run_id, (const char *const[]){__VA_ARGS__},                                            \
         sizeof((const char *const[]){__VA_ARGS__}) / sizeof(char *))

#define STARTED(id, key, more)                                                                     \
    "{\"type\":\"member_started\",\"call_id\":\"" id "\",\"call_key\":\"" key "\"" more "}"
#define RESERVED(tokens, output)                                                                   \
    ",\"reserved\":{\"tokens\":" #tokens ",\"cost\":" #tokens ",\"output_tokens\":" #output        \
    ",\"output_cost\":" #output "}"
#define ANSWER(id, attempt, text, more)                                                            \
    "{\"type\":\"exchange_completed\",\"call_id\":\"" id "\",\"attempt\":" #attempt                \
    ",\"content\":\"" text "\"" more "}"
#define CHARGED(tokens) ",\"charged\":{\"tokens\":" #tokens ",\"cost\":0.5}"
#define USED(output)    ",\"usage\":{\"output_tokens\":" #output "}"

/* The texts of the answers to a question, joined. */
static const char *answers(json_t *calls, const char *id, const char *key)
{
    static char joined[200];
    size_t i;
    json_t *exchange, *entry = json_object_get(json_object_get(calls, id), key);
    joined[0] = '\0';
    json_array_foreach (json_object_get(entry, "exchanges"), i, exchange) {
        size_t used = strlen(joined);
        snprintf(joined + used, sizeof(joined) - used, "%s ", j_str(exchange, "content", "?"));
    }
    return joined;
}

static void an_answer_belongs_to_its_question(void **state)
{
    (void)state;
    struct carry c;
    int n;
    carry_init(&c);
    TAKE(&c, "a", STARTED("x", "k1", ""), ANSWER("x", 1, "one", ""));
    carry_close(&c, false);
    TAKE(&c, "b", STARTED("x", "k2", ""), ANSWER("x", 1, "two", ""), STARTED("y", "k1", ""));
    carry_close(&c, false);
    /* Without its question in this journal nobody knows what it was about. */
    TAKE(&c, "c", ANSWER("x", 2, "stray", ""), ANSWER("z", 1, "stray", ""));
    carry_close(&c, false);
    json_t *calls = carry_calls(&c, &n);
    assert_int_equal(n, 2);
    assert_string_equal(answers(calls, "x", "k1"), "one ");
    assert_string_equal(answers(calls, "x", "k2"), "two ");
    assert_null(json_object_get(calls, "y"));
    assert_null(json_object_get(calls, "z"));
    json_decref(calls);
    carry_release(&c);
}

/* A question without a key cannot be told from another one. */
static void a_question_without_a_key_is_not_carried(void **state)
{
    (void)state;
    struct carry c;
    int n;
    carry_init(&c);
    TAKE(&c, "a", "{\"type\":\"member_started\",\"call_id\":\"x\"}", ANSWER("x", 1, "one", ""));
    json_t *calls = carry_calls(&c, &n), *lines = carry_lines(&c);
    assert_int_equal(n, 0);
    assert_int_equal(json_array_size(lines), 0);
    json_decref(calls);
    json_decref(lines);
    carry_release(&c);
}

static void what_was_used_again_is_there_once(void **state)
{
    (void)state;
    struct carry c;
    int n;
    carry_init(&c);
    TAKE(&c, "a", STARTED("x", "k", ""), ANSWER("x", 1, "one", ""), ANSWER("x", 2, "two", ""));
    carry_close(&c, false);
    TAKE(&c, "b", STARTED("x", "k", ""), ANSWER("x", 1, "one", ",\"reused\":true"),
         ANSWER("x", 2, "two", ",\"reused\":true"), ANSWER("x", 3, "three", ""));
    carry_close(&c, false);
    json_t *calls = carry_calls(&c, &n);
    assert_string_equal(answers(calls, "x", "k"), "one two three ");
    json_decref(calls);
    carry_release(&c);
}

/* An answer that was given anew, though there was one of its number, begins the call again. */
static void what_was_asked_anew_takes_the_place(void **state)
{
    (void)state;
    struct carry c;
    int n;
    carry_init(&c);
    TAKE(&c, "a", STARTED("x", "k", ""), ANSWER("x", 1, "one", ""), ANSWER("x", 2, "two", ""));
    carry_close(&c, false);
    TAKE(&c, "b", STARTED("x", "k", ""), ANSWER("x", 1, "new", ""));
    carry_close(&c, false);
    json_t *calls = carry_calls(&c, &n), *lines = carry_lines(&c);
    assert_string_equal(answers(calls, "x", "k"), "new ");
    assert_int_equal(json_array_size(lines), 2); /* the question, the answer */
    assert_string_equal(j_str(json_array_get(lines, 1), "from_run_id", ""), "b");
    json_decref(calls);
    json_decref(lines);
    carry_release(&c);
}

#define TOOL(type, turn, id, more)                                                                 \
    "{\"type\":\"" type "\",\"call_id\":\"x\",\"turn\":" #turn ",\"id\":\"" id "\"" more "}"

#define ENDED(id, status)                                                                          \
    "{\"type\":\"member_completed\",\"result\":{\"call_id\":\"" id "\",\"status\":\"" status "\"}" \
    "}"

/* A call that was drained, cancelled or timed out has what it was answered like one that was
 * killed. */
static void an_answer_is_kept_however_its_call_ended(void **state)
{
    (void)state;
    static const char *const ends[] = {ENDED("x", "cancelled"), ENDED("x", "timeout"),
                                       ENDED("x", "error"), ENDED("x", "invalid_output")};
    for (size_t i = 0; i < sizeof ends / sizeof ends[0]; i++) {
        struct carry c;
        int n;
        carry_init(&c);
        TAKE(&c, "a", STARTED("x", "k", ""), ANSWER("x", 1, "one", ""), ends[i]);
        carry_close(&c, false);
        json_t *calls = carry_calls(&c, &n), *lines = carry_lines(&c);
        assert_string_equal(answers(calls, "x", "k"), "one ");
        assert_int_equal(n, 1);
        assert_int_equal(json_array_size(lines), 2);
        json_decref(calls);
        json_decref(lines);
        carry_release(&c);
    }
}

static void tools_are_told_apart_by_turn_and_id(void **state)
{
    (void)state;
    struct carry c;
    int n;
    carry_init(&c);
    TAKE(&c, "a", STARTED("x", "k", ""), ANSWER("x", 1, "calls", ""),
         TOOL("tool_call_request", 1, "t", ""), TOOL("tool_call_result", 1, "t", ",\"ok\":true"),
         TOOL("tool_call_result", 1, "t", ",\"ok\":false"), TOOL("tool_call_result", 1, "u", ""),
         TOOL("tool_call_result", 2, "t", ""));
    json_t *calls = carry_calls(&c, &n);
    json_t *entry = json_object_get(json_object_get(calls, "x"), "k");
    assert_int_equal(json_array_size(j_get(entry, "requests")), 1);
    assert_int_equal(json_array_size(j_get(entry, "tools")), 3);
    assert_true(j_bool(json_array_get(j_get(entry, "tools"), 0), "ok", false));
    json_decref(calls);
    carry_release(&c);
}

/* Carried over again, a line keeps the name of the run that had it first, costs nothing, and no
 * request is on its way because of it. */
static void carried_lines_stay_those_of_their_run(void **state)
{
    (void)state;
    struct carry c;
    int n;
    carry_init(&c);
    TAKE(&c, "b",
         "{\"type\":\"carried\",\"from_run_id\":\"a\",\"event\":" STARTED("x", "k",
                                                                          RESERVED(900, 800)) "}",
         "{\"type\":\"carried\",\"from_run_id\":\"a\",\"event\":" ANSWER("x", 1, "one",
                                                                         CHARGED(70)) "}");
    carry_close(&c, false);
    assert_int_equal(c.charged.tokens, 0);
    assert_int_equal(c.attempts, 0);
    json_t *calls = carry_calls(&c, &n), *lines = carry_lines(&c);
    assert_int_equal(n, 1);
    assert_int_equal(json_array_size(lines), 2);
    assert_string_equal(j_str(json_array_get(lines, 0), "from_run_id", ""), "a");
    assert_string_equal(j_str(j_get(json_array_get(lines, 1), "event"), "content", ""), "one");
    json_decref(calls);
    json_decref(lines);
    carry_release(&c);
}

/* They are used in the order in which they were answered. */
static void the_order_is_that_of_the_answers(void **state)
{
    (void)state;
    struct carry c;
    int n;
    carry_init(&c);
    TAKE(&c, "a", STARTED("x", "k", ""), STARTED("y", "k", ""), STARTED("z", "k", ""),
         ANSWER("z", 1, "third", ""), ANSWER("x", 1, "first", ""), ANSWER("z", 2, "more", ""));
    json_t *calls = carry_calls(&c, &n), *lines = carry_lines(&c);
    assert_int_equal(n, 2);
    assert_string_equal(j_str(j_get(json_array_get(lines, 0), "event"), "call_id", ""), "x");
    assert_string_equal(j_str(j_get(json_array_get(lines, 2), "event"), "call_id", ""), "z");
    assert_int_equal(json_array_size(lines), 5);
    json_decref(calls);
    json_decref(lines);
    carry_release(&c);
}

/* ---- money ---- */

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

    /* Nobody had so little to say that more than the reserve is likely. */
    carry_init(&c);
    TAKE(&c, "a", STARTED("x", "k", RESERVED(900, 800)), ANSWER("x", 1, "one", USED(5000)),
         STARTED("z", "k", RESERVED(900, 800)));
    carry_close(&c, true);
    assert_int_equal(c.charged.tokens, 900);
    assert_int_equal(c.spared.tokens, 0);
    carry_release(&c);
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
        cmocka_unit_test(an_answer_belongs_to_its_question),
        cmocka_unit_test(a_question_without_a_key_is_not_carried),
        cmocka_unit_test(what_was_used_again_is_there_once),
        cmocka_unit_test(what_was_asked_anew_takes_the_place),
        cmocka_unit_test(an_answer_is_kept_however_its_call_ended),
        cmocka_unit_test(tools_are_told_apart_by_turn_and_id),
        cmocka_unit_test(carried_lines_stay_those_of_their_run),
        cmocka_unit_test(the_order_is_that_of_the_answers),
        cmocka_unit_test(what_was_charged_is_charged),
        cmocka_unit_test(open_requests_are_charged_in_full),
        cmocka_unit_test(after_an_outage_what_is_likely_is_charged),
        cmocka_unit_test(amounts_are_kept_within_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
