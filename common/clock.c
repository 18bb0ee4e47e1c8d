#include "clock.h"

#include <errno.h>
#include <stdbool.h>

static int64_t now(clockid_t id, int64_t per_second)
{
    struct timespec t;
    clock_gettime(id, &t);
    return (int64_t)t.tv_sec * per_second + (int64_t)t.tv_nsec / (1000000000 / per_second);
}

int64_t clock_mono_ms(void)
{
    return now(CLOCK_MONOTONIC, 1000);
}

int64_t clock_mono_us(void)
{
    return now(CLOCK_MONOTONIC, 1000000);
}

int64_t clock_wall_ms(void)
{
    return now(CLOCK_REALTIME, 1000);
}

char *clock_rfc3339(int64_t wall_ms, char *ret)
{
    int64_t ms = wall_ms % 1000;
    if (ms < 0)
        ms += 1000;
    time_t seconds = (time_t)((wall_ms - ms) / 1000);
    struct tm tm;
    char date[24];
    if (!gmtime_r(&seconds, &tm) || strftime(date, sizeof date, "%Y-%m-%dT%H:%M:%S", &tm) == 0)
        date[0] = '\0';
    snprintf(ret, CLOCK_RFC3339_SIZE, "%s.%03dZ", date, (int)ms);
    return ret;
}

static bool whole_minutes_offset(const char *s, int *ret_minutes)
{
    int hours, minutes, used = 0;
    if (sscanf(s + 1, "%2d:%2d%n", &hours, &minutes, &used) != 2 || used != 5 || s[6] != '\0')
        return false;
    *ret_minutes = (hours * 60 + minutes) * (*s == '-' ? -1 : 1);
    return true;
}

int clock_parse_rfc3339(const char *text, int64_t *ret_wall_ms)
{
    struct tm tm = {0};
    const char *s = strptime(text, "%Y-%m-%dT%H:%M:%S", &tm);
    if (!s)
        return -EINVAL;
    int ms = 0, offset = 0;
    if (*s == '.') {
        int scale = 100;
        for (s++; *s >= '0' && *s <= '9'; s++, scale /= 10)
            ms += (*s - '0') * scale;
    }
    if (*s == '+' || *s == '-') {
        if (!whole_minutes_offset(s, &offset))
            return -EINVAL;
    } else if (strcmp(s, "Z") != 0) {
        return -EINVAL;
    }
    *ret_wall_ms = ((int64_t)timegm(&tm) - (int64_t)offset * 60) * 1000 + ms;
    return 0;
}
