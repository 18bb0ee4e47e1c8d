#include "retry_after.h"

#include <ctype.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

enum { MAX_SECONDS = 366 * 86400 };

static int month_number(const char *name)
{
    static const char *const MONTHS[] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
                                         "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
    for (int i = 0; i < 12; i++)
        if (!strcmp(name, MONTHS[i]))
            return i;
    return -1;
}

/* IMF-fixdate, the obsolete RFC 850 form, and asctime's. */
static bool read_date(const char *text, struct tm *ret)
{
    char month[4] = "";
    struct tm t = {0};
    if (sscanf(text, "%*3[A-Za-z], %2d %3[A-Za-z] %4d %2d:%2d:%2d GMT", &t.tm_mday, month,
               &t.tm_year, &t.tm_hour, &t.tm_min, &t.tm_sec) == 6) {
    } else if (sscanf(text, "%*9[A-Za-z], %2d-%3[A-Za-z]-%2d %2d:%2d:%2d GMT", &t.tm_mday, month,
                      &t.tm_year, &t.tm_hour, &t.tm_min, &t.tm_sec) == 6) {
        t.tm_year += t.tm_year < 70 ? 2000 : 1900;
    } else if (sscanf(text, "%*3[A-Za-z] %3[A-Za-z] %2d %2d:%2d:%2d %4d", month, &t.tm_mday,
                      &t.tm_hour, &t.tm_min, &t.tm_sec, &t.tm_year) != 6) {
        return false;
    }
    t.tm_year -= 1900;
    t.tm_mon = month_number(month);
    *ret = t;
    return t.tm_mon >= 0;
}

static int64_t read_seconds(const char *text)
{
    int64_t ms = 0, unit = 1000;
    bool fraction = false;
    for (const char *s = text; *s; s++) {
        if (*s == '.' && !fraction) {
            fraction = true;
        } else if (isdigit((unsigned char)*s)) {
            if (fraction)
                ms += (*s - '0') * (unit /= 10);
            else if (ms <= (int64_t)MAX_SECONDS * 1000)
                ms = ms * 10 + (*s - '0') * (int64_t)1000;
        } else {
            return -1;
        }
    }
    return ms;
}

int64_t retry_after_ms(const char *text, int64_t now_ms)
{
    const int64_t most = (int64_t)MAX_SECONDS * 1000;
    while (*text == ' ')
        text++;
    if (isdigit((unsigned char)*text)) {
        int64_t ms = read_seconds(text);
        return ms > most ? most : ms;
    }
    struct tm t;
    if (!read_date(text, &t))
        return -1;
    int64_t ms = (int64_t)timegm(&t) * 1000 - now_ms;
    return ms < 0 ? 0 : ms > most ? most : ms;
}
