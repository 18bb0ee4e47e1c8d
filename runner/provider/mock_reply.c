#include "mock_reply.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/jx.h"

int64_t mock_option_ms(json_t *object, const char *name, int64_t otherwise)
{
    json_t *value = json_object_get(object, name);
    int64_t ms = json_is_number(value) ? (int64_t)json_number_value(value) : otherwise;
    return ms < 0 ? 0 : ms > 86400000 ? 86400000 : ms;
}

struct known_code {
    const char *code, *kind;
    int status;
};

static const struct known_code CODES[] = {
    {"context_length", "permanent", 400},
    {"quota_exhausted", "permanent", 429},
    {"content_filtered", "permanent", 400},
    {"overloaded", "transient", 529},
    {"invalid_request", "permanent", 400},
    {"auth", "permanent", 401},
    {"insufficient_credit", "permanent", 402},
    {"model_not_found", "permanent", 404},
    {"request_timeout", "transient", 408},
    {"conflict", "transient", 409},
    {"rate_limited", "transient", 429},
    {"server_error", "transient", 500},
    {"unexpected_redirect", "permanent", 302},
    {"bad_response", "transient", 200},
    {"response_too_large", "permanent", 200},
    {"dns", "transient", 0},
    {"connect", "transient", 0},
    {"connect_timeout", "transient", 0},
    {"tls_handshake", "transient", 0},
    {"connection_lost", "transient", 0},
    {"tls", "permanent", 0},
    {"out_of_memory", "transient", 0},
    {"transport", "permanent", 0},
    {"missing_member_id", "permanent", 0},
};

static const struct known_code *find_code(const char *code)
{
    for (size_t i = 0; code && i < ARRAY_LEN(CODES); i++)
        if (!strcmp(CODES[i].code, code))
            return &CODES[i];
    return NULL;
}

static int read_error(struct reply *reply, json_t *error)
{
    struct reply_fault *fault = &reply->fault;
    json_t *member = json_object_get(error, "code");
    const char *code = json_string_value(json_is_string(error) ? error : member);
    const char *message = j_str(error, "message", NULL);
    const char *kind = j_str(error, "kind", NULL);
    const struct known_code *known = find_code(code);
    fault->retry_after_ms = mock_option_ms(error, "retry_after_ms", -1);
    if (!json_object_get(error, "retry_after_ms"))
        fault->retry_after_ms = -1;
    json_t *status = json_is_integer(error) ? error : json_object_get(error, "status");
    fault->http_status = json_is_integer(status) ? (int)json_integer_value(status)
                         : known                 ? known->status
                                                 : 0;
    /* A bare status has no class here: the caller knows the table. */
    if (!known && json_is_integer(status)) {
        reply_fault_set(fault, "", "", message ? message : "scripted status");
        return -EPROTO;
    }
    bool permanent =
        kind ? !strcmp(kind, "permanent") : !known || !strcmp(known->kind, "permanent");
    return reply_fail(reply, permanent ? "permanent" : "transient",
                      known ? known->code : "invalid_request",
                      message ? message
                      : code  ? code
                              : "scripted failure");
}

static int read_piece(struct reply *reply, json_t *piece)
{
    json_t *text = json_object_get(piece, "text");
    json_t *error = json_object_get(piece, "error");
    json_t *usage = json_object_get(piece, "usage");
    if (error)
        return read_error(reply, error);
    if (text)
        return reply_add_content(reply, json_string_value(text), json_string_length(text));
    if (json_is_object(usage))
        reply_set_usage(reply, reply_tokens(usage, "input_tokens", -1),
                        reply_tokens(usage, "output_tokens", -1),
                        reply_tokens(usage, "cached_input_tokens", -1),
                        reply_tokens(usage, "reasoning_tokens", -1));
    reply_set_model(reply, j_str(piece, "model", NULL));
    json_t *vectors = json_object_get(piece, "vectors");
    if (vectors)
        reply->structured = j_pack("{s:O}", "vectors", vectors);
    reply->finish_reason = "stop";
    reply->ended = true;
    reply->cost = 0;
    return 0;
}

int mock_event(struct reply *reply, const char *type, const char *data, size_t len)
{
    (void)type;
    json_t *piece = json_loadb(data, len, 0, NULL);
    int r = json_is_object(piece) ? read_piece(reply, piece)
                                  : reply_bad(reply, "a piece is not an object");
    json_decref(piece);
    return r;
}

int mock_whole(struct reply *reply, const char *body, size_t len)
{
    return mock_event(reply, "", body, len);
}

void mock_error(const char *body, size_t len, struct reply_fault *ret)
{
    (void)body;
    (void)len;
    (void)ret;
}
