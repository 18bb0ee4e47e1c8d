#include "fields_unpack.h"

#include "field_text.h"
#include "proto/json/json_tree.h"
#include "shutdown_words.h"

#include <errno.h>

static void wrong_value(struct unpack *u, const struct field *field)
{
    char type[128], message[160];

    snprintf(message, sizeof(message), "must be %s", field_type_text(field, type, sizeof(type)));
    unpack_note(u, FIELD_FAULT_WRONG, u->prefix, field->name, message);
}

static void wrong_inside(struct unpack *u, const struct field *field, const char *name,
                         const char *message)
{
    char prefix[UNPACK_PREFIX_MAX] = "";

    snprintf(prefix, sizeof(prefix), "%s", u->prefix);
    unpack_add_token(prefix, sizeof(prefix), field->name);
    unpack_note(u, FIELD_FAULT_WRONG, prefix, name, message);
}

static void settle(struct unpack *u, int r)
{
    if (r == -ENOMEM)
        u->error = r;
}

/* ---- one value ---- */

/* A string of the right length and form, decoded; to->at stays NULL when it is none. */
static void take_string(struct unpack *u, const struct field *field, struct json_span value,
                        struct field_string *to)
{
    struct json_span text;
    size_t len;

    if (json_span_type(value) != JSON_STRING) {
        wrong_value(u, field);
        return;
    }
    text = json_span_text(value);
    len = json_decoded_len(text);
    if (len < (size_t)field->min || (field->max > 0 && len > (size_t)field->max)) {
        wrong_value(u, field);
        return;
    }
    settle(u, json_span_string(value, &to->at, &to->len));
    if (to->at && field->form && !field->form->valid(to->at, to->len)) {
        free(to->at);
        *to = (struct field_string){NULL, 0};
        wrong_value(u, field);
    }
}

static void unpack_string(struct unpack *u, const struct field *field, struct json_span value,
                          void *slot)
{
    take_string(u, field, value, slot);
}

static void unpack_text(struct unpack *u, const struct field *field, struct json_span value,
                        void *slot)
{
    struct field_string string = {NULL, 0};

    take_string(u, field, value, &string);
    if (!string.at)
        return;
    if (strlen(string.at) == string.len) {
        *(char **)slot = string.at;
        return;
    }
    free(string.at);
    wrong_value(u, field);
}

static void unpack_int(struct unpack *u, const struct field *field, struct json_span value,
                       void *slot)
{
    int64_t number;

    if (json_span_int(value, &number) < 0 || number < field->min || number > field->max)
        wrong_value(u, field);
    else
        *(int64_t *)slot = number;
}

static void unpack_bound(struct unpack *u, const struct field *field, struct json_span value,
                         void *slot)
{
    if (json_span_type(value) == JSON_NULL)
        *(int64_t *)slot = FIELD_UNBOUNDED;
    else
        unpack_int(u, field, value, slot);
}

static void unpack_bool(struct unpack *u, const struct field *field, struct json_span value,
                        void *slot)
{
    json_type type = json_span_type(value);

    if (type != JSON_TRUE && type != JSON_FALSE)
        wrong_value(u, field);
    else
        *(bool *)slot = type == JSON_TRUE;
}

/* -1: none of them. */
static int find_word(const struct field *field, struct json_span value)
{
    for (int i = 0; field->words[i]; i++)
        if (json_span_is(value, field->words[i]))
            return i;
    return -1;
}

static void unpack_word(struct unpack *u, const struct field *field, struct json_span value,
                        void *slot)
{
    int word = find_word(field, value);

    if (word < 0)
        wrong_value(u, field);
    else
        *(int *)slot = (int)field->min + word;
}

static void unpack_words(struct unpack *u, const struct field *field, struct json_span value,
                         void *slot)
{
    struct json_walk walk = json_walk(value);
    struct json_span element;
    int seen = 0;

    if (json_span_type(value) != JSON_ARRAY) {
        wrong_value(u, field);
        return;
    }
    while (json_walk_element(&walk, &element)) {
        int word = find_word(field, element);
        if (word < 0) {
            wrong_value(u, field);
            return;
        }
        seen |= 1 << word;
    }
    *(int *)slot = seen;
}

static void unpack_tree(struct unpack *u, const struct field *field, struct json_span value,
                        void *slot)
{
    json_type type = json_span_type(value);

    if ((field->type == FIELD_OBJECT && type != JSON_OBJECT) ||
        (field->type == FIELD_ARRAY && type != JSON_ARRAY))
        wrong_value(u, field);
    else
        settle(u, json_span_load(value, slot));
}

static void unpack_sub(struct unpack *u, const struct field *field, struct json_span value,
                       void *slot)
{
    char prefix[UNPACK_PREFIX_MAX] = "";
    struct field_fault fault;
    int r;

    if (!field->sub) {
        unpack_tree(u, field, value, slot);
        return;
    }
    if (json_span_type(value) != JSON_OBJECT) {
        wrong_value(u, field);
        return;
    }
    snprintf(prefix, sizeof(prefix), "%s", u->prefix);
    unpack_add_token(prefix, sizeof(prefix), field->name);
    r = unpack_object(field->sub, value, slot, prefix, &fault);
    if (r == -EBADMSG && u->error == 0) {
        *u->fault = fault;
        u->error = r;
    }
    settle(u, r);
}

