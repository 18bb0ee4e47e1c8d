/* Buffers that grow past their maximum, or that change on a failed add, corrupt frames. */
#include <errno.h>
#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

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
        cmocka_unit_test(adds_and_consumes),        cmocka_unit_test(keeps_its_maximum),
        cmocka_unit_test(long_formats_fit),         cmocka_unit_test(slides_instead_of_growing),
        cmocka_unit_test(wipes_what_it_gives_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
