/* Most events of a stream are one piece of text, and are taken without a tree being made of them.
 * What is more than that is left to the reader of all events: taken here, it would be lost. */
#include "adapter_help.h"
#include "heap_kept.h"
#include "proto/json/json_scan.h"
#include "runner/provider/openai_plain.h"

#define OF(delta) "{\"choices\":[{\"index\":0,\"delta\":" delta "}]}"

static const struct {
    const char *event;
    const char *content; /* NULL: it is left alone */
    const char *model;
} ROWS[] = {
    {OF("{\"content\":\"a\"}"), "a", NULL},
    {OF("{\"role\":\"assistant\",\"content\":\"\\u00e9\\n\",\"refusal\":null}"), "\xc3\xa9\n",
     NULL},
    {"{\"model\":\"m\",\"choices\":[{\"delta\":{\"content\":\"a\"},\"index\":null,\"logprobs\":"
     "null}],\"usage\":null,\"error\":null,\"id\":\"x\"}",
     "a", "m"},
    {"{\"model\":7,\"choices\":[{\"delta\":{\"content\":\"a\"}}]}", "a", NULL},
    {OF("{}"), NULL, NULL},
    {OF("{\"content\":null}"), NULL, NULL},
    {OF("{\"content\":[\"a\"]}"), NULL, NULL},
    {OF("\"a\""), NULL, NULL},
    {OF("{\"content\":\"a\",\"reasoning\":\"b\"}"), NULL, NULL},
    {OF("{\"content\":\"a\",\"tool_calls\":[]}"), NULL, NULL},
    {"{\"choices\":[{\"delta\":{\"content\":\"a\"},\"finish_reason\":\"stop\"}]}", NULL, NULL},
    {"{\"choices\":[{\"index\":1,\"delta\":{\"content\":\"a\"}}]}", NULL, NULL},
    {"{\"choices\":[{\"delta\":{\"content\":\"a\"}},{\"delta\":{\"content\":\"b\"}}]}", NULL, NULL},
    {"{\"choices\":{\"delta\":{\"content\":\"a\"}}}", NULL, NULL},
    {"{\"choices\":[]}", NULL, NULL},
    {"{\"choices\":[\"a\"]}", NULL, NULL},
    {"{\"choices\":[{\"delta\":{\"content\":\"a\"}}],\"usage\":{}}", NULL, NULL},
    {"{\"choices\":[{\"delta\":{\"content\":\"a\"}}],\"error\":{}}", NULL, NULL},
    {"{\"error\":null}", NULL, NULL},
    {"[]", NULL, NULL},
    {"{\"choices\":[{\"delta\":{\"content\":\"a\"}}]", NULL, NULL},
};

static int take(struct reply *reply, const char *event)
{
    reply_init(reply, NULL, NULL);
    return openai_plain(reply, event, strlen(event));
}

static void what_is_plain_is_taken_and_all_else_left(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(*ROWS); i++) {
        struct reply reply;
        const int taken = take(&reply, ROWS[i].event);
        if (taken != (ROWS[i].content != NULL))
            fail_msg("%d: %s", taken, ROWS[i].event);
        assert_string_equal(reply.content.len ? buf_str(&reply.content) : "",
                            ROWS[i].content ? ROWS[i].content : "");
        assert_string_equal(reply.model_served ? reply.model_served : "none",
                            ROWS[i].model ? ROWS[i].model : "none");
        reply_release(&reply);
    }
}

/* An event that holds `depth` containers inside each other. */
static void is_taken_of_depth(size_t depth, int expected)
{
    char event[1024] = "{\"choices\":[{\"delta\":{\"content\":\"a\"}}],\"x\":";
    char *at = event + strlen(event);
    memset(at, '[', depth - 1);
    memset(at + depth - 1, ']', depth - 1);
    memcpy(at + 2 * (depth - 1), "}", 2);
    struct reply reply;
    assert_int_equal(take(&reply, event), expected);
    reply_release(&reply);
}

/* Also of a text and a name of a model that are longer than what stands by for them. */
static void how_much_is_plain(void **state)
{
    (void)state;
    is_taken_of_depth(JSON_DEPTH_MAX, 1);
    is_taken_of_depth(JSON_DEPTH_MAX + 1, 0);
    for (size_t len = 510; len < 515; len++) {
        char event[1024], text[600] = "";
        struct reply reply;
        memset(text, 't', len);
        snprintf(event, sizeof event, OF("{\"content\":\"%s\"}"), text);
        assert_int_equal(take(&reply, event), 1);
        assert_string_equal(buf_str(&reply.content), text);
        reply_release(&reply);
    }
    for (size_t len = 252; len < 257; len++) { /* 256 with its quotes */
        char event[1024], name[300] = "";
        struct reply reply;
        memset(name, 'm', len);
        snprintf(event, sizeof event,
                 "{\"model\":\"%s\",\"choices\":[{\"delta\":{\"content\":\"a\"}}]}", name);
        assert_int_equal(take(&reply, event), len <= 254);
        assert_string_equal(reply.model_served ? reply.model_served : "", len <= 254 ? name : "");
        reply_release(&reply);
    }
}

static void the_first_name_of_a_model_stays(void **state)
{
    (void)state;
    static const char SECOND[] = "{\"model\":\"n\",\"choices\":[{\"delta\":{\"content\":\"b\"}}]}";
    struct reply reply;
    take(&reply, "{\"model\":\"m\",\"choices\":[{\"delta\":{\"content\":\"a\"}}]}");
    assert_int_equal(openai_plain(&reply, SECOND, strlen(SECOND)), 1);
    assert_string_equal(buf_str(&reply.content), "ab");
    assert_string_equal(reply.model_served, "m");
    reply_release(&reply);
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(what_is_plain_is_taken_and_all_else_left);
    assert_keeps_nothing(how_much_is_plain);
    assert_keeps_nothing(the_first_name_of_a_model_stays);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_plain_is_taken_and_all_else_left),
        cmocka_unit_test(how_much_is_plain),
        cmocka_unit_test(the_first_name_of_a_model_stays),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
