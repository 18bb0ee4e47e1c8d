/* What is looked for in a document's texts, at the very letter on which it turns: a key that is one
 * letter short is none, and one that has all of them is told. */
#include "heap_kept.h"
#include "proto/council/check/credential.h"
#include "proto/council/check/faults.h"
#include "proto/council/check/measure.h"
#include "proto/council/check/place.h"
#include "proto/council/check/placeholder.h"
#include "support.h"

static const struct {
    const char *prefix, *shortest, *name; /* what stands behind the prefix at least */
    bool digit;                           /* one is needed */
} KEYS[] = {
    {"sk-", "abcdefghijklmno1", "sk-...", true},
    {"AIza", "abcdefghijklmnopqrstuvwxyzabcd", "AIza...", false},
    {"ghp_", "abcdefghijklmnopqrst", "ghp_...", false},
    {"xoxb-", "abcdefghi1", "xox.-...", true},
    {"xoxZ-", "abcdefghi9", "xox.-...", true},
    {"xox0-", "0bcdefghij", "xox.-...", true},
    {"AKIA", "ABCDEFGHIJKLMNOP", "AKIA...", false},
    {"Bearer ", "abcdefghijklmno1", "Bearer ...", true},
};

static const char *found(const char *text, size_t *at, size_t *len)
{
    *at = *len = 77;
    return credential_find(text, strlen(text), at, len);
}

static void the_shortest_keys(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof KEYS / sizeof KEYS[0]; i++) {
        static const char *const BEFORE[] = {"", " ", "(", "\n", "-", "_", "\xc3\xa4"};
        char text[100];
        size_t at, len;
        const char *key = KEYS[i].shortest;
        for (size_t k = 0; k < sizeof BEFORE / sizeof BEFORE[0]; k++) {
            snprintf(text, sizeof text, "%s%s%s !", BEFORE[k], KEYS[i].prefix, key);
            assert_string_equal(found(text, &at, &len), KEYS[i].name);
            assert_int_equal(at, strlen(BEFORE[k]));
            assert_int_equal(len, strlen(KEYS[i].prefix) + strlen(key));
            assert_string_equal(credential_find(text, strlen(text), NULL, NULL), KEYS[i].name);
            /* The text ends with its last letter. */
            assert_string_equal(credential_find(text, at + len, NULL, NULL), KEYS[i].name);
            assert_null(credential_find(text, at + len - 1, NULL, NULL));
        }
        static const char *const BARRED[] = {"a", "Z", "0", "9", "z", "A"};
        for (size_t k = 0; k < sizeof BARRED / sizeof BARRED[0]; k++) {
            snprintf(text, sizeof text, "%s%s%s", BARRED[k], KEYS[i].prefix, key);
            assert_null(found(text, &at, &len));
        }
        snprintf(text, sizeof text, "%s%s !", KEYS[i].prefix, key + 1); /* one letter less */
        assert_null(found(text, &at, &len));
        snprintf(text, sizeof text, "%s%sA9 x", KEYS[i].prefix, key);
        assert_non_null(found(text, &at, &len));
        assert_int_equal(len, strlen(KEYS[i].prefix) + strlen(key) + 2);
        snprintf(text, sizeof text, "%s%s", KEYS[i].prefix, key);
        for (char *c = text + strlen(KEYS[i].prefix); *c; c++)
            if (*c >= '0' && *c <= '9')
                *c = 'x';
        assert_int_equal(found(text, &at, &len) == NULL, KEYS[i].digit);
    }
}

