/* What a probe asks models, and what it advises people: a question that a model may answer in many
 * ways, or a hint that does not fit, sends somebody the wrong way. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/jx.h"
#include "runner/probe/probe_ask.h"
#include "runner/probe/probe_hint.h"

static void expect(json_t *value, const char *text)
{
    char *dump = j_dump(value);
    assert_string_equal(dump, text);
    free(dump);
}

static void two_questions_and_how_they_are_put(void **state)
{
    (void)state;
    struct probe_questions q;
    probe_questions_init(&q);
    expect(q.stream, "[{\"role\":\"user\",\"content\":\"Count from one to ten in words, nothing "
                     "else.\"}]");
    expect(q.form, "[{\"role\":\"user\",\"content\":\"Is water wet? Answer with a JSON object that "
                   "has one member, \\\"answer\\\", which is \\\"yes\\\" or \\\"no\\\".\"}]");
    expect(q.params, "{\"max_tokens\":1024,\"provider_options\":{}}");
    expect(q.schema, "{\"type\":\"object\",\"properties\":{\"answer\":{\"type\":\"string\",\"enum\""
                     ":[\"yes\",\"no\"]}},\"required\":[\"answer\"],\"additionalProperties\":"
                     "false}");
    expect(q.no_tools, "[]");
    probe_questions_release(&q);
}

static void every_fault_has_its_hint(void **state)
{
    (void)state;
    static const struct {
        const char *code, *hint;
    } ROWS[] = {
        {"dns", "check the host in base_url (or in proxy), and the name service of this machine"},
        {"connect", "check host and port in base_url; is the server running, does a firewall "
                    "forbid it, is a proxy needed?"},
        {"connect_timeout", "check host and port in base_url; a firewall may drop the packets, or "
                            "a proxy be needed"},
        {"no_answer", "the server takes the connection and says nothing: try again later, or look "
                      "into its log"},
        {"tls_handshake", "the two sides agree on no encryption: is it an https server, and is "
                          "base_url right?"},
        {"tls", "the certificate is not trusted: for a private authority set ca_file; else "
                "base_url names the wrong host"},
        {"auth", "the key is refused: correct it or make a new one, and reload councild"},
        {"insufficient_credit", "the account has no credit: top it up"},
        {"quota_exhausted", "the account's quota is used up: raise it at the provider, or wait"},
        {"rate_limited", "too many requests: try again later; a lower max_in_flight keeps a "
                         "council below the limit"},
        {"model_not_found", "correct the model's name; councilctl models PROVIDER lists them"},
        {"invalid_request", "the provider does not take the request: is `type` its wire format, "
                            "and does the model take this?"},
        {"unexpected_redirect", "base_url is redirected, which is not followed because of the key: "
                                "configure the final address"},
        {"bad_response", "the answer has another form: is `type` the wire format of base_url?"},
        {"response_too_large", "the answer is longer than is taken"},
        {"content_filtered", "the provider's filter refuses a harmless question: look at the "
                             "account's settings"},
        {"server_error", "the provider has trouble: try again later"},
        {"overloaded", "the provider has trouble: try again later"},
        {"request_timeout", "the provider has trouble: try again later"},
        {"conflict", "the provider has trouble: try again later"},
        {"connection_lost", "the connection broke: try again; a proxy between may cut it"},
        {"attempt", "the model did not answer in time: try again later, or raise its time-outs"},
        {"first_token",
         "the model did not answer in time: try again later, or raise its time-outs"},
        {"stall", "the model fell silent: try again later, or raise stall_ms"},
        {"", ""},
        {"transport", ""},
        {"tl", ""},
        {"tlss", ""},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(*ROWS); i++)
        assert_string_equal(probe_hint(ROWS[i].code), ROWS[i].hint);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(two_questions_and_how_they_are_put),
        cmocka_unit_test(every_fault_has_its_hint),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
