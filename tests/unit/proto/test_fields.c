/* A configuration that is laid over another one half, a null taken for a number, or a fault that is
 * told of the wrong member. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "heap_kept.h"
#include "proto/fields.h"
#include "proto/fields_tree.h"
#include "proto/json/json_tree.h"

static bool is_lower(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] < 'a' || text[i] > 'z')
            return false;
    return len > 0;
}

static const struct field_form LOWER = {.text = "lower case", .valid = is_lower};
static const char *const COLOURS[] = {"red", "green", NULL};

struct inner {
    int64_t least;
    int64_t bound;
};

struct outer {
    char *text;
    struct field_string string;
    struct inner inner;
    json_t *map;
    int colour;
    bool flag;
};

static const struct field INNER[] = {
    {"least", FIELD_INT, 0, offsetof(struct inner, least), 1, 9, 5, .doc = ""},
    {"bound", FIELD_BOUND, 0, offsetof(struct inner, bound), 0, INT64_MAX, 7, .doc = ""},
    FIELDS_END,
};
static const struct field OUTER[] = {
    {"text", FIELD_TEXT, FIELD_NULLABLE, offsetof(struct outer, text), .form = &LOWER},
    {"string", FIELD_STRING, 0, offsetof(struct outer, string), 1, 3, .doc = ""},
    {"inner", FIELD_OBJECT, FIELD_CLOSED, offsetof(struct outer, inner), .sub = INNER},
    {"map", FIELD_STRING_MAP, 0, offsetof(struct outer, map), .doc = ""},
    {"colour", FIELD_WORD, 0, offsetof(struct outer, colour), .words = COLOURS, .def = 1},
    {"flag", FIELD_BOOL, 0, offsetof(struct outer, flag), .def = 1},
    FIELDS_END,
};

static int update(const char *text, struct outer *to, struct field_fault *fault)
{
    json_t *json = json_load_constant(text);
    assert_non_null(json);
    int r = fields_update_tree(OUTER, json, to, fault);
    json_decref(json);
    return r;
}

static void later_values_replace_earlier_ones(void **state)
{
    (void)state;
    struct outer o = {.text = NULL};
    struct field_fault fault;
    fields_defaults(OUTER, &o);
    assert_int_equal(o.inner.least, 5);
    assert_int_equal(o.inner.bound, 7);
    assert_int_equal(o.colour, 1);
    assert_true(o.flag);
    assert_int_equal(update("{\"text\":\"abc\",\"string\":\"a\\u0000b\",\"map\":{\"k\":\"v\"},"
                            "\"inner\":{\"least\":2},\"colour\":\"red\",\"flag\":false}",
                            &o, &fault),
                     0);
    assert_string_equal(o.text, "abc");
    assert_int_equal(o.string.len, 3);
    assert_int_equal(json_object_size(o.map), 1);
    assert_int_equal(o.colour, 0);
    assert_int_equal(update("{\"text\":\"xyz\",\"map\":{},\"inner\":{\"bound\":null}}", &o, &fault),
                     0);
    assert_string_equal(o.text, "xyz");
    assert_int_equal(o.string.len, 3);
    assert_int_equal(json_object_size(o.map), 0);
    assert_int_equal(o.inner.least, 2);
    assert_int_equal(o.inner.bound, FIELD_UNBOUNDED);
    assert_false(o.flag);
    assert_int_equal(update("{\"text\":null}", &o, &fault), 0);
    assert_string_equal(o.text, "xyz");
    fields_release(OUTER, &o);
    assert_null(o.text);
    assert_null(o.map);
}

static const struct {
    const char *text, *field;
    enum field_fault_kind kind;
} FAULTS[] = {
    {"{\"text\":\"Abc\"}", "text", FIELD_FAULT_WRONG},
    {"{\"text\":\"\"}", "text", FIELD_FAULT_WRONG},
    {"{\"text\":1}", "text", FIELD_FAULT_WRONG},
    {"{\"string\":\"long\"}", "string", FIELD_FAULT_WRONG},
    {"{\"string\":null}", "string", FIELD_FAULT_WRONG},
    {"{\"inner\":{\"least\":0}}", "/inner/least", FIELD_FAULT_WRONG},
    {"{\"inner\":{\"least\":null}}", "/inner/least", FIELD_FAULT_WRONG},
    {"{\"inner\":{\"bound\":-1}}", "/inner/bound", FIELD_FAULT_WRONG},
    {"{\"inner\":{\"most\":1}}", "/inner/most", FIELD_FAULT_UNKNOWN},
    {"{\"inner\":[]}", "inner", FIELD_FAULT_WRONG},
    {"{\"map\":{\"k\":1}}", "/map/k", FIELD_FAULT_WRONG},
    {"{\"colour\":\"blue\"}", "colour", FIELD_FAULT_WRONG},
    {"{\"Flag\":true}", "Flag", FIELD_FAULT_UNKNOWN},
};

static void faults_are_told_with_and_without_a_struct(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(FAULTS) / sizeof(FAULTS[0]); i++) {
        for (int checked_only = 0; checked_only < 2; checked_only++) {
            struct outer o = {.text = NULL};
            struct field_fault fault = {.kind = FIELD_FAULT_MISSING};
            assert_int_equal(update(FAULTS[i].text, checked_only ? NULL : &o, &fault), -EBADMSG);
            assert_string_equal(fault.field, FAULTS[i].field);
            assert_int_equal(fault.kind, FAULTS[i].kind);
            fields_release(OUTER, &o);
        }
    }
}

static void what_is_good_passes_the_check(void **state)
{
    (void)state;
    struct field_fault fault;
    assert_int_equal(update("{\"text\":\"abc\",\"string\":\"x\",\"map\":{\"a\":\"b\"},\"colour\":"
                            "\"green\",\"inner\":{\"least\":9,\"bound\":null}}",
                            NULL, &fault),
                     0);
}

static void what_is_too_deep_is_refused(void **state)
{
    (void)state;
    struct field_fault fault = {.field = "x"};
    json_t *deep = json_object(), *object = json_object();
    for (int i = 0; i < 200; i++) {
        json_t *around = json_object();
        json_object_set_new(around, "a", deep);
        deep = around;
    }
    json_object_set_new(object, "map", deep);
    assert_int_equal(fields_update_tree(OUTER, object, NULL, &fault), -EBADMSG);
    assert_string_equal(fault.field, "");
    assert_non_null(strstr(fault.message, "deep"));
    json_decref(object);
}

/* However long a name is, what is told of it ends where its room does, at a whole letter of it. */
static void long_names_are_cut(void **state)
{
    (void)state;
    for (int len = 140; len < 170; len++) {
        char text[400], name[200];
        struct field_fault fault;
        memset(name, 'n', sizeof name);
        snprintf(text, sizeof text, "{\"%.*s\":1}", len, name);
        assert_int_equal(update(text, NULL, &fault), -EBADMSG);
        const int kept = len < FIELD_FAULT_NAME_MAX ? len : FIELD_FAULT_NAME_MAX - 1;
        assert_int_equal(strlen(fault.field), kept);
        assert_int_equal(strncmp(fault.field, name, (size_t)kept), 0);
        assert_string_equal(fault.message + kept, ": there is no such parameter");
        snprintf(text, sizeof text, "{\"inner\":{\"%.*s\":1}}", len, name);
        assert_int_equal(update(text, NULL, &fault), -EBADMSG);
        assert_int_equal(strncmp(fault.field, "/inner/nnn", 10), 0);
        const size_t room = FIELD_FAULT_NAME_MAX - 1, whole = 7 + (size_t)len;
        assert_true(strlen(fault.field) == whole ||
                    (whole >= room && strlen(fault.field) >= room - 1));
        assert_true(strlen(fault.field) <= room);
    }
}

