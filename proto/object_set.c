#include "object_set.h"

static bool knows(const struct object_set *set, const struct object *object)
{
    for (size_t i = 0; i < set->n; i++)
        if (set->at[i] == object)
            return true;
    return false;
}

void object_set_add(struct object_set *set, const struct object *object)
{
    if (knows(set, object) || set->n == OBJECT_SET_MAX)
        return;
    set->at[set->n++] = object;
    object_set_add_fields(set, object->fields);
    for (const struct object *const *one = object->variants; one && *one; one++)
        object_set_add(set, *one);
}

static void add_field(struct object_set *set, const struct field *field)
{
    object_set_add_fields(set, field->sub);
    if (field->of)
        object_set_add(set, field->of);
    if (field->item)
        add_field(set, field->item);
}

void object_set_add_fields(struct object_set *set, const struct field *table)
{
    for (const struct field *field = table; field && field->name; field++)
        add_field(set, field);
}
