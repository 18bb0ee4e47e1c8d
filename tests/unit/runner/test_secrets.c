/* A key in an event is a key in a file, on a screen, and in a bug report. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "freed.h"
#include "heap_kept.h"
#include "runner/link/secrets.h"

static struct secrets *some(void)
{
    struct secrets *s = secrets_new();
    secrets_add(s, "very-secret-1");
    secrets_add(s, "quo\"te\\d-key");
    secrets_add(s, "short");
    secrets_add(s, "1234567890");
    secrets_add(s, NULL);
    return s;
}

static void lines(void **state)
{
    (void)state;
    struct secrets *s = some();
    struct buf line = BUF_INIT(10000);
    buf_add_str(&line, "{\"a\":\"very-secret-1very-secret-1\",\"b\":\"quo\\\"te\\\\d-key\","
                       "\"very-secret-1\":1234567890,\"c\":\"short\"}");
    assert_true(secrets_redact_line(s, &line));
    assert_string_equal(buf_str(&line),
                        "{\"a\":\"[redacted:key][redacted:key]\",\"b\":\"[redacted:key]\","
                        "\"[redacted:key]\":1234567890,\"c\":\"short\"}");
    assert_false(secrets_redact_line(s, &line));
    buf_release(&line);
    secrets_free(s);
}

static void trees(void **state)
{
    (void)state;
    struct secrets *s = some();
    json_t *tree = json_pack("{s:[s, i, {s:s}], s:s}", "a", "x very-secret-1 y", 1, "in",
                             "quo\"te\\d-key", "very-secret-1", "v");
    json_t *clean = json_pack("{s:[s, i, {s:s}], s:s}", "a", "x [redacted:key] y", 1, "in",
                              "[redacted:key]", "[redacted:key]", "v");
    json_t *before = tree;
    assert_true(secrets_redact_tree(s, &tree));
    assert_true(json_equal(tree, clean));
    before = tree;
    assert_false(secrets_redact_tree(s, &tree));
    assert_ptr_equal(before, tree);
    json_decref(tree);
    json_decref(clean);
    secrets_free(s);
}

static void expect_text(const struct secrets *s, const char *text, const char *clean)
{
    char *got = secrets_redact_text(s, text);
    assert_string_equal(got, clean);
    free(got);
}

static void patterns(void **state)
{
    (void)state;
    struct secrets *s = some();
    expect_text(s, "Incorrect API key provided: sk-proj-abc123def456.",
                "Incorrect API key provided: " REDACTED_KEY);
    expect_text(s, "sk-ant-api03-xxxxxxxxxxx!", REDACTED_KEY "!");
    expect_text(s, "key=AIzaSyA1234567890, next", "key=" REDACTED_KEY ", next");
    expect_text(s, "ghp_abcdefghijkl AKIAABCDEFGH1234", REDACTED_KEY " " REDACTED_KEY);
    expect_text(s, "xoxb-12345-abc", REDACTED_KEY);
    expect_text(s, "Authorization: Bearer abc.def-ghi", "Authorization: " REDACTED_KEY);
    expect_text(s, "-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----\nrest",
                REDACTED_KEY "\nrest");
    expect_text(s, "a very-secret-1 b", "a " REDACTED_KEY " b");
    expect_text(s, "risk-averse-people-ask, sk-1, a bearer of news",
                "risk-averse-people-ask, sk-1, a bearer of news");
    secrets_free(s);
}

/* Eight characters behind its beginning are the least of a key. */
static void where_a_key_begins_and_ends(void **state)
{
    (void)state;
    static const char *const CASES[][2] = {
        {"sk-1234567", "sk-1234567"},
        {"sk-12345678", REDACTED_KEY},
        {"sk-1_3-5*7.", REDACTED_KEY},
        {"sk-1234567+", "sk-1234567+"},
        {"sk-12345678/9", REDACTED_KEY "/9"},
        {"AIza1234567", "AIza1234567"},
        {"AIza12345678", REDACTED_KEY},
        {"ghp_12345678 x", REDACTED_KEY " x"},
        {"AKIA12345678", REDACTED_KEY},
        {"akia12345678", "akia12345678"},
        {"task-12345678", "task-12345678"},
        {".sk-12345678", "." REDACTED_KEY},
        {"xoxb-", REDACTED_KEY},
        {"xox1-a-b c", REDACTED_KEY " c"},
        {"xox--a", "xox--a"},
        {"xoxb_a", "xoxb_a"},
        {"xoxb-a_b", REDACTED_KEY "_b"},
        {"Bearer 1234567", "Bearer 1234567"},
        {"bearer 12345678", REDACTED_KEY},
        {"BEARER a_-.~+/=*", REDACTED_KEY "*"},
        {"Bearer12345678", "Bearer12345678"},
        {"-----BEGIN X PRIVATE KEY-----", REDACTED_KEY},
        {"-----BEGIN PRIVATE KEY-----ab-----END PRIVATE KEY-----c", REDACTED_KEY "c"},
        {"-----BEGIN PRIVATE KEY-----ab", REDACTED_KEY},
        {"-----BEGIN CERTIFICATE-----ab", "-----BEGIN CERTIFICATE-----ab"},
        {"----BEGIN PRIVATE KEY-----ab", "----BEGIN PRIVATE KEY-----ab"},
        {"", ""},
    };
    struct secrets *s = secrets_new();
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++)
        expect_text(s, CASES[i][0], CASES[i][1]);
    secrets_free(s);
}

