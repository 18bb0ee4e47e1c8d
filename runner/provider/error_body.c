#include "error_body.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/jx.h"
#include "common/xalloc.h"
#include "foreign_json.h"
#include "google_error.h"

struct phrase {
    const char *text; /* looked for without case */
    const char *kind, *code;
};

/* In the machine-readable members (code, type, status): what says more than the HTTP status. */
static const struct phrase WORDS[] = {
    {"context_length", "permanent", "context_length"},
    {"string_above_max_length", "permanent", "context_length"},
    {"exceed_context_size", "permanent", "context_length"},
    {"tokens_limit_reached", "permanent", "context_length"},
    {"insufficient_quota", "permanent", "quota_exhausted"},
    {"billing", "permanent", "quota_exhausted"},
    {"content_filter", "permanent", "content_filtered"},
    {"content_policy", "permanent", "content_filtered"},
    {"moderation", "permanent", "content_filtered"},
    {"overloaded", "transient", "overloaded"},
    {"capacity_exceeded", "transient", "overloaded"},
    {"invalid_api_key", "permanent", "auth"},
    {"model_not_found", "permanent", "model_not_found"},
};

/* And what stands in for a status where there is none, in the middle of a stream. */
static const struct phrase STATUS_WORDS[] = {
    {"authentication", "permanent", "auth"},
    {"permission", "permanent", "auth"},
    {"not_found", "permanent", "model_not_found"},
    {"rate_limit", "transient", "rate_limited"},
    {"too_many_requests", "transient", "rate_limited"},
    {"resource_exhausted", "transient", "rate_limited"},
    {"timeout", "transient", "request_timeout"},
    {"invalid_request", "permanent", "invalid_request"},
    {"invalid_argument", "permanent", "invalid_request"},
    {"server_error", "transient", "server_error"},
    {"api_error", "transient", "server_error"},
    {"unavailable", "transient", "server_error"},
};

/* In the sentence for people; only what no provider says by the way. */
static const struct phrase SENTENCES[] = {
    {"maximum context length", "permanent", "context_length"},
    {"context window", "permanent", "context_length"},
    {"prompt is too long", "permanent", "context_length"},
    {"exceeds the maximum number of tokens", "permanent", "context_length"},
    {"maximum prompt length", "permanent", "context_length"},
    {"exceed context limit", "permanent", "context_length"},
    {"number of tokens in this request cannot exceed", "permanent", "context_length"},
    {"`inputs` tokens + `max_new_tokens` must be", "permanent", "context_length"},
    {"`inputs` must have less than", "permanent", "context_length"},
    {"available context size", "permanent", "context_length"},
    {"longer than the model's context length", "permanent", "context_length"},
    {"longer than the maximum model length", "permanent", "context_length"},
    {"exceeded model token limit", "permanent", "context_length"},
    {"input is too long for requested model", "permanent", "context_length"},
    {"range of input length should be", "permanent", "context_length"},
    {"exceeded your current quota", "permanent", "quota_exhausted"},
    {"credit balance is too low", "permanent", "quota_exhausted"},
    {"content management policy", "permanent", "content_filtered"},
    /* The account may not have this one model; a 403 would be the end of its key. */
    {"organization must be verified", "permanent", "invalid_request"},
    {"overloaded", "transient", "overloaded"},
};

static const struct phrase *find(const struct phrase *list, size_t count, const char *text)
{
    for (size_t i = 0; text && i < count; i++)
        if (strcasestr(text, list[i].text))
            return &list[i];
    return NULL;
}

static json_t *inner(json_t *value)
{
    if (json_is_array(value))
        value = json_array_get(value, 0);
    json_t *error = json_object_get(value, "error");
    if (json_is_object(error) || json_is_string(error))
        return error;
    json_t *detail = json_object_get(value, "detail");
    return detail && !json_is_null(detail) ? detail : value;
}

static const struct phrase *find_member(const struct phrase *list, size_t count, json_t *error)
{
    static const char *const MEMBERS[] = {"code", "type", "status"};
    const struct phrase *found = NULL;
    for (size_t i = 0; !found && i < ARRAY_LEN(MEMBERS); i++)
        found = find(list, count, j_str(error, MEMBERS[i], NULL));
    return found;
}

/* OpenRouter's moderation answers with a 403, as if the key were bad. */
static bool is_flagged(json_t *error)
{
    json_t *more = json_object_get(error, "metadata");
    return json_object_get(more, "flagged_input") ||
           json_is_array(json_object_get(more, "reasons"));
}

static const struct phrase *find_meaning(json_t *error, const char *message)
{
    static const struct phrase FLAGGED = {"", "permanent", "content_filtered"};
    const struct phrase *found = find_member(WORDS, ARRAY_LEN(WORDS), error);
    if (!found && is_flagged(error))
        found = &FLAGGED;
    return found ? found : find(SENTENCES, ARRAY_LEN(SENTENCES), message);
}

static void read_object(json_t *error, bool has_status, struct reply_fault *ret)
{
    const char *message = j_str(error, "message", NULL);
    json_t *code = json_object_get(error, "code");
    if (json_is_integer(code))
        ret->http_status = (int)json_integer_value(code);
    const struct phrase *found = find_meaning(error, message);
    if (!found && !has_status && !ret->http_status)
        found = find_member(STATUS_WORDS, ARRAY_LEN(STATUS_WORDS), error);
    _cleanup_free_ char *whole = message ? NULL : json_dumps(error, JSON_COMPACT);
    reply_fault_set(ret, found ? found->kind : "", found ? found->code : "",
                    message ? message : whole);
    google_error_read(error, ret);
}

void error_body_read(json_t *value, bool has_status, struct reply_fault *ret)
{
    json_t *error = inner(value);
    if (json_is_object(error)) {
        read_object(error, has_status, ret);
        return;
    }
    _cleanup_free_ char *whole = json_dumps(error, JSON_COMPACT | JSON_ENCODE_ANY);
    const char *text = json_is_string(error) ? json_string_value(error) : whole;
    const struct phrase *found = find(SENTENCES, ARRAY_LEN(SENTENCES), text);
    reply_fault_set(ret, found ? found->kind : "", found ? found->code : "", text);
}

int error_body_fail(struct reply *reply, json_t *value)
{
    struct reply_fault *fault = &reply->fault;
    error_body_read(value, false, fault);
    if (!*fault->kind && !fault->http_status)
        reply_fault_set(fault, "transient", "server_error", NULL);
    return -EPROTO;
}

void error_body_parse(const char *body, size_t len, struct reply_fault *ret)
{
    json_t *value = foreign_json(body, len);
    if (value) {
        error_body_read(value, true, ret);
        json_decref(value);
        return;
    }
    _cleanup_free_ char *text = xstrndup(body, len);
    reply_fault_set(ret, "", "", text);
}
