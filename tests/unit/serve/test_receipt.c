/* How a call was answered: an audit that says `done` of what was refused, or is never told of what
 * was waited for, is worse than none. */
#include "rpc_call_fixture.h"

static struct {
    struct receipt receipt;
    int told;
    enum receipt_kind kind;
    enum rpc_reason reason;
} wanted;

static void note(struct receipt *receipt, enum receipt_kind kind, enum rpc_reason reason)
{
    assert_ptr_equal(receipt, &wanted.receipt);
    wanted.told++;
    wanted.kind = kind;
    wanted.reason = reason;
}

static handler *after; /* what is done with a call whose answer is wanted to be known */

static int with_receipt(struct call *call)
{
    memset(&wanted, 0, sizeof wanted);
    wanted.receipt.tell = note;
    call->receipt = &wanted.receipt;
    return after(call);
}

static void assert_told_once(enum receipt_kind kind, enum rpc_reason reason)
{
    assert_int_equal(wanted.told, 1);
    assert_int_equal(wanted.kind, kind);
    assert_int_equal(wanted.reason, reason);
}

static void assert_told(handler *h, enum receipt_kind kind, enum rpc_reason reason)
{
    after = h;
    answer_of(with_receipt);
    assert_told_once(kind, reason);
}

static int reply(struct call *call)
{
    return call_reply(call, json_true());
}

static int reply_raw(struct call *call)
{
    return call_reply_raw(call, (struct json_span){.at = "5", .len = 1});
}

static int reply_nothing(struct call *call)
{
    return call_reply(call, NULL);
}

static int refuse(struct call *call)
{
    return call_error(call, RPC_NOT_FOUND, NULL);
}

static int complain(struct call *call)
{
    return call_bad_field(call, RPC_INVALID_OPTION, "x", NULL);
}

static int refuse_saying(struct call *call)
{
    return call_error_saying(call, RPC_UNKILLABLE, "Not now.", NULL);
}

static int refuse_with_data(struct call *call)
{
    return call_error_data(call, RPC_UNKILLABLE, json_pack("{s:i}", "n", 1));
}

static int refuse_without_memory(struct call *call)
{
    return call_error_data(call, RPC_UNKILLABLE, NULL);
}

static int fail_it(struct call *call)
{
    (void)call;
    return -ENOMEM;
}

static void it_is_told_of_the_answer(void **state)
{
    (void)state;
    assert_told(reply, RECEIPT_DONE, RPC_REASON_COUNT);
    assert_told(reply_raw, RECEIPT_DONE, RPC_REASON_COUNT);
    assert_told(reply_nothing, RECEIPT_ERROR, RPC_INTERNAL_ERROR);
    assert_told(refuse, RECEIPT_ERROR, RPC_NOT_FOUND);
    assert_told(complain, RECEIPT_ERROR, RPC_INVALID_OPTION);
    assert_told(refuse_saying, RECEIPT_ERROR, RPC_UNKILLABLE);
    assert_told(refuse_with_data, RECEIPT_ERROR, RPC_UNKILLABLE);
    assert_told(refuse_without_memory, RECEIPT_ERROR, RPC_INTERNAL_ERROR);
    assert_told(call_no_method, RECEIPT_ERROR, RPC_METHOD_NOT_FOUND);
    assert_told(fail_it, RECEIPT_ERROR, RPC_INTERNAL_ERROR);
}

static void wait_with_receipt(void)
{
    after = wait_for_it;
    answer_of(with_receipt);
    assert_int_equal(wanted.told, 0);
}

static void it_waits_with_the_call(void **state)
{
    (void)state;
    wait_with_receipt();
    pending_reply_raw(waiters, (struct json_span){.at = "5", .len = 1});
    assert_told_once(RECEIPT_DONE, RPC_REASON_COUNT);
    wait_with_receipt();
    pending_reply(waiters, json_true());
    assert_told_once(RECEIPT_DONE, RPC_REASON_COUNT);
    wait_with_receipt();
    pending_reply(waiters, NULL);
    assert_told_once(RECEIPT_ERROR, RPC_INTERNAL_ERROR);
    wait_with_receipt();
    pending_reply_raw(waiters, (struct json_span){0});
    assert_told_once(RECEIPT_ERROR, RPC_INTERNAL_ERROR);
    wait_with_receipt();
    pending_error(waiters, RPC_TIMEOUT, NULL);
    assert_told_once(RECEIPT_ERROR, RPC_TIMEOUT);
}

static void it_is_told_that_nobody_waits_any_more(void **state)
{
    (void)state;
    wait_with_receipt();
    close(client);
    client = -1;
    turns();
    assert_told_once(RECEIPT_NOBODY, RPC_REASON_COUNT);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_is_told_of_the_answer),
        TEST(it_waits_with_the_call),
        TEST(it_is_told_that_nobody_waits_any_more),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
