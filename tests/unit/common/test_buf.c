/* Buffers that grow past their maximum, or that change on a failed add, corrupt frames. */
#include <errno.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/buf.h"

static void adds_and_consumes(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(1000);
    assert_int_equal(buf_add_str(&b, "hello "), 0);
    assert_int_equal(buf_addf(&b, "%d %s", 42, "world"), 0);
    assert_string_equal(buf_str(&b), "hello 42 world");
    buf_consume(&b, 6);
    assert_string_equal(buf_str(&b), "42 world");
    buf_truncate(&b, 2);
    assert_string_equal(buf_str(&b), "42");
    char *s = buf_take(&b);
    assert_string_equal(s, "42");
    assert_int_equal(b.len, 0);
    free(s);
    buf_release(&b);
}

static void keeps_its_maximum(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(10);
    assert_int_equal(buf_add(&b, "0123456789", 10), 0);
    assert_int_equal(buf_add_char(&b, 'x'), -EMSGSIZE);
    assert_int_equal(buf_addf(&b, "%s", "x"), -EMSGSIZE);
    assert_null(buf_reserve(&b, 1));
    assert_string_equal(buf_str(&b), "0123456789");
    buf_consume(&b, 4);
    assert_int_equal(buf_add(&b, "abcd", 4), 0);
    assert_string_equal(buf_str(&b), "456789abcd");
    buf_release(&b);
}

