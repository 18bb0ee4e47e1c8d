/* Another stream of numbers would give other labels and prompts: no run could be replayed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/deliberation/words/digest.h"

static void vectors_of_the_reference(void **state)
{
    (void)state;
    struct stream s;
    stream_init(&s, "council", "labels/");
    assert_true(stream_next(&s) == 0x1fc8f2f7ef9c534dULL);
    assert_true(stream_next(&s) == 0x3041c076504a2813ULL);
    stream_release(&s);
    stream_init(&s, "council", "fence/%s/%d", "r1i0:member:ann", 0);
    assert_true(stream_next(&s) == 0x06e31b50ce9da1f0ULL);
    stream_release(&s);
    stream_init(&s, "council", "jitter/%s/%d", "r0i0:member:ann", 1);
    assert_float_equal(stream_real(&s), 0.8495002417, 1e-10);
    stream_release(&s);
}

static void shuffle_vector(void **state)
{
    (void)state;
    struct stream s;
    int order[5] = {0, 1, 2, 3, 4};
    const int expected[5] = {2, 4, 1, 3, 0}; /* cy eve bob dee ann */
    stream_init(&s, "council", "labels/");
    stream_shuffle(&s, order, 5);
    stream_release(&s);
    assert_memory_equal(order, expected, sizeof order);
}

static void uniform_stays_in_range_and_hits_all(void **state)
{
    (void)state;
    struct stream s;
    int seen[7] = {0};
    stream_init(&s, "x", "test");
    for (int i = 0; i < 700; i++) {
        uint64_t x = stream_uniform(&s, 7);
        assert_in_range(x, 0, 6);
        seen[x]++;
    }
    for (int i = 0; i < 7; i++)
        assert_in_range(seen[i], 60, 140);
    assert_int_equal(stream_uniform(&s, 1), 0);
    stream_release(&s);
}

static void canonical(void **state)
{
    (void)state;
    json_t *v =
        json_loads("{\"b\": [1, 0.1, null], \"a\": {\"z\": \"\xc3\xa9/\", \"y\": true}}", 0, NULL);
    char *text = json_canonical(v, NULL);
    assert_string_equal(
        text, "{\"a\":{\"y\":true,\"z\":\"\xc3\xa9/\"},\"b\":[1,0.10000000000000001,null]}");
    free(text);
    char hex[SHA256_HEX_SIZE];
    assert_string_equal(sha256_hex("abc", 3, hex),
                        "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    json_decref(v);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_of_the_reference),
        cmocka_unit_test(shuffle_vector),
        cmocka_unit_test(uniform_stays_in_range_and_hits_all),
        cmocka_unit_test(canonical),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
