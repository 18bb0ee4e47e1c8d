/* A hash that changes with what does not matter lets no run be resumed; one that stays when it
 * matters lets answers of other questions count. */
#include "heap_kept.h"
#include "proto/council/document_hash.h"
#include "support.h"

static void hashes(struct fixture *f, const char *council, char *whole, char *ask)
{
    struct council_plan plan = resolve_with(f, council, NULL);
    assert_int_equal(council_document_sha256(plan.document, whole), 0);
    assert_int_equal(council_ask_sha256(plan.document, ask), 0);
    council_plan_release(&plan);
}

/* 0: both equal to those of `base`; 1: only ask; 2: neither. */
static int changes(struct fixture *f, const char *base, const char *council)
{
    char a[SHA256_HEX_SIZE], b[SHA256_HEX_SIZE], c[SHA256_HEX_SIZE], d[SHA256_HEX_SIZE];
    hashes(f, base, a, b);
    hashes(f, council, c, d);
    assert_int_equal(strlen(a), 64);
    if (strcmp(a, c) == 0)
        assert_string_equal(b, d);
    return strcmp(a, c) == 0 ? 0 : strcmp(b, d) == 0 ? 1 : 2;
}

static void what_changes_a_hash(void **state)
{
    (void)state;
#define BASE(council, seat, chair, round)                                                          \
    "{" HEAD council "'members': [{'id': 'a', 'provider': 'mock', 'model': 'x'" seat "}, {'id':"   \
    " 'b', 'provider': 'mock', 'model': 'y'}], 'chair': {'provider': 'mock', 'model': 'w'" chair   \
    "}, 'rounds': [{'type': 'independent_analysis'" round "}, {'type': 'iterate', 'opts':"         \
    " {'wrap': {'type': 'critique'" round "}}}]}"
    static const struct {
        const char *council;
        int changed;
    } CASES[] = {
        {BASE("'name': 't', 'description': '', ", "", "", ""), 0},
        {BASE("'metadata': {'x': 1}, ", ", 'metadata': {'y': 1}", "", ""), 0},
        {BASE("", ", 'stream': true", "", ", 'quorum': {'ratio': 0.5}"), 0},
        {BASE("'budget': {'max_calls': 99}, ", "", "", ""), 1},
        {BASE("'on_degraded': 'refuse', ", "", "", ""), 1},
        {BASE("", ", 'price': {'input': 1, 'output': 1}, 'tier': 'nano'", "", ""), 1},
        {BASE("", ", 'retry': {'base_ms': 1}, 'timeouts': {'total_ms': 9000}", "", ""), 1},
        {BASE("", ", 'fallback': [{'provider': 'mock', 'model': 'z'}]", "", ""), 1},
        {BASE("", ", 'stream': false, 'tool_timeout_ms': 500, 'tool_concurrency': 1", "", ""), 1},
        {BASE("", "", ", 'fallback_chairs': ['a'], 'last_resort': 'none'", ""), 1},
        {BASE("", "", "", ", 'quorum': 1, 'failure_mode': 'fail_fast'"), 1},
        {BASE("", ", 'role': 'r'", "", ""), 2},
        {BASE("", ", 'temperature': 0", "", ""), 2},
        {BASE("", "", ", 'system_prompt': 'x'", ""), 2},
        {BASE("'anonymity': {'style': 'codes'}, ", "", "", ""), 2},
        {BASE("", "", "", ", 'opts': {'instructions': 'x'}"), 2},
    };
    struct fixture f;
    fixture_init(&f, NULL);
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        int got = changes(&f, BASE("", "", "", ""), CASES[i].council);
        if (got != CASES[i].changed)
            print_error("case %zu: %s\n", i, CASES[i].council);
        assert_int_equal(got, CASES[i].changed);
    }
    fixture_release(&f);
}

/* Seats stand in conditions, in routers and in inner councils too. */
static void seats_inside(void **state)
{
    (void)state;
#define SEAT_J(more) "{'id': 'j', 'provider': 'mock', 'model': 'j'" more "}"
#define JUDGED(more) "{'judge': {'score': 0.9, 'seat': " SEAT_J(more) "}}"
#define UNTIL(until)                                                                               \
    "{" HEAD MEMBERS3 ", 'rounds': [{'type': 'independent_analysis'}, {'type': 'iterate', 'opts':" \
    " {'wrap': 'critique', 'until': " until "}}]}"
#define ROUTED(more)                                                                               \
    "{" HEAD MEMBERS3 ", " ROUNDS ", 'router': {'kind': 'llm', 'max': 2, 'seat': " SEAT_J(more) "}}"
#define FORM_JUDGED(more) UNTIL(JUDGED(more))
#define FORM_EITHER(more) UNTIL("{'any': [{'never': true}, {'all': [" JUDGED(more) "]}]}")
#define FORMS(form)                                                                                \
    {                                                                                              \
        form(""), form(", 'metadata': {'x': 1}"), form(", 'timeouts': {'total_ms': 9000}"),        \
            form(", 'role': 'r'")                                                                  \
    }
    static const char *const CASES[][4] = {FORMS(FORM_JUDGED), FORMS(FORM_EITHER), FORMS(ROUTED)};
    struct fixture f;
    fixture_init(&f, NULL);
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++)
        for (int k = 1; k < 4; k++)
            if (changes(&f, CASES[i][0], CASES[i][k]) != k - 1)
                fail_msg("%s", CASES[i][k]);
    fixture_release(&f);
}

/* These bytes are in journals: a change of them makes old runs impossible to resume. */
static void canonical_form(void **state)
{
    (void)state;
    size_t len;
    json_t *value = parse("{'b': [1, 2.5, 0.1, true, null, 'x\\n\\u00e4/'], 'a': {}, 'B': 1e30}");
    char *text = json_canonical(value, &len);
    assert_string_equal(text, "{\"B\":1e30,\"a\":{},\"b\":[1,2.5,"
                              "0.10000000000000001,true,null,\"x\\n\xc3\xa4/\"]}");
    assert_int_equal(len, strlen(text));
    free(text);
    char hash[SHA256_HEX_SIZE];
    json_t *empty = parse("{}");
    assert_int_equal(json_canonical_sha256(empty, hash), 0);
    assert_string_equal(hash, "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a");
    json_decref(empty);
    json_decref(value);
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(what_changes_a_hash);
    assert_keeps_nothing(seats_inside);
    assert_keeps_nothing(canonical_form);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_changes_a_hash),
        cmocka_unit_test(seats_inside),
        cmocka_unit_test(canonical_form),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