static void which_letters_a_key_has(void **state)
{
    (void)state;
    for (int c = 1; c < 256; c++) {
        char text[40];
        size_t at, len;
        snprintf(text, sizeof text, "sk-abcdefg1%chijklmn", c);
        const bool alnum =
            (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z') || (c >= 'a' && c <= 'z');
        assert_int_equal(found(text, &at, &len) != NULL, alnum || strchr("-_.~+/=", c) != NULL);
        snprintf(text, sizeof text, "AKIAABCDEFG%cHIJKLMNO", c);
        assert_int_equal(found(text, &at, &len) != NULL,
                         (c >= '0' && c <= '9') || (c >= 'A' && c <= 'Z'));
        snprintf(text, sizeof text, "xox%c-abcdefghi1", c);
        assert_int_equal(found(text, &at, &len) != NULL, alnum);
        snprintf(text, sizeof text, "sk-abcdefghijklmno%c", c); /* one digit is needed */
        assert_int_equal(found(text, &at, &len) != NULL, c >= '0' && c <= '9');
    }
    assert_null(credential_find("sk-abcdefg1\0hijklmn", 19, NULL, NULL));
}

#define END_RSA "-----END RSA PRIVATE KEY-----"

static void what_a_private_key_takes_along(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t at, len; /* 0: none */
    } ROWS[] = {
        {"-----BEGIN PRIVATE KEY-----", 0, 27},
        {"x-----BEGIN PRIVATE KEY-----\nabc", 1, 31},
        {"-----BEGIN RSA PRIVATE KEY-----\nabc\n" END_RSA, 0, 65},
        {"-----BEGIN RSA PRIVATE KEY-----\nabc\n" END_RSA "\nrest", 0, 65},
        {"-----BEGIN RSA PRIVATE KEY-----\nabc\n" END_RSA " more\nrest", 0, 70},
        {"-----BEGIN PRIVATE KEY----", 0, 0},
        {"-----BEGIN rsa PRIVATE KEY-----", 0, 0},
        {"-----BEGIN PUBLIC KEY-----", 0, 0},
        {"----BEGIN PRIVATE KEY-----", 0, 0},
        {"-----BEGIN ", 0, 0},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        size_t at, len;
        const char *name = found(ROWS[i].text, &at, &len);
        if (ROWS[i].len == 0) {
            assert_null(name);
            continue;
        }
        assert_string_equal(name, "PEM private key");
        assert_int_equal(at, ROWS[i].at);
        assert_int_equal(len, ROWS[i].len);
    }
    static const char LONGER[] = "-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----xxxx\n";
    for (size_t len = 40; len < sizeof LONGER - 1; len++) { /* nothing behind the text counts */
        size_t at, got;
        assert_non_null(credential_find(LONGER, len, &at, &got));
        assert_int_equal(got, len);
    }
    for (size_t n = 11; n < 30; n++) { /* nor is a byte behind it looked at */
        char *text = memcpy(malloc(n), "-----BEGIN AAAAAAAAAAAAAAAAAAAAAAAA", n);
        assert_null(credential_find(text, n, NULL, NULL));
        free(text);
    }
    static const char WHOLE[] = "-----BEGIN PRIVATE KEY-----";
    for (size_t n = 11; n <= sizeof WHOLE - 1; n++) { /* with all but the last letter there too */
        char *text = memcpy(malloc(n), WHOLE, n);
        assert_int_equal(credential_find(text, n, NULL, NULL) != NULL, n == sizeof WHOLE - 1);
        free(text);
    }
    for (int words = 44; words < 60; words++) { /* a heading of up to 64 bytes up to the words */
        char text[200];
        size_t at, len;
        snprintf(text, sizeof text, "-----BEGIN %.*sPRIVATE KEY-----", words,
                 "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
        assert_int_equal(found(text, &at, &len) != NULL, 11 + words < 64);
    }
}

static const struct {
    const char *text;
    enum placeholder what;
    const char *piece, *rest;
} PIECES[] = {
    {"{{role}}", PLACEHOLDER_ROLE, NULL, ""},
    {"{{role}}}", PLACEHOLDER_ROLE, NULL, "}"},
    {"{{council}}{{", PLACEHOLDER_COUNCIL, NULL, "{{"},
    {"{{member_id}}", PLACEHOLDER_MEMBER_ID, NULL, ""},
    {"{{input}}", PLACEHOLDER_INPUT, NULL, ""},
    {"{{input:}}x", PLACEHOLDER_POINTER, "", "x"},
    {"{{input:/}}", PLACEHOLDER_POINTER, "/", ""},
    {"{{input:/a~1}}", PLACEHOLDER_POINTER, "/a~1", ""},
    {"{{input:/a~}}", PLACEHOLDER_UNKNOWN, "{{input:/a~}}", ""},
    {"{{input:a}}", PLACEHOLDER_UNKNOWN, "{{input:a}}", ""},
    {"{{inputs}}", PLACEHOLDER_UNKNOWN, "{{inputs}}", ""},
    {"{{inpu:}}", PLACEHOLDER_UNKNOWN, "{{inpu:}}", ""},
    {"{{rol}}", PLACEHOLDER_UNKNOWN, "{{rol}}", ""},
    {"{{roles}}", PLACEHOLDER_UNKNOWN, "{{roles}}", ""},
    {"{{}}", PLACEHOLDER_UNKNOWN, "{{}}", ""},
    {"{{}", PLACEHOLDER_UNKNOWN, "{{}", ""},
    {"{{", PLACEHOLDER_UNKNOWN, "{{", ""},
    {"{{{", PLACEHOLDER_UNKNOWN, "{{{", ""},
    {"{{{{", PLACEHOLDER_TEXT, "{{", ""},
    {"{{{{{", PLACEHOLDER_TEXT, "{{", "{"},
    {"{", PLACEHOLDER_TEXT, "{", ""},
    {"a{{role}}", PLACEHOLDER_TEXT, "a", "{{role}}"},
    {"", PLACEHOLDER_END, "", ""},
};

static void one_piece(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof PIECES / sizeof PIECES[0]; i++) {
        const char *text = PIECES[i].text, *piece;
        size_t len = strlen(text), n;
        assert_int_equal(placeholder_next(&text, &len, &piece, &n), PIECES[i].what);
        if (PIECES[i].piece) {
            assert_int_equal(n, strlen(PIECES[i].piece));
            assert_memory_equal(piece, PIECES[i].piece, n);
        }
        assert_int_equal(len, strlen(PIECES[i].rest));
        assert_string_equal(text, PIECES[i].rest);
    }
    static const char *const POINTERS[] = {"", "/", "/~0", "/~1", "//", "/a/~01"};
    static const char *const NONE[] = {"a", "~0", "/~", "/~2", "/~/", "/~0~", "/~0~x"};
    for (size_t i = 0; i < sizeof POINTERS / sizeof POINTERS[0]; i++)
        assert_true(pointer_valid(POINTERS[i], strlen(POINTERS[i])));
    for (size_t i = 0; i < sizeof NONE / sizeof NONE[0]; i++)
        assert_false(pointer_valid(NONE[i], strlen(NONE[i])));
}

