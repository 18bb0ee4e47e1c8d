/* One provider of a probe: its list of models shows on the way whether name, address, certificate
 * and key are right. */
#include <string.h>

#include "common/utf8.h"
#include "common/xalloc.h"
#include "probe_state.h"
#include "runner/exchange/wire.h"
#include "runner/provider/models.h"

enum { SITE_CONNECT_MS = 10000 };

void probe_site_init(struct probe_site *s, const char *name, json_t *config, const char *key,
                     const struct provider *wire, const struct secrets *secrets)
{
    *s = (struct probe_site){.name = name, .wire = wire, .secrets = secrets};
    s->config = provider_config_of(name, config, key);
    reply_fault_init(&s->fault);
    buf_init(&s->body, HTTP_BODY_MAX);
}

void probe_site_release(struct probe_site *s)
{
    http_abort(s->transfer);
    provider_request_release(&s->request);
    buf_release(&s->body);
    json_decref(s->models);
}

/* ---- the end ---- */

/* The words of strangers, without keys and not too long for a table. */
static void clean(struct probe_site *s)
{
    char *text = secrets_redact_text(s->secrets, s->fault.message);
    text[utf8_cut(text, strnlen(text, FAULT_MESSAGE_MAX))] = '\0';
    snprintf(s->fault.message, sizeof(s->fault.message), "%s", text);
    free(text);
}

static void fail(struct probe_site *s, const char *kind, const char *code, const char *message)
{
    reply_fault_set(&s->fault, kind, code, message);
    clean(s);
    s->done = true;
}

static void fail_transfer(struct probe_site *s, const struct http_result *result)
{
    struct fault_class class = wire_transport_class(result);
    if (result->too_large || result->refused)
        fail(s, "permanent", "response_too_large", "the list of models is too long");
    else
        fail(s, class.kind, class.code, result->message);
}

static void read_list(struct probe_site *s)
{
    s->models = models_read(s->wire, s->body.len ? s->body.at : "", s->body.len, &s->more);
    if (s->models)
        s->done = true;
    else
        fail(s, "transient", "bad_response", "what came is no list of models");
}

static int on_body(void *context, const struct http_response *response, const char *bytes,
                   size_t len)
{
    struct probe_site *s = context;
    (void)response;
    return xresult(buf_add(&s->body, bytes, len));
}

static void on_done(void *context, const struct http_result *result)
{
    struct probe_site *s = context;
    int status = result->response.status;
    s->transfer = NULL;
    if (result->curl_code) {
        fail_transfer(s, result);
    } else if (status >= 200 && status <= 299) {
        read_list(s);
    } else {
        if (s->body.len)
            s->wire->error(s->body.at, s->body.len, &s->fault);
        wire_settle_fault(&s->fault, &result->response);
        clean(s);
        s->done = true;
    }
}

void probe_site_give_up(struct probe_site *s)
{
    if (s->done)
        return;
    http_abort(s->transfer);
    s->transfer = NULL;
    fail(s, "transient", "no_answer", "no answer in time");
}

/* ---- the beginning ---- */

void probe_site_begin(struct probe_site *s, struct http *http)
{
    static const struct http_handler HANDLER = {on_body, on_done};
    struct error err = {0};
    s->models = models_fixed(s->wire);
    if (s->models || models_request(s->wire, &s->config, &s->request) < 0) {
        s->done = true;
        return;
    }
    struct http_request request = wire_request(&s->config, &s->request);
    request.connect_ms = SITE_CONNECT_MS;
    request.egress = s->egress;
    s->sent = true;
    s->transfer = http_start(http, &request, &HANDLER, s, &err);
    provider_request_release(&s->request);
    if (!s->transfer)
        fail(s, "permanent", "transport", err.text);
}

/* ---- verdicts ---- */

bool probe_site_lacks_key(const struct probe_site *s)
{
    return provider_lacks_key(s->wire, &s->config);
}

bool probe_site_usable(const struct probe_site *s)
{
    static const char *const FATAL[] = {"dns", "connect",   "connect_timeout", "tls_handshake",
                                        "tls", "no_answer", "transport"};
    if (!s->done || probe_site_lacks_key(s) || s->fault.http_status == 401)
        return false;
    for (size_t i = 0; i < sizeof(FATAL) / sizeof(*FATAL); i++)
        if (!strcmp(s->fault.code, FATAL[i]))
            return false;
    return true;
}
