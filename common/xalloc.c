#include "xalloc.h"

#include <errno.h>
#include <stdarg.h>
#include <unistd.h>

enum { EXIT_NO_MEMORY = 70 };

void *xcheck(void *p)
{
    if (!p) {
        static const char line[] = "out of memory\n";
        ssize_t ignored = write(STDERR_FILENO, line, sizeof line - 1);
        (void)ignored;
        _exit(EXIT_NO_MEMORY);
    }
    return p;
}

int xresult(int r)
{
    if (r == -ENOMEM)
        xcheck(NULL);
    return r;
}

void *xmalloc(size_t size)
{
    return xcheck(malloc(size ? size : 1));
}

void *xcalloc(size_t count, size_t size)
{
    return xcheck(calloc(count ? count : 1, size ? size : 1));
}

void *xrealloc(void *p, size_t size)
{
    return xcheck(realloc(p, size ? size : 1));
}

char *xstrdup(const char *s)
{
    return xcheck(strdup(s));
}

char *xstrndup(const char *s, size_t len)
{
    return xcheck(strndup(s, len));
}

char *xasprintf(const char *format, ...)
{
    va_list args;
    char *s = NULL;
    va_start(args, format);
    if (vasprintf(&s, format, args) < 0)
        s = NULL;
    va_end(args);
    return xcheck(s);
}
