/* An object that is told twice, or that a reference finds nowhere. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/object_set.h"

static const struct object A, B, C, D, E, F, ROUND;

static const struct field OF_C = {.type = FIELD_OBJECT, .of = &C};
static const struct field LIST_OF_C = {.type = FIELD_ARRAY, .item = &OF_C};
static const struct field PLAIN[] = {{.name = "p", .type = FIELD_BOOL}, FIELDS_END};
static const struct field INSIDE[] = {{.name = "f", .type = FIELD_OBJECT, .of = &F}, FIELDS_END};
static const struct field FIELDS[] = {{.name = "p", .type = FIELD_BOOL},
                                      {.name = "a", .type = FIELD_OBJECT, .of = &A},
                                      {.name = "b", .type = FIELD_ARRAY, .of = &B},
                                      {.name = "c", .type = FIELD_MAP, .item = &LIST_OF_C},
                                      {.name = "in", .type = FIELD_OBJECT, .sub = INSIDE},
                                      FIELDS_END};
static const struct field OF_ROUND[] = {{.name = "r", .type = FIELD_OBJECT, .of = &ROUND},
                                        {.name = "e", .type = FIELD_OBJECT, .of = &E},
                                        FIELDS_END};
static const struct object *const VARIANTS[] = {&E, &D, NULL};

static const struct object A = {.title = "A", .fields = PLAIN};
static const struct object B = {.title = "B", .variants = VARIANTS};
static const struct object C = {.title = "C", .fields = PLAIN};
static const struct object D = {.title = "D", .fields = PLAIN};
static const struct object E = {.title = "E", .fields = PLAIN};
static const struct object F = {.title = "F", .fields = PLAIN};
static const struct object ROUND = {.title = "ROUND", .fields = OF_ROUND};

static void everything_that_is_referred_to_is_in_it_once(void **state)
{
    (void)state;
    static const struct object *const ALL[] = {&A, &B, &E, &D, &C, &F};
    struct object_set set = {.n = 0};
    object_set_add_fields(&set, NULL);
    assert_int_equal(set.n, 0);
    for (int i = 0; i < 2; i++) {
        object_set_add_fields(&set, FIELDS);
        assert_int_equal(set.n, 6);
        for (size_t k = 0; k < set.n; k++)
            assert_ptr_equal(set.at[k], ALL[k]);
    }
}

static void what_refers_to_itself_comes_to_an_end(void **state)
{
    (void)state;
    struct object_set set = {.n = 0};
    object_set_add(&set, &ROUND);
    assert_int_equal(set.n, 2);
    assert_ptr_equal(set.at[0], &ROUND);
    assert_ptr_equal(set.at[1], &E);
}

static void what_has_no_room_is_left_out(void **state)
{
    (void)state;
    struct object_set set = {.n = OBJECT_SET_MAX - 1};
    object_set_add(&set, &A);
    assert_int_equal(set.n, OBJECT_SET_MAX);
    object_set_add(&set, &ROUND);
    assert_int_equal(set.n, OBJECT_SET_MAX);
    assert_ptr_equal(set.at[OBJECT_SET_MAX - 1], &A);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(everything_that_is_referred_to_is_in_it_once),
        cmocka_unit_test(what_refers_to_itself_comes_to_an_end),
        cmocka_unit_test(what_has_no_room_is_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
