/* A server that takes a connection and says nothing to a TLS handshake, since it waits for a line
 * of plain HTTP: it would be waited for as long as for a connection. */
#ifndef RUNNER_NET_SILENCE_H
#define RUNNER_NET_SILENCE_H

#include <curl/curl.h>
#include <stdbool.h>
#include <stdint.h>

/* That a server may take before its first byte of a TLS handshake, from when it is connected on. */
enum { SILENCE_MS = 5000 };

struct silence {
    bool secure;
    int fd;           /* of the newest connection that was opened; -1: none */
    int64_t since_ms; /* -1: it is not silent */
};

void silence_init(struct silence *s, const char *url);
/* There is no TLS yet: it may become silent. */
bool silence_may_come(const struct silence *s, CURL *easy);
/* Has there been no byte for too long? To be asked every so often. */
bool silence_is_too_long(struct silence *s, CURL *easy, int64_t now_ms);
/* Do these words of libcurl's mean that something else than TLS came? */
bool silence_was_broken_by_others(const char *words);

#endif
