#include "mock_fill.h"

#include <math.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/jx.h"
#include "common/xalloc.h"
#include "mock_random.h"
#include "mock_text.h"

enum { DEPTH_MAX = 24, LIST_MAX = 128, TEXT_MAX = 64 * 1024 };

struct fill {
    json_t *root;
    const struct mock_prompt *prompt;
    struct mock_random random;
    int depth;
};

static json_t *fill(struct fill *f, json_t *schema, const char *name, const char *about);

/* ---- taste: what this member thinks of an option ---- */

static double liking(const struct fill *f, const char *option)
{
    return mock_liking(f->prompt->seed, f->prompt->taste, option ? option : "");
}

/* The label that is liked best, NULL when none is shown. */
static const char *favourite(const struct fill *f)
{
    const char *best = NULL;
    for (size_t i = 0; i < f->prompt->label_count; i++)
        if (!best || liking(f, f->prompt->labels[i]) > liking(f, best))
            best = f->prompt->labels[i];
    return best;
}

struct liked {
    json_t *value;
    double liking;
};

static int more_liked(const void *a, const void *b)
{
    double x = ((const struct liked *)a)->liking, y = ((const struct liked *)b)->liking;
    return x > y ? -1 : x < y;
}

/* The options from the most to the least liked; a new array. */
static json_t *in_order(const struct fill *f, json_t *options)
{
    struct liked list[LIST_MAX];
    size_t count = 0, i;
    json_t *option;
    json_array_foreach (options, i, option)
        if (count < LIST_MAX)
            list[count++] = (struct liked){option, liking(f, json_string_value(option))};
    qsort(list, count, sizeof(*list), more_liked);
    json_t *ordered = j_array();
    for (i = 0; i < count; i++)
        j_add(ordered, json_incref(list[i].value));
    return ordered;
}

/* ---- the schema ---- */

static json_t *resolve(const struct fill *f, json_t *schema)
{
    for (int hops = 0; hops < 16; hops++) {
        const char *ref = j_str(schema, "$ref", NULL);
        json_t *any = json_object_get(schema, "anyOf");
        if (ref && !strncmp(ref, "#/$defs/", 8))
            schema = json_object_get(json_object_get(f->root, "$defs"), ref + 8);
        else if (json_array_size(any))
            schema = json_array_get(any, 0);
        else
            break;
    }
    return schema;
}

static const char *type_of(json_t *schema)
{
    json_t *type = json_object_get(schema, "type");
    if (json_is_array(type)) {
        size_t i;
        json_t *one;
        json_array_foreach (type, i, one)
            if (strcmp(json_string_value(one) ? json_string_value(one) : "null", "null"))
                return json_string_value(one);
    }
    if (json_is_string(type))
        return json_string_value(type);
    if (json_object_get(schema, "properties"))
        return "object";
    return json_object_get(schema, "items") ? "array" : "string";
}

static double bound(json_t *schema, const char *name, double otherwise)
{
    json_t *value = json_object_get(schema, name);
    return json_is_number(value) ? json_number_value(value) : otherwise;
}

static bool is_named(const char *name, const char *const *list)
{
    for (; *list; list++)
        if (!strcmp(name, *list))
            return true;
    return false;
}

/* ---- plain values ---- */

static json_t *fill_string(struct fill *f, json_t *schema, const char *name, const char *about)
{
    static const char *const LONG[] = {"answer", "revised_answer", "content", "final", NULL};
    static const char *const SHORT[] = {"name", "title", "id", NULL};
    struct buf text = BUF_INIT(TEXT_MAX);
    if (is_named(name, LONG))
        mock_write_answer(&text, f->prompt, &f->random);
    else if (is_named(name, SHORT) || bound(schema, "maxLength", 1000) < 80)
        xresult(buf_add_str(&text, f->prompt->topics[0]));
    else
        mock_write_reason(&text, f->prompt, &f->random, about ? about : favourite(f));
    size_t least = (size_t)bound(schema, "minLength", 0);
    size_t most = (size_t)bound(schema, "maxLength", TEXT_MAX);
    while (text.len < least && xresult(buf_add_char(&text, '.')) == 0)
        ;
    /* Cut by bytes: the words of a task may hold more bytes than characters, never fewer. */
    size_t len = text.len;
    while (len > most || (len < text.len && ((unsigned char)text.at[len] & 0xc0) == 0x80))
        len--;
    json_t *value = xcheck(json_stringn(text.at ? text.at : "", len));
    buf_release(&text);
    return value;
}

