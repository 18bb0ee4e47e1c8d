/* Unpacking. The schema and the text of a field are in fields_schema.c. */
#include "fields.h"

#include "json_out.h"
#include "runid.h"

#include <errno.h>

enum { PREFIX_MAX = 96 };

/* One object on its way into a struct. */
struct unpack {
    const struct field *table;
    char *out;
    const char *prefix; /* JSON Pointer from params to this object; "" for params itself */
    struct rpc_fault *fault;
    int error; /* 0, -EBADMSG, -ENOMEM */
    uint64_t seen;
};

static int unpack_object(const struct field *table, struct json_span object, void *out,
                         const char *prefix, struct rpc_fault *fault);

/* ---- faults ---- */

/* A name as one token of a JSON Pointer, as far as it fits. */
static void add_token(char *to, size_t size, const char *name)
{
    size_t n = strlen(to);

    if (n + 1 < size)
        to[n++] = '/';
    for (; *name && n + 2 < size; name++) {
        bool special = *name == '~' || *name == '/';
        to[n++] = special ? '~' : *name;
        if (special)
            to[n++] = *name == '~' ? '0' : '1';
    }
    to[n] = '\0';
}

static void name_field(struct rpc_fault *fault, const char *prefix, const char *name)
{
    if (*prefix) {
        snprintf(fault->field, sizeof(fault->field), "%s", prefix);
        add_token(fault->field, sizeof(fault->field), name);
    } else {
        snprintf(fault->field, sizeof(fault->field), "%s", name);
    }
}

static void wrong(struct unpack *u, const char *prefix, const char *name, const char *message)
{
    if (u->error < 0)
        return;
    u->error = -EBADMSG;
    u->fault->reason = RPC_INVALID_PARAMETER;
    name_field(u->fault, prefix, name);
    snprintf(u->fault->message, sizeof(u->fault->message), "%s: %s", name, message);
}

static void wrong_value(struct unpack *u, const struct field *field)
{
    char type[128], message[160];

    snprintf(message, sizeof(message), "must be %s", field_type_text(field, type, sizeof(type)));
    wrong(u, u->prefix, field->name, message);
}

static void wrong_inside(struct unpack *u, const struct field *field, const char *name,
                         const char *message)
{
    char prefix[PREFIX_MAX] = "";

    snprintf(prefix, sizeof(prefix), "%s", u->prefix);
    add_token(prefix, sizeof(prefix), field->name);
    wrong(u, prefix, name, message);
}

static void settle(struct unpack *u, int r)
{
    if (r == -ENOMEM)
        u->error = r;
}

/* ---- one value ---- */

static void unpack_string(struct unpack *u, const struct field *field, struct json_span value,
                          void *slot)
{
    struct field_string *string = slot;
    struct json_span text;
    size_t len;

    if (json_span_type(value) != JSON_STRING) {
        wrong_value(u, field);
        return;
    }
    text = json_span_text(value);
    len = json_decoded_len(text);
    if (len < (size_t)field->min || len > (size_t)field->max)
        wrong_value(u, field);
    else
        settle(u, json_span_string(value, &string->at, &string->len));
}

/* A string that has to pass a test as well. */
static void unpack_checked(struct unpack *u, const struct field *field, struct json_span value,
                           void *slot, bool (*valid)(const char *, size_t))
{
    const struct field text = {.name = field->name, .type = field->type, .max = RUNID_MAX};
    struct field_string *string = slot;

    unpack_string(u, &text, value, slot);
    if (!string->at || valid(string->at, string->len))
        return;
    free(string->at);
    *string = (struct field_string){NULL, 0};
    wrong_value(u, field);
}

static bool any_string(const char *text, size_t len)
{
    (void)text;
    (void)len;
    return true;
}

static void unpack_run_id(struct unpack *u, const struct field *field, struct json_span value,
                          void *slot)
{
    unpack_checked(u, field, value, slot, any_string);
}

static void unpack_new_run_id(struct unpack *u, const struct field *field, struct json_span value,
                              void *slot)
{
    unpack_checked(u, field, value, slot, runid_valid);
}

