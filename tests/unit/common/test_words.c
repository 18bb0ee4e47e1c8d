/* Ill-formed text that gets through makes frames that no client can parse. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

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
    static const char two[] = "\xc3\xa4\xc3\xa4";
    static const size_t CUT_TWO[] = {0, 0, 2, 2, 4};
    for (size_t i = 0; i < ARRAY_LEN(CUT_TWO); i++)
        assert_int_equal(utf8_cut(two, i), CUT_TWO[i]);
    /* Nothing that is no text is looked at from further than a sequence is long. */
    assert_int_equal(utf8_cut("\xa4\xa4", 2), 2);
    assert_int_equal(utf8_cut("a\xf0\x9f\x98\x80", 5), 5);
    assert_int_equal(utf8_cut("a\xf0\x9f\x98\x80\x80", 6), 2);
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

static void encodes_every_length(void **state)
{
    (void)state;
    static const char *const ROWS[] = {"", "Zg", "Zm8", "Zm9v", "Zm9vYg", "Zm9vYmE", "Zm9vYmFy"};
    for (size_t len = 0; len < ARRAY_LEN(ROWS); len++) {
        char out[16];
        memset(out, 'x', sizeof out);
        base64url_encode("foobar", len, out);
        assert_string_equal(out, ROWS[len]);
        assert_int_equal(BASE64URL_LEN(len), strlen(ROWS[len]));
    }
    char all[65], bytes[48];
    for (unsigned i = 0; i < 64; i += 4) {
        const unsigned bits = i << 18 | (i + 1) << 12 | (i + 2) << 6 | (i + 3);
        bytes[i / 4 * 3] = (char)(bits >> 16);
        bytes[i / 4 * 3 + 1] = (char)(bits >> 8);
        bytes[i / 4 * 3 + 2] = (char)bits;
    }
    base64url_encode(bytes, 48, all);
    assert_string_equal(all, "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_");
}

static void parses_numbers(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        int64_t min, max, value;
        int r;
    } ROWS[] = {
        {"42", 0, 100, 42, 0},
        {"0", 0, 100, 0, 0},
        {"100", 0, 100, 100, 0},
        {"-1", 0, 100, 0, -ERANGE},
        {"101", 0, 100, 0, -ERANGE},
        {"-5", -5, 5, -5, 0},
        {"-6", -5, 5, 0, -ERANGE},
        {"007", 0, 100, 7, 0},
        {"-9223372036854775808", INT64_MIN, INT64_MAX, INT64_MIN, 0},
        {"9223372036854775807", INT64_MIN, INT64_MAX, INT64_MAX, 0},
        {"9223372036854775808", INT64_MIN, INT64_MAX, 0, -ERANGE},
        {"-9223372036854775809", INT64_MIN, INT64_MAX, 0, -ERANGE},
        {"", INT64_MIN, INT64_MAX, 0, -EINVAL},
        {"-", INT64_MIN, INT64_MAX, 0, -EINVAL},
        {" 1", INT64_MIN, INT64_MAX, 0, -EINVAL},
        {"1 ", INT64_MIN, INT64_MAX, 0, -EINVAL},
        {"+1", INT64_MIN, INT64_MAX, 0, -EINVAL},
        {"0x10", INT64_MIN, INT64_MAX, 0, -EINVAL},
        {"1e3", INT64_MIN, INT64_MAX, 0, -EINVAL},
        {"--1", INT64_MIN, INT64_MAX, 0, -EINVAL},
        {"1-", INT64_MIN, INT64_MAX, 0, -EINVAL},
        {"1:", INT64_MIN, INT64_MAX, 0, -EINVAL},
        {"/1", INT64_MIN, INT64_MAX, 0, -EINVAL},
    };
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        int64_t n = 77;
        errno = ERANGE; /* of somebody else */
        if (parse_int(ROWS[i].text, ROWS[i].min, ROWS[i].max, &n) != ROWS[i].r)
            fail_msg("%s", ROWS[i].text);
        assert_true(n == (ROWS[i].r == 0 ? ROWS[i].value : 77));
    }
    int64_t n = 0;
    for (char digit = '0'; digit <= '9'; digit++) {
        assert_int_equal(parse_int((const char[]){digit, '\0'}, 0, 9, &n), 0);
        assert_int_equal(n, digit - '0');
    }
}

