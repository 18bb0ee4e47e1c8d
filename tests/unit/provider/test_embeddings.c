/* Vectors that come back in another order than the texts would choose the wrong council. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "heap_kept.h"
#include "runner/provider/formats.h"

static struct provider_request request_for(json_t *config_doc, const char *key)
{
    struct error err = {0};
    struct provider_request request = {0};
    json_t *embed = json_pack("[ss]", "task", "desc"), *params = json_object();
    struct provider_config config = {
        .name = "p", .base_url = "http://host/v1", .key = key, .doc = config_doc};
    struct provider_ask ask = {.call_id = "c", .model = "vec", .embed = embed, .params = params};
    assert_int_equal(provider_find("openai")->build(&config, &ask, &request, &err), 0);
    json_decref(embed);
    json_decref(params);
    return request;
}

static void the_request(void **state)
{
    (void)state;
    json_t *doc = json_object();
    struct provider_request request = request_for(doc, "k");
    json_t *body = json_loadb(request.body, request.body_len, 0, NULL);
    json_t *expected = json_pack("{s:s, s:[ss]}", "model", "vec", "input", "task", "desc");
    assert_string_equal(request.url, "http://host/v1/embeddings");
    assert_true(json_equal(body, expected));
    bool bearer = false;
    for (char **h = request.headers; *h; h++)
        bearer |= strcmp(*h, "Authorization: Bearer k") == 0;
    assert_true(bearer);
    json_decref(body);
    json_decref(expected);
    json_decref(doc);
    provider_request_release(&request);
}

static int read(const char *text, struct reply *reply)
{
    reply_init(reply, NULL, NULL);
    return provider_find("openai")->whole(reply, text, strlen(text));
}

static void vectors_stand_in_the_order_of_the_texts(void **state)
{
    (void)state;
    struct reply reply;
    assert_int_equal(read("{\"object\": \"list\", \"model\": \"vec-1\", \"data\": [{\"index\": 1, "
                          "\"embedding\": [3, 4]}, {\"index\": 0, \"embedding\": [1, 2]}], "
                          "\"usage\": {\"prompt_tokens\": 7, \"total_tokens\": 7}}",
                          &reply),
                     0);
    json_t *expected = json_pack("{s:[[ii][ii]]}", "vectors", 1, 2, 3, 4);
    assert_true(json_equal(reply.structured, expected));
    assert_string_equal(reply.finish_reason, "stop");
    assert_string_equal(reply.model_served, "vec-1");
    json_decref(expected);
    reply_release(&reply);
}

static void a_missing_vector_is_a_bad_response(void **state)
{
    (void)state;
    struct reply reply;
    assert_true(read("{\"data\": [{\"index\": 1, \"embedding\": [3]}, {\"index\": 1, "
                     "\"embedding\": [1]}]}",
                     &reply) < 0);
    assert_string_equal(reply.fault.code, "bad_response");
    reply_release(&reply);
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(the_request);
    assert_keeps_nothing(vectors_stand_in_the_order_of_the_texts);
    assert_keeps_nothing(a_missing_vector_is_a_bad_response);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_request),
        cmocka_unit_test(vectors_stand_in_the_order_of_the_texts),
        cmocka_unit_test(a_missing_vector_is_a_bad_response),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
