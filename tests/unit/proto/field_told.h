/* What schemas and pages say of a field. */
#ifndef TESTS_UNIT_PROTO_FIELD_TOLD_H
#define TESTS_UNIT_PROTO_FIELD_TOLD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/field_schema.h"
#include "proto/field_text.h"

struct field_told {
    struct field field;
    const char *schema, *text;
};

static inline void assert_told(const struct field_told *row)
{
    char text[128];
    json_t *schema = field_schema(&row->field);
    char *dump = json_dumps(schema, JSON_COMPACT);
    assert_string_equal(dump, row->schema);
    assert_ptr_equal(field_type_text(&row->field, text, sizeof text), text);
    assert_string_equal(text, row->text);
    free(dump);
    json_decref(schema);
}

/* What has no room is cut, inside of what stands in it too. */
static inline void assert_text_keeps_to_its_room(const struct field_told *row)
{
    for (size_t size = 1; size < 24; size++) {
        char text[32];
        memset(text, '!', sizeof text);
        field_type_text(&row->field, text, size);
        assert_true(strlen(text) < size);
        assert_int_equal(strncmp(text, row->text, strlen(text)), 0);
        for (size_t k = size; k < sizeof text; k++)
            assert_int_equal(text[k], '!');
    }
}

#endif
