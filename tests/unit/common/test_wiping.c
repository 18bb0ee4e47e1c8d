/* What libraries give back lies in the heap until somebody else gets it, or a core shows it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "common/wiping.h"
#include "freed.h"

static char *holding(const char *text, size_t size)
{
    char *at = malloc(size);
    assert_non_null(at);
    memset(at, 0, size);
    memcpy(at, text, strlen(text));
    return at;
}

static void nothing_that_is_freed_holds_it(void **state)
{
    (void)state;
    secret = "sk-never-to-be-found";
    freed_with_it = 0;
    wiping_free(holding(secret, 100));
    wiping_free(NULL);
    static const size_t SIZES[] = {101, 400, 100000, 60, 24};
    for (size_t i = 0; i < sizeof SIZES / sizeof *SIZES; i++) {
        char *at = wiping_realloc(holding(secret, 100), SIZES[i]);
        assert_memory_equal(at, secret, strlen(secret));
        wiping_free(at);
    }
    assert_null(wiping_realloc(holding(secret, 100), 0));
    assert_int_equal(freed_with_it, 0);
    free(holding(secret, 100));
    assert_int_equal(freed_with_it, 1); /* the look itself works */
    secret = NULL;
}

static void it_grows_from_nothing(void **state)
{
    (void)state;
    char *at = wiping_realloc(NULL, 10);
    assert_non_null(at);
    wiping_free(at);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nothing_that_is_freed_holds_it),
        cmocka_unit_test(it_grows_from_nothing),
    };
    return cmocka_run_group_tests_name("wiping", tests, NULL, NULL);
}
