#include "shape.h"

#include <string.h>

#include "common/utf8.h"
#include "credential.h"
#include "ids.h"
#include "proto/json/json_tree.h"

char *words_join(const char *const *words, char *buf, size_t size)
{
    size_t len = 0;
    buf[0] = '\0';
    for (; *words && len < size; words++)
        len += (size_t)snprintf(buf + len, size - len, "%s%s", len ? ", " : "", *words);
    return buf;
}

static unsigned type_of(const json_t *value)
{
    switch (json_typeof(value)) {
    case JSON_STRING:
        return T_STRING;
    case JSON_INTEGER:
        return T_INTEGER;
    case JSON_REAL:
        return T_NUMBER;
    case JSON_TRUE:
    case JSON_FALSE:
        return T_BOOLEAN;
    case JSON_OBJECT:
        return T_OBJECT;
    case JSON_ARRAY:
        return T_ARRAY;
    case JSON_NULL:
        break;
    }
    return T_NULL;
}

static const char *type_words(unsigned types, char *buf, size_t size)
{
    static const char *const WORDS[] = {"a string",  "an integer", "a number", "a boolean",
                                        "an object", "an array",   "null"};
    size_t len = 0;
    for (size_t i = 0; i < sizeof(WORDS) / sizeof(WORDS[0]); i++)
        if (types & (1U << i) && len < size)
            len += (size_t)snprintf(buf + len, size - len, "%s%s", len ? " or " : "", WORDS[i]);
    return buf;
}

static bool type_check(struct resolver *r, const struct doc_shape *shape, const json_t *value,
                       const struct place *at)
{
    unsigned type = type_of(value);
    if (type & shape->types || (type == T_INTEGER && shape->types & T_NUMBER))
        return true;
    char want[128] = "", is[32] = "";
    r_fault(r, at, "wrong_type", "This must be %s, not %s.",
            type_words(shape->types, want, sizeof(want)), type_words(type, is, sizeof(is)));
    return false;
}

static size_t characters(const char *text, size_t len)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++)
        n += ((unsigned char)text[i] & 0xC0) != 0x80;
    return n;
}

static bool text_check(struct resolver *r, const json_t *value, const struct place *at)
{
    const char *text = json_string_value(value);
    size_t len = json_string_length(value);
    if (memchr(text, '\0', len)) {
        r_fault(r, at, "invalid_json", "Take the character U+0000 out of this text.");
        return false;
    }
    const char *what = credential_find(text, len, NULL, NULL);
    if (what) {
        r_fault(r, at, "credential_in_document",
                "This looks like a credential (%s). Keys are configured at the daemon, never "
                "written into a council.",
                what);
        return false;
    }
    return true;
}

static bool word_check(struct resolver *r, const struct doc_shape *shape, const char *word,
                       const struct place *at)
{
    char list[400];
    for (const char *const *w = shape->words; *w; w++)
        if (strcmp(*w, word) == 0)
            return true;
    r_fault(r, at, shape->word_code ? shape->word_code : "bad_enum",
            "\"%.80s\" is none of the words allowed here: %s.", word,
            words_join(shape->words, list, sizeof(list)));
    return false;
}

static bool string_check(struct resolver *r, const struct doc_shape *shape, const json_t *value,
                         const struct place *at)
{
    const char *text = json_string_value(value);
    size_t len = json_string_length(value);
    if (!text_check(r, value, at))
        return false;
    if (shape->words)
        return word_check(r, shape, text, at);
    if (shape->flags & S_ID && !id_valid(text)) {
        r_fault(r, at, "bad_id",
                "An id is 1 to 64 letters, digits, '_', '.' or '-', and begins with a letter or "
                "digit.");
        return false;
    }
    if (shape->flags & S_FILLED && len == 0) {
        r_fault(r, at, "empty", "Write something here or leave the field out.");
        return false;
    }
    if (shape->max_length && len > shape->max_length && characters(text, len) > shape->max_length) {
        r_fault(r, at, "too_long", "Shorten this to at most %zu characters.", shape->max_length);
        return false;
    }
    return true;
}

static bool number_check(struct resolver *r, const struct doc_shape *shape, const json_t *value,
                         const struct place *at)
{
    double x = json_number_value(value);
    if (shape->min == 0 && shape->max == 0)
        return true;
    bool above = shape->flags & S_ABOVE;
    if (x <= shape->max && (above ? x > shape->min : x >= shape->min))
        return true;
    r_fault(r, at, "out_of_range", "This must be %s %.15g and at most %.15g.",
            above ? "above" : "at least", shape->min, shape->max);
    return false;
}

