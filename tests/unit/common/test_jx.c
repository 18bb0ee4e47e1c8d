/* JSON helpers: readers that take anything, builders that mend what they can. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/jx.h"

static void readers_take_what_is_not_there(void **state)
{
    (void)state;
    const json_t *nothing[] = {NULL, json_null(), json_true()};
    for (size_t i = 0; i < ARRAY_LEN(nothing); i++) {
        assert_null(j_get(nothing[i], "a"));
        assert_string_equal(j_str(nothing[i], "a", "absent"), "absent");
        assert_int_equal(j_int(nothing[i], "a", 7), 7);
        assert_true(j_num(nothing[i], "a", 1.5) > 1.4);
        assert_true(j_bool(nothing[i], "a", true));
        assert_false(j_is_number(nothing[i], "a"));
        assert_false(j_is(nothing[i], "a"));
        assert_false(j_has(nothing[i], "a", "b"));
        assert_false(j_array_has(nothing[i], "a"));
    }
}

static void readers_take_other_types_for_absent(void **state)
{
    (void)state;
    json_t *o =
        j_pack("{s:s, s:i, s:f, s:b, s:n}", "text", "1", "int", 2, "real", 2.5, "yes", 1, "null");
    assert_null(j_str(o, "int", NULL));
    assert_int_equal(j_int(o, "text", -1), -1);
    assert_int_equal(j_int(o, "real", -1), -1);
    assert_int_equal(j_int(o, "int", -1), 2);
    assert_true(j_num(o, "int", -1) > 1.9);
    assert_true(j_num(o, "text", -1) < 0);
    assert_false(j_bool(o, "int", false));
    assert_true(j_bool(o, "yes", false));
    assert_null(j_get(o, "null"));
    assert_non_null(j_get(o, "int"));
    assert_true(j_has(o, "text", "1"));
    assert_false(j_has(o, "text", "2"));
    assert_false(j_has(o, "int", "2"));
    json_decref(o);
}

static void builders_mend_text_and_numbers(void **state)
{
    (void)state;
    json_t *o = j_object(), *list = j_array();
    j_set(o, "plain", j_string("word"));
    j_set(o, "torn", j_text("a\xff", 2));
    j_set(o, "empty", j_text(NULL, 0));
    j_set(o, "none", j_string(NULL));
    j_set(o, "nan", j_real(NAN));
    j_ref(o, "null", NULL);
    j_keep(o, "nothing", NULL);
    j_add(list, j_integer(INT64_MAX));
    j_keep(o, "list", list);
    json_decref(list);
    char *text = j_dump(o);
    assert_string_equal(text, "{\"plain\":\"word\",\"torn\":\"a\xef\xbf\xbd\",\"empty\":\"\","
                              "\"none\":null,\"nan\":null,\"null\":null,"
                              "\"list\":[9223372036854775807]}");
    json_t *copy = j_copy(o);
    assert_true(json_equal(copy, o));
    assert_ptr_not_equal(j_get(copy, "list"), j_get(o, "list"));
    json_decref(copy);
    json_decref(o);
    free(text);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readers_take_what_is_not_there),
        cmocka_unit_test(readers_take_other_types_for_absent),
        cmocka_unit_test(builders_mend_text_and_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
