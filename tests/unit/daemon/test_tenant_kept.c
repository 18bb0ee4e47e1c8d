/* Ends that stand in no record, for streams that are behind: a bound that is not kept lets a reader
 * that sleeps cost the daemon its memory, and one that drops the wrong end loses what was there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/watch/tenant_kept.h"
#include "failing.h"
#include "serve/blob.h"

static int add(struct tenant_kept *kept, uint64_t number, size_t bytes)
{
    struct blob *tail = blob_new(NULL, bytes);
    assert_non_null(tail);
    const int r = tenant_kept_add(kept, number, tail, "here");
    blob_drop(tail);
    return r;
}

static void they_are_found_and_forgotten_by_number(void **state)
{
    (void)state;
    struct tenant_kept kept = {0};
    assert_null(tenant_kept_after(&kept, 0));
    tenant_kept_drop(&kept, 9);
    for (uint64_t i = 2; i <= 6; i += 2)
        assert_int_equal(add(&kept, i, 10), 0);
    assert_int_equal(kept.bytes, 30);
    assert_int_equal(tenant_kept_after(&kept, 1)->number, 2);
    assert_int_equal(tenant_kept_after(&kept, 2)->number, 4);
    assert_int_equal(tenant_kept_after(&kept, 5)->number, 6);
    assert_null(tenant_kept_after(&kept, 6));
    assert_string_equal(kept.first->registry, "here");
    tenant_kept_drop(&kept, 3);
    assert_int_equal(kept.first->number, 4);
    tenant_kept_drop(&kept, 4);
    assert_int_equal(kept.first->number, 6);
    assert_int_equal(kept.bytes, 10);
    tenant_kept_drop(&kept, UINT64_MAX);
    assert_null(kept.first);
    assert_int_equal(kept.bytes, 0);
}

static void the_oldest_go_when_there_are_too_many(void **state)
{
    (void)state;
    struct tenant_kept kept = {0};
    assert_int_equal(add(&kept, 1, TENANT_KEPT_BYTES / 2), 0);
    assert_int_equal(add(&kept, 2, TENANT_KEPT_BYTES / 2), 0);
    assert_int_equal(kept.first->number, 1);
    assert_int_equal(add(&kept, 3, 1), 0);
    assert_int_equal(kept.first->number, 2);
    assert_int_equal(kept.bytes, TENANT_KEPT_BYTES / 2 + 1);
    assert_int_equal(add(&kept, 4, TENANT_KEPT_BYTES + 1), 0);
    assert_null(kept.first);
    assert_int_equal(kept.bytes, 0);
}

static void one_is_kept_or_not(void **state)
{
    (void)state;
    struct tenant_kept kept = {0};
    struct blob *tail = blob_new("x", 1);
    for (int k = 0; failing_next(&k);) {
        const int r = tenant_kept_add(&kept, 1, tail, "here");
        failing_stop();
        assert_int_equal(r, failing_happened ? -ENOMEM : 0);
        assert_int_equal(kept.first == NULL, failing_happened);
        assert_int_equal(kept.bytes, failing_happened ? 0 : 1);
        tenant_kept_drop(&kept, 1);
    }
    assert_int_equal(tail->holders, 1);
    blob_drop(tail);
    assert_true(failing_no_leak());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(they_are_found_and_forgotten_by_number),
        cmocka_unit_test(the_oldest_go_when_there_are_too_many),
        cmocka_unit_test(one_is_kept_or_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
