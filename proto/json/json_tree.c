/* From text that a scan has found good to a tree. jansson's own reader is not used for it: when
 * memory runs out in the middle of a token it goes on with a buffer that has not grown, and writes
 * beyond it. */
#include "json_tree.h"

#include "json_scan.h"

#include <errno.h>
#include <string.h>

struct builder {
    json_t *open[JSON_DEPTH_MAX]; /* containers inside each other; owned by the outermost */
    unsigned depth;
    json_t *root;
    char *name; /* of the member whose value comes next */
};

static json_t *load_string(struct json_span value)
{
    struct json_span inner = json_span_text(value);
    if (!memchr(inner.at, '\\', inner.len)) /* nothing to decode: megabytes are copied once */
        return json_stringn_nocheck(inner.at, inner.len);
    char *text = malloc(inner.len + 1);

    if (!text)
        return NULL;
    json_t *string = json_stringn_nocheck(text, json_decode(inner, text));
    free(text);
    return string;
}

static json_t *load_value(struct json_span value)
{
    int64_t number;

    switch (json_span_type(value)) {
    case JSON_OBJECT:
        return json_object();
    case JSON_ARRAY:
        return json_array();
    case JSON_STRING:
        return load_string(value);
    case JSON_INTEGER:
        return json_span_int(value, &number) == 0 ? json_integer(number) : NULL;
    case JSON_REAL:
        /* Behind the number stands what ended it, so strtod stops there. */
        return json_real(strtod(value.at, NULL));
    case JSON_TRUE:
        return json_true();
    case JSON_FALSE:
        return json_false();
    default:
        return json_null();
    }
}

/* Puts a new value where the text has it; the value is taken over. */
static int place(struct builder *b, json_t *value)
{
    int r;

    if (!value)
        return -ENOMEM;
    if (b->depth == 0) {
        b->root = value;
        return 0;
    }
    json_t *parent = b->open[b->depth - 1];
    if (json_is_array(parent))
        r = json_array_append_new(parent, value);
    else
        r = json_object_set_new_nocheck(parent, b->name, value);
    free(b->name);
    b->name = NULL;
    return r < 0 ? -ENOMEM : 0;
}

static int take_name(struct builder *b, struct json_span value)
{
    return json_span_string(value, &b->name, NULL);
}

static int take_value(struct builder *b, struct json_span value)
{
    json_t *json = load_value(value);
    int r = place(b, json);

    if (r == 0 && json_is_object(json) + json_is_array(json))
        b->open[b->depth++] = json;
    return r;
}

/* The token at `at`: its bytes, of a container only the bracket. */
static struct json_span token(const char *at, const char *end)
{
    const char *stop = at + 1;

    if (*at == '"') {
        while (*stop != '"')
            stop += *stop == '\\' ? 2 : 1;
        stop++;
    } else if (*at != '{' && *at != '[') {
        while (stop < end && !memchr(" \t\r\n,]}:", *stop, 8))
            stop++;
    }
    return (struct json_span){at, (size_t)(stop - at)};
}

static int build(struct builder *b, struct json_span text)
{
    const char *end = text.at + text.len;

    for (const char *at = text.at; at < end;) {
        if (memchr(" \t\r\n,:", *at, 6)) {
            at++;
            continue;
        }
        if (*at == '}' || *at == ']') {
            b->depth--;
            at++;
            continue;
        }
        struct json_span part = token(at, end);
        bool in_object = b->depth && json_is_object(b->open[b->depth - 1]);
        int r = in_object && !b->name ? take_name(b, part) : take_value(b, part);
        if (r < 0)
            return r;
        at += part.len;
    }
    return b->root ? 0 : -EINVAL;
}

int json_span_load(struct json_span value, json_t **ret)
{
    struct builder b = {.depth = 0};
    int r = build(&b, value);

    free(b.name);
    if (r < 0) {
        json_decref(b.root);
        return -ENOMEM;
    }
    *ret = b.root;
    return 0;
}

json_t *json_load_constant(const char *text)
{
    json_t *json = NULL;

    return json_span_load((struct json_span){text, strlen(text)}, &json) < 0 ? NULL : json;
}
