#include "json_scan.h"

#include "json_keys.h"
#include "json_lex.h"

#include <errno.h>

struct frame {
    uint32_t start;     /* offset of the bracket */
    uint32_t first_key; /* index of the first name of this object */
    bool object;
    bool begun; /* something stands in it already */
};

enum { NO_AREA = -1 };

struct scanner {
    struct json_lex lex;
    const struct json_scan_spec *spec;
    struct json_scan *out;
    unsigned depth; /* containers open */
    struct frame stack[JSON_DEPTH_MAX];
    struct json_keys keys;
    struct json_span outer_name; /* of the member of the top object that is being scanned */
    struct json_span inner_name; /* likewise of the inner object */
    bool in_inner;
    int area;
    const char *area_start;
    bool forget; /* the area is past its limits */
};

static int no_memory(struct scanner *s)
{
    return error_set(s->lex.err, ENOMEM, "out of memory");
}

/* ---- bookkeeping: what is counted, listed and remembered ---- */

static int list_add(struct scanner *s, struct json_list *list, struct json_span name,
                    const char *start)
{
    /* Powers of two: the array is full whenever n is one. */
    if ((list->n & (list->n - 1)) == 0 && (list->n == 0 || list->n >= 8)) {
        size_t size = list->n ? list->n * 2 : 8;
        struct json_member *at = realloc(list->at, size * sizeof(*at));
        if (!at)
            return no_memory(s);
        list->at = at;
    }
    list->at[list->n++] = (struct json_member){name, {start, (size_t)(s->lex.at - start)}};
    return 0;
}

static int find_area(const struct scanner *s, struct json_span name)
{
    for (size_t i = 0; i < s->spec->n_areas; i++)
        if (json_name_is(name, s->spec->areas[i].name))
            return (int)i;
    return NO_AREA;
}

/* A value begins at `at`; outer_name or inner_name is its name if it is a member up there. */
static void enter_value(struct scanner *s)
{
    const char *inner = s->spec->inner;

    if (s->area != NO_AREA || s->depth == 0 || !s->stack[s->depth - 1].object)
        return;
    if (s->depth == 1 && inner)
        s->in_inner = *s->lex.at == '{' && json_name_is(s->outer_name, inner);
    else if (s->depth == 1)
        s->area = find_area(s, s->outer_name);
    else if (s->depth == 2 && s->in_inner)
        s->area = find_area(s, s->inner_name);
    if (s->area != NO_AREA)
        s->area_start = s->lex.at;
}

static int count_value(struct scanner *s)
{
    const struct json_area *area;

    if (s->area == NO_AREA) {
        s->out->values++;
        if (s->spec->max_values && s->out->values > s->spec->max_values)
            return json_lex_refuse(&s->lex, s->lex.at, "too many values");
        return 0;
    }
    area = &s->spec->areas[s->area];
    if (++s->out->area_values[s->area] > area->max_values && area->max_values)
        s->forget = true;
    if (area->max_bytes && (size_t)(s->lex.at - s->area_start) > area->max_bytes)
        s->forget = true;
    return 0;
}

/* The value that began at `start` is complete; depth is that of its container again. */
static int leave_value(struct scanner *s, const char *start)
{
    unsigned area_depth = s->spec->inner ? 2 : 1;

    if (s->area != NO_AREA && s->depth == area_depth) {
        s->area = NO_AREA;
        s->forget = false;
    }
    if (s->depth == 1 && s->stack[0].object) {
        s->in_inner = false;
        return list_add(s, &s->out->outer, s->outer_name, start);
    }
    if (s->depth == 2 && s->in_inner)
        return list_add(s, &s->out->inner, s->inner_name, start);
    return 0;
}

/* ---- values ---- */

static int open_container(struct scanner *s, bool object)
{
    if (s->depth == s->spec->max_depth)
        return json_lex_refuse(&s->lex, s->lex.at, "nested too deeply");
    s->stack[s->depth++] = (struct frame){
        .start = (uint32_t)(s->lex.at - s->lex.text),
        .first_key = (uint32_t)s->keys.n,
        .object = object,
    };
    s->lex.at++;
    return 0;
}

static int close_container(struct scanner *s)
{
    struct frame *frame = &s->stack[s->depth - 1];

    s->lex.at++;
    if (frame->object) {
        const char *twice = json_keys_close(&s->keys, frame->first_key);
        if (twice)
            return json_lex_refuse(&s->lex, twice, "member name used twice");
    }
    s->depth--;
    return leave_value(s, s->lex.text + frame->start);
}

