#include <stdarg.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/xalloc.h"

#include "strbuf.h"

void strbuf_add(struct strbuf *b, const char *bytes, size_t len)
{
    if (b->len + len + 1 > b->size) {
        b->size = (b->len + len + 1) * 2;
        b->text = xrealloc(b->text, b->size);
    }
    memcpy(b->text + b->len, bytes, len);
    b->len += len;
    b->text[b->len] = '\0';
}

void strbuf_str(struct strbuf *b, const char *text)
{
    strbuf_add(b, text, strlen(text));
}

void strbuf_addf(struct strbuf *b, const char *format, ...)
{
    va_list args;
    char *text = NULL;
    va_start(args, format);
    int n = vasprintf(&text, format, args);
    va_end(args);
    if (n < 0)
        xcheck(NULL);
    strbuf_add(b, text, (size_t)n);
    free(text);
}

char *strbuf_take(struct strbuf *b)
{
    char *text = b->text ? b->text : xstrdup("");
    *b = (struct strbuf)STRBUF_INIT;
    return text;
}

void strbuf_release(struct strbuf *b)
{
    free(b->text);
    *b = (struct strbuf)STRBUF_INIT;
}

static bool blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

char *text_trim(const char *text)
{
    while (blank(*text))
        text++;
    size_t len = strlen(text);
    while (len > 0 && blank(text[len - 1]))
        len--;
    return xstrndup(text, len);
}