static void long_formats_fit(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(100000);
    char text[5000];
    memset(text, 'y', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    for (int i = 0; i < 10; i++)
        assert_int_equal(buf_addf(&b, "<%s>", text), 0);
    assert_int_equal(b.len, 10 * (sizeof text + 1));
    buf_release(&b);
}

static void slides_instead_of_growing(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(1 << 20);
    for (int i = 0; i < 100000; i++) {
        assert_int_equal(buf_add(&b, "0123456789", 10), 0);
        buf_consume(&b, 10 - (i == 0));
    }
    assert_true(b.size < 4096);
    buf_release(&b);
}

/* Around the length that a format has room for without the heap, and around the maximum. */
static void formats_of_every_length(void **state)
{
    (void)state;
    char text[300];
    memset(text, 'y', sizeof text);
    for (int len = 250; len < 262; len++) {
        for (size_t room = (size_t)len; room < (size_t)len + 4; room++) {
            struct buf b = BUF_INIT(room);
            assert_int_equal(buf_add(&b, "ab", 2), 0);
            bool fits = room >= (size_t)len + 2;
            assert_int_equal(buf_addf(&b, "%.*s", len, text), fits ? 0 : -EMSGSIZE);
            assert_int_equal(b.len, fits ? len + 2 : 2);
            const char *got = buf_str(&b);
            assert_memory_equal(got, "ab", 2);
            assert_int_equal(strspn(got + 2, "y"), b.len - 2);
            assert_int_equal(strlen(got), b.len);
            buf_release(&b);
        }
        struct buf small = BUF_INIT((size_t)len - 1);
        assert_int_equal(buf_addf(&small, "%.*s", len, text), -EMSGSIZE);
        assert_int_equal(small.len, 0);
        buf_release(&small);
    }
}

static void room_is_reserved_up_to_the_maximum(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(1000);
    for (int i = 0; i < 2; i++) {
        assert_null(buf_reserve(&b, 1001));
        assert_null(buf_reserve(&b, SIZE_MAX));
        char *to = buf_reserve(&b, 1000);
        assert_non_null(to);
        memset(to, 'z', 1000);
        buf_commit(&b, 3);
        assert_int_equal(b.len, 3);
        assert_null(buf_reserve(&b, 998));
        assert_non_null(buf_reserve(&b, 997));
        assert_int_equal(buf_add(&b, to, 998), -EMSGSIZE);
        assert_int_equal(buf_add(&b, to, SIZE_MAX), -EMSGSIZE);
        assert_string_equal(buf_str(&b), "zzz");
        assert_true(b.size <= 1001);
        buf_clear(&b);
        assert_int_equal(b.len, 0);
        assert_ptr_equal(b.at, b.base);
    }
    buf_release(&b);
    assert_null(b.base);
    assert_null(b.at);
    assert_int_equal(b.size, 0);
    assert_int_equal(b.max, 1000);
    buf_init(&b, 5);
    assert_int_equal(b.max, 5);
    assert_int_equal(buf_add(&b, NULL, 0), 0);
    assert_null(b.base);
    assert_string_equal(buf_str(&b), "");
    buf_release(&b);
}

static void what_is_cut_from_the_front_and_the_end(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(100);
    for (size_t len = 0; len < 12; len++) {
        assert_int_equal(buf_add(&b, "0123456789", 10), 0);
        buf_consume(&b, len);
        assert_string_equal(buf_str(&b), len < 10 ? &"0123456789"[len] : "");
        if (len >= 10)
            assert_ptr_equal(b.at, b.base);
        buf_clear(&b);
        assert_int_equal(buf_add(&b, "0123456789", 10), 0);
        buf_truncate(&b, len);
        assert_int_equal(b.len, len < 10 ? len : 10);
        buf_clear(&b);
    }
    assert_int_equal(buf_add(&b, "0123456789", 10), 0);
    buf_consume(&b, 4);
    b.wipe = true;
    char *taken = buf_take(&b);
    assert_string_equal(taken, "456789");
    assert_null(b.base);
    assert_int_equal(b.size, 0);
    assert_int_equal(b.max, 100);
    assert_true(b.wipe);
    free(taken);
}

/* The front is used again when it is half of the memory, not before. */
static void when_it_slides(void **state)
{
    (void)state;
    char text[256];
    memset(text, 's', sizeof text);
    for (size_t front = 126; front < 131; front++) {
        struct buf b = BUF_INIT(10000);
        assert_int_equal(buf_add(&b, text, 256), 0);
        assert_int_equal(b.size, 256);
        const char *before = b.base;
        buf_consume(&b, front);
        assert_int_equal(buf_add(&b, text, front), 0);
        assert_int_equal(b.base == before, front >= 128);
        assert_int_equal(b.size, 256);
        assert_int_equal(b.len, 256);
        assert_memory_equal(b.at, text, 256);
        assert_ptr_equal(b.at, b.base);
        buf_release(&b);
    }
}

/* The Makefile links this program with --wrap=free: what is given back is looked at first. */
static size_t secrets_freed;
void __real_free(void *p);
void __wrap_free(void *p);

void __wrap_free(void *p)
{
    if (p && memmem(p, malloc_usable_size(p), "sk-secret", 9))
        secrets_freed++;
    __real_free(p);
}

/* A buffer that grows leaves its old memory behind, with the keys in it. */
static void wipes_what_it_gives_back(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(1 << 20);
    char text[5000];
    memset(text, 'y', sizeof text);
    for (int wipe = 0; wipe < 2; wipe++) {
        secrets_freed = 0;
        b.wipe = wipe;
        assert_int_equal(buf_add_str(&b, "sk-secret"), 0);
        assert_int_equal(buf_add(&b, text, sizeof text), 0);
        assert_int_equal(secrets_freed, wipe ? 0 : 1);
        buf_release(&b);
        assert_int_equal(secrets_freed, wipe ? 0 : 2);
    }
    assert_true(b.wipe);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(adds_and_consumes),
        cmocka_unit_test(keeps_its_maximum),
        cmocka_unit_test(long_formats_fit),
        cmocka_unit_test(slides_instead_of_growing),
        cmocka_unit_test(wipes_what_it_gives_back),
        cmocka_unit_test(formats_of_every_length),
        cmocka_unit_test(room_is_reserved_up_to_the_maximum),
        cmocka_unit_test(what_is_cut_from_the_front_and_the_end),
        cmocka_unit_test(when_it_slides),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
