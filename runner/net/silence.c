#include "silence.h"

#include <linux/tcp.h>
#include <netinet/in.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

void silence_init(struct silence *s, const char *url)
{
    *s = (struct silence){.secure = strncasecmp(url, "https:", 6) == 0, .fd = -1, .since_ms = -1};
}

bool silence_may_come(const struct silence *s, CURL *easy)
{
    curl_off_t encrypted = 0;
    if (!s->secure || s->fd < 0)
        return false;
    curl_easy_getinfo(easy, CURLINFO_APPCONNECT_TIME_T, &encrypted);
    return encrypted == 0;
}

static bool is_silent(const struct silence *s, CURL *easy)
{
    enum { ESTABLISHED = 1 }; /* TCP_ESTABLISHED, which the kernel's header has not */
    struct tcp_info info;
    socklen_t len = sizeof(info);
    return silence_may_come(s, easy) &&
           getsockopt(s->fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0 &&
           info.tcpi_state == ESTABLISHED && info.tcpi_bytes_received == 0;
}

bool silence_is_too_long(struct silence *s, CURL *easy, int64_t now_ms)
{
    if (!is_silent(s, easy))
        s->since_ms = -1;
    else if (s->since_ms < 0)
        s->since_ms = now_ms;
    return s->since_ms >= 0 && now_ms - s->since_ms >= SILENCE_MS;
}

/* OpenSSL's words, which speak of numbers. */
bool silence_was_broken_by_others(const char *words)
{
    static const char *const WORDS[] = {"wrong version number", "packet length too long",
                                        "record layer", NULL};
    const char *const *one = WORDS;
    while (*one && !strstr(words, *one))
        one++;
    return *one != NULL;
}