static void where_a_fault_stands(void **state)
{
    (void)state;
    const struct place first = PLACE_AT_KEY(NULL, "a~b/c"), second = PLACE_AT_INDEX(&first, 12);
    const struct place council = PLACE_AT_DOCUMENT(&second, "councils", "x");
    const struct place member = PLACE_AT_KEY(&council, "members"), one = PLACE_AT_INDEX(&member, 0);
    const struct place tool = PLACE_AT_DOCUMENT(&one, "tools", "y"), key = PLACE_AT_KEY(&tool, "k");
    const struct {
        const struct place *at;
        const char *path, *inside;
    } ROWS[] = {
        {NULL, "", ""},
        {&first, "/a~0b~1c", ""},
        {&second, "/a~0b~1c/12", ""},
        {&council, "/a~0b~1c/12", "In councils/x: "},
        {&one, "/a~0b~1c/12", "In councils/x at /members/0: "},
        {&tool, "/a~0b~1c/12", "In councils/x at /members/0, in tools/y: "},
        {&key, "/a~0b~1c/12", "In councils/x at /members/0, in tools/y at /k: "},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        char *path, *inside;
        assert_int_equal(place_print(ROWS[i].at, &path, &inside), 0);
        assert_string_equal(path, ROWS[i].path);
        assert_string_equal(inside, ROWS[i].inside);
        free(path);
        free(inside);
    }
}

static void how_large_a_value_is(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        size_t values, depth;
    } ROWS[] = {
        {"1", 1, 0},        {"null", 1, 0},       {"[]", 1, 1},
        {"{}", 1, 1},       {"[1, 2]", 3, 1},     {"{'a': 1, 'b': 'x'}", 3, 1},
        {"[[], []]", 3, 2}, {"{'a': [1]}", 3, 2}, {"[{'a': {}}, 1, [[[]]]]", 7, 4},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        json_t *value = parse(ROWS[i].text);
        struct measure m = measure_value(value);
        assert_int_equal(m.values, ROWS[i].values);
        assert_int_equal(m.depth, ROWS[i].depth);
        json_decref(value);
    }
}

/* In the order of people, whichever way round they come. */
static void in_which_order_faults_are_told(void **state)
{
    (void)state;
    static const char *const ORDER[][3] = {
        {"", "a", "m"},     {"/1", "a", "m"},   {"/2", "a", "m"},    {"/2", "b", "m"},
        {"/2", "b", "n"},   {"/2/0", "a", "m"}, {"/2/10", "a", "m"}, {"/10", "a", "m"},
        {"/10a", "a", "m"}, {"/9a", "a", "m"},  {"/a", "a", "m"},    {"/a/9", "a", "m"},
        {"/a-b", "a", "m"}, {"/ab", "a", "m"},  {"/b", "a", "m"},    {"/b/c/d", "a", "m"},
    };
    const size_t n = sizeof ORDER / sizeof ORDER[0];
    for (size_t i = 0; i < n; i++)
        for (size_t k = 0; k < n; k++) {
            struct faults list = {0};
            assert_int_equal(faults_add(&list, ORDER[k][0], ORDER[k][1], "%s", ORDER[k][2]), 0);
            assert_int_equal(faults_add(&list, ORDER[i][0], ORDER[i][1], "%s", ORDER[i][2]), 0);
            assert_int_equal(faults_sort(&list), 0);
            assert_int_equal(list.count, i == k ? 1 : 2);
            assert_int_equal(list.found, 2);
            const size_t least = i < k ? i : k;
            assert_string_equal(list.at[0].path, ORDER[least][0]);
            assert_string_equal(list.at[0].code, ORDER[least][1]);
            assert_string_equal(list.at[0].message, ORDER[least][2]);
            faults_release(&list);
        }
}

