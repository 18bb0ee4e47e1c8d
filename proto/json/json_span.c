#include "json_span.h"

#include "json_number.h"
#include "json_text.h"

#include <errno.h>
#include <string.h>

/* ---- strings ---- */

static bool has_escape(struct json_span text)
{
    return memchr(text.at, '\\', text.len) != NULL;
}

bool json_name_is(struct json_span name, const char *word)
{
    size_t len = strlen(word);

    if (name.len == len && memcmp(name.at, word, len) == 0)
        return true;
    /* An escape is longer than what it stands for. */
    if (name.len <= len || !has_escape(name))
        return false;

    struct json_text text = json_text(name.at, name.at + name.len);
    int c;

    while ((c = json_text_next(&text)) >= 0)
        if (*word == '\0' || c != (unsigned char)*word++)
            return false;
    return *word == '\0';
}

size_t json_decode(struct json_span span, char *to)
{
    if (!has_escape(span)) {
        memcpy(to, span.at, span.len);
        return span.len;
    }

    struct json_text text = json_text(span.at, span.at + span.len);
    size_t n = 0;
    int c;

    while ((c = json_text_next(&text)) >= 0)
        to[n++] = (char)c;
    return n;
}

size_t json_decoded_len(struct json_span span)
{
    struct json_text text = json_text(span.at, span.at + span.len);
    size_t n = 0;

    while (json_text_next(&text) >= 0)
        n++;
    return n;
}

size_t json_decode_cut(struct json_span span, char *to, size_t size)
{
    struct json_text text = json_text(span.at, span.at + span.len);
    size_t n = 0;
    int c;

    while ((c = json_text_next(&text)) >= 0 && n < size - 1)
        to[n++] = (char)c;
    /* c is the first byte that found no room: in the middle of a character, go back to its start.
     */
    while (c >= 0 && (c & 0xc0) == 0x80)
        c = (unsigned char)to[--n];
    to[n] = '\0';
    return n;
}

struct json_span json_span_text(struct json_span string)
{
    return (struct json_span){string.at + 1, string.len - 2};
}

static bool is_string(struct json_span value)
{
    return value.at && value.at[0] == '"';
}

int json_span_string(struct json_span value, char **ret, size_t *ret_len)
{
    char *text;
    size_t len;

    if (!is_string(value))
        return -EINVAL;
    text = malloc(value.len - 1);
    if (!text)
        return -ENOMEM;
    len = json_decode(json_span_text(value), text);
    text[len] = '\0';
    *ret = text;
    if (ret_len)
        *ret_len = len;
    return 0;
}

bool json_span_is(struct json_span value, const char *word)
{
    return is_string(value) && json_name_is(json_span_text(value), word);
}

/* ---- other values ---- */

json_type json_span_type(struct json_span value)
{
    switch (value.at[0]) {
    case '{':
        return JSON_OBJECT;
    case '[':
        return JSON_ARRAY;
    case '"':
        return JSON_STRING;
    case 't':
        return JSON_TRUE;
    case 'f':
        return JSON_FALSE;
    case 'n':
        return JSON_NULL;
    }
    for (size_t i = 0; i < value.len; i++)
        if (value.at[i] == '.' || value.at[i] == 'e' || value.at[i] == 'E')
            return JSON_REAL;
    return JSON_INTEGER;
}

int json_span_int(struct json_span value, int64_t *ret)
{
    if (!value.at || json_span_type(value) != JSON_INTEGER)
        return -EINVAL;
    return json_number_int(value.at, value.len, ret) ? 0 : -EINVAL;
}

/* ---- walking ---- */

static bool is_space(char c)
{
    return c == ' ' || c == '\t' || c == '\n' || c == '\r';
}

/* The text is good, so what separates things need not be looked at closely. */
static const char *skip_separators(const char *at, const char *end)
{
    while (at < end && (is_space(*at) || *at == ',' || *at == ':'))
        at++;
    return at;
}

/* at stands behind the opening quote; the result behind the closing one. */
static const char *skip_string(const char *at, const char *end)
{
    while (*(at = json_text_plain(at, end)) != '"')
        at += *at == '\\' ? 2 : 1;
    return at + 1;
}

static const char *skip_container(const char *at, const char *end)
{
    size_t depth = 0;

    for (;;) {
        char c = *at++;
        if (c == '"')
            at = skip_string(at, end);
        else if (c == '{' || c == '[')
            depth++;
        else if ((c == '}' || c == ']') && --depth == 0)
            return at;
    }
}

static const char *skip_value(const char *at, const char *end)
{
    if (*at == '"')
        return skip_string(at + 1, end);
    if (*at == '{' || *at == '[')
        return skip_container(at, end);
    while (at < end && !is_space(*at) && *at != ',')
        at++;
    return at;
}

struct json_walk json_walk(struct json_span container)
{
    if (!container.at || (container.at[0] != '{' && container.at[0] != '['))
        return (struct json_walk){NULL, NULL};
    return (struct json_walk){container.at + 1, container.at + container.len - 1};
}

bool json_walk_element(struct json_walk *walk, struct json_span *ret)
{
    const char *start = skip_separators(walk->at, walk->end);

    if (start == walk->end)
        return false;
    walk->at = skip_value(start, walk->end);
    *ret = (struct json_span){start, (size_t)(walk->at - start)};
    return true;
}

bool json_walk_member(struct json_walk *walk, struct json_member *ret)
{
    struct json_span name;

    if (!json_walk_element(walk, &name))
        return false;
    ret->name = json_span_text(name);
    return json_walk_element(walk, &ret->value);
}

struct json_span json_span_get(struct json_span object, const char *name)
{
    struct json_member member;

    if (object.at && object.at[0] == '{') {
        struct json_walk walk = json_walk(object);
        while (json_walk_member(&walk, &member))
            if (json_name_is(member.name, name))
                return member.value;
    }
    return (struct json_span){NULL, 0};
}

struct json_span json_list_find(const struct json_list *list, const char *name)
{
    for (size_t i = 0; i < list->n; i++)
        if (json_name_is(list->at[i].name, name))
            return list->at[i].value;
    return (struct json_span){NULL, 0};
}
