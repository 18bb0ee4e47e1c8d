#include "wire.h"

#include <string.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/jx.h"
#include "common/parse.h"
#include "common/xalloc.h"
#include "runner/net/classify.h"
#include "runner/net/retry_after.h"

struct http_request wire_request(const struct provider_config *config,
                                 const struct provider_request *request)
{
    return (struct http_request){.url = request->url,
                                 .headers = (const char *const *)request->headers,
                                 .body = request->body,
                                 .body_len = request->body_len,
                                 .ca_file = j_str(config->doc, "ca_file", NULL),
                                 .client_cert = j_str(config->doc, "client_cert", NULL),
                                 .client_key = j_str(config->doc, "client_key", NULL),
                                 .proxy = j_str(config->doc, "proxy", NULL)};
}

static int64_t wait_asked_for(const struct http_response *response)
{
    int64_t ms;
    if (*response->retry_after_ms && parse_int(response->retry_after_ms, 0, INT32_MAX, &ms) == 0)
        return ms;
    if (*response->retry_after)
        return retry_after_ms(response->retry_after, clock_wall_ms());
    return response->limit_ms;
}

/* Whatever the body says, this is what helps. A query may hold secrets. */
static void tell_redirect(struct reply_fault *fault, const char *location)
{
    _cleanup_free_ char *text = xasprintf(
        "redirected to %.*s, which is not followed: if that is the provider, correct base_url",
        (int)strcspn(location, "?#"), location);
    reply_fault_set(fault, fault->kind, fault->code, text);
}

struct fault_class wire_transport_class(const struct http_result *result)
{
    if (result->plain || result->denied)
        return (struct fault_class){"permanent", result->plain ? "tls_handshake" : "connect"};
    return classify_transport(result->curl_code);
}

void wire_settle_fault(struct reply_fault *fault, const struct http_response *response)
{
    if (!fault->http_status)
        fault->http_status = response->status;
    if (fault->retry_after_ms < 0)
        fault->retry_after_ms = wait_asked_for(response);
    if (*fault->kind)
        return;
    struct fault_class class = classify_status(fault->http_status);
    fault->kind = class.kind;
    fault->code = class.code;
    if (*response->location && fault->http_status >= 300 && fault->http_status <= 399)
        tell_redirect(fault, response->location);
    if (!fault->message[0])
        snprintf(fault->message, sizeof(fault->message), "HTTP status %d", fault->http_status);
}
