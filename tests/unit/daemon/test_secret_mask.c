/* Somebody pastes a configured key into a question, as it is or escaped: the record, which is kept
 * for weeks and shown to others, must not have it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/settings/keys.h"
#include "daemon/settings/secret_mask.h"
#include "failing.h"
#include "fixture.h"
#include "freed.h"

#define KEY "sk-live-0123456789"

static struct keys *keys;
static struct secret_mask mask;
static json_t *providers;

static int setup(void **state)
{
    (void)state;
    setenv("MASK_KEY", KEY, 1);
    setenv("MASK_LONGER", KEY "-and-more", 1);
    setenv("MASK_SHORT", "short", 1);
    setenv("MASK_DIGITS", "1234567890", 1);
    providers = json_pack("{s:{s:{s:s}}, s:{}}", "p", "headers", "X-Auth", "header\"value", "q");
    static const char *const NAMES[] = {"MASK_KEY", "MASK_LONGER", "MASK_SHORT", "MASK_DIGITS"};
    if (keys_new(&keys) < 0)
        return -1;
    for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++)
        if (keys_load(keys, NAMES[i], NULL) != 1)
            return -1;
    return secret_mask_init(&mask, keys, providers);
}

static int teardown(void **state)
{
    (void)state;
    secret_mask_release(&mask);
    keys_free(keys);
    json_decref(providers);
    return 0;
}

static void expect(const char *text, const char *masked)
{
    struct buf b = BUF_INIT(4096);
    assert_int_equal(buf_add_str(&b, text), 0);
    assert_int_equal(secret_mask_json(&mask, &b), strcmp(text, masked) != 0);
    assert_string_equal(buf_str(&b), masked);
    buf_release(&b);
}

static void keys_are_replaced_wherever_they_stand(void **state)
{
    (void)state;
    expect("\"" KEY "\"", "\"[redacted:key]\"");
    expect("{\"a\":[\"x " KEY " y " KEY "\", 1], \"" KEY "\" : {} }",
           "{\"a\":[\"x [redacted:key] y [redacted:key]\", 1], \"[redacted:key]\" : {} }");
    expect("[\"\\u0073k-live-01234\\u00356789\"]", "[\"[redacted:key]\"]");
    expect("[\"\\\"" KEY "\\n\",\"\\\\\"]", "[\"\\\"[redacted:key]\\n\",\"\\\\\"]");
    expect("\"header\\\"value\"", "\"[redacted:key]\"");
    expect("\"" KEY "-and-more\"", "\"[redacted:key]\""); /* the longer one, not its beginning */
}

static void all_else_stays_byte_for_byte(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {
        "",
        "{}",
        " { \"a\" : [ 1.50, \"\\u00e4\\/\", null ] } ",
        "\"short 1234567890 sk-live-012345678\"",
        "[\"sk-live-\",\"0123456789\"]",
    };
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++)
        expect(TEXTS[i], TEXTS[i]);
}

/* Eight letters are a secret, seven are a word; and what is made of digits and points is a number.
 */
static void what_is_short_or_a_number_is_no_secret(void **state)
{
    (void)state;
    static const struct {
        const char *value;
        bool secret;
    } CASES[] = {{"abcdefg", false},    {"abcdefgh", true},  {"1234567890.12345", false},
                 {"1234567890a", true}, {"........", false}, {"", false}};
    struct keys *none;
    assert_int_equal(keys_new(&none), 0);
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct secret_mask one;
        json_t *some = json_pack("{s:{s:{s:s}}}", "p", "headers", "X", CASES[i].value);
        assert_int_equal(secret_mask_init(&one, none, some), 0);
        assert_int_equal(one.count, CASES[i].secret);
        secret_mask_release(&one);
        assert_int_equal(one.count, 0);
        json_decref(some);
    }
    keys_free(none);
}

/* Whatever stands first in the text, and the longest of those that begin together. */
static void the_first_and_the_longest_is_replaced(void **state)
{
    (void)state;
    expect("\"" KEY "-and-mor " KEY "-and-more\"", "\"[redacted:key]-and-mor [redacted:key]\"");
    expect("\"header\\\"value" KEY "\"", "\"[redacted:key][redacted:key]\"");
    expect("\"" KEY "header\\\"value\"", "\"[redacted:key][redacted:key]\"");
    expect("[\"a\",\"" KEY "\"]", "[\"a\",\"[redacted:key]\"]");
    expect("[\"" KEY "\",\"a\"]", "[\"[redacted:key]\",\"a\"]");
    expect("\"" KEY, "\"[redacted:key]\""); /* a text that was cut stays a string */
    expect("\"\\", "\"\\");
}

static void without_memory_the_text_stays(void **state)
{
    (void)state;
    for (int k = 0; failing_next(&k);) {
        struct buf b = BUF_INIT(4096);
        int r = buf_add_str(&b, "[\"\\u0073k-live-0123456789\",\"x\"]");
        if (r == 0)
            r = secret_mask_json(&mask, &b);
        failing_stop();
        assert_true(r == 1 || r == -ENOMEM);
        if (r == 1)
            assert_string_equal(buf_str(&b), "[\"[redacted:key]\",\"x\"]");
        buf_release(&b);
    }
    assert_true(failing_no_leak());
}

/* Nor is a part of it taken for the whole once its beginning was masked. */
static void without_memory_for_the_rest_the_text_stays(void **state)
{
    (void)state;
    char text[3000], masked[3000], between[1200];
    memset(between, 'x', sizeof between - 1);
    between[sizeof between - 1] = '\0';
    snprintf(text, sizeof text, "[\"" KEY "\",\"%s\",\"" KEY "\",\"%s\"]", between, between);
    snprintf(masked, sizeof masked, "[\"[redacted:key]\",\"%s\",\"[redacted:key]\",\"%s\"]",
             between, between);
    for (int k = 0; failing_next(&k);) {
        struct buf b = BUF_INIT(4096);
        int r = buf_add_str(&b, text);
        const bool whole = r == 0;
        r = r < 0 ? r : secret_mask_json(&mask, &b);
        failing_stop();
        assert_true(r == 1 || (r == -ENOMEM && failing_happened));
        if (whole)
            assert_string_equal(buf_str(&b), r == 1 ? masked : text);
        buf_release(&b);
    }
    assert_true(failing_no_leak());
}

/* As it was asked, escaped or not: nothing that is freed has the key. */
static void no_freed_memory_holds_a_key(void **state)
{
    (void)state;
    static const char *const TEXTS[] = {"[\"x " KEY "\"]", "[\"\\n" KEY "\"]"};
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++) {
        struct buf b = BUF_INIT(4096);
        assert_int_equal(buf_add_str(&b, TEXTS[i]), 0);
        freed_with_it = 0;
        secret = KEY;
        const int r = secret_mask_json(&mask, &b);
        secret = NULL;
        assert_int_equal(r, 1);
        assert_int_equal(freed_with_it, 0);
        buf_release(&b);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(keys_are_replaced_wherever_they_stand),
        TEST(all_else_stays_byte_for_byte),
        TEST(what_is_short_or_a_number_is_no_secret),
        TEST(the_first_and_the_longest_is_replaced),
        TEST(no_freed_memory_holds_a_key),
        TEST(without_memory_the_text_stays),
        TEST(without_memory_for_the_rest_the_text_stays),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
