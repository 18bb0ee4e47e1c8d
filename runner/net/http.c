#include "http.h"

#include <curl/curl.h>
#include <errno.h>
#include <string.h>
#include <utlist.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/wiping.h"
#include "common/xalloc.h"
#include "rate_limit.h"
#include "silence.h"

enum { SILENCE_LOOK_MS = 200 };

struct http {
    CURLM *multi;
    CURL *warm; /* made ahead, used by the first transfer */
    char *ca_dir;
    struct http_transfer *transfers;
    size_t running;
};

struct http_transfer {
    struct http *http;
    CURL *easy;
    struct curl_slist *headers;
    char *body;
    size_t body_len;
    const struct http_handler *handler;
    void *context;
    size_t body_max, received;
    bool too_large, refused, info_read, denied;
    const struct egress *egress;
    struct silence silence;
    struct http_response response;
    char *content_type, *retry_after, *retry_after_ms, *request_id, *location;
    char words[CURL_ERROR_SIZE];
    struct http_transfer *prev, *next;
};

struct http *http_new(const char *ca_dir)
{
    if (curl_global_init_mem(CURL_GLOBAL_DEFAULT, malloc, wiping_free, wiping_realloc, strdup,
                             calloc) != CURLE_OK)
        return NULL;
    struct http *h = xcalloc(1, sizeof(*h));
    h->ca_dir = xstrdup(ca_dir ? ca_dir : "/etc/ssl/certs");
    h->multi = curl_multi_init();
    h->warm = curl_easy_init();
    if (!h->multi || !h->warm) {
        http_free(h);
        return NULL;
    }
    /* One run talks to a handful of hosts; every connection is worth keeping. */
    curl_multi_setopt(h->multi, CURLMOPT_MAXCONNECTS, 128L);
    curl_multi_setopt(h->multi, CURLMOPT_PIPELINING, CURLPIPE_MULTIPLEX);
    return h;
}

static void wipe(char *text, size_t len)
{
    if (text)
        explicit_bzero(text, len);
}

static void transfer_free(struct http_transfer *t)
{
    DL_DELETE(t->http->transfers, t);
    t->http->running--;
    curl_multi_remove_handle(t->http->multi, t->easy);
    curl_easy_cleanup(t->easy);
    for (struct curl_slist *s = t->headers; s; s = s->next)
        wipe(s->data, strlen(s->data));
    curl_slist_free_all(t->headers);
    wipe(t->body, t->body_len);
    free(t->body);
    free(t->content_type);
    free(t->retry_after);
    free(t->retry_after_ms);
    free(t->request_id);
    free(t->location);
    free(t);
}

void http_free(struct http *h)
{
    if (!h)
        return;
    while (h->transfers)
        transfer_free(h->transfers);
    if (h->warm)
        curl_easy_cleanup(h->warm);
    if (h->multi)
        curl_multi_cleanup(h->multi);
    free(h->ca_dir);
    free(h);
    curl_global_cleanup();
}

/* ---- the reply ---- */

static const char *header(struct http_transfer *t, char **keep, const char *const *names)
{
    struct curl_header *found;
    for (; *names; names++) {
        if (curl_easy_header(t->easy, *names, 0, CURLH_HEADER, -1, &found) == CURLHE_OK) {
            *keep = xstrdup(found->value);
            return *keep;
        }
    }
    return "";
}

static const char *header_value(void *context, const char *name)
{
    struct http_transfer *t = context;
    struct curl_header *found;
    CURLHcode r = curl_easy_header(t->easy, name, 0, CURLH_HEADER, -1, &found);
    return r == CURLHE_OK ? found->value : NULL;
}

/* Fills in the response once the headers are complete. */
static void read_response(struct http_transfer *t)
{
    if (t->info_read)
        return;
    t->info_read = true;
    long status = 0;
    curl_easy_getinfo(t->easy, CURLINFO_RESPONSE_CODE, &status);
    t->response.status = (int)status;
    t->response.content_type =
        header(t, &t->content_type, (const char *const[]){"content-type", NULL});
    t->response.retry_after =
        header(t, &t->retry_after, (const char *const[]){"retry-after", NULL});
    t->response.retry_after_ms =
        header(t, &t->retry_after_ms, (const char *const[]){"retry-after-ms", NULL});
    t->response.request_id = header(
        t, &t->request_id,
        (const char *const[]){"x-request-id", "request-id", "x-goog-request-id", "cf-ray", NULL});
    t->response.location = header(t, &t->location, (const char *const[]){"location", NULL});
    if (status == 429)
        t->response.limit_ms = rate_limit_wait_ms(header_value, t, clock_wall_ms());
}

static size_t on_body(char *bytes, size_t size, size_t count, void *context)
{
    struct http_transfer *t = context;
    size_t len = size * count;
    read_response(t);
    t->received += len;
    t->too_large = t->received > t->body_max;
    if (!t->too_large)
        t->refused = t->handler->body(t->context, &t->response, bytes, len) < 0;
    /* Any other number than len makes libcurl end the transfer. */
    return t->too_large || t->refused ? CURL_WRITEFUNC_ERROR : len;
}

