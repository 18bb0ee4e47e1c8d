/* Credentials that get into a document end up in journals; placeholders that are read otherwise
 * than they were checked change what a seat is asked. */
#include "heap_kept.h"
#include "proto/council/check/credential.h"
#include "proto/council/check/ids.h"
#include "proto/council/check/placeholder.h"
#include "support.h"

static void assert_credential(const char *text, const char *part)
{
    size_t where = 0, len = 0;
    const char *name = credential_find(text, strlen(text), &where, &len);
    if (!part) {
        if (name)
            print_error("%s: %s\n", text, name);
        assert_null(name);
        return;
    }
    assert_non_null(name);
    assert_int_equal(len, strlen(part));
    assert_memory_equal(text + where, part, len);
}

static void credentials(void **state)
{
    (void)state;
    assert_credential("key sk-abcdefghijklmnop1234 end", "sk-abcdefghijklmnop1234");
    assert_credential("sk-ant-api03-abcdefghijklmnop", "sk-ant-api03-abcdefghijklmnop");
    assert_credential("AIzaSyA1234567890abcdefghijklmnopqrstuv",
                      "AIzaSyA1234567890abcdefghijklmnopqrstuv");
    assert_credential("(ghp_abcdefghijklmnopqrstuvwxyz0123)", "ghp_abcdefghijklmnopqrstuvwxyz0123");
    assert_credential("xoxb-1234567890-abc", "xoxb-1234567890-abc");
    assert_credential("AKIAIOSFODNN7EXAMPLE", "AKIAIOSFODNN7EXAMPLE");
    assert_credential("Authorization: Bearer abcdefghijk0123456", "Bearer abcdefghijk0123456");
    assert_credential("-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----\nx",
                      "-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY-----");
    assert_credential("-----BEGIN CERTIFICATE-----", NULL);
    assert_credential("the risk-benefit-analysis-of-2026 and a task-1234567890123456", NULL);
    assert_credential("sk-learn and sk-something-that-is-long-but-words", NULL);
    assert_credential("Bearer of good news", NULL);
    assert_credential("---------------------------", NULL);
    assert_credential("", NULL);
}

static void assert_pieces(const char *text, const char *expected)
{
    static const char *const NAMES[] = {"end",     "text",  "role",    "member_id",
                                        "council", "input", "pointer", "unknown"};
    char got[512] = "";
    size_t len = strlen(text), n, used = 0;
    const char *piece;
    enum placeholder what;
    while ((what = placeholder_next(&text, &len, &piece, &n)) != PLACEHOLDER_END)
        used += (size_t)snprintf(
            got + used, sizeof(got) - used, "%s=%.*s|", NAMES[what],
            what == PLACEHOLDER_TEXT || what >= PLACEHOLDER_POINTER ? (int)n : 0, piece);
    assert_string_equal(got, expected);
}

static void placeholders(void **state)
{
    (void)state;
    assert_pieces("", "");
    assert_pieces("plain", "text=plain|");
    assert_pieces("You, {{role}}.", "text=You, |role=|text=.|");
    assert_pieces("{{member_id}}{{council}}{{input}}", "member_id=|council=|input=|");
    assert_pieces("{{input:/a/0}}{{input:}}", "pointer=/a/0|pointer=|");
    assert_pieces("{{{{role}}", "text={{|text=role}}|");
    assert_pieces("{ {x} }}", "text={ {x} }}|");
    assert_pieces("{{nope}} x", "unknown={{nope}}|text= x|");
    assert_pieces("a {{open", "text=a |unknown={{open|");
    assert_pieces("{{input:a}}", "unknown={{input:a}}|");
    assert_pieces("{{ role }}", "unknown={{ role }}|");
}

static void pointers(void **state)
{
    (void)state;
    assert_true(pointer_valid("", 0));
    assert_true(pointer_valid("/a~0~1/0", 8));
    assert_false(pointer_valid("a", 1));
    assert_false(pointer_valid("/~", 2));
    assert_false(pointer_valid("/~2", 3));
}

static void ids(void **state)
{
    (void)state;
    static const char LONG[] = "a123456789b123456789c123456789d123456789e123456789f123456789g1234";
    static const char *const BAD[] = {"", "-a", ".a", "_a", "a b", "a/b", "a\xc3\xa4", "a:", "@"};
    static const char *const GOOD[] = {"a", "Z", "0", "9-", "a_", "A.z", "x-._9"};
    assert_int_equal(strlen(LONG), 65);
    assert_false(id_valid(LONG));
    assert_true(id_valid(LONG + 1));
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++)
        assert_false(id_valid(BAD[i]));
    for (size_t i = 0; i < sizeof(GOOD) / sizeof(GOOD[0]); i++)
        assert_true(id_valid(GOOD[i]));
}

/* Names with / and ~ are escaped; numbers sort as numbers. */
static void fault_lists(void **state)
{
    (void)state;
    static const char *const PATHS[] = {"/a/10", "/a/9", "/a", "", "/a/9/x", "/B", "/a/9"};
    struct faults list = {0};
    for (size_t i = 0; i < sizeof(PATHS) / sizeof(PATHS[0]); i++)
        assert_int_equal(faults_add(&list, PATHS[i], "code", "text"), 0);
    assert_int_equal(faults_sort(&list), 0);
    static const char *const SORTED[] = {"", "/B", "/a", "/a/9", "/a/9/x", "/a/10"};
    assert_int_equal(list.count, 6);
    for (size_t i = 0; i < 6; i++)
        assert_string_equal(list.at[i].path, SORTED[i]);
    faults_release(&list);
    struct fixture f;
    fixture_init(&f, NULL);
    assert_faults(&f,
                  "{" HEAD MEMBERS3 ", 'rounds': [{'type': 'independent_analysis'}], 'a/b~c': 1}",
                  "/a~1b~0c unknown_field");
    fixture_release(&f);
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(credentials);
    assert_keeps_nothing(placeholders);
    assert_keeps_nothing(pointers);
    assert_keeps_nothing(ids);
    assert_keeps_nothing(fault_lists);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(credentials), cmocka_unit_test(placeholders),
        cmocka_unit_test(pointers),    cmocka_unit_test(ids),
        cmocka_unit_test(fault_lists), cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
