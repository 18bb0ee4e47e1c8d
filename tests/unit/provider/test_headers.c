/* What stands before the body of every request, and which lines of a stream are its end: a provider
 * refuses a request without its key, and an answer without its type is read as something else. */
#include "adapter_help.h"
#include "heap_kept.h"

static const struct {
    const char *wire, *key_name, *key;
    bool accepts; /* says which type it wants */
} ROWS[] = {
    {"openai", "Authorization", "Bearer key-0123456789", true},
    {"openai_responses", "Authorization", "Bearer key-0123456789", true},
    {"openrouter", "Authorization", "Bearer key-0123456789", true},
    {"ollama", "Authorization", "Bearer key-0123456789", false},
    {"anthropic", "x-api-key", "key-0123456789", true},
    {"gemini", "x-goog-api-key", "key-0123456789", false},
};

static void has(const struct question *q, const char *name, const char *value)
{
    const char *found = question_header(q, name);
    if (!found || strcmp(found, value) != 0)
        fail_msg("%s: %s, not %s", name, found ? found : "(none)", value);
}

static void every_request_has_them(void **state)
{
    (void)state;
    for (size_t i = 0; i < 2 * sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct question q;
        bool stream = i & 1;
        question_init(&q, PLAIN_MESSAGES, "{}");
        q.ask.stream = stream;
        json_t *own = json_of("{\"X-Own\": \"mine\"}");
        q.config.base_url = "https://host/v1";
        q.config.headers = own;
        question_build(&q, provider_find(ROWS[i / 2].wire));
        print_message("%s\n", ROWS[i / 2].wire);
        has(&q, "Content-Type", "application/json");
        if (ROWS[i / 2].accepts)
            has(&q, "Accept", stream ? "text/event-stream" : "application/json");
        has(&q, ROWS[i / 2].key_name, ROWS[i / 2].key);
        has(&q, "X-Own", "mine");
        json_decref(own);
        question_release(&q);
    }
}

static int event(const char *wire, const char *data)
{
    struct reply r;
    reply_init(&r, NULL, NULL);
    int result = provider_find(wire)->event(&r, "", data, strlen(data));
    reply_release(&r);
    return result;
}

static void only_one_line_is_the_end(void **state)
{
    (void)state;
    static const char *const WIRES[] = {"openai", "openai_responses", "openrouter"};
    for (size_t i = 0; i < sizeof(WIRES) / sizeof(WIRES[0]); i++) {
        if (i == 1)
            assert_int_equal(event(WIRES[i], "[DONE]"), 0);
        assert_int_equal(event(WIRES[i], "[DONE!"), -EPROTO);
        assert_int_equal(event(WIRES[i], "[1, 2]"), -EPROTO);
        assert_int_equal(event(WIRES[i], "[DONE] "), -EPROTO);
    }
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(every_request_has_them);
    assert_keeps_nothing(only_one_line_is_the_end);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_request_has_them),
        cmocka_unit_test(only_one_line_is_the_end),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
