/* A key that a library has given back unwiped lies in the heap of a process that reads what
 * strangers send. */
#include <jansson.h>
#include <openssl/crypto.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "freed.h"
#include "runner/link/key_ring.h"
#include "runner/wiped_libraries.h"

static int before_everything(void **state)
{
    (void)state;
    return wiped_libraries() ? 0 : -1;
}

static int begin(void **state)
{
    (void)state;
    secret = "sk-never-to-be-found";
    freed_with_it = 0;
    return 0;
}

static int end(void **state)
{
    (void)state;
    secret = NULL;
    return 0;
}

static void libcrypto_wipes(void **state)
{
    (void)state;
    char *at = OPENSSL_malloc(100);
    memcpy(at, secret, strlen(secret) + 1);
    at = OPENSSL_realloc(at, 10000);
    assert_string_equal(at, secret);
    OPENSSL_free(at);
    assert_int_equal(freed_with_it, 0);
}

static void json_wipes(void **state)
{
    (void)state;
    json_t *tree = json_pack("{s:{s:[s]}}", "keys", secret, secret);
    char *text = json_dumps(tree, JSON_COMPACT);
    json_t *again = json_loads(text, 0, NULL);
    assert_true(json_equal(tree, again));
    json_decref(tree);
    json_decref(again);
    explicit_bzero(text, strlen(text));
    free(text);
    assert_int_equal(freed_with_it, 0);
}

static void a_ring_holds_keys_where_secrets_are(void **state)
{
    (void)state;
    struct secrets *s = secrets_new();
    json_t *keys = json_pack("{s:s, s:s, s:i, s:s}", "LONG", secret, "SHORT", "abc", "NONE", 1,
                             "SAME", secret);
    secrets_add_all(s, keys);
    struct key_ring *ring = key_ring_new(keys, s);
    assert_int_not_equal(strcmp(json_string_value(json_object_get(keys, "LONG")), secret), 0);
    json_decref(keys);
    assert_string_equal(key_ring_get(ring, "LONG"), secret);
    assert_string_equal(key_ring_get(ring, "SHORT"), "abc");
    assert_ptr_equal(key_ring_get(ring, "SAME"), key_ring_get(ring, "LONG"));
    assert_null(key_ring_get(ring, "NONE"));
    assert_null(key_ring_get(NULL, "LONG"));
    key_ring_free(ring);
    key_ring_free(NULL);
    secrets_free(s);
    assert_int_equal(freed_with_it, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(libcrypto_wipes, begin, end),
        cmocka_unit_test_setup_teardown(json_wipes, begin, end),
        cmocka_unit_test_setup_teardown(a_ring_holds_keys_where_secrets_are, begin, end),
    };
    return cmocka_run_group_tests_name("wiped_libraries", tests, before_everything, NULL);
}