static json_t *fill_number(struct fill *f, json_t *schema, const char *name, const char *about,
                           bool integer)
{
    bool share = !strcmp(name, "confidence") || !strcmp(name, "score");
    double low = bound(schema, "minimum", bound(schema, "exclusiveMinimum", 0));
    double high =
        bound(schema, "maximum", bound(schema, "exclusiveMaximum", share && !about ? 1 : low + 10));
    double x = about ? 0.7 * liking(f, about) + 0.3 * mock_random_real(&f->random)
                     : 0.5 + 0.45 * mock_random_real(&f->random);
    double value = low + x * (high - low);
    if (integer)
        return j_integer((json_int_t)floor(value));
    return j_real(round(value * 100) / 100);
}

static json_t *fill_boolean(struct fill *f, const char *name)
{
    size_t odds = !strcmp(name, "changed") ? 4 : 2;
    return xcheck(json_boolean(mock_random_below(&f->random, odds) == 0));
}

static json_t *fill_enum(struct fill *f, json_t *options)
{
    if (!json_is_string(json_array_get(options, 0)))
        return json_incref(
            json_array_get(options, mock_random_below(&f->random, json_array_size(options))));
    json_t *ordered = in_order(f, options);
    json_t *best = json_array_get(ordered, 0);
    const char *text = json_string_value(best);
    /* Somebody who can decide does not abstain. */
    if (text && is_named(text, (const char *const[]){"abstain", "none", NULL}) &&
        json_array_size(ordered) > 1)
        best = json_array_get(ordered, 1);
    json_incref(best);
    json_decref(ordered);
    return best;
}

/* ---- lists ---- */

/* The options that the items of a list can be: an enum, or for the names of labels what is shown.
 * A new reference or NULL. */
static json_t *item_options(const struct fill *f, json_t *items, const char *name)
{
    static const char *const LABELS[] = {"ordering", "approved", "labels", "ranking", NULL};
    json_t *options = json_object_get(items, "enum");
    if (options)
        return json_is_string(json_array_get(options, 0)) ? json_incref(options) : NULL;
    if (strcmp(type_of(items), "string") || !is_named(name, LABELS) || !f->prompt->label_count)
        return NULL;
    options = j_array();
    for (size_t i = 0; i < f->prompt->label_count; i++)
        j_add(options, j_string(f->prompt->labels[i]));
    return options;
}

static json_t *choose(struct fill *f, json_t *schema, const char *name, json_t *options)
{
    static const char *const SOME[] = {"approved", "labels", "members", NULL};
    json_t *ordered = in_order(f, options);
    size_t count = json_array_size(ordered);
    size_t most = (size_t)bound(schema, "maxItems", (double)count);
    size_t least = (size_t)bound(schema, "minItems", 0);
    size_t keep = is_named(name, SOME) ? (count + 1) / 2 : count;
    keep = keep > most ? most : keep < least ? least : keep;
    while (json_array_size(ordered) > keep)
        json_array_remove(ordered, json_array_size(ordered) - 1);
    return ordered;
}

