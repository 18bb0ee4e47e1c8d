#include "parse.h"

#include <errno.h>

#include "cleanup.h"

int parse_int(const char *text, int64_t min, int64_t max, int64_t *ret)
{
    const char *digits = text + (*text == '-');
    if (*digits == '\0' || strspn(digits, "0123456789") != strlen(digits))
        return -EINVAL;
    errno = 0;
    long long value = strtoll(text, NULL, 10);
    if (errno == ERANGE || value < min || value > max)
        return -ERANGE;
    *ret = value;
    return 0;
}
