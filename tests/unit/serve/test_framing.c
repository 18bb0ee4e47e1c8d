/* Lines that come in pieces: a cut in another place must not give another line, and a client that
 * sends no line break must not fill the memory. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <string.h>

#include "serve/framing.h"

enum { LIMIT = 16, PIECE = 64, GOT = 64 };

static struct framing f;

static int setup(void **state)
{
    (void)state;
    framing_init(&f, LIMIT, PIECE);
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    framing_release(&f);
    return 0;
}

static void feed(const char *bytes, size_t len)
{
    char *to = framing_room(&f, PIECE);
    assert_non_null(to);
    memcpy(to, bytes, len);
    framing_took(&f, len);
}

/* Takes what is whole and writes it down behind what is there, one line after the other. */
static int take(char got[GOT])
{
    const char *line;
    size_t len;
    int r;
    while ((r = framing_next(&f, &line, &len)) == 1) {
        size_t at = strlen(got);
        snprintf(got + at, GOT - at, "%.*s|", (int)len, line);
        framing_drop_line(&f);
    }
    return r;
}

static void every_cut_gives_the_same_lines(void **state)
{
    (void)state;
    static const char TEXT[] = "one\n\ntwo three\nx\nrest";
    const size_t len = strlen(TEXT);
    for (size_t a = 0; a <= len; a++) {
        for (size_t b = a; b <= len; b++) {
            char got[GOT] = "";
            framing_release(&f);
            feed(TEXT, a);
            assert_int_equal(take(got), 0);
            feed(TEXT + a, b - a);
            assert_int_equal(take(got), 0);
            feed(TEXT + b, len - b);
            assert_int_equal(take(got), 0);
            assert_string_equal(got, "one||two three|x|");
            assert_true(framing_has_bytes(&f));
        }
    }
}

/* Whoever heard a line may have let go of all that came behind it. */
static void nothing_is_dropped_twice(void **state)
{
    (void)state;
    const char *line;
    size_t len;
    feed("one\ntwo\n", 8);
    assert_int_equal(framing_next(&f, &line, &len), 1);
    framing_drop_line(&f);
    framing_drop_line(&f);
    assert_int_equal(framing_next(&f, &line, &len), 1);
    assert_int_equal(len, 3);
    assert_memory_equal(line, "two", 3);
    framing_release(&f);
    feed("x\n", 2);
    framing_drop_line(&f);
    char got[GOT] = "";
    assert_int_equal(take(got), 0);
    assert_string_equal(got, "x|");
}

static void a_line_may_be_as_long_as_the_limit(void **state)
{
    (void)state;
    char got[GOT] = "";
    feed("0123456789abcdef", LIMIT);
    assert_int_equal(take(got), 0);
    feed("\n", 1);
    assert_int_equal(take(got), 0);
    assert_string_equal(got, "0123456789abcdef|");
    assert_false(framing_has_bytes(&f));
}

static void a_longer_one_is_refused(void **state)
{
    (void)state;
    char got[GOT] = "";
    feed("ok\n0123456789abcdefg\n", 21);
    assert_int_equal(take(got), -EMSGSIZE);
    assert_string_equal(got, "ok|");
}

static void also_before_its_line_break_is_there(void **state)
{
    (void)state;
    char got[GOT] = "";
    feed("0123456789abcdefg", LIMIT + 1);
    assert_int_equal(take(got), -EMSGSIZE);
    assert_string_equal(got, "");
}

static void a_line_stays_until_it_is_dropped(void **state)
{
    (void)state;
    const char *line, *again;
    size_t len, len_again;
    feed("a\nb\n", 4);
    assert_int_equal(framing_next(&f, &line, &len), 1);
    assert_int_equal(framing_next(&f, &again, &len_again), 1);
    assert_ptr_equal(line, again);
    assert_int_equal(len, len_again);
    framing_drop_line(&f);
    assert_int_equal(framing_next(&f, &line, &len), 1);
    assert_memory_equal(line, "b", 1);
}

static void an_idle_one_gives_large_memory_back(void **state)
{
    (void)state;
    struct framing large;
    const char *line;
    size_t len;
    framing_init(&large, 1 << 20, 1 << 16);
    char *to = framing_room(&large, 1 << 16);
    assert_non_null(to);
    memset(to, 'x', 1000);
    to[999] = '\n';
    framing_took(&large, 1000);
    framing_rest(&large);
    assert_int_equal(framing_next(&large, &line, &len), 1); /* something waits: nothing is lost */
    assert_int_equal(len, 999);
    framing_drop_line(&large);
    framing_rest(&large);
    assert_int_equal(large.input.size, 0);
    framing_release(&large);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(every_cut_gives_the_same_lines),   TEST(a_line_may_be_as_long_as_the_limit),
        TEST(nothing_is_dropped_twice),         TEST(a_line_may_be_as_long_as_the_limit),
        TEST(a_longer_one_is_refused),          TEST(also_before_its_line_break_is_there),
        TEST(a_line_stays_until_it_is_dropped), TEST(an_idle_one_gives_large_memory_back),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
