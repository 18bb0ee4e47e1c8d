/* An object with a name is told once and referred to; a reference that is repeated in full, or that
 * says another name than the text, is two truths. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "proto/field_schema.h"
#include "proto/field_text.h"

static const struct field NO_FIELDS[] = {FIELDS_END};
static const struct object THING = {.title = "Thing", .doc = "A thing.", .fields = NO_FIELDS};
static const struct field BIT = {.type = FIELD_BOOL};
static const struct field BITS = {.type = FIELD_ARRAY, .item = &BIT};

static const struct {
    struct field field;
    const char *schema, *text;
} ROWS[] = {
    {{.name = "f", .type = FIELD_OBJECT, .of = &THING, .doc = "d"},
     "{\"$ref\":\"#/components/schemas/Thing\",\"description\":\"d\"}",
     "Thing"},
    {{.name = "f", .type = FIELD_OBJECT, .flags = FIELD_NULLABLE, .of = &THING},
     "{\"anyOf\":[{\"$ref\":\"#/components/schemas/Thing\"},{\"type\":\"null\"}]}",
     "Thing or null"},
    {{.name = "f", .type = FIELD_ARRAY, .of = &THING},
     "{\"type\":\"array\",\"items\":{\"$ref\":\"#/components/schemas/Thing\"}}",
     "array of Thing"},
    {{.name = "f", .type = FIELD_ARRAY, .item = &BIT},
     "{\"type\":\"array\",\"items\":{\"type\":\"boolean\"}}",
     "array of boolean"},
    {{.name = "f", .type = FIELD_ONE_OR_MORE},
     "{\"anyOf\":[{\"type\":\"string\"},{\"type\":\"array\",\"items\":{\"type\":\"string\"}}]}",
     "string or array of strings"},
    {{.name = "f", .type = FIELD_MAP}, "{\"type\":\"object\"}", "object"},
    {{.name = "f", .type = FIELD_MAP, .of = &THING},
     "{\"type\":\"object\",\"additionalProperties\":{\"$ref\":\"#/components/schemas/Thing\"}}",
     "object of Thing"},
    {{.name = "f", .type = FIELD_MAP, .flags = FIELD_NULLABLE, .item = &BITS},
     "{\"anyOf\":[{\"type\":\"object\",\"additionalProperties\":{\"type\":\"array\",\"items\":"
     "{\"type\":\"boolean\"}}},{\"type\":\"null\"}]}",
     "object of array of boolean or null"},
};

static void what_is_told_of_a_field_that_refers(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        char text[128];
        json_t *schema = field_schema(&ROWS[i].field);
        char *dump = json_dumps(schema, JSON_COMPACT);
        assert_string_equal(dump, ROWS[i].schema);
        assert_string_equal(field_type_text(&ROWS[i].field, text, sizeof text), ROWS[i].text);
        free(dump);
        json_decref(schema);
    }
}

/* What has no room is cut, inside of what stands in it too. */
static void texts_keep_to_their_room(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        for (size_t size = 1; size < 24; size++) {
            char text[32];
            memset(text, '!', sizeof text);
            field_type_text(&ROWS[i].field, text, size);
            assert_int_equal(strncmp(text, ROWS[i].text, strlen(text)), 0);
            for (size_t k = size; k < sizeof text; k++)
                assert_int_equal(text[k], '!');
        }
    }
}

static void what_is_told_of_an_object(void **state)
{
    (void)state;
    static const struct object OTHER = {.title = "Other", .doc = "Another.", .fields = NO_FIELDS};
    static const struct object *const BOTH[] = {&THING, &OTHER, NULL};
    static const struct object EITHER = {.title = "Either", .doc = "One.", .variants = BOTH};
    json_t *thing = object_schema(&OTHER), *either = object_schema(&EITHER);
    char *dump = json_dumps(thing, JSON_COMPACT);
    assert_string_equal(dump,
                        "{\"type\":\"object\",\"title\":\"Other\",\"description\":\"Another.\"}");
    free(dump);
    dump = json_dumps(either, JSON_COMPACT);
    assert_string_equal(dump, "{\"anyOf\":[{\"$ref\":\"#/components/schemas/Thing\"},"
                              "{\"$ref\":\"#/components/schemas/Other\"}],"
                              "\"title\":\"Either\",\"description\":\"One.\"}");
    free(dump);
    json_decref(thing);
    json_decref(either);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_told_of_a_field_that_refers),
        cmocka_unit_test(texts_keep_to_their_room),
        cmocka_unit_test(what_is_told_of_an_object),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
