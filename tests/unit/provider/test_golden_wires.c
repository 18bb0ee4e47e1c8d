/* What goes to a provider and what is made of its answers, whole: tests/fixtures/wires.json holds
 * questions of every kind, streams and bodies of every format, tests/golden/wires what comes of
 * them. A member that is lost, renamed or sent where it is not taken shows in these files. */
#include "adapter_help.h"
#include "golden_text.h"
#include "heap_kept.h"

static const char *const WIRES[] = {"openai",    "openai_responses", "openrouter",
                                    "anthropic", "gemini",           "ollama"};
enum { WIRE_COUNT = sizeof WIRES / sizeof WIRES[0] };

static json_t *all_wires(void)
{
    json_error_t why;
    json_t *wires = json_load_file(FIXTURES "/wires.json", 0, &why);
    if (!wires)
        fail_msg("line %d: %s", why.line, why.text);
    return wires;
}

static void add_json(struct buf *to, const char *what, const json_t *value)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY | JSON_REAL_PRECISION(6));
    assert_non_null(text);
    buf_addf(to, "%s%s\n", what, text);
    free(text);
}

/* ---- requests ---- */

/* "OWN" stands for a message as the format has it. */
static json_t *messages_for(json_t *question, json_t *own, const char *wire)
{
    json_t *messages = json_deep_copy(json_object_get(question, "messages")), *message;
    size_t i;
    json_array_foreach (messages, i, message)
        if (json_object_get(message, "assistant"))
            json_object_set_new(
                message, "assistant",
                json_pack("{s:s, s:O}", "wire", wire, "message", json_object_get(own, wire)));
    return messages;
}

static struct provider_ask ask_of(json_t *question, json_t *messages, json_t *params)
{
    json_t *model = json_object_get(question, "model");
    return (struct provider_ask){
        .seed = "s",
        .call_id = "r0i0:member:ann",
        .member_id = "ann",
        .kind = CALL_KIND_MEMBER,
        .attempt = 1,
        .model = model ? json_string_value(model) : "model-x",
        .messages = messages,
        .params = params,
        .schema = json_object_get(question, "schema"),
        .schema_name = json_string_value(json_object_get(question, "schema_name")),
        .tools = json_object_get(question, "tools"),
        .tool_choice = json_string_value(json_object_get(question, "tool_choice")),
        .parallel_tools = json_is_true(json_object_get(question, "parallel")),
        .stream = json_is_true(json_object_get(question, "stream")),
        .embed = json_object_get(question, "embed")};
}

static void write_request(struct buf *to, json_t *question, json_t *own, const char *wire)
{
    struct error err = {0};
    struct provider_request request = {0};
    json_t *families = shipped_families(), *config_doc = json_object_get(question, "config");
    json_t *messages = messages_for(question, own, wire);
    json_t *params = json_incref(json_object_get(question, "params"));
    params = params ? params : json_object();
    json_t *doc = config_doc ? json_incref(config_doc) : json_object();
    struct provider_config config =
        provider_config_of("p", doc, json_object_get(question, "key") ? NULL : "key-0123456789");
    config.families = families;
    struct provider_ask ask = ask_of(question, messages, params);
    buf_addf(to, "== %s, %s\n", wire, json_string_value(json_object_get(question, "name")));
    if (provider_build(provider_find(wire), &config, &ask, &request, &err) < 0) {
        buf_addf(to, "refused: %s\n", err.text);
    } else {
        buf_addf(to, "%s\n", request.url);
        for (size_t i = 0; i < request.header_count; i++)
            buf_addf(to, "%s\n", request.headers[i]);
        assert_null(request.headers[request.header_count]);
        assert_int_equal(request.body_len, strlen(request.body));
        buf_addf(to, "%s\n", request.body);
    }
    provider_request_release(&request);
    json_decref(messages);
    json_decref(params);
    json_decref(doc);
    json_decref(families);
}

static void every_request(void **state)
{
    (void)state;
    struct buf text = BUF_INIT(1 << 20);
    json_t *wires = all_wires(), *question;
    size_t i;
    json_array_foreach (json_object_get(wires, "questions"), i, question)
        for (size_t k = 0; k < WIRE_COUNT; k++)
            write_request(&text, question, json_object_get(wires, "own"), WIRES[k]);
    golden_compare(GOLDEN "/wires/requests.txt", &text);
    json_decref(wires);
    buf_release(&text);
}

