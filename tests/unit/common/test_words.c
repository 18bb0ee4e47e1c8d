/* Ill-formed text that gets through makes frames that no client can parse. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/base64url.h"
#include "common/cleanup.h"
#include "common/parse.h"
#include "common/utf8.h"

static void tells_utf8_from_bytes(void **state)
{
    (void)state;
    static const char *const GOOD[] = {"",
                                       "a",
                                       "\xc3\xa4",
                                       "\xe2\x82\xac",
                                       "\xf0\x9f\x98\x80",
                                       "\xed\x9f\xbf",
                                       "\xee\x80\x80",
                                       "\xf4\x8f\xbf\xbf"};
    static const char *const BAD[] = {"\x80",
                                      "\xc0\x80",
                                      "\xc1\xbf",
                                      "\xe0\x80\x80",
                                      "\xed\xa0\x80",
                                      "\xf0\x80\x80\x80",
                                      "\xf4\x90\x80\x80",
                                      "\xf8\x88\x80\x80\x80",
                                      "\xff",
                                      "\xe2\x82",
                                      "a\xc3"};
    for (size_t i = 0; i < ARRAY_LEN(GOOD); i++)
        assert_true(utf8_valid(GOOD[i], strlen(GOOD[i])));
    for (size_t i = 0; i < ARRAY_LEN(BAD); i++)
        assert_false(utf8_valid(BAD[i], strlen(BAD[i])));
}

static void encodes_every_code_point(void **state)
{
    (void)state;
    for (uint32_t code = 0; code <= 0x10ffff; code++) {
        char bytes[4];
        uint32_t back = 0;
        size_t n = utf8_encode(code, bytes);
        bool surrogate = code >= 0xd800 && code < 0xe000;
        assert_int_equal(utf8_sequence(bytes, n, &back), surrogate ? 0 : n);
        if (!surrogate)
            assert_int_equal(back, code);
    }
}

static void replaces_ill_formed_bytes(void **state)
{
    (void)state;
    struct buf b = BUF_INIT(1000);
    assert_int_equal(utf8_sanitize(&b, "a\xff\xc3\xa4\xe2\x82z", 7), 0);
    assert_string_equal(buf_str(&b), "a\xef\xbf\xbd\xc3\xa4\xef\xbf\xbd\xef\xbf\xbdz");
    buf_release(&b);
}

static void cuts_between_sequences(void **state)
{
    (void)state;
    static const char text[] = "a\xe2\x82\xac\xf0\x9f\x98\x80";
    static const size_t CUT[] = {0, 1, 1, 1, 4, 4, 4, 4, 8};
    for (size_t i = 0; i < ARRAY_LEN(CUT); i++)
        assert_int_equal(utf8_cut(text, i), CUT[i]);
}

static void encodes_base64url(void **state)
{
    (void)state;
    char out[16];
    base64url_encode("\0\0\0\0\0\0\0\0", 8, out);
    assert_string_equal(out, "AAAAAAAAAAA");
    base64url_encode("\xff\xff\xff\xff\xff\xff\xff\xff", 8, out);
    assert_string_equal(out, "__________8");
    base64url_encode("foobar", 6, out);
    assert_string_equal(out, "Zm9vYmFy");
}

static void parses_numbers(void **state)
{
    (void)state;
    int64_t n = 7;
    assert_int_equal(parse_int("42", 0, 100, &n), 0);
    assert_int_equal(n, 42);
    assert_int_equal(parse_int("-9223372036854775808", INT64_MIN, INT64_MAX, &n), 0);
    assert_true(n == INT64_MIN);
    assert_int_equal(parse_int("9223372036854775808", INT64_MIN, INT64_MAX, &n), -ERANGE);
    assert_int_equal(parse_int("101", 0, 100, &n), -ERANGE);
    static const char *const BAD[] = {"", "-", " 1", "1 ", "+1", "0x10", "1e3", "--1"};
    for (size_t i = 0; i < ARRAY_LEN(BAD); i++)
        assert_int_equal(parse_int(BAD[i], INT64_MIN, INT64_MAX, &n), -EINVAL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_utf8_from_bytes),     cmocka_unit_test(encodes_every_code_point),
        cmocka_unit_test(replaces_ill_formed_bytes), cmocka_unit_test(cuts_between_sequences),
        cmocka_unit_test(encodes_base64url),         cmocka_unit_test(parses_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