/* ---- the connection ---- */

static curl_socket_t on_socket(void *context, curlsocktype purpose, struct curl_sockaddr *address)
{
    struct http_transfer *t = context;
    (void)purpose;
    if (!egress_permits(t->egress, &address->addr)) {
        t->denied = true;
        return CURL_SOCKET_BAD;
    }
    t->silence.fd = socket(address->family, address->socktype | SOCK_CLOEXEC, address->protocol);
    return t->silence.fd;
}

/* ---- the request ---- */

static void set_headers(struct http_transfer *t, const struct http_request *request)
{
    for (size_t i = 0; request->headers && request->headers[i]; i++)
        t->headers = xcheck(curl_slist_append(t->headers, request->headers[i]));
    /* Waiting for "100 Continue" costs a round trip or a second. */
    t->headers = xcheck(curl_slist_append(t->headers, "Expect:"));
    curl_easy_setopt(t->easy, CURLOPT_HTTPHEADER, t->headers);
}

static void set_tls(struct http_transfer *t, const struct http_request *request)
{
    /* The bundle file costs 20 ms of CPU to parse, each time; the hashed directory nothing. */
    curl_easy_setopt(t->easy, CURLOPT_CAINFO, request->ca_file);
    curl_easy_setopt(t->easy, CURLOPT_CAPATH, request->ca_file ? NULL : t->http->ca_dir);
    curl_easy_setopt(t->easy, CURLOPT_PROXY_CAINFO, NULL);
    curl_easy_setopt(t->easy, CURLOPT_PROXY_CAPATH, t->http->ca_dir);
    if (request->client_cert)
        curl_easy_setopt(t->easy, CURLOPT_SSLCERT, request->client_cert);
    if (request->client_key)
        curl_easy_setopt(t->easy, CURLOPT_SSLKEY, request->client_key);
}

static void set_body(struct http_transfer *t, const struct http_request *request)
{
    if (request->body) {
        t->body_len = request->body_len;
        t->body = xmalloc(t->body_len + 1);
        memcpy(t->body, request->body, t->body_len);
        curl_easy_setopt(t->easy, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)t->body_len);
        curl_easy_setopt(t->easy, CURLOPT_POSTFIELDS, t->body);
    }
    if (request->method)
        curl_easy_setopt(t->easy, CURLOPT_CUSTOMREQUEST, request->method);
}

