/* What a chain of journals holds: an answer under the wrong question, twice, or lost, is a wrong
 * council or one that is paid for again; and money that is forgotten is spent again. */
#include "carry_lines.h"

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
    json_t *lines = carry_lines(&c);
    static const char *const of[] = {"a", "a", "a", "b"}; /* the question, the answers */
    assert_int_equal(json_array_size(lines), 4);
    for (size_t i = 0; i < 4; i++)
        assert_string_equal(j_str(json_array_get(lines, i), "from_run_id", ""), of[i]);
    json_decref(lines);
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
    json_t *lines = carry_lines(&c);
    assert_int_equal(json_array_size(lines), 6); /* the question, the answer, and these */
    json_decref(lines);
    static const char *const told[] = {"1t", "1u", "2t"};
    for (size_t i = 0; i < 3; i++) {
        json_t *one = json_array_get(j_get(entry, "tools"), i);
        char text[8];
        snprintf(text, sizeof text, "%d%s", (int)j_int(one, "turn", -1), j_str(one, "id", ""));
        assert_string_equal(text, told[i]);
    }
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
    TAKE(&c, "a", STARTED("z", "k", ""), STARTED("y", "k", ""), STARTED("x", "k", ""),
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
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
