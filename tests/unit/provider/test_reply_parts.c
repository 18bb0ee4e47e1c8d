/* What a reply keeps of each part that a provider tells, whichever provider it is: no adapter tests
 * this again. */
#include "adapter_help.h"
#include "common/xalloc.h"
#include "heap_kept.h"

static void expect_message(const char *message, size_t kept)
{
    struct reply_fault fault;
    reply_fault_init(&fault);
    reply_fault_set(&fault, "permanent", "invalid_request", message);
    assert_string_equal(fault.kind, "permanent");
    assert_string_equal(fault.code, "invalid_request");
    assert_int_equal(strlen(fault.message), kept);
}

/* `words` letters, a space, and letters up to the length `len`. */
static void expect_cut(size_t words, size_t len, size_t kept)
{
    char *message = xmalloc(len + 1);
    memset(message, 'x', len);
    message[words] = ' ';
    message[len] = '\0';
    expect_message(message, kept);
    free(message);
}

static void a_message_is_cut_between_words(void **state)
{
    (void)state;
    expect_cut(9, FAULT_RAW_MAX - 1, FAULT_RAW_MAX - 1);
    expect_cut(9, FAULT_RAW_MAX, FAULT_RAW_MAX);
    expect_cut(9, FAULT_RAW_MAX + 1, 10);
    expect_cut(FAULT_RAW_MAX - 1, FAULT_RAW_MAX + 1, FAULT_RAW_MAX);
    expect_cut(FAULT_RAW_MAX, FAULT_RAW_MAX + 1, 0); /* one word that has no end */
    expect_cut(0, 2 * FAULT_RAW_MAX, 1);
    expect_message("", 0);
}

/* Each byte that is no text becomes three: what is too long by that is cut as well. */
static void a_mended_message_is_cut_too(void **state)
{
    (void)state;
    char message[FAULT_RAW_MAX + 1] = "first ";
    memset(message + 6, '\xff', (FAULT_RAW_MAX - 6) / 3);
    expect_message(message, 6 + 3 * ((FAULT_RAW_MAX - 6) / 3));
    message[6 + (FAULT_RAW_MAX - 6) / 3] = '\xff';
    expect_message(message, 6);
    expect_message("a\xff"
                   "b",
                   5);
}

static void a_fault_keeps_the_message_that_it_has(void **state)
{
    (void)state;
    struct reply_fault fault;
    reply_fault_init(&fault);
    assert_string_equal(fault.kind, "");
    assert_string_equal(fault.code, "");
    assert_string_equal(fault.message, "");
    assert_int_equal(fault.retry_after_ms, -1);
    assert_int_equal(fault.http_status, 0);
    reply_fault_set(&fault, "transient", "overloaded", "wait");
    reply_fault_set(&fault, "permanent", "invalid_request", NULL);
    assert_string_equal(fault.code, "invalid_request");
    assert_string_equal(fault.message, "wait");
}

/* A stream names it in each of its events, sometimes with an empty name at first. */
static void the_first_name_of_a_model_is_kept(void **state)
{
    (void)state;
    struct reply r;
    reply_init(&r, NULL, NULL);
    reply_set_model(&r, NULL);
    reply_set_model(&r, "");
    assert_null(r.model_served);
    reply_set_model(&r, "first");
    reply_set_model(&r, "second");
    reply_set_model(&r, "");
    assert_string_equal(r.model_served, "first");
    reply_release(&r);
}