static CURLcode set_options(struct http_transfer *t, const struct http_request *request)
{
    CURL *easy = t->easy;
    curl_easy_setopt(easy, CURLOPT_PRIVATE, t);
    curl_easy_setopt(easy, CURLOPT_ERRORBUFFER, t->words);
    curl_easy_setopt(easy, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(easy, CURLOPT_NOPROGRESS, 1L);
    curl_easy_setopt(easy, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(easy, CURLOPT_WRITEDATA, t);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETFUNCTION, on_socket);
    curl_easy_setopt(easy, CURLOPT_OPENSOCKETDATA, t);
    curl_easy_setopt(easy, CURLOPT_PROTOCOLS_STR, "http,https");
    curl_easy_setopt(easy, CURLOPT_FOLLOWLOCATION, 0L);
    /* An empty proxy keeps libcurl from looking into the environment. */
    curl_easy_setopt(easy, CURLOPT_PROXY, request->proxy ? request->proxy : "");
    curl_easy_setopt(easy, CURLOPT_NOPROXY, "");
    curl_easy_setopt(easy, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_2TLS);
    /* Parallel requests to one host wait for the first handshake, to share it over HTTP/2. */
    curl_easy_setopt(easy, CURLOPT_PIPEWAIT, strncasecmp(request->url, "https:", 6) ? 0L : 1L);
    curl_easy_setopt(easy, CURLOPT_ACCEPT_ENCODING, "gzip, deflate");
    curl_easy_setopt(easy, CURLOPT_TCP_KEEPALIVE, 1L);
    curl_easy_setopt(easy, CURLOPT_CONNECTTIMEOUT_MS,
                     (long)(request->connect_ms ? request->connect_ms : HTTP_CONNECT_MS));
    set_tls(t, request);
    set_headers(t, request);
    set_body(t, request);
    return curl_easy_setopt(easy, CURLOPT_URL, request->url);
}

struct http_transfer *http_start(struct http *h, const struct http_request *request,
                                 const struct http_handler *handler, void *context,
                                 struct error *err)
{
    struct http_transfer *t = xcalloc(1, sizeof(*t));
    t->http = h;
    t->handler = handler;
    t->context = context;
    t->body_max = request->body_max ? request->body_max : HTTP_BODY_MAX;
    t->response = (struct http_response){0, "", "", "", "", "", -1};
    t->egress = request->egress;
    silence_init(&t->silence, request->url);
    t->easy = h->warm ? TAKE_PTR(h->warm) : xcheck(curl_easy_init());
    DL_APPEND(h->transfers, t);
    h->running++;
    if (set_options(t, request) != CURLE_OK) {
        error_set(err, EINVAL, "the URL cannot be used");
        transfer_free(t);
        return NULL;
    }
    CURLMcode r = curl_multi_add_handle(h->multi, t->easy);
    if (r != CURLM_OK) {
        error_set(err, EIO, "%s", curl_multi_strerror(r));
        transfer_free(t);
        return NULL;
    }
    return t;
}

void http_abort(struct http_transfer *t)
{
    if (t)
        transfer_free(t);
}

/* ---- the loop ---- */

static const char *words_of(const struct http_transfer *t, CURLcode code, bool plain)
{
    if (code == CURLE_OK)
        return "";
    if (t->denied && code == CURLE_COULDNT_CONNECT)
        return "its address may not be connected to: see deny_addresses and allow_addresses";
    if (plain)
        return "there is no TLS at this port: should base_url begin with http://, or have another "
               "port?";
    return t->words[0] ? t->words : curl_easy_strerror(code);
}

static void finish(struct http_transfer *t, CURLcode code)
{
    read_response(t);
    curl_off_t sent_at = 0;
    curl_easy_getinfo(t->easy, CURLINFO_PRETRANSFER_TIME_T, &sent_at);
    bool plain = code == CURLE_SSL_CONNECT_ERROR && silence_was_broken_by_others(t->words);
    struct http_result result = {.response = t->response,
                                 .curl_code = (int)code,
                                 .message = words_of(t, code, plain),
                                 .sent = sent_at > 0,
                                 .too_large = t->too_large,
                                 .refused = t->refused,
                                 .plain = plain,
                                 .denied = t->denied && code == CURLE_COULDNT_CONNECT};
    t->handler->done(t->context, &result);
    transfer_free(t);
}

static struct http_transfer *first_silent(struct http *h, int64_t now_ms)
{
    struct http_transfer *t;
    DL_FOREACH (h->transfers, t)
        if (silence_is_too_long(&t->silence, t->easy, now_ms))
            return t;
    return NULL;
}

/* Whoever hears of an end may end others. */
static void end_silent(struct http *h)
{
    struct http_transfer *t;
    while ((t = first_silent(h, clock_mono_ms()))) {
        snprintf(t->words, sizeof(t->words),
                 "the server took the connection and did not answer the TLS handshake: is it an "
                 "https server?");
        finish(t, CURLE_SSL_CONNECT_ERROR);
    }
}

void http_perform(struct http *h)
{
    int running, left;
    if (!h->transfers)
        return;
    curl_multi_perform(h->multi, &running);
    CURLMsg *message;
    while ((message = curl_multi_info_read(h->multi, &left))) {
        if (message->msg != CURLMSG_DONE)
            continue;
        struct http_transfer *t = NULL;
        CURLcode code = message->data.result;
        curl_easy_getinfo(message->easy_handle, CURLINFO_PRIVATE, &t);
        finish(t, code);
    }
    end_silent(h);
}

static int wait_plain(struct pollfd *fds, size_t count, int timeout_ms)
{
    int r = poll(fds, count, timeout_ms);
    if (r < 0 && errno != EINTR)
        return -errno;
    for (size_t i = 0; r < 0 && i < count; i++)
        fds[i].revents = 0;
    return 0;
}

static bool any_handshaking(const struct http *h)
{
    const struct http_transfer *t;
    DL_FOREACH (h->transfers, t)
        if (silence_may_come(&t->silence, t->easy))
            return true;
    return false;
}

int http_wait(struct http *h, struct pollfd *fds, size_t count, int timeout_ms)
{
    struct curl_waitfd extra[HTTP_WAIT_MAX];
    if (!h->transfers)
        return wait_plain(fds, count, timeout_ms);
    if (count > ARRAY_LEN(extra))
        return -EINVAL;
    for (size_t i = 0; i < count; i++) {
        short events = 0;
        events |= fds[i].events & POLLIN ? CURL_WAIT_POLLIN : 0;
        events |= fds[i].events & POLLOUT ? CURL_WAIT_POLLOUT : 0;
        extra[i] = (struct curl_waitfd){.fd = fds[i].fd, .events = events};
    }
    /* libcurl has no "for ever"; an hour is as good, since callers loop. */
    int most = timeout_ms < 0 ? 3600000 : timeout_ms;
    if (most > SILENCE_LOOK_MS && any_handshaking(h))
        most = SILENCE_LOOK_MS;
    CURLMcode r = curl_multi_poll(h->multi, extra, (unsigned)count, most, NULL);
    if (r != CURLM_OK)
        return r == CURLM_OUT_OF_MEMORY ? -ENOMEM : -EIO;
    /* libcurl does not hand POLLHUP and POLLERR through: the descriptors are asked again. */
    return wait_plain(fds, count, 0);
}

size_t http_running(const struct http *h)
{
    return h->running;
}