/* What is short, or a number, would be found everywhere. */
static void what_is_no_secret(void **state)
{
    (void)state;
    static const struct {
        const char *secret;
        bool kept;
    } CASES[] = {{"1234567", false},  {"abcdefg", false},     {"abcdefgh", true},
                 {"12345678", false}, {"1234.5678.9", false}, {"12345678a", true},
                 {"", false},         {"1234-5678", true},    {NULL, false}};
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        struct secrets *s = secrets_new();
        secrets_add(s, CASES[i].secret);
        secrets_add(s, CASES[i].secret);
        const char *text = CASES[i].secret ? CASES[i].secret : "nothing";
        expect_text(s, text, CASES[i].kept ? REDACTED_KEY : text);
        secrets_free(s);
    }
}

/* What somebody sees who gets the key in another dress. */
static void dressed(void **state)
{
    (void)state;
    struct secrets *s = secrets_new();
    secrets_add(s, "sk-a/b+c=d e?f>g");
    expect_text(s, "?key=sk-a%2Fb%2Bc%3Dd%20e%3Ff%3Eg&x", "?key=" REDACTED_KEY "&x");
    expect_text(s, "?key=sk-a%2fb%2bc%3dd%20e%3ff%3eg&x", "?key=" REDACTED_KEY "&x");
    /* Behind 0, 1 and 2 other bytes: base64 -w0 of each. */
    expect_text(s, "c2stYS9iK2M9ZCBlP2Y+Zw==", REDACTED_KEY "w==");
    expect_text(s, "Onx4c2stYS9iK2M9ZCBlP2Y+Zw==", "Onx4" REDACTED_KEY "w==");
    expect_text(s, "OnNrLWEvYitjPWQgZT9mPmc=", "On" REDACTED_KEY "c=");
    expect_text(s, "dTpzay1hL2IrYz1kIGU/Zj5n", "dTp" REDACTED_KEY);
    expect_text(s, "dTpzay1hL2IrYz1kIGU_Zj5n", "dTp" REDACTED_KEY);
    secrets_free(s);
}

static void what_may_begin_a_key_waits(void **state)
{
    (void)state;
    struct secrets *s = some();
    struct buf text = BUF_INIT(1000);
    assert_int_equal(secrets_hold(s, &text), 0);
    buf_add_str(&text, "it is very-secret-");
    assert_int_equal(secrets_hold(s, &text), strlen("very-secret-"));
    buf_add_str(&text, "1, quo");
    assert_int_equal(secrets_hold(s, &text), strlen("quo"));
    assert_string_equal(buf_str(&text), "it is " REDACTED_KEY ", quo");
    buf_add_str(&text, "te");
    assert_int_equal(secrets_hold(s, &text), 0);
    buf_release(&text);
    secrets_free(s);
}

static void no_freed_memory_holds_a_key(void **state)
{
    (void)state;
    secret = "sk-never-to-be-found";
    freed_with_it = 0;
    struct secrets *s = secrets_new();
    secrets_add(s, secret);
    secrets_free(s);
    assert_int_equal(freed_with_it, 0);
    secret = NULL;
}

static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(lines);
    assert_keeps_nothing(trees);
    assert_keeps_nothing(patterns);
    assert_keeps_nothing(what_may_begin_a_key_waits);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(lines),
                                       cmocka_unit_test(trees),
                                       cmocka_unit_test(patterns),
                                       cmocka_unit_test(where_a_key_begins_and_ends),
                                       cmocka_unit_test(what_is_no_secret),
                                       cmocka_unit_test(dressed),
                                       cmocka_unit_test(what_may_begin_a_key_waits),
                                       cmocka_unit_test(no_freed_memory_holds_a_key),
                                       cmocka_unit_test(nothing_is_kept)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
