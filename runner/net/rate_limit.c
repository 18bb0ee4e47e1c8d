#include "rate_limit.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/clock.h"

static const int64_t MOST_MS = (int64_t)366 * 86400 * 1000;

static const struct {
    const char *remaining, *reset;
} LIMITS[] = {
    {"x-ratelimit-remaining-requests", "x-ratelimit-reset-requests"},
    {"x-ratelimit-remaining-tokens", "x-ratelimit-reset-tokens"},
    {"x-ratelimit-remaining", "x-ratelimit-reset"},
    {"anthropic-ratelimit-requests-remaining", "anthropic-ratelimit-requests-reset"},
    {"anthropic-ratelimit-tokens-remaining", "anthropic-ratelimit-tokens-reset"},
    {"anthropic-ratelimit-input-tokens-remaining", "anthropic-ratelimit-input-tokens-reset"},
    {"anthropic-ratelimit-output-tokens-remaining", "anthropic-ratelimit-output-tokens-reset"},
};

static int64_t cap(double ms)
{
    return ms < 0 ? 0 : ms > (double)MOST_MS ? MOST_MS : (int64_t)ms;
}

/* Parts of a number and a unit, such as 1h2m3.5s. */
static int64_t read_duration(const char *text)
{
    static const struct {
        const char *unit;
        double ms;
    } UNITS[] = {{"ms", 1},    {"us", 0.001},  {"ns", 0.000001}, {"s", 1000},
                 {"m", 60000}, {"h", 3600000}, {"d", 86400000}};
    double sum = 0;
    while (*text) {
        char *end;
        size_t i = 0;
        double value = isdigit((unsigned char)*text) ? strtod(text, &end) : -1;
        if (value < 0)
            return -1;
        while (i < ARRAY_LEN(UNITS) && strncmp(end, UNITS[i].unit, strlen(UNITS[i].unit)) != 0)
            i++;
        if (i == ARRAY_LEN(UNITS))
            return -1;
        sum += value * UNITS[i].ms;
        text = end + strlen(UNITS[i].unit);
    }
    return cap(sum);
}

/* A number alone: seconds to wait, or a point in time when it is large enough for one. */
static int64_t read_number(const char *text, int64_t now_ms)
{
    enum { UNIX_SECONDS = 1000000000 };
    char *end;
    double value = strtod(text, &end);
    if (*end)
        return -1;
    if (value >= 1000.0 * UNIX_SECONDS)
        return cap(value - (double)now_ms);
    if (value >= UNIX_SECONDS)
        return cap(value * 1000 - (double)now_ms);
    return cap(value * 1000);
}

static int64_t read_time(const char *text, int64_t now_ms)
{
    int64_t at_ms;
    return clock_parse_rfc3339(text, &at_ms) == 0 ? cap((double)(at_ms - now_ms)) : -1;
}

int64_t rate_limit_reset_ms(const char *text, int64_t now_ms)
{
    while (*text == ' ')
        text++;
    if (!isdigit((unsigned char)*text))
        return -1;
    if (text[strspn(text, "0123456789.")] == '\0')
        return read_number(text, now_ms);
    return strchr(text, 'T') ? read_time(text, now_ms) : read_duration(text);
}

int64_t rate_limit_wait_ms(rate_limit_header header, void *context, int64_t now_ms)
{
    int64_t longest = -1;
    for (size_t i = 0; i < ARRAY_LEN(LIMITS); i++) {
        const char *remaining = header(context, LIMITS[i].remaining);
        const char *reset =
            remaining && !strcmp(remaining, "0") ? header(context, LIMITS[i].reset) : NULL;
        int64_t ms = reset ? rate_limit_reset_ms(reset, now_ms) : -1;
        longest = ms > longest ? ms : longest;
    }
    return longest;
}
