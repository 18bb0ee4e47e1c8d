/* The council's checks and the adapters keep a list each of the fields that provider_options may
 * not name, since one must not see the other: here they are held against each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "proto/council/provider_type.h"
#include "provider/provider.h"

static bool contains(const char *const *list, const char *name)
{
    for (; *list; list++)
        if (!strcmp(*list, name))
            return true;
    return false;
}

static void lists_agree(void **state)
{
    (void)state;
    static const char *const TYPES[] = {"mock", "openai"};
    for (size_t i = 0; i < sizeof(TYPES) / sizeof(TYPES[0]); i++) {
        const struct provider_type *checked = provider_type_find(TYPES[i]);
        const struct provider *adapter = provider_find(TYPES[i]);
        assert_non_null(checked);
        assert_non_null(adapter);
        for (const char *const *name = adapter->reserved; *name; name++)
            assert_true(contains(checked->reserved, *name));
        for (const char *const *name = checked->reserved; *name; name++)
            assert_true(contains(adapter->reserved, *name));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(lists_agree)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