/* ---- replies ---- */

static void show(void *context, enum delta kind, const char *text, size_t len)
{
    static const char *const KINDS[] = {
        [DELTA_CONTENT] = "content", [DELTA_REASONING] = "reasoning", [DELTA_TOOL] = "tool"};
    buf_addf(context, "  %s|%.*s|\n", KINDS[kind], (int)len, text);
}

static char *bytes_of(json_t *value)
{
    return json_is_string(value) ? strdup(json_string_value(value))
                                 : json_dumps(value, JSON_COMPACT);
}

static int read_reply(struct reply *reply, const struct provider *wire, json_t *one)
{
    int result = 0;
    json_t *events = json_object_get(one, "stream"), *whole = json_object_get(one, "whole");
    for (size_t i = 0; result == 0 && i < json_array_size(events); i++) {
        char *event = bytes_of(json_array_get(events, i));
        result = wire->event(reply, "", event, strlen(event));
        free(event);
    }
    if (whole) {
        char *body = bytes_of(whole);
        result = wire->whole(reply, body, strlen(body));
        free(body);
    }
    return result;
}

static void write_fault(struct buf *to, const struct reply_fault *fault)
{
    buf_addf(to, "fault %s %s, status %d, wait %lld: %s\n", fault->kind, fault->code,
             fault->http_status, (long long)fault->retry_after_ms, fault->message);
}

static void write_reply(struct buf *to, const char *wire, json_t *one)
{
    struct reply reply;
    buf_addf(to, "== %s, %s\n", wire, json_string_value(json_object_get(one, "name")));
    reply_init(&reply, show, to);
    int result = read_reply(&reply, provider_find(wire), one);
    buf_addf(to, "%s%s%s\n", result < 0 ? "failed" : "read", reply.ended ? ", ended" : "",
             reply.paused ? ", paused" : "");
    if (result < 0)
        write_fault(to, &reply.fault);
    if (result == 0 && reply.finish_reason) {
        assert_int_equal(reply_finish(&reply), 0);
        json_t *fact = reply_fact(&reply, wire);
        add_json(to, "", fact);
        json_decref(fact);
    } else if (reply.usage) {
        add_json(to, "usage ", reply.usage);
    }
    reply_release(&reply);
}

static void every_reply(void **state)
{
    (void)state;
    struct buf text = BUF_INIT(1 << 20);
    json_t *wires = all_wires(), *list, *one;
    const char *wire;
    size_t i;
    json_object_foreach (json_object_get(wires, "replies"), wire, list)
        json_array_foreach (list, i, one)
            write_reply(&text, wire, one);
    golden_compare(GOLDEN "/wires/replies.txt", &text);
    json_decref(wires);
    buf_release(&text);
}

static void every_error(void **state)
{
    (void)state;
    struct buf text = BUF_INIT(1 << 20);
    json_t *wires = all_wires(), *error;
    size_t i;
    json_array_foreach (json_object_get(wires, "errors"), i, error) {
        struct reply_fault fault;
        char *body = bytes_of(error);
        reply_fault_init(&fault);
        provider_find("openai")->error(body, strlen(body), &fault);
        add_json(&text, "== ", error);
        write_fault(&text, &fault);
        free(body);
        struct reply reply;
        reply_init(&reply, NULL, NULL);
        json_t *event = json_pack("{s:s, s:O}", "type", "error", "error", error);
        body = json_dumps(json_is_object(error) ? error : event, JSON_COMPACT);
        assert_int_equal(provider_find("openai")->event(&reply, "error", body, strlen(body)),
                         -EPROTO);
        write_fault(&text, &reply.fault);
        reply_release(&reply);
        json_decref(event);
        free(body);
    }
    golden_compare(GOLDEN "/wires/errors.txt", &text);
    json_decref(wires);
    buf_release(&text);
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(every_request);
    assert_keeps_nothing(every_reply);
    assert_keeps_nothing(every_error);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_request),
        cmocka_unit_test(every_reply),
        cmocka_unit_test(every_error),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
