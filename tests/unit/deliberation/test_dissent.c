/* A dissent that is made up, or one that is lost, makes a council look other than it was: who is
 * listed for each way to vote, with what words, and who could not have agreed. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "runner/deliberation/council/dissent.h"

/* The dissent of rounds; NULL for null. The caller frees it. */
static char *told(const char *rounds)
{
    json_t *list = json_loads(rounds, 0, NULL);
    if (!list)
        fail_msg("the test's JSON: %s", rounds);
    json_t *dissent = dissent_of(list);
    char *text = json_is_null(dissent) ? NULL : j_dump(dissent);
    json_decref(dissent);
    json_decref(list);
    return text;
}

/* One round of a type, with this aggregate and the result of ann. */
static void expect(const char *type, const char *aggregate, const char *ann, const char *expected)
{
    char *rounds = xasprintf("[{\"index\":3,\"type\":\"%s\",\"status\":\"completed\","
                             "\"aggregate\":%s,\"member_results\":{\"ann\":%s}}]",
                             type, aggregate, ann);
    char *text = told(rounds);
    if (!text != !expected || (text && strcmp(text, expected) != 0))
        fail_msg("%s: %s, not %s", rounds, text ? text : "null", expected ? expected : "null");
    free(text);
    free(rounds);
}

#define WON         "{\"winner\":\"x\",\"over\":\"options\"}"
#define BALLOT(b)   "{\"status\":\"ok\",\"ballot\":{" b "},\"parsed\":{\"rationale\":\"so\"}}"
#define ENTRY(k, p) "[{\"index\":3,\"member_id\":\"ann\",\"kind\":\"" k "\",\"position\":" p ","
#define SO          "\"text\":\"so\"}]"

static void where_nothing_was_decided(void **state)
{
    (void)state;
    char *none = told("[]");
    assert_null(none);
    expect("vote", "null", BALLOT("\"choice\":\"y\""), NULL);
    expect("vote", WON, BALLOT("\"choice\":\"abstain\""), NULL);
    expect("vote", WON, "{\"status\":\"error\",\"ballot\":null}", NULL);
    expect("ranking", WON, BALLOT("\"ordering\":[]"), NULL);
}

static void who_voted_otherwise(void **state)
{
    (void)state;
    expect("vote", WON, BALLOT("\"choice\":\"x\""), "[]");
    expect("vote", WON, BALLOT("\"choice\":\"y\""), ENTRY("vote", "\"y\"") SO);
    expect("vote", "{\"winner\":null}", BALLOT("\"choice\":\"x\""), ENTRY("vote", "\"x\"") SO);
    expect("vote", WON, BALLOT("\"approved\":[\"y\",\"x\"]"), "[]");
    expect("vote", WON, BALLOT("\"approved\":[\"y\"]"), ENTRY("vote", "[\"y\"]") SO);
    expect("ranking", WON, BALLOT("\"ordering\":[\"x\",\"y\"]"), "[]");
    expect("ranking", WON, BALLOT("\"ordering\":[\"y\",\"x\"]"), ENTRY("ranking", "\"y\"") SO);
}

#define SCORED(x, y) "\"ordering\":[\"y\",\"x\"],\"scores\":{" x y "}"

/* With scores nobody speaks against the best of its own, whatever stands first. */
static void what_scores_say(void **state)
{
    (void)state;
    expect("vote", WON, BALLOT(SCORED("\"x\":5", ",\"y\":5")), "[]");
    expect("vote", WON, BALLOT(SCORED("\"x\":6", ",\"y\":5")), "[]");
    expect("vote", WON, BALLOT(SCORED("\"x\":5", ",\"y\":6")), ENTRY("vote", "\"y\"") SO);
    expect("vote", WON, BALLOT(SCORED("", "\"y\":0")), ENTRY("vote", "\"y\"") SO);
    expect("anonymized_peer_review", WON, BALLOT(SCORED("\"x\":5", ",\"y\":5")),
           ENTRY("ranking", "\"y\"") SO);
}

/* ---- who could not agree ---- */

#define MEMBER_WON(id) "{\"winner\":\"" id "\",\"over\":\"members\",\"winner_label\":null}"
#define SHOWN(list)                                                                                \
    "{\"status\":\"ok\",\"label\":\"A\",\"presented\":" list ",\"ballot\":{\"choice\":\"bob\"},"   \
    "\"parsed\":{\"rationale\":\"so\"}}"

