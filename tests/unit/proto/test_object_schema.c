/* An object with a name is told once and referred to; a reference that is repeated in full, or that
 * says another name than the text, is two truths. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "field_told.h"
#include "proto/field_schema.h"

static const struct field NO_FIELDS[] = {FIELDS_END};
static const struct object THING = {.title = "Thing", .doc = "A thing.", .fields = NO_FIELDS};
static const struct field BIT = {.type = FIELD_BOOL};
static const struct field BITS = {.type = FIELD_ARRAY, .item = &BIT};

static const struct field_told ROWS[] = {
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
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++)
        assert_told(&ROWS[i]);
}

static void texts_keep_to_their_room(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++)
        assert_text_keeps_to_its_room(&ROWS[i]);
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