static bool count_check(struct resolver *r, const struct doc_shape *shape, size_t n,
                        const struct place *at)
{
    if (shape->max_items && n > shape->max_items) {
        r_fault(r, at, "too_many_items", "There are %zu entries here; at most %zu are allowed.", n,
                shape->max_items);
        return false;
    }
    if (n == 0 && shape->flags & S_FILLED) {
        r_fault(r, at, "empty", "At least one entry is needed here.");
        return false;
    }
    return true;
}

/* What many seats may have from one profile is copied and written for each of them. */
static bool bytes_check(struct resolver *r, const struct doc_shape *shape, const json_t *value,
                        const struct place *at)
{
    if (!shape->max_bytes)
        return true;
    const size_t len = json_dumpb(value, NULL, 0, JSON_COMPACT);
    if (len <= shape->max_bytes)
        return true;
    r_fault(r, at, "too_long", "This may have at most %zu KiB, it has %zu bytes.",
            shape->max_bytes / 1024, len);
    return false;
}

bool free_check(struct resolver *r, json_t *value, const struct place *at)
{
    bool good = true;
    size_t i;
    const char *key;
    json_t *child;
    if (json_is_string(value))
        return text_check(r, value, at);
    if (json_is_array(value)) {
        json_array_foreach (value, i, child) {
            struct place p = PLACE_AT_INDEX(at, i);
            good &= free_check(r, child, &p);
        }
    } else if (json_is_object(value)) {
        json_object_foreach (value, key, child) {
            struct place p = PLACE_AT_KEY(at, key);
            good &= free_check(r, child, &p);
        }
    }
    return good;
}

static json_t *array_check(struct resolver *r, const struct doc_shape *shape, json_t *value,
                           const struct place *at)
{
    if (!count_check(r, shape, json_array_size(value), at))
        return json_incref(r->bad);
    json_t *copy = r_new(r, json_array());
    size_t i;
    json_t *child;
    json_array_foreach (value, i, child) {
        struct place p = PLACE_AT_INDEX(at, i);
        r_append(r, copy, shape_check(r, shape->items, child, &p));
    }
    return copy;
}

static bool map_key_check(struct resolver *r, const struct doc_shape *shape, const char *key,
                          const struct place *at)
{
    if (!(shape->flags & S_ID_KEYS) || id_valid(key))
        return true;
    r_fault(
        r, at, "bad_id",
        "A name is 1 to 64 letters, digits, '_', '.' or '-', and begins with a letter or digit.");
    return false;
}

static json_t *map_check(struct resolver *r, const struct doc_shape *shape, json_t *value,
                         const struct place *at)
{
    if (!count_check(r, shape, json_object_size(value), at))
        return json_incref(r->bad);
    json_t *copy = r_new(r, json_object());
    const char *key;
    json_t *child;
    json_object_foreach (value, key, child) {
        struct place p = PLACE_AT_KEY(at, key);
        if (map_key_check(r, shape, key, &p))
            r_put(r, copy, key, shape_check(r, shape->items, child, &p));
        else
            r_put(r, copy, key, json_incref(r->bad));
    }
    return copy;
}

static void unknown_field(struct resolver *r, const struct doc_record *record, const char *key,
                          const struct place *at)
{
    const struct doc_field *f;
    char list[512];
    size_t len = 0;
    if (faults_pass(r->faults))
        return;
    list[0] = '\0';
    for (size_t i = 0; (f = doc_field_at(record, i)) && len < sizeof(list) - 80; i++)
        len += (size_t)snprintf(list + len, sizeof(list) - len, "%s%s", len ? ", " : "", f->name);
    r_fault(r, at, "unknown_field", "\"%.80s\" is no field of %s. It knows: %s%s.", key,
            record->name, list, f ? ", ..." : "");
}