static void how_many_faults_are_told(void **state)
{
    (void)state;
    static const int COUNTS[] = {0, 1, 8, 9, 99, 100, 101, 1000, 1001};
    for (size_t i = 0; i < sizeof COUNTS / sizeof COUNTS[0]; i++) {
        const int n = COUNTS[i];
        struct faults list = {0};
        for (int k = 0; k < n; k++) {
            char path[16];
            snprintf(path, sizeof path, "/%d", n - k);
            assert_int_equal(faults_add(&list, path, "c", "%d", k), 0);
        }
        assert_int_equal(list.found, n);
        assert_int_equal(list.count, n < 1000 ? n : 1000);
        assert_int_equal(faults_sort(&list), 0);
        assert_int_equal(list.count, n <= 100 ? n : 101);
        if (n > 100) {
            assert_string_equal(list.at[100].path, "");
            assert_string_equal(list.at[100].code, "too_many_errors");
            assert_string_equal(list.at[100].message,
                                "There are more faults than the 100 shown. Mend these first.");
            assert_string_equal(list.at[99].path, n > 1000 ? "/101" : "/100");
        }
        json_t *json = faults_json(&list);
        assert_int_equal(json_array_size(json), list.count);
        if (n == 1)
            assert_json(json, "", "[{'path': '/1', 'code': 'c', 'message': '0'}]");
        json_decref(json);
        faults_release(&list);
        assert_null(list.at);
        assert_int_equal(list.count + list.found + list.size + list.bytes, 0);
    }
}

/* Sixteen levels of schemas, however they stand inside each other, and the one behind them. */
static void how_deep_a_schema_is(void **state)
{
    (void)state;
    static const char *const AROUND[][2] = {{"{'items': ", "}"},
                                            {"{'properties': {'p': ", "}}"},
                                            {"{'anyOf': [", "]}"},
                                            {"{'$defs': {'d': ", "}}"}};
    for (size_t kind = 0; kind < sizeof AROUND / sizeof AROUND[0]; kind++) {
        for (int levels = 15; levels <= 17; levels++) {
            struct fixture f;
            struct buf text = BUF_INIT(4096);
            fixture_init(&f, NULL);
            assert_int_equal(buf_add_str(&text, "{" HEAD "'members': [{'id': 'a', 'provider': "
                                                "'mock', 'model': 'x', 'output_schema_inline': "),
                             0);
            for (int i = 1; i < levels; i++)
                assert_int_equal(buf_add_str(&text, AROUND[kind][0]), 0);
            assert_int_equal(buf_add_str(&text, "{}"), 0);
            for (int i = 1; i < levels; i++)
                assert_int_equal(buf_add_str(&text, AROUND[kind][1]), 0);
            assert_int_equal(buf_add_str(&text, "}], " ROUNDS "}"), 0);
            if (levels <= 16) {
                struct council_plan plan = resolve_with(&f, buf_str(&text), NULL);
                council_plan_release(&plan);
            } else {
                assert_message_with(&f, buf_str(&text),
                                    "The schema is nested more than 16 levels deep.");
            }
            buf_release(&text);
            fixture_release(&f);
        }
    }
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(the_shortest_keys);
    assert_keeps_nothing(which_letters_a_key_has);
    assert_keeps_nothing(what_a_private_key_takes_along);
    assert_keeps_nothing(one_piece);
    assert_keeps_nothing(where_a_fault_stands);
    assert_keeps_nothing(how_large_a_value_is);
    assert_keeps_nothing(how_deep_a_schema_is);
    assert_keeps_nothing(in_which_order_faults_are_told);
    assert_keeps_nothing(how_many_faults_are_told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_shortest_keys),
        cmocka_unit_test(which_letters_a_key_has),
        cmocka_unit_test(what_a_private_key_takes_along),
        cmocka_unit_test(one_piece),
        cmocka_unit_test(where_a_fault_stands),
        cmocka_unit_test(how_large_a_value_is),
        cmocka_unit_test(how_deep_a_schema_is),
        cmocka_unit_test(in_which_order_faults_are_told),
        cmocka_unit_test(how_many_faults_are_told),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
