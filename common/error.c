#include "error.h"

#include <errno.h>
#include <stdarg.h>

int error_set(struct error *err, int number, const char *format, ...)
{
    if (err) {
        va_list args;
        va_start(args, format);
        err->number = number;
        vsnprintf(err->text, sizeof err->text, format, args);
        va_end(args);
    }
    return -number;
}

int error_errno(struct error *err, int number, const char *format, ...)
{
    if (err) {
        va_list args;
        va_start(args, format);
        err->number = number;
        int n = vsnprintf(err->text, sizeof err->text, format, args);
        va_end(args);
        if (n >= 0 && (size_t)n < sizeof err->text)
            snprintf(err->text + n, sizeof err->text - (size_t)n, ": %s", strerrordesc_np(number));
    }
    return -number;
}

int error_wrap(struct error *err, const char *format, ...)
{
    if (!err)
        return -EIO;
    struct error old = *err;
    va_list args;
    va_start(args, format);
    int n = vsnprintf(err->text, sizeof err->text, format, args);
    va_end(args);
    if (n >= 0 && (size_t)n < sizeof err->text)
        snprintf(err->text + n, sizeof err->text - (size_t)n, ": %s", old.text);
    return -(old.number ? old.number : EIO);
}