json_t *doc_check(struct resolver *r, const struct doc_record *record, json_t *value,
                  const struct place *at)
{
    static const struct doc_shape ANY_OBJECT = {.types = T_OBJECT};
    if (!value || !type_check(r, &ANY_OBJECT, value, at)) /* NULL: no memory before */
        return json_incref(r->bad);
    json_t *copy = r_new(r, json_object());
    const char *key;
    json_t *child;
    const struct doc_field *f;
    json_object_foreach (value, key, child) {
        struct place p = PLACE_AT_KEY(at, key);
        f = doc_field_find(record, key);
        if (!f)
            unknown_field(r, record, key, &p);
        else
            r_put(r, copy, key, shape_check(r, &f->shape, child, &p));
    }
    for (size_t i = 0; (f = doc_field_at(record, i)); i++)
        if (f->flags & F_REQUIRED && !json_object_get(value, f->name))
            r_fault(r, at, "missing_field", "Add the field \"%s\".", f->name);
    return copy;
}

static json_t *object_check(struct resolver *r, const struct doc_shape *shape, json_t *value,
                            const struct place *at)
{
    if (shape->flags & (S_UNSEEN | S_RAW))
        return json_incref(value);
    if (shape->flags & S_FREE)
        return json_incref(bytes_check(r, shape, value, at) && free_check(r, value, at) ? value
                                                                                        : r->bad);
    return shape->record ? doc_check(r, shape->record, value, at) : map_check(r, shape, value, at);
}

json_t *shape_check(struct resolver *r, const struct doc_shape *shape, json_t *value,
                    const struct place *at)
{
    if (!value || r_is_bad(r, value) || !type_check(r, shape, value, at))
        return json_incref(r->bad);
    bool good = true;
    if (json_is_object(value))
        return object_check(r, shape, value, at);
    if (json_is_array(value) && !(shape->flags & S_FREE))
        return array_check(r, shape, value, at);
    if (json_is_array(value))
        good = free_check(r, value, at);
    else if (json_is_string(value))
        good = string_check(r, shape, value, at);
    else if (json_is_number(value))
        good = number_check(r, shape, value, at);
    return json_incref(good ? value : r->bad);
}

/* Defaults are made for every seat and round, so the plain ones go without a parser. */
json_t *doc_default(struct resolver *r, const struct doc_field *field)
{
    const char *text = field->fallback;
    size_t len = strlen(text);
    if (strcmp(text, "null") == 0)
        return json_null();
    if (strcmp(text, "true") == 0)
        return json_true();
    if (strcmp(text, "false") == 0)
        return json_false();
    if (strcmp(text, "[]") == 0)
        return r_new(r, json_array());
    if (strcmp(text, "{}") == 0)
        return r_new(r, json_object());
    if (text[0] == '"' && !strchr(text, '\\'))
        return r_new(r, json_stringn_nocheck(text + 1, len - 2));
    if (strspn(text, "0123456789") == len)
        return r_new(r, json_integer(strtoll(text, NULL, 10)));
    return r_new(r, json_load_constant(text));
}

json_t *doc_given_or_default(struct resolver *r, const struct doc_record *record,
                             const json_t *object, const char *key)
{
    json_t *given = json_object_get(object, key);
    return given ? json_incref(given) : doc_default(r, doc_field_find(record, key));
}

/* Is an object of this shape filled with defaults? */
static bool is_filled(const struct doc_shape *shape)
{
    return shape->record && !(shape->flags & (S_RAW | S_FREE | S_UNSEEN | S_SPARSE));
}

static json_t *fill_value(struct resolver *r, const struct doc_shape *shape, json_t *value)
{
    if (json_is_object(value) && is_filled(shape))
        return doc_fill(r, shape->record, value);
    if (!json_is_array(value) || !shape->items || !shape->items->record)
        return json_incref(value);
    json_t *copy = r_new(r, json_array());
    size_t i;
    json_t *child;
    json_array_foreach (value, i, child) {
        r_append(r, copy, fill_value(r, shape->items, child));
    }
    return copy;
}

static json_t *filled_default(struct resolver *r, const struct doc_field *field)
{
    if (is_filled(&field->shape) && strcmp(field->fallback, "{}") == 0)
        return doc_fill(r, field->shape.record, NULL);
    json_t *plain = doc_default(r, field);
    json_t *filled = fill_value(r, &field->shape, plain);
    json_decref(plain);
    return filled;
}

json_t *doc_fill(struct resolver *r, const struct doc_record *record, const json_t *object)
{
    json_t *copy = r_new(r, json_object());
    const struct doc_field *f;
    for (size_t i = 0; (f = doc_field_at(record, i)); i++) {
        json_t *value = json_object_get(object, f->name);
        if (!value && !f->fallback)
            continue;
        r_put(r, copy, f->name, value ? fill_value(r, &f->shape, value) : filled_default(r, f));
    }
    return copy;
}