/* The well-formed sequences by their first two bytes, as the Unicode standard lists them. */
static const struct {
    unsigned first, last, least, most;
    size_t len;
} FORMS[] = {
    {0x00, 0x7f, 0x00, 0xff, 1}, {0xc2, 0xdf, 0x80, 0xbf, 2}, {0xe0, 0xe0, 0xa0, 0xbf, 3},
    {0xe1, 0xec, 0x80, 0xbf, 3}, {0xed, 0xed, 0x80, 0x9f, 3}, {0xee, 0xef, 0x80, 0xbf, 3},
    {0xf0, 0xf0, 0x90, 0xbf, 4}, {0xf1, 0xf3, 0x80, 0xbf, 4}, {0xf4, 0xf4, 0x80, 0x8f, 4},
};

static size_t well_formed(unsigned a, unsigned b)
{
    for (size_t i = 0; i < ARRAY_LEN(FORMS); i++)
        if (a >= FORMS[i].first && a <= FORMS[i].last && b >= FORMS[i].least && b <= FORMS[i].most)
            return FORMS[i].len;
    return 0;
}

static void takes_the_forms_of_the_standard(void **state)
{
    (void)state;
    static const unsigned THIRD[] = {0x7f, 0x80, 0xbf, 0xc0, 0x20, 0xff};
    for (unsigned a = 0; a < 256; a++)
        for (unsigned b = 0; b < 256; b++)
            for (size_t i = 0; i < ARRAY_LEN(THIRD) * ARRAY_LEN(THIRD); i++) {
                const unsigned c = THIRD[i % ARRAY_LEN(THIRD)], d = THIRD[i / ARRAY_LEN(THIRD)];
                const char s[4] = {(char)a, (char)b, (char)c, (char)d};
                size_t len = well_formed(a, b);
                if ((len >= 3 && (c & 0xc0) != 0x80) || (len == 4 && (d & 0xc0) != 0x80))
                    len = 0;
                for (size_t have = 0; have <= 4; have++)
                    if (utf8_sequence(s, have, NULL) != (len <= have ? len : 0))
                        fail_msg("%02x %02x %02x %02x, %zu bytes", a, b, c, d, have);
            }
}

static void mends_no_more_than_there_is_room_for(void **state)
{
    (void)state;
    static const struct {
        const char *text, *mended;
    } ROWS[] = {{"", ""},
                {"abc", "abc"},
                {"\xff", "\xef\xbf\xbd"},
                {"\xff\xff", "\xef\xbf\xbd\xef\xbf\xbd"},
                {"ab\x80z", "ab\xef\xbf\xbdz"},
                {"\xed\xa0\x80", "\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd"},
                {"\xc3\xa4", "\xc3\xa4"}};
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        for (size_t room = 0; room <= strlen(ROWS[i].mended); room++) {
            struct buf b = BUF_INIT(room);
            bool fits = room == strlen(ROWS[i].mended);
            assert_int_equal(utf8_sanitize(&b, ROWS[i].text, strlen(ROWS[i].text)),
                             fits ? 0 : -EMSGSIZE);
            if (fits)
                assert_string_equal(buf_str(&b), ROWS[i].mended);
            buf_release(&b);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_utf8_from_bytes),
        cmocka_unit_test(encodes_every_code_point),
        cmocka_unit_test(replaces_ill_formed_bytes),
        cmocka_unit_test(cuts_between_sequences),
        cmocka_unit_test(encodes_base64url),
        cmocka_unit_test(parses_numbers),
        cmocka_unit_test(encodes_every_length),
        cmocka_unit_test(takes_the_forms_of_the_standard),
        cmocka_unit_test(mends_no_more_than_there_is_room_for),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