static void a_name_is_kept_up_to_its_bound(void **state)
{
    (void)state;
    char name[REPLY_WORD_MAX + 2];
    memset(name, 'x', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    struct reply r;
    reply_init(&r, NULL, NULL);
    reply_set_model(&r, name);
    assert_int_equal(strlen(r.model_served), REPLY_WORD_MAX);
    reply_release(&r);
    memcpy(name + REPLY_WORD_MAX - 1, "\xc3\xa9", 3); /* a letter of two bytes across the bound */
    char *word = reply_word(name);
    assert_int_equal(strlen(word), REPLY_WORD_MAX - 1);
    free(word);
    assert_null(reply_word(NULL));
}

#define USAGE(input, output, cached, reasoning)                                                    \
    "{\"input_tokens\":" #input ",\"output_tokens\":" #output ",\"cached_input_tokens\":" #cached  \
    ",\"reasoning_tokens\":" #reasoning "}"

static void expect_usage(const struct reply *r, const char *expected)
{
    json_t *fact = reply_fact(r, "openai");
    assert_json(json_object_get(fact, "usage"), expected);
    json_decref(fact);
}

/* A count that only one of the parts has is that one's; what none has was not told. */
static void what_was_spent_before_a_pause_is_added(void **state)
{
    (void)state;
    struct reply r;
    reply_init(&r, NULL, NULL);
    r.finish_reason = "stop";
    expect_usage(&r, "null");
    reply_spend(&r);
    expect_usage(&r, "null");
    reply_set_usage(&r, 10, 20, -1, -1);
    expect_usage(&r, USAGE(10, 20, null, null));
    reply_spend(&r);
    assert_null(r.usage);
    expect_usage(&r, USAGE(10, 20, null, null));
    reply_spend(&r); /* a part without counts takes none away */
    expect_usage(&r, USAGE(10, 20, null, null));
    reply_set_usage(&r, 1, -1, 0, -1);
    expect_usage(&r, USAGE(11, 20, 0, null));
    reply_spend(&r);
    reply_set_usage(&r, -1, 5, 3, -1);
    expect_usage(&r, USAGE(11, 25, 3, null));
    reply_set_usage(&r, -1, 6, 3, -1); /* told anew of the same part */
    expect_usage(&r, USAGE(11, 26, 3, null));
    reply_release(&r);
}

static void so_many_calls_of_tools_and_no_more(void **state)
{
    (void)state;
    struct reply r;
    reply_init(&r, NULL, NULL);
    assert_null(reply_tool(&r, REPLY_TOOLS_MAX));
    assert_string_equal(r.fault.kind, "transient");
    assert_string_equal(r.fault.code, "bad_response");
    assert_string_equal(r.fault.message, "too many tool calls in one message");
    assert_int_equal(r.tool_count, 0);
    struct reply_tool *last = reply_tool(&r, REPLY_TOOLS_MAX - 1);
    assert_non_null(last);
    assert_int_equal(r.tool_count, REPLY_TOOLS_MAX);
    assert_ptr_equal(reply_tool(&r, REPLY_TOOLS_MAX - 1), last); /* made once */
    assert_int_equal(r.tool_count, REPLY_TOOLS_MAX);
    assert_null(reply_tool(&r, REPLY_TOOLS_MAX));
    reply_release(&r);
}

/* One without an id gets one from its place in the message; one without a name is none. */
static void calls_of_tools_have_names_and_ids(void **state)
{
    (void)state;
    struct reply r;
    reply_init(&r, NULL, NULL);
    r.finish_reason = "tool_calls";
    assert_int_equal(reply_add_args(&r, reply_tool(&r, 0), "{}", 2), 0);
    assert_fact(&r, "openai", "{\"finish_reason\":\"tool_calls\"}");
    json_t *fact = reply_fact(&r, "openai");
    assert_null(json_object_get(fact, "tool_calls"));
    json_decref(fact);
    reply_tool(&r, 2)->name = xstrdup("look");
    assert_int_equal(reply_add_args_tree(&r, reply_tool(&r, 2), NULL), 0);
    reply_tool(&r, 3)->name = xstrdup("find");
    reply_tool(&r, 3)->id = xstrdup("own");
    assert_fact(&r, "openai",
                "{\"tool_calls\":[{\"id\":\"call_2\",\"name\":\"look\",\"args_raw\":\"{}\"},"
                "{\"id\":\"own\",\"name\":\"find\",\"args_raw\":\"\"}]}");
    reply_release(&r);
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(a_message_is_cut_between_words);
    assert_keeps_nothing(a_mended_message_is_cut_too);
    assert_keeps_nothing(the_first_name_of_a_model_is_kept);
    assert_keeps_nothing(a_name_is_kept_up_to_its_bound);
    assert_keeps_nothing(what_was_spent_before_a_pause_is_added);
    assert_keeps_nothing(so_many_calls_of_tools_and_no_more);
    assert_keeps_nothing(calls_of_tools_have_names_and_ids);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_message_is_cut_between_words),
        cmocka_unit_test(a_mended_message_is_cut_too),
        cmocka_unit_test(a_fault_keeps_the_message_that_it_has),
        cmocka_unit_test(the_first_name_of_a_model_is_kept),
        cmocka_unit_test(a_name_is_kept_up_to_its_bound),
        cmocka_unit_test(what_was_spent_before_a_pause_is_added),
        cmocka_unit_test(so_many_calls_of_tools_and_no_more),
        cmocka_unit_test(calls_of_tools_have_names_and_ids),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