static bool is_short_string(struct json_span value, const struct field *field)
{
    return json_span_type(value) == JSON_STRING &&
           (!field->max || json_decoded_len(json_span_text(value)) <= (size_t)field->max);
}

static void unpack_strings(struct unpack *u, const struct field *field, struct json_span value,
                           void *slot)
{
    struct json_walk walk = json_walk(value);
    struct json_span element;
    char index[24];

    if (json_span_type(value) != JSON_ARRAY) {
        wrong_value(u, field);
        return;
    }
    for (size_t i = 0; json_walk_element(&walk, &element); i++) {
        if (!is_short_string(element, field)) {
            snprintf(index, sizeof(index), "%zu", i);
            wrong_inside(u, field, index, "not a string, or too long");
            return;
        }
    }
    settle(u, json_span_load(value, slot));
}

static void unpack_string_map(struct unpack *u, const struct field *field, struct json_span value,
                              void *slot)
{
    struct json_walk walk = json_walk(value);
    struct json_member member;
    char name[UNPACK_PREFIX_MAX];

    if (json_span_type(value) != JSON_OBJECT) {
        wrong_value(u, field);
        return;
    }
    while (json_walk_member(&walk, &member)) {
        if ((field->max && json_decoded_len(member.name) > (size_t)field->max) ||
            !is_short_string(member.value, field)) {
            json_decode_cut(member.name, name, sizeof(name));
            wrong_inside(u, field, name, "not a string, or too long");
            return;
        }
    }
    settle(u, json_span_load(value, slot));
}

static void unpack_span(struct unpack *u, const struct field *field, struct json_span value,
                        void *slot)
{
    if (field->max && value.len > (size_t)field->max)
        wrong_value(u, field);
    else
        *(struct json_span *)slot = value;
}

static void unpack_shutdown(struct unpack *u, const struct field *field, struct json_span value,
                            void *slot)
{
    int64_t *shutdown = slot;
    if (shutdown_read(value, shutdown) < 0) {
        *shutdown = field->def;
        wrong_value(u, field);
    }
}

static void unpack_subscribe(struct unpack *u, const struct field *field, struct json_span value,
                             void *slot)
{
    static const struct field DELTAS[] = {{.name = "deltas", .type = FIELD_BOOL}, {.name = NULL}};
    const struct field object = {.name = field->name, .type = FIELD_OBJECT, .sub = DELTAS};
    json_type type = json_span_type(value);
    bool deltas = false;

    if (type == JSON_OBJECT) {
        unpack_sub(u, &object, value, &deltas);
        *(int *)slot = deltas ? SUBSCRIBE_DELTAS : SUBSCRIBE_LIFECYCLE;
    } else if (type == JSON_TRUE || type == JSON_FALSE) {
        *(int *)slot = type == JSON_TRUE ? SUBSCRIBE_LIFECYCLE : SUBSCRIBE_NONE;
    } else {
        wrong_value(u, field);
    }
}

static void unpack_verbose(struct unpack *u, const struct field *field, struct json_span value,
                           void *slot)
{
    bool debug = json_span_is(value, "debug");

    if (!debug && json_span_type(value) != JSON_FALSE)
        wrong_value(u, field);
    else
        *(bool *)slot = debug;
}

static void (*const UNPACK[FIELD_TYPE_COUNT])(struct unpack *, const struct field *,
                                              struct json_span, void *) = {
    [FIELD_STRING] = unpack_string,
    [FIELD_TEXT] = unpack_text,
    [FIELD_INT] = unpack_int,
    [FIELD_BOUND] = unpack_bound,
    [FIELD_BOOL] = unpack_bool,
    [FIELD_WORD] = unpack_word,
    [FIELD_WORDS] = unpack_words,
    [FIELD_OBJECT] = unpack_sub,
    [FIELD_ARRAY] = unpack_tree,
    [FIELD_STRINGS] = unpack_strings,
    [FIELD_STRING_MAP] = unpack_string_map,
    [FIELD_ANY] = unpack_tree,
    [FIELD_SPAN] = unpack_span,
    [FIELD_SHUTDOWN] = unpack_shutdown,
    [FIELD_SUBSCRIBE] = unpack_subscribe,
    [FIELD_VERBOSE] = unpack_verbose,
};

/* Room for any one value but an object with fields of its own. */
union scratch {
    struct field_string string;
    struct json_span span;
    json_t *tree;
    char *text;
    int64_t number;
    int word;
    bool flag;
};

void unpack_value(struct unpack *u, const struct field *field, struct json_span value, void *slot)
{
    union scratch scratch = {.string = {NULL, 0}};
    bool inside = field->type == FIELD_OBJECT && field->sub;

    if (slot || inside) {
        UNPACK[field->type](u, field, value, slot);
        return;
    }
    UNPACK[field->type](u, field, value, &scratch);
    unpack_drop(field, &scratch);
}
