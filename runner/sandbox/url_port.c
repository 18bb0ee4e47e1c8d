#include "url_port.h"

#include <string.h>
#include <strings.h>

#include "common/cleanup.h"
#include "common/parse.h"

enum { SOCKS = 1080, PORT_MAX = 65535 };

static int of_scheme(const char *url)
{
    static const struct {
        const char *begin;
        int port;
    } SCHEMES[] = {{"http://", 80}, {"https://", 443}};
    for (size_t i = 0; i < ARRAY_LEN(SCHEMES); i++)
        if (!strncasecmp(url, SCHEMES[i].begin, strlen(SCHEMES[i].begin)))
            return SCHEMES[i].port;
    return SOCKS;
}

/* Behind the user, and behind an IPv6 address in brackets. */
static const char *behind_host(const char *host, const char *end)
{
    const char *at = memrchr(host, '@', (size_t)(end - host));
    if (at)
        host = at + 1;
    const char *bracket = *host == '[' ? memchr(host, ']', (size_t)(end - host)) : NULL;
    return memchr(bracket ? bracket : host, ':', (size_t)(end - (bracket ? bracket : host)));
}

int url_port(const char *url)
{
    char digits[8];
    int64_t port;
    const char *slashes = strstr(url, "://");
    const char *host = slashes ? slashes + 3 : url;
    const char *end = host + strcspn(host, "/?#"), *colon = behind_host(host, end);
    size_t len = colon ? (size_t)(end - colon - 1) : 0;
    if (!len)
        return of_scheme(url);
    if (len >= sizeof(digits))
        return 0;
    memcpy(digits, colon + 1, len);
    digits[len] = '\0';
    return parse_int(digits, 1, PORT_MAX, &port) == 0 ? (int)port : 0;
}
