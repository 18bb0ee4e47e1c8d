#include <string.h>

#include "extract.h"

static json_t *parse(const char *at, size_t len)
{
    return json_loadb(at, len, JSON_DECODE_ANY, NULL);
}

static bool blank(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

bool extract_only_blank(const char *text)
{
    while (blank(*text))
        text++;
    return *text == '\0';
}

json_t *extract_whole(const char *text)
{
    while (blank(*text))
        text++;
    return *text ? parse(text, strlen(text)) : NULL;
}

static json_t *object_or_null(json_t *value)
{
    if (json_is_object(value))
        return value;
    json_decref(value);
    return NULL;
}

json_t *extract_block(const char *text, size_t *ret_at)
{
    json_t *last = NULL;
    const char *open = strstr(text, "```");
    while (open) {
        const char *body = strchr(open, '\n');
        const char *close = body ? strstr(body, "```") : NULL;
        if (!close)
            break;
        json_t *value = object_or_null(parse(body, (size_t)(close - body)));
        if (value) {
            json_decref(last);
            last = value;
            if (ret_at)
                *ret_at = (size_t)(open - text);
        }
        open = strstr(close + 3, "```");
    }
    return last;
}

/* The end of the balanced object that begins at `at`, behind its brace; NULL when it is open. */
static const char *balanced(const char *at)
{
    int depth = 0;
    bool string = false;
    for (; *at; at++) {
        if (string) {
            if (*at == '\\' && at[1])
                at++;
            else if (*at == '"')
                string = false;
        } else if (*at == '"') {
            string = true;
        } else if (*at == '{') {
            depth++;
        } else if (*at == '}' && --depth == 0) {
            return at + 1;
        }
    }
    return NULL;
}

json_t *extract_embedded(const char *text, const char *decisive)
{
    json_t *last = NULL;
    /* An opening brace without an end makes each later try scan to the end of the text: bounded so
     * that a flood of braces costs no more than a few passes. */
    int open = 0;
    for (const char *at = strchr(text, '{'); at && open < 256;) {
        const char *end = balanced(at);
        json_t *value = end ? object_or_null(parse(at, (size_t)(end - at))) : NULL;
        open += !value;
        if (value && (!decisive || json_object_get(value, decisive))) {
            json_decref(last);
            last = value;
        } else {
            json_decref(value);
        }
        at = strchr(value && end ? end : at + 1, '{');
    }
    return last;
}

json_t *extract_last_line(const char *text, size_t *ret_at)
{
    size_t end = strlen(text);
    while (end > 0 && blank(text[end - 1]))
        end--;
    size_t start = end;
    while (start > 0 && text[start - 1] != '\n')
        start--;
    json_t *value = end > start ? object_or_null(parse(text + start, end - start)) : NULL;
    if (value)
        *ret_at = start;
    return value;
}