static void who_could_not_choose_the_winner(void **state)
{
    (void)state;
    expect("ranking", WON, BALLOT("\"ordering\":[\"y\"]"), "[]");
    expect("vote", MEMBER_WON("ann"), SHOWN("[\"B\",\"C\"]"), "[]");
    expect("vote", MEMBER_WON("ann"), SHOWN("[\"A\",\"B\"]"), ENTRY("vote", "\"bob\"") SO);
    expect("vote", MEMBER_WON("cy"), SHOWN("[\"B\",\"C\"]"), ENTRY("vote", "\"bob\"") SO);
    expect("vote", MEMBER_WON("cy"), SHOWN("[\"B\"]"), "[]");
    expect("vote", WON, SHOWN("[\"B\"]"), ENTRY("vote", "\"bob\"") SO);
}

/* ---- reasons ---- */

static void expect_text(const char *parsed, const char *text)
{
    char *result =
        xasprintf("{\"status\":\"ok\",\"ballot\":{\"choice\":\"y\"},\"parsed\":%s}", parsed);
    char *expected = xasprintf(ENTRY("vote", "\"y\"") "\"text\":%s}]", text);
    expect("vote", WON, result, expected);
    free(expected);
    free(result);
}

static void the_reasons_that_were_given(void **state)
{
    (void)state;
    expect_text("null", "null");
    expect_text("{}", "null");
    expect_text("{\"rationale\":\"\"}", "\"\"");
    expect_text("{\"scores\":[{\"label\":\"A\",\"rationale\":\"dry\"},{\"rationale\":\"wet\"},"
                "{\"label\":\"C\",\"rationale\":\"\"},{\"label\":\"D\"}],\"rationale\":\"so\"}",
                "\"A: dry\\n?: wet\\n\"");
    expect_text("{\"scores\":[{\"label\":\"A\"}],\"rationale\":\"so\"}", "\"so\"");
}

static size_t bytes_left(size_t bytes, const char *end)
{
    char *text = xcalloc(1, bytes + 8);
    memset(text, 'a', bytes);
    memcpy(text + bytes, end, strlen(end));
    char *rounds = xasprintf("[{\"type\":\"vote\",\"aggregate\":{},\"member_results\":{\"ann\":"
                             "{\"ballot\":{\"choice\":\"y\"},\"parsed\":{\"rationale\":\"%s\"}}}}]",
                             text);
    json_t *list = json_loads(rounds, 0, NULL), *dissent = dissent_of(list);
    size_t n = json_string_length(j_get(json_array_get(dissent, 0), "text"));
    json_decref(dissent);
    json_decref(list);
    free(rounds);
    free(text);
    return n;
}

static void long_reasons_are_cut_between_characters(void **state)
{
    (void)state;
    assert_int_equal(bytes_left(4095, ""), 4095);
    assert_int_equal(bytes_left(4096, ""), 4096);
    assert_int_equal(bytes_left(4097, ""), 4096);
    assert_int_equal(bytes_left(4094, "\xc3\xa9"), 4096);
    assert_int_equal(bytes_left(4095, "\xc3\xa9"), 4095);
    assert_int_equal(bytes_left(4094, "\xe2\x82\xac"), 4094);
}

/* ---- what a chair lists ---- */

#define CHAIRED(status, points)                                                                    \
    "{\"status\":\"" status "\",\"parsed\":{\"answer\":\"a\",\"dissent\":" points "}}"

static void what_the_chair_lists(void **state)
{
    (void)state;
    static const char POINTS[] =
        CHAIRED("ok", "[{\"point\":\"cold\",\"labels\":[\"A\",\"B\"]},{}]");
    expect("synthesis", "null", POINTS,
           "[{\"index\":3,\"member_id\":\"ann\",\"kind\":\"chair\",\"position\":[\"A\",\"B\"],"
           "\"text\":\"cold\"},{\"index\":3,\"member_id\":\"ann\",\"kind\":\"chair\","
           "\"position\":null,\"text\":null}]");
    expect("weighted_synthesis", "null", CHAIRED("ok", "[]"), "[]");
    expect("synthesis", "null", CHAIRED("ok", "\"none\""), NULL);
    expect("synthesis", "null", CHAIRED("invalid_output", "[{\"point\":\"cold\"}]"), NULL);
    expect("debate", "null", POINTS, NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(where_nothing_was_decided),
        cmocka_unit_test(who_voted_otherwise),
        cmocka_unit_test(what_scores_say),
        cmocka_unit_test(who_could_not_choose_the_winner),
        cmocka_unit_test(the_reasons_that_were_given),
        cmocka_unit_test(long_reasons_are_cut_between_characters),
        cmocka_unit_test(what_the_chair_lists),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