static const struct field NEEDED[] = {
    {"a", FIELD_BOOL, FIELD_REQUIRED, 0, .doc = ""},
    {"b", FIELD_INT, FIELD_REQUIRED | FIELD_NULLABLE, 8, 0, 9, 0, .doc = ""},
    {"c", FIELD_BOOL, 0, 1, .doc = ""},
    FIELDS_END,
};
static const struct field AROUND[] = {
    {"in", FIELD_OBJECT, 0, 0, .sub = NEEDED, .doc = ""},
    FIELDS_END,
};

/* What is missing comes behind what is wrong, and inside of an object before it. */
static void which_fault_is_told_first(void **state)
{
    (void)state;
    static const struct {
        const char *text, *field, *message;
        bool inside;
    } ROWS[] = {
        {"{\"b\":1}", "a", "a: is missing", false},
        {"{\"a\":true}", "b", "b: is missing", false},
        {"{}", "a", "a: is missing", false},
        {"{\"c\":1}", "c", "c: must be boolean", false},
        {"{\"a\":null,\"b\":1}", "a", "a: must be boolean", false},
        {"{\"a\":true,\"b\":10}", "b", "b: must be integer 0..9 or null", false},
        {"{\"in\":{\"c\":1}}", "/in/a", "a: is missing", true},
        {"{\"in\":{\"a\":1,\"b\":1}}", "/in/a", "a: must be boolean", true},
        {"{\"in\":{\"a\":true,\"b\":1,\"d\":1}}", "/in/d", "d: there is no such parameter", true},
        {"{\"in\":1}", "in", "in: must be object", true},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct field_fault fault;
        int64_t out[4] = {0};
        json_t *json = json_load_constant(ROWS[i].text);
        assert_int_equal(fields_update_tree(ROWS[i].inside ? AROUND : NEEDED, json, out, &fault),
                         -EBADMSG);
        assert_string_equal(fault.field, ROWS[i].field);
        assert_string_equal(fault.message, ROWS[i].message);
        assert_int_equal(fault.kind, strstr(ROWS[i].message, "missing")   ? FIELD_FAULT_MISSING
                                     : strstr(ROWS[i].message, "no such") ? FIELD_FAULT_UNKNOWN
                                                                          : FIELD_FAULT_WRONG);
        json_decref(json);
    }
    struct field_fault fault;
    int64_t out[4] = {0, 77};
    json_t *good = json_load_constant("{\"a\":true,\"b\":null}");
    assert_int_equal(fields_update_tree(NEEDED, good, out, &fault), 0);
    assert_int_equal(out[1], 77);
    json_decref(good);
}