/* The property by which the objects of a list are told apart: each of its values gets an object. */
static json_t *key_options(const struct fill *f, json_t *items, const char **ret_key)
{
    static const char *const KEYS[] = {"label", "target", "id", NULL};
    json_t *properties = json_object_get(items, "properties");
    for (size_t i = 0; KEYS[i]; i++) {
        json_t *property = json_object_get(properties, KEYS[i]);
        if (!property)
            continue;
        *ret_key = KEYS[i];
        json_t *options = item_options(f, resolve(f, property), "labels");
        if (options)
            return options;
    }
    return NULL;
}

static json_t *fill_objects(struct fill *f, json_t *items, json_t *options, const char *key,
                            size_t most)
{
    json_t *list = j_array();
    size_t i;
    json_t *option;
    json_array_foreach (options, i, option) {
        if (i >= most)
            break;
        json_t *object = fill(f, items, "", json_string_value(option));
        j_keep(object, key, option);
        j_add(list, object);
    }
    return list;
}

/* Lists of numbers, every number once: all of them in one list. */
static json_t *fill_group(json_t *items)
{
    json_t *group = j_array();
    double low = bound(items, "minimum", 1), high = bound(items, "maximum", low);
    for (double n = low; n <= high && n < low + LIST_MAX; n++)
        j_add(group, j_integer((json_int_t)n));
    return group;
}

static json_t *fill_some(struct fill *f, json_t *schema, json_t *items, const char *about)
{
    size_t least = (size_t)bound(schema, "minItems", 0);
    size_t most = (size_t)bound(schema, "maxItems", 2);
    size_t count = 1 + mock_random_below(&f->random, 2);
    count = count < least ? least : count > most ? most : count;
    json_t *list = j_array();
    for (size_t i = 0; i < count && i < LIST_MAX; i++)
        j_add(list, fill(f, items, "point", about));
    return list;
}

static json_t *fill_array(struct fill *f, json_t *schema, const char *name, const char *about)
{
    json_t *items = resolve(f, json_object_get(schema, "items"));
    const char *key = NULL;
    if (json_object_get(items, "minimum") && !strcmp(type_of(items), "integer"))
        return fill_group(items);
    json_t *options = item_options(f, items, name);
    json_t *list;
    if (options) {
        list = choose(f, schema, name, options);
    } else if ((options = key_options(f, items, &key))) {
        list = fill_objects(f, items, options, key, (size_t)bound(schema, "maxItems", LIST_MAX));
    } else {
        list = fill_some(f, schema, items, about);
    }
    json_decref(options);
    return list;
}

static json_t *fill_object(struct fill *f, json_t *schema, const char *about)
{
    json_t *object = j_object();
    const char *name;
    json_t *property;
    json_object_foreach (json_object_get(schema, "properties"), name, property)
        j_set(object, name, fill(f, property, name, about));
    return object;
}

/* about: the option that the value is about, or NULL. */
static json_t *fill(struct fill *f, json_t *schema, const char *name, const char *about)
{
    schema = resolve(f, schema);
    json_t *constant = json_object_get(schema, "const");
    json_t *options = json_object_get(schema, "enum");
    if (constant)
        return json_incref(constant);
    if (json_array_size(options))
        return fill_enum(f, options);
    if (f->depth >= DEPTH_MAX)
        return json_null();
    f->depth++;
    const char *type = type_of(schema);
    json_t *value;
    if (!strcmp(type, "object"))
        value = fill_object(f, schema, about);
    else if (!strcmp(type, "array"))
        value = fill_array(f, schema, name, about);
    else if (!strcmp(type, "string"))
        value = fill_string(f, schema, name, about);
    else if (!strcmp(type, "boolean"))
        value = fill_boolean(f, name);
    else if (!strcmp(type, "null"))
        value = json_null();
    else
        value = fill_number(f, schema, name, about, !strcmp(type, "integer"));
    f->depth--;
    return value;
}

json_t *mock_fill(json_t *schema, const struct mock_prompt *p, const char *call_id)
{
    struct fill f = {.root = schema, .prompt = p};
    mock_random_init(&f.random, p->seed, call_id, "fill");
    return fill(&f, schema, "", NULL);
}
