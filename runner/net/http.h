/* HTTP for the runner: many requests at once in one loop, on libcurl's multi interface.
 *
 * Connections are kept and reused; HTTP/2 is taken where TLS offers it. Certificates are verified
 * against the hashed system directory (http_new says which) or against a CA file of the request's
 * own; a server that answers with something else, or not at all, is not waited for. Redirects are
 * not followed, since they would carry keys to strangers. A proxy is used only
 * when the request names one: the environment is not asked. Replies may be gzip or deflate.
 *
 * Order of calls:
 *
 *     h = http_new(NULL);
 *     t = http_start(h, &request, &handler, context, &err);
 *     for (;;) {
 *         http_wait(h, fds, count, timeout_ms);     waits for curl's and for other descriptors
 *         http_perform(h);                          runs the transfers, calls the handlers
 *     }
 *
 * handler->body runs inside libcurl: it must not start or abort transfers. handler->done runs
 * outside and may do both; the transfer is freed when it returns. Strings of the request are copied
 * and, since headers hold keys, wiped before they are freed. Not thread-safe. */
#ifndef RUNNER_NET_HTTP_H
#define RUNNER_NET_HTTP_H

#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"
#include "egress.h"

struct http;
struct http_transfer;

enum { HTTP_CONNECT_MS = 30000, HTTP_BODY_MAX = 4 * 1024 * 1024, HTTP_WAIT_MAX = 512 };

struct http_request {
    const char *method;         /* NULL: POST when there is a body, else GET */
    const char *url;            /* http or https */
    const char *const *headers; /* "Name: value", closed by NULL; or NULL */
    const char *body;           /* or NULL */
    size_t body_len;
    const char *ca_file;                  /* PEM; NULL: the system directory */
    const char *client_cert, *client_key; /* PEM files, or NULL */
    const char *proxy;                    /* URL, NULL: none */
    int64_t connect_ms;                   /* 0: HTTP_CONNECT_MS */
    const struct egress *egress;          /* has to outlive the transfer; NULL: every address */
    size_t body_max;                      /* of the reply, decoded; 0: HTTP_BODY_MAX */
};

/* What is known of the reply. The strings belong to the transfer; "" where the header is absent. */
struct http_response {
    int status; /* 0 before there is one */
    const char *content_type;
    const char *retry_after;    /* header as it came */
    const char *retry_after_ms; /* a header of its own that some providers send */
    const char *request_id;
    const char *location;
    int64_t limit_ms; /* of a 429: until the limit that was hit is over; -1: no header says so */
};

struct http_result {
    struct http_response response;
    int curl_code;       /* 0: the transfer was complete */
    const char *message; /* in libcurl's words; "" without a failure */
    bool sent;           /* the request began to go out: it may have cost something */
    bool too_large;      /* ended by body_max */
    bool refused;        /* ended by the body handler */
    bool plain;          /* the server speaks no TLS: it will not do so the next time either */
    bool denied;         /* no address that may be connected to */
};

struct http_handler {
    /* A piece of the reply's body. A negative answer ends the transfer (`refused`). */
    int (*body)(void *context, const struct http_response *response, const char *bytes, size_t len);
    /* Exactly once, unless the transfer is aborted. */
    void (*done)(void *context, const struct http_result *result);
};

/* ca_dir: NULL for /etc/ssl/certs. Ends the process when memory is out; NULL when libcurl cannot be
 * set up. curl_global_init is called here, with an allocator that overwrites what libcurl gives
 * back. */
struct http *http_new(const char *ca_dir);
/* Aborts what is running. NULL is fine. */
void http_free(struct http *h);

/* NULL with err filled in when the request cannot be made at all (such as a bad URL scheme). */
struct http_transfer *http_start(struct http *h, const struct http_request *request,
                                 const struct http_handler *handler, void *context,
                                 struct error *err);
/* Ends a transfer without a word to its handler. */
void http_abort(struct http_transfer *t);

/* Waits until something can be done for a transfer or one of the descriptors is ready (revents is
 * filled in), at most timeout_ms (-1: for ever). count: at most HTTP_WAIT_MAX. 0 or -errno. */
int http_wait(struct http *h, struct pollfd *fds, size_t count, int timeout_ms);
void http_perform(struct http *h);
size_t http_running(const struct http *h);

#endif
