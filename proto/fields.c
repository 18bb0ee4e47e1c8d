#include "fields.h"

#include "fields_unpack.h"

#include <errno.h>

/* ---- faults ---- */

void unpack_add_token(char *to, size_t size, const char *name)
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

static void name_field(struct field_fault *fault, const char *prefix, const char *name)
{
    if (*prefix) {
        snprintf(fault->field, sizeof(fault->field), "%s", prefix);
        unpack_add_token(fault->field, sizeof(fault->field), name);
    } else {
        snprintf(fault->field, sizeof(fault->field), "%s", name);
    }
}

void unpack_note(struct unpack *u, enum field_fault_kind kind, const char *prefix, const char *name,
                 const char *message)
{
    if (u->error < 0)
        return;
    u->error = -EBADMSG;
    u->fault->kind = kind;
    name_field(u->fault, prefix, name);
    snprintf(u->fault->message, sizeof(u->fault->message), "%s: %s", name, message);
}

/* ---- whole objects ---- */

void fields_defaults(const struct field *table, void *out)
{
    for (const struct field *field = table; field->name; field++) {
        void *slot = (char *)out + field->offset;
        if (field->type == FIELD_INT || field->type == FIELD_BOUND || field->type == FIELD_SHUTDOWN)
            *(int64_t *)slot = field->def;
        else if (field->type == FIELD_WORD || field->type == FIELD_WORDS ||
                 field->type == FIELD_SUBSCRIBE)
            *(int *)slot = (int)field->def;
        else if (field->type == FIELD_BOOL || field->type == FIELD_VERBOSE)
            *(bool *)slot = field->def != 0;
        else if (field->type == FIELD_OBJECT && field->sub)
            fields_defaults(field->sub, slot);
    }
}

static int find_field(const struct field *table, struct json_span name)
{
    for (int i = 0; i < FIELDS_MAX && table[i].name; i++)
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
    for (int i = 0; i < FIELDS_MAX && u->table[i].name; i++)
        if ((u->table[i].flags & FIELD_REQUIRED) && !(u->seen & 1ULL << i))
            unpack_note(u, FIELD_FAULT_MISSING, u->prefix, u->table[i].name, "is missing");
}

/* What a value replaces is dropped first; the fields of an object replace their own. */
static void take_value(struct unpack *u, const struct field *field, struct json_span value)
{
    void *slot = u->out ? u->out + field->offset : NULL;

    if ((field->flags & FIELD_NULLABLE) && json_span_type(value) == JSON_NULL)
        return;
    if (slot && !(field->type == FIELD_OBJECT && field->sub))
        unpack_drop(field, slot);
    unpack_value(u, field, value, slot);
}

static void take_member(struct unpack *u, const struct json_member *member)
{
    int i = find_field(u->table, member->name);
    char name[FIELD_FAULT_NAME_MAX];

    if (i >= 0) {
        take_value(u, &u->table[i], member->value);
        return;
    }
    json_decode_cut(member->name, name, sizeof(name));
    unpack_note(u, FIELD_FAULT_UNKNOWN, u->prefix, name, "there is no such parameter");
}

int unpack_object(const struct field *table, struct json_span object, void *out, const char *prefix,
                  struct field_fault *fault)
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

int fields_update(const struct field *table, const struct json_list *members, void *out,
                  struct field_fault *fault)
{
    struct unpack u = {.table = table, .out = out, .prefix = "", .fault = fault};

    for (size_t i = 0; i < members->n; i++)
        note_member(&u, &members->at[i]);
    for (size_t i = 0; i < members->n && u.error != -ENOMEM; i++)
        take_member(&u, &members->at[i]);
    check_missing(&u);
    return u.error;
}

int fields_unpack(const struct field *table, const struct json_list *members, void *out,
                  struct field_fault *fault)
{
    fields_defaults(table, out);
    return fields_update(table, members, out, fault);
}

static bool is_owned_tree(const struct field *field)
{
    return (field->type == FIELD_OBJECT && !field->sub) || field->type == FIELD_ARRAY ||
           field->type == FIELD_STRINGS || field->type == FIELD_STRING_MAP ||
           field->type == FIELD_ANY;
}

void unpack_drop(const struct field *field, void *slot)
{
    if (field->type == FIELD_STRING) {
        free(((struct field_string *)slot)->at);
        *(struct field_string *)slot = (struct field_string){NULL, 0};
    } else if (field->type == FIELD_TEXT) {
        free(*(char **)slot);
        *(char **)slot = NULL;
    } else if (is_owned_tree(field)) {
        json_decref(*(json_t **)slot);
        *(json_t **)slot = NULL;
    } else if (field->type == FIELD_OBJECT) {
        fields_release(field->sub, slot);
    }
}

void fields_release(const struct field *table, void *out)
{
    for (const struct field *field = table; field->name; field++)
        unpack_drop(field, (char *)out + field->offset);
}