/* What an object inside holds is given up with the one around it. */
static void release_goes_inside(void **state)
{
    (void)state;
    struct {
        int64_t number;
        char *text;
    } o = {.text = NULL};
    static const struct field HELD[] = {{.name = "text", .type = FIELD_TEXT}, FIELDS_END};
    static const struct field HOLDER[] = {
        {.name = "in", .type = FIELD_OBJECT, .offset = sizeof(int64_t), .sub = HELD}, FIELDS_END};
    struct field_fault fault;
    json_t *json = json_load_constant("{\"in\":{\"text\":\"abc\"}}");
    assert_int_equal(fields_update_tree(HOLDER, json, &o, &fault), 0);
    assert_string_equal(o.text, "abc");
    fields_release(HOLDER, &o);
    assert_null(o.text);
    json_decref(json);
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(later_values_replace_earlier_ones);
    assert_keeps_nothing(faults_are_told_with_and_without_a_struct);
    assert_keeps_nothing(what_is_good_passes_the_check);
    assert_keeps_nothing(what_is_too_deep_is_refused);
    assert_keeps_nothing(long_names_are_cut);
    assert_keeps_nothing(which_fault_is_told_first);
    assert_keeps_nothing(release_goes_inside);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(later_values_replace_earlier_ones),
        cmocka_unit_test(faults_are_told_with_and_without_a_struct),
        cmocka_unit_test(what_is_good_passes_the_check),
        cmocka_unit_test(what_is_too_deep_is_refused),
        cmocka_unit_test(long_names_are_cut),
        cmocka_unit_test(which_fault_is_told_first),
        cmocka_unit_test(release_goes_inside),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
