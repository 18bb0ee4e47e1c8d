/* A call and its answer. A request that gets no answer, or two, is a client that waits for ever or
 * takes one answer for another. */
#include "rpc_call_fixture.h"

#include "daemon/failing.h"

/* Its answer, and 0 for the handler to return. */
static const char *good_answer_of(handler *h)
{
    returned = 77;
    const char *text = answer_of(h);
    assert_int_equal(returned, 0);
    return text;
}

/* ---- answered at once ---- */

static int reply_tree(struct call *call)
{
    assert_ptr_equal(call->context, &fake);
    return call_reply(call, json_pack("{s:i}", "n", 3));
}

static int reply_text(struct call *call)
{
    return call_reply_raw(call, (struct json_span){.at = "[1,2]", .len = 5});
}

static void a_result_is_sent(void **state)
{
    (void)state;
    assert_string_equal(good_answer_of(reply_tree),
                        "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"result\":{\"n\":3}}\n");
    assert_string_equal(good_answer_of(reply_text),
                        "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"result\":[1,2]}\n");
}

static int reply_nothing(struct call *call)
{
    return call_reply(call, NULL);
}

static int answer_nothing(struct call *call)
{
    (void)call;
    return -ENOMEM;
}

static int answer_and_fail(struct call *call)
{
    call_reply(call, json_true());
    return -ENOMEM;
}

static int answer_nothing_well(struct call *call)
{
    (void)call;
    return 0;
}

static void tell_nobody(struct receipt *receipt, enum receipt_kind kind, enum rpc_reason reason)
{
    (void)receipt, (void)kind, (void)reason;
}

static int wait_and_fail(struct call *call)
{
    static struct receipt wanted = {.tell = tell_nobody};
    call->receipt = &wanted;
    assert_non_null(call_wait(call, &waiters));
    assert_null(call->receipt); /* the answer tells it, and it is gone then */
    return -EIO;
}

static void a_failure_is_internal_error_once(void **state)
{
    (void)state;
    assert_error(good_answer_of(reply_nothing), "internal_error");
    assert_error(answer_of(answer_nothing), "internal_error");
    assert_string_equal(answer_of(answer_and_fail),
                        "{\"jsonrpc\":\"2.0\",\"id\":\"a\",\"result\":true}\n");
    assert_string_equal(answer_of(answer_nothing_well), "");
    assert_string_equal(answer_of(wait_and_fail), ""); /* it is answered later */
    pending_error(waiters, RPC_TIMEOUT, NULL);
    turns();
    assert_error(hears(client), "timeout");
}

static int give_error(struct call *call)
{
    return call_error(call, RPC_MAX_CHILDREN, json_pack("{s:i}", "max", 9));
}

static int give_plain_error(struct call *call)
{
    return call_error(call, RPC_MAX_CHILDREN, NULL);
}

static int give_short_field(struct call *call)
{
    return call_bad_field(call, RPC_INVALID_OPTION, "limits", NULL);
}

static int give_bad_field(struct call *call)
{
    return call_bad_field(call, RPC_INVALID_OPTION, "limits/calls", "too few");
}

static int give_own_words(struct call *call)
{
    return call_error_saying(call, RPC_MAX_CHILDREN, "One is enough.",
                             json_pack("{s:i}", "max", 1));
}

static int give_data(struct call *call)
{
    return call_error_data(call, RPC_MAX_CHILDREN, json_pack("{s:i}", "max", 7));
}

/* There was no memory for them, and an error that lacks them would say something else. */
static int give_no_data(struct call *call)
{
    return call_error_data(call, RPC_MAX_CHILDREN, NULL);
}

static void an_error_says_why(void **state)
{
    (void)state;
    const char *text = good_answer_of(give_error);
    assert_error(text, "max_children");
    assert_non_null(strstr(text, "\"max\":9"));
    text = good_answer_of(give_bad_field);
    assert_error(text, "invalid_option");
    assert_non_null(strstr(text, "\"field\":\"limits/calls\""));
    assert_non_null(strstr(text, "too few"));
    text = good_answer_of(give_own_words);
    assert_error(text, "max_children");
    assert_non_null(strstr(text, "\"message\":\"One is enough.\""));
    assert_non_null(strstr(text, "\"max\":1"));
    text = good_answer_of(give_data);
    assert_error(text, "max_children");
    assert_non_null(strstr(text, "\"max\":7"));
    assert_error(good_answer_of(give_no_data), "internal_error");
    text = good_answer_of(give_plain_error);
    assert_error(text, "max_children");
    assert_null(strstr(text, "\"max\""));
    text = good_answer_of(give_short_field);
    assert_error(text, "invalid_option");
    assert_non_null(strstr(text, "\"field\":\"limits\""));
    assert_null(strstr(text, "few"));
    text = good_answer_of(call_no_method);
    assert_error(text, "method_not_found");
    assert_non_null(strstr(text, "some.method"));
}

/* ---- without memory ---- */

static int failing_reply(struct call *call)
{
    return call_reply_raw(call, (struct json_span){.at = "7", .len = 1});
}

static int failing_error(struct call *call)
{
    return call_error(call, RPC_MAX_CHILDREN, NULL);
}

static handler *let_fail;
static int fails_at;

static int fail_there(struct call *call)
{
    failing_next(&fails_at);
    int r = let_fail(call);
    failing_stop();
    return r;
}

/* Whichever allocation fails: the answer, internal_error, or the end of the connection. Never
 * silence. */
static void no_answer_is_lost_without_a_word(void **state)
{
    static handler *const rows[] = {failing_reply, failing_error, wait_for_it};
    static const char *const wanted[] = {"\"result\":7}", "max_children", "timeout"};
    int failed = 0;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        let_fail = rows[i];
        fails_at = 0;
        do {
            const char *text = answer_of(fail_there);
            if (waiters) {
                pending_error(waiters, RPC_TIMEOUT, NULL);
                turns();
                text = hears(client);
            }
            failed += failing_happened;
            if (strstr(text, wanted[i])) {
                assert_int_equal(strchr(text, '\n')[1], '\0');
            } else {
                assert_true(failing_happened);
                assert_true(strstr(text, "internal_error") || is_closed(client));
            }
            teardown(state);
            assert_int_equal(setup(state), 0);
        } while (failing_happened);
    }
    assert_true(!FAILING_WORKS || failed >= 3);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_result_is_sent),
        TEST(a_failure_is_internal_error_once),
        TEST(an_error_says_why),
        TEST(no_answer_is_lost_without_a_word),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