static int scan_scalar(struct scanner *s)
{
    struct json_span text;

    switch (*s->lex.at) {
    case '"':
        return json_lex_string(&s->lex, false, &text);
    case 't':
        return json_lex_word(&s->lex, "true");
    case 'f':
        return json_lex_word(&s->lex, "false");
    case 'n':
        return json_lex_word(&s->lex, "null");
    default:
        return json_lex_number(&s->lex);
    }
}

static int scan_value(struct scanner *s)
{
    const char *start;
    int r;

    json_lex_space(&s->lex);
    if (s->lex.at == s->lex.end)
        return json_lex_refuse(&s->lex, s->lex.at, "text ends before a value");
    enter_value(s);
    r = count_value(s);
    if (r < 0)
        return r;
    if (*s->lex.at == '{' || *s->lex.at == '[')
        return open_container(s, *s->lex.at == '{');
    start = s->lex.at;
    r = scan_scalar(s);
    return r < 0 ? r : leave_value(s, start);
}

static int scan_name(struct scanner *s)
{
    struct json_span name;
    int r;

    json_lex_space(&s->lex);
    if (s->lex.at == s->lex.end || *s->lex.at != '"')
        return json_lex_refuse(&s->lex, s->lex.at, "member name expected");
    r = json_lex_string(&s->lex, true, &name);
    if (r < 0)
        return r;
    if (!s->forget && json_keys_add(&s->keys, name.at) < 0)
        return no_memory(s);
    if (s->depth == 1)
        s->outer_name = name;
    else if (s->depth == 2 && s->in_inner)
        s->inner_name = name;
    json_lex_space(&s->lex);
    if (s->lex.at == s->lex.end || *s->lex.at != ':')
        return json_lex_refuse(&s->lex, s->lex.at, "colon expected");
    s->lex.at++;
    return 0;
}

/* One more thing inside the innermost container: its end, or its next member or element. */
static int scan_inside(struct scanner *s)
{
    struct frame *frame = &s->stack[s->depth - 1];
    int r = 0;

    json_lex_space(&s->lex);
    if (s->lex.at == s->lex.end)
        return json_lex_refuse(&s->lex, s->lex.at,
                               frame->object ? "object not closed" : "array not closed");
    if (*s->lex.at == (frame->object ? '}' : ']'))
        return close_container(s);
    if (frame->begun) {
        if (*s->lex.at != ',')
            return json_lex_refuse(&s->lex, s->lex.at, "comma expected");
        s->lex.at++;
    }
    frame->begun = true;
    if (frame->object)
        r = scan_name(s);
    return r < 0 ? r : scan_value(s);
}

static int scan_text(struct scanner *s)
{
    int r = scan_value(s);

    while (r == 0 && s->depth > 0)
        r = scan_inside(s);
    if (r < 0)
        return r;
    json_lex_space(&s->lex);
    if (s->lex.at != s->lex.end)
        return json_lex_refuse(&s->lex, s->lex.at, "text after the value");
    return 0;
}

int json_scan(const char *text, size_t len, const struct json_scan_spec *spec,
              struct json_scan *ret, struct error *err)
{
    struct json_scan scan = {.values = 0};
    struct scanner s = {
        .lex = {text, text, text + len, err}, .spec = spec, .out = &scan, .area = NO_AREA};
    int r;

    if (len > UINT32_MAX)
        return error_set(err, EBADMSG, "text too long");
    json_keys_init(&s.keys, text, len);
    r = scan_text(&s);
    json_keys_release(&s.keys);
    if (r < 0) {
        json_scan_release(&scan);
        return r;
    }
    s.lex.at = text;
    json_lex_space(&s.lex);
    scan.type = json_span_type((struct json_span){s.lex.at, (size_t)(s.lex.end - s.lex.at)});
    *ret = scan;
    return 0;
}

int json_scan_object(const char *text, size_t len, struct json_scan *ret)
{
    static const struct json_scan_spec DEEP = {.max_depth = JSON_DEPTH_MAX};
    int r;

    *ret = (struct json_scan){.values = 0};
    r = text ? json_scan(text, len, &DEEP, ret, NULL) : -EBADMSG;
    if (r < 0 || ret->type == JSON_OBJECT)
        return r;
    json_scan_release(ret);
    return -EBADMSG;
}

void json_scan_release(struct json_scan *scan)
{
    free(scan->outer.at);
    free(scan->inner.at);
    *scan = (struct json_scan){.values = 0};
}
