/* The scanner against jansson, which was written by somebody else: what one takes the other takes,
 * and the spans of the scanner hold what stands in jansson's tree. */
#include "fuzz.h"

#include <errno.h>
#include <string.h>

#include "proto/json/json_scan.h"

enum { DEEP = JSON_DEPTH_MAX };

static size_t compare(struct json_span span, const json_t *json);

static void compare_string(struct json_span text, const char *expected, size_t len)
{
    char *decoded = malloc(text.len + 1);

    HOLDS(decoded);
    HOLDS(json_decode(text, decoded) == len);
    HOLDS(json_decoded_len(text) == len);
    HOLDS(memcmp(decoded, expected, len) == 0);
    free(decoded);
}

static size_t compare_object(struct json_span span, const json_t *json)
{
    struct json_walk walk = json_walk(span);
    struct json_member member;
    size_t members = 0, values = 1;

    for (; json_walk_member(&walk, &member); members++) {
        char *name = calloc(1, member.name.len + 1);
        HOLDS(name);
        json_decode(member.name, name);
        HOLDS(json_name_is(member.name, name));
        HOLDS(json_object_get(json, name));
        values += compare(member.value, json_object_get(json, name));
        free(name);
    }
    HOLDS(members == json_object_size(json));
    return values;
}

static size_t compare_array(struct json_span span, const json_t *json)
{
    struct json_walk walk = json_walk(span);
    struct json_span element;
    size_t n = 0, values = 1;

    while (json_walk_element(&walk, &element))
        values += compare(element, json_array_get(json, n++));
    HOLDS(n == json_array_size(json));
    return values;
}

/* Returns the number of values in it. */
static size_t compare(struct json_span span, const json_t *json)
{
    int64_t number;

    HOLDS(json_span_type(span) == json_typeof(json));
    switch (json_typeof(json)) {
    case JSON_OBJECT:
        return compare_object(span, json);
    case JSON_ARRAY:
        return compare_array(span, json);
    case JSON_STRING:
        compare_string(json_span_text(span), json_string_value(json), json_string_length(json));
        return 1;
    case JSON_INTEGER:
        HOLDS(json_span_int(span, &number) == 0 && number == json_integer_value(json));
        return 1;
    default:
        return 1;
    }
}

/* jansson has a depth of its own, so a text that is only too deep is left to the scanner. */
static bool is_deep(const uint8_t *data, size_t size)
{
    size_t depth = 0, deepest = 0;

    for (size_t i = 0; i < size; i++) {
        depth += data[i] == '{' || data[i] == '[';
        deepest = depth > deepest ? depth : deepest;
    }
    return deepest > DEEP;
}

/* jansson takes a raw NUL for the end of the text. */
static bool has_nul(const uint8_t *data, size_t size)
{
    return size > 0 && memchr(data, '\0', size) != NULL;
}

static struct json_span trim(const char *at, size_t len)
{
    while (len && strchr(" \t\r\n", *at))
        at++, len--;
    while (len && strchr(" \t\r\n", at[len - 1]))
        len--;
    return (struct json_span){at, len};
}

/* Areas with small limits: only that it does not go wrong, and what it counts adds up. */
static void scan_with_areas(const char *text, size_t size, size_t values)
{
    static const struct json_area areas[] = {{"a", .max_values = 2}, {"b", .max_bytes = 9}};
    const struct json_scan_spec spec = {
        .max_depth = DEEP, .inner = "p", .areas = areas, .n_areas = 2};
    struct json_scan scan;

    if (json_scan(text, size, &spec, &scan, NULL) < 0)
        return;
    if (values > 0)
        HOLDS(scan.values + scan.area_values[0] + scan.area_values[1] == values);
    json_scan_release(&scan);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    const struct json_scan_spec spec = {.max_depth = DEEP};
    const char *text = (const char *)data;
    struct json_scan scan;
    size_t values = 0;
    int r = json_scan(text, size, &spec, &scan, NULL);
    json_t *json =
        json_loadb(text, size, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_ANY, NULL);

    HOLDS(r == 0 || r == -EBADMSG);
    if (r == 0) {
        HOLDS(json);
        values = scan.values;
        HOLDS(scan.type == json_typeof(json));
        HOLDS(compare(trim(text, size), json) == values);
        json_scan_release(&scan);
    } else {
        HOLDS(!json || is_deep(data, size) || has_nul(data, size));
    }
    scan_with_areas(text, size, values);
    json_decref(json);
    return 0;
}
