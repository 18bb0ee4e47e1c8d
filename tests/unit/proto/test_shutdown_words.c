/* What a run was started with stands in its record as it was given: who reads it there has to come
 * to the same end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "proto/shutdown_words.h"

static int64_t read_text(const char *text)
{
    int64_t value = 77;
    return shutdown_read((struct json_span){text, strlen(text)}, &value) < 0 ? INT64_MIN : value;
}

static void both_ways(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t value;
    } ROWS[] = {{"0", 0},
                {"5000", 5000},
                {"\"infinity\"", SHUTDOWN_INFINITY},
                {"\"brutal_kill\"", SHUTDOWN_BRUTAL_KILL}};
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        assert_int_equal(read_text(ROWS[i].text), ROWS[i].value);
        json_t *json = shutdown_json(ROWS[i].value);
        char *text = json_dumps(json, JSON_COMPACT | JSON_ENCODE_ANY);
        assert_string_equal(text, ROWS[i].text);
        free(text);
        json_decref(json);
    }
}

static void what_is_neither(void **state)
{
    (void)state;
    static const char *const WRONG[] = {"-1", "1.5", "\"Infinity\"", "null", "true", "{}"};
    for (size_t i = 0; i < sizeof(WRONG) / sizeof(WRONG[0]); i++)
        assert_true(read_text(WRONG[i]) == INT64_MIN);
}

static void more_than_a_hundred_years(void **state)
{
    (void)state;
    const int64_t most = read_text("9000000000000000000");
    assert_true(most > INT64_C(36500) * 86400000 - 1 && most < INT64_C(36600) * 86400000);
    assert_true(read_text("3153600000001") == most);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(both_ways),
        cmocka_unit_test(what_is_neither),
        cmocka_unit_test(more_than_a_hundred_years),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