static void unpack_ref(struct unpack *u, const struct field *field, struct json_span value,
                       void *slot)
{
    unpack_checked(u, field, value, slot, ref_valid);
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

static void unpack_bool(struct unpack *u, const struct field *field, struct json_span value,
                        void *slot)
{
    json_type type = json_span_type(value);

    if (type != JSON_TRUE && type != JSON_FALSE)
        wrong_value(u, field);
    else
        *(bool *)slot = type == JSON_TRUE;
}

static void unpack_word(struct unpack *u, const struct field *field, struct json_span value,
                        void *slot)
{
    for (int i = 0; field->words[i]; i++) {
        if (json_span_is(value, field->words[i])) {
            *(int *)slot = (int)field->min + i;
            return;
        }
    }
    wrong_value(u, field);
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
    char prefix[PREFIX_MAX] = "";
    struct rpc_fault fault = {.reason = RPC_INVALID_PARAMETER};
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
    add_token(prefix, sizeof(prefix), field->name);
    r = unpack_object(field->sub, value, slot, prefix, &fault);
    if (r == -EBADMSG && u->error == 0) {
        fault.id = u->fault->id;
        *u->fault = fault;
        u->error = r;
    }
    settle(u, r);
}

static bool is_short_string(struct json_span value, const struct field *field)
{
    return json_span_type(value) == JSON_STRING &&
           json_decoded_len(json_span_text(value)) <= (size_t)field->max;
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
    char name[PREFIX_MAX];

    if (json_span_type(value) != JSON_OBJECT) {
        wrong_value(u, field);
        return;
    }
    while (json_walk_member(&walk, &member)) {
        if (json_decoded_len(member.name) > (size_t)field->max ||
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

/* A hundred years. More makes no difference to anybody, and sums of times stay far from overflow.
 */
static const int64_t SHUTDOWN_MAX = 100LL * 365 * 24 * 3600 * 1000;

static void unpack_shutdown(struct unpack *u, const struct field *field, struct json_span value,
                            void *slot)
{
    int64_t *shutdown = slot;

    if (json_span_is(value, "infinity"))
        *shutdown = SHUTDOWN_INFINITY;
    else if (json_span_is(value, "brutal_kill"))
        *shutdown = SHUTDOWN_BRUTAL_KILL;
    else if (json_span_int(value, shutdown) < 0 || *shutdown < 0) {
        *shutdown = field->def;
        wrong_value(u, field);
    } else if (*shutdown > SHUTDOWN_MAX)
        *shutdown = SHUTDOWN_MAX;
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
    [FIELD_INT] = unpack_int,
    [FIELD_BOOL] = unpack_bool,
    [FIELD_WORD] = unpack_word,
    [FIELD_OBJECT] = unpack_sub,
    [FIELD_ARRAY] = unpack_tree,
    [FIELD_STRINGS] = unpack_strings,
    [FIELD_STRING_MAP] = unpack_string_map,
    [FIELD_ANY] = unpack_tree,
    [FIELD_SPAN] = unpack_span,
    [FIELD_RUN_ID] = unpack_run_id,
    [FIELD_NEW_RUN_ID] = unpack_new_run_id,
    [FIELD_REF] = unpack_ref,
    [FIELD_SHUTDOWN] = unpack_shutdown,
    [FIELD_SUBSCRIBE] = unpack_subscribe,
    [FIELD_VERBOSE] = unpack_verbose,
};

/* ---- whole objects ---- */

static void set_defaults(const struct field *table, char *out)
{
    for (const struct field *field = table; field->name; field++) {
        void *slot = out + field->offset;
        if (field->type == FIELD_INT || field->type == FIELD_SHUTDOWN)
            *(int64_t *)slot = field->def;
        else if (field->type == FIELD_WORD || field->type == FIELD_SUBSCRIBE)
            *(int *)slot = (int)field->def;
        else if (field->type == FIELD_BOOL || field->type == FIELD_VERBOSE)
            *(bool *)slot = field->def != 0;
        else if (field->type == FIELD_OBJECT && field->sub)
            set_defaults(field->sub, slot);
    }
}

static int find_field(const struct field *table, struct json_span name)
{
    for (int i = 0; table[i].name; i++)
        if (json_name_is(name, table[i].name))
            return i;
    return -EINVAL;
}

static void note_member(struct unpack *u, const struct json_member *member)
{
    int i = find_field(u->table, member->name);

    if (i >= 0)
        u->seen |= 1ULL << i;
}

static void check_missing(struct unpack *u)
{
    for (int i = 0; u->table[i].name; i++)
        if ((u->table[i].flags & FIELD_REQUIRED) && !(u->seen & 1ULL << i))
            wrong(u, u->prefix, u->table[i].name, "is missing");
}

static void take_member(struct unpack *u, const struct json_member *member)
{
    int i = find_field(u->table, member->name);
    const struct field *field = &u->table[i < 0 ? 0 : i];
    char name[RPC_FIELD_MAX];

    if (i < 0) {
        json_decode_cut(member->name, name, sizeof(name));
        wrong(u, u->prefix, name, "there is no such parameter");
    } else if (!(field->flags & FIELD_NULLABLE) || json_span_type(member->value) != JSON_NULL) {
        UNPACK[field->type](u, field, member->value, u->out + field->offset);
    }
}

static int unpack_object(const struct field *table, struct json_span object, void *out,
                         const char *prefix, struct rpc_fault *fault)
{
    struct unpack u = {.table = table, .out = out, .prefix = prefix, .fault = fault};
    struct json_member member;

    for (struct json_walk walk = json_walk(object); json_walk_member(&walk, &member);)
        note_member(&u, &member);
    check_missing(&u);
    for (struct json_walk walk = json_walk(object);
         u.error != -ENOMEM && json_walk_member(&walk, &member);)
        take_member(&u, &member);
    return u.error;
}

int fields_unpack(const struct field *table, const struct json_list *members, void *out,
                  struct rpc_fault *fault)
{
    struct unpack u = {.table = table, .out = out, .prefix = "", .fault = fault};

    set_defaults(table, out);
    for (size_t i = 0; i < members->n; i++)
        note_member(&u, &members->at[i]);
    check_missing(&u);
    for (size_t i = 0; i < members->n && u.error != -ENOMEM; i++)
        take_member(&u, &members->at[i]);
    return u.error;
}

static bool is_owned_string(enum field_type type)
{
    return type == FIELD_STRING || type == FIELD_RUN_ID || type == FIELD_NEW_RUN_ID ||
           type == FIELD_REF;
}

static bool is_owned_tree(const struct field *field)
{
    return (field->type == FIELD_OBJECT && !field->sub) || field->type == FIELD_ARRAY ||
           field->type == FIELD_STRINGS || field->type == FIELD_STRING_MAP ||
           field->type == FIELD_ANY;
}

void fields_release(const struct field *table, void *out)
{
    for (const struct field *field = table; field->name; field++) {
        void *slot = (char *)out + field->offset;
        if (is_owned_string(field->type)) {
            free(((struct field_string *)slot)->at);
            *(struct field_string *)slot = (struct field_string){NULL, 0};
        } else if (is_owned_tree(field)) {
            json_decref(*(json_t **)slot);
            *(json_t **)slot = NULL;
        } else if (field->type == FIELD_OBJECT) {
            fields_release(field->sub, slot);
        }
    }
}
