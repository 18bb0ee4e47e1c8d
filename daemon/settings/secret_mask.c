#include "secret_mask.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "keys.h"
#include "proto/json/json_out.h"

enum { SHORTEST = 8 };

/* ---- what is known ---- */

static int add(struct secret_mask *m, const char *text)
{
    if (!text || strlen(text) < SHORTEST || strspn(text, "0123456789.") == strlen(text))
        return 0;
    const char **at = realloc(m->at, (m->count + 1) * sizeof *at);
    if (!at)
        return -ENOMEM;
    m->at = at;
    m->at[m->count++] = text;
    return 0;
}

static int add_key(void *context, const char *value)
{
    return add(context, value);
}

int secret_mask_init(struct secret_mask *m, const struct keys *keys, const json_t *providers)
{
    const char *name, *header;
    json_t *one, *value;
    *m = (struct secret_mask){0};
    int r = keys_each(keys, add_key, m);
    json_object_foreach ((json_t *)providers, name, one) {
        json_object_foreach (json_object_get(one, "headers"), header, value)
            r = r ? r : add(m, json_string_value(value));
    }
    if (r < 0)
        secret_mask_release(m);
    return r;
}

void secret_mask_release(struct secret_mask *m)
{
    free(m->at);
    *m = (struct secret_mask){0};
}

/* ---- one string ---- */

/* The first of all that begins in the text, and how long it is. */
static const char *find_first(const struct secret_mask *m, const char *text, size_t len,
                              size_t *ret_len)
{
    const char *first = NULL;
    for (size_t i = 0; i < m->count; i++) {
        const size_t n = strlen(m->at[i]);
        const char *at = memmem(text, len, m->at[i], n);
        if (!at || (first && (at > first || (at == first && n < *ret_len))))
            continue;
        first = at;
        *ret_len = n;
    }
    return first;
}

static int add_masked(struct buf *to, const struct secret_mask *m, const char *text, size_t len)
{
    struct buf clean = BUF_INIT(SIZE_MAX / 2);
    const char *at;
    size_t n = 0;
    int r = 0;
    while (r == 0 && (at = find_first(m, text, len, &n))) {
        r = buf_add(&clean, text, (size_t)(at - text));
        r = r ? r : buf_add_str(&clean, SECRET_MASKED);
        len -= (size_t)(at - text) + n;
        text = at + n;
    }
    r = r ? r : buf_add(&clean, text, len);
    r = r ? r : json_out_text(to, clean.at, clean.len);
    buf_release(&clean);
    return r;
}

/* ---- a whole text ---- */

/* What stands between the quotes of the string that begins at `from`. */
static struct json_span string_at(const char *from, const char *end)
{
    const char *at = from + 1;
    while (at < end && *at != '"')
        at += *at == '\\' && at + 1 < end ? 2 : 1;
    at = at < end ? at : end;
    return (struct json_span){.at = from + 1, .len = (size_t)(at - from - 1)};
}

/* 1: it was replaced and *done is where it ended; 0: it stays. */
static int mask_string(const struct secret_mask *m, struct buf *out, struct json_span string,
                       const char **done)
{
    const bool escaped = memchr(string.at, '\\', string.len) != NULL;
    char *decoded = escaped ? malloc(string.len + 1) : NULL;
    if (escaped && !decoded)
        return -ENOMEM;
    const char *text = escaped ? decoded : string.at;
    const size_t len = escaped ? json_decode(string, decoded) : string.len;
    size_t found;
    int r = 0;
    if (find_first(m, text, len, &found)) {
        r = buf_add(out, *done, (size_t)(string.at - 1 - *done));
        r = r ? r : add_masked(out, m, text, len);
        *done = string.at + string.len + 1;
        r = r < 0 ? r : 1;
    }
    keys_wipe(decoded, len);
    return r;
}

int secret_mask_json(const struct secret_mask *m, struct buf *text)
{
    struct buf out = BUF_INIT(text->max);
    const char *end = text->at + text->len, *done = text->at, *at = text->at;
    int any = 0, r = 0;
    if (!m->count || !text->len)
        return 0;
    while (r >= 0 && at < end && (at = memchr(at, '"', (size_t)(end - at)))) {
        const struct json_span string = string_at(at, end);
        r = mask_string(m, &out, string, &done);
        any += r > 0;
        at = string.at + string.len + 1;
    }
    if (any && r >= 0 && done < end)
        r = buf_add(&out, done, (size_t)(end - done));
    if (!any || r < 0) {
        buf_release(&out);
        return r < 0 ? -ENOMEM : 0;
    }
    explicit_bzero(text->at, text->len);
    buf_release(text);
    *text = out;
    return 1;
}
