/* When the members of a loop have come to rest: too early and they stop before they agree, too late
 * and every further turn is paid for nothing. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <utlist.h>

#include "common/jx.h"
#include "proto/council/tables/kinds.h"
#include "runner/deliberation/round/cast.h"
#include "runner/deliberation/round/converge.h"
#include "runner/deliberation/round/round_type.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/seat_call.h"

#define COUNT(cases) (sizeof(cases) / sizeof(*(cases)))

enum { SEATS = 3 };

static json_t *value_of(const char *text)
{
    json_t *value = text ? json_loads(text, JSON_DECODE_ANY, NULL) : NULL;
    if (text && !value)
        fail_msg("the test's JSON: %s", text);
    return value;
}

/* Ballots of the seats 0, 1, 2 as a list; null: the seat is silent, false: it was not asked. */
static struct cast *casts_of(struct seat *seats, struct cast *to, const char *text)
{
    struct cast *list = NULL;
    json_t *all = value_of(text);
    for (size_t i = 0; i < json_array_size(all); i++) {
        json_t *one = json_array_get(all, i);
        if (json_is_false(one))
            continue;
        to[i] =
            (struct cast){.seat = &seats[i], .ballot = json_is_null(one) ? NULL : json_incref(one)};
        LL_APPEND(list, &to[i]);
    }
    json_decref(all);
    return list;
}

static void forget(struct cast *list)
{
    struct cast *c;
    LL_FOREACH (list, c)
        json_decref(c->ballot);
}

#define YES     "{\"choice\": \"yes\"}"
#define NO      "{\"choice\": \"no\"}"
#define ABSTAIN "{\"choice\": \"abstain\"}"
#define AB      "{\"ordering\": [\"a\", \"b\"]}"
#define BA      "{\"ordering\": [\"b\", \"a\"]}"

static void who_votes_alike(void **state)
{
    (void)state;
    static const struct {
        const char *casts;
        bool unanimous;
    } CASES[] = {
        {"[]", false},
        {"[null, null, null]", false},
        {"[" ABSTAIN "]", false},
        {"[{}]", false},
        {"[{\"ordering\": []}]", false},
        {"[" YES "]", true},
        {"[" YES ", " YES ", " YES "]", true},
        {"[" YES ", " YES ", " NO "]", false},
        {"[" NO ", " YES ", " YES "]", false},
        {"[" YES ", " NO ", " YES "]", false},
        {"[" YES ", null, " YES "]", true},
        {"[null, " YES ", " NO "]", false},
        {"[" YES ", " ABSTAIN ", " YES "]", true},
        {"[" YES ", " ABSTAIN ", " NO "]", false},
        {"[" AB ", " AB "]", true},
        {"[" AB ", " BA "]", false},
        {"[" AB ", {\"ordering\": [\"a\", \"c\"]}]", true}, /* the first place decides */
        {"[" AB ", {\"choice\": \"a\"}]", true},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct seat seats[SEATS] = {0};
        struct cast room[SEATS], *list = casts_of(seats, room, CASES[i].casts);
        if (casts_unanimous(list) != CASES[i].unanimous)
            fail_msg("%s", CASES[i].casts);
        forget(list);
    }
}

#define WON(id) "{\"winner\": \"" id "\"}"

static void votes_that_rest(void **state)
{
    (void)state;
    static const struct {
        const char *now, *before, *aggregate, *aggregate_before;
        bool rest;
    } CASES[] = {
        {"[" YES ", " YES "]", "[]", WON("yes"), NULL, true}, /* all alike: at once */
        {"[" YES ", " NO "]", "[" YES ", " NO "]", WON("yes"), WON("yes"), true},
        {"[" YES ", " NO "]", "[" YES ", " NO "]", WON("yes"), WON("no"), false},
        {"[" YES ", " NO "]", "[" YES ", " NO "]", WON("yes"), NULL, false},
        {"[" YES ", " NO "]", "[" YES ", " NO "]", NULL, WON("yes"), false},
        {"[" YES ", " NO "]", "[" YES ", " NO "]", "{\"winner\": null}", "{\"winner\": null}",
         false},
        {"[" YES ", " NO "]", "[" NO ", " YES "]", WON("yes"), WON("yes"), false},
        {"[" YES ", " NO ", " NO "]", "[" YES ", " NO ", " YES "]", WON("no"), WON("no"), false},
        {"[" YES ", " NO ", null]", "[" YES ", " NO ", " YES "]", WON("no"), WON("no"), true},
        {"[" YES ", " NO ", " NO "]", "[" YES ", " NO ", null]", WON("no"), WON("no"), false},
        {"[" YES ", " NO ", " NO "]", "[" YES ", " NO ", false]", WON("no"), WON("no"), false},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct seat seats[SEATS] = {0};
        struct cast room[2][SEATS], *now = casts_of(seats, room[0], CASES[i].now);
        struct cast *before = casts_of(seats, room[1], CASES[i].before);
        struct round r = {.aggregate = value_of(CASES[i].aggregate)};
        json_t *old = value_of(CASES[i].aggregate_before);
        struct before b = {.aggregate = old, .casts = now, .casts_before = before};
        if (converged_votes(&r, &b) != CASES[i].rest)
            fail_msg("case %zu: %s after %s", i, CASES[i].now, CASES[i].before);
        forget(now);
        forget(before);
        json_decref(r.aggregate);
        json_decref(old);
    }
}

static void orders_that_rest(void **state)
{
    (void)state;
    static const struct {
        const char *now, *before;
        bool rest;
    } CASES[] = {
        {"{\"order\": [[\"a\"], [\"b\"]]}", "{\"order\": [[\"a\"], [\"b\"]]}", true},
        {"{\"order\": [[\"a\"], [\"b\"]]}", "{\"order\": [[\"b\"], [\"a\"]]}", false},
        {"{\"order\": [[\"a\"], [\"b\", \"c\"]]}", "{\"order\": [[\"a\"], [\"b\", \"c\"]]}", true},
        {"{\"order\": [[\"a\", \"b\"]]}", "{\"order\": [[\"a\", \"b\"]]}", false},
        {"{\"order\": []}", "{\"order\": []}", false},
        {"{\"order\": [[\"a\"]]}", NULL, false},
        {"{\"order\": [[\"a\"]]}", "{}", false},
        {NULL, "{\"order\": [[\"a\"]]}", false},
        {NULL, NULL, false},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct round r = {.aggregate = value_of(CASES[i].now)};
        json_t *old = value_of(CASES[i].before);
        struct before b = {.aggregate = old};
        if (converged_order(&r, &b) != CASES[i].rest)
            fail_msg("case %zu", i);
        json_decref(r.aggregate);
        json_decref(old);
    }
}

static void one_that_is_left(void **state)
{
    (void)state;
    static const char *const LEFT[] = {NULL, "[]", "[\"a\"]", "[\"a\", \"b\"]"};
    for (size_t i = 0; i < COUNT(LEFT); i++) {
        struct round r = {.remaining = value_of(LEFT[i])};
        struct before b = {0};
        assert_int_equal(converged_one_left(&r, &b), i == 2);
        json_decref(r.remaining);
    }
}

/* Its own word comes first, then how much of the text is new. */
static void what_has_changed(void **state)
{
    (void)state;
    static const struct {
        int said; /* -1: nothing */
        const char *before, *now;
        bool changed;
    } CASES[] = {
        {1, "the same words", "the same words", true},
        {0, "the same words", "quite another text", false},
        {0, NULL, "a text", false},
        {-1, "the same words", "the same words", false},
        {-1, "the same words", "quite another text", true},
        {-1, NULL, "a text", true},
        {-1, "a text", NULL, true},
        {-1, NULL, NULL, true},
        {-1, "a b c d e f g h i", "a b c d e f g h i j", false}, /* nine of ten are the same */
        {-1, "a b c d e f g h", "a b c d e f g h i", true},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        char *now = CASES[i].now ? strdup(CASES[i].now) : NULL;
        struct seat_call c = {.reading = {.changed = CASES[i].said, .answer = now}};
        if (call_changed(&c, CASES[i].before) != CASES[i].changed)
            fail_msg("case %zu", i);
        free(now);
    }
}

static const char *answer_before(const void *arg, const struct seat *s)
{
    (void)s;
    return arg;
}

/* "same", "new" or "silent" of three seats, who answered "same" before. */
static void nobody_has_changed(void **state)
{
    (void)state;
    static const struct {
        const char *says[SEATS];
        enum call_kind kind; /* of the last one */
        bool rest;
    } CASES[] = {
        {{"same", "same", "same"}, CALL_KIND_MEMBER, true},
        {{"same", "same", "new"}, CALL_KIND_MEMBER, false},
        {{"new", "same", "same"}, CALL_KIND_MEMBER, false},
        {{"same", "same", "new"}, CALL_KIND_SAMPLE, true}, /* samples are no answers */
        {{"same", "silent", "silent"}, CALL_KIND_MEMBER, true},
        {{"silent", "silent", "same"}, CALL_KIND_SAMPLE, false}, /* nobody is left */
        {{"silent", "silent", "silent"}, CALL_KIND_MEMBER, false},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct seat_call calls[SEATS];
        struct round_type type = {.kind = &ROUND_KINDS[ROUND_TYPE_CRITIQUE]};
        json_t *revise = json_pack("{sb}", "revise", 1), *none = json_pack("{sb}", "revise", 0);
        struct round r = {.type = &type, .opts = revise};
        struct before b = {.answer = answer_before, .arg = "same"};
        char answers[SEATS][8];
        for (int k = 0; k < SEATS; k++) {
            const bool silent = strcmp(CASES[i].says[k], "silent") == 0;
            snprintf(answers[k], sizeof answers[k], "%s", CASES[i].says[k]);
            calls[k] = (struct seat_call){.kind = k == SEATS - 1 ? CASES[i].kind : CALL_KIND_MEMBER,
                                          .state = CALL_DONE,
                                          .status = silent ? "error" : "ok",
                                          .reading.changed = -1,
                                          .reading.answer = answers[k]};
            DL_APPEND(r.calls, &calls[k]);
        }
        if (converged_unchanged(&r, &b) != CASES[i].rest)
            fail_msg("case %zu", i);
        assert_int_equal(converged_if_revised(&r, &b), CASES[i].rest);
        r.opts = none; /* whoever does not answer anew has nothing to come to rest */
        assert_false(converged_if_revised(&r, &b));
        json_decref(revise);
        json_decref(none);
    }
}

/* 0.7 is enough, of those who are members, have answered and told one. */
static void confidence_that_is_enough(void **state)
{
    (void)state;
    static const struct {
        double told[SEATS];
        enum call_kind kind; /* of the last one */
        const char *status;  /* of the last one */
        double mean;
    } CASES[] = {
        {{0.7, 0.7, 0.7}, CALL_KIND_MEMBER, "ok", 0.7},
        {{0.6, 0.8, 0.7}, CALL_KIND_MEMBER, "ok", 0.7},
        {{0.6, 0.8, 0.69}, CALL_KIND_MEMBER, "ok", 2.09 / 3},
        {{0.9, 0.9, 0.1}, CALL_KIND_MEMBER, "error", 0.9},
        {{0.9, 0.9, 0.1}, CALL_KIND_JUDGE, "ok", 0.9},
        {{0.9, 0.8, NAN}, CALL_KIND_MEMBER, "ok", 0.85},
        {{NAN, NAN, 0.75}, CALL_KIND_MEMBER, "ok", 0.75},
        {{NAN, NAN, 0.9}, CALL_KIND_MEMBER, "error", NAN},
        {{NAN, NAN, NAN}, CALL_KIND_MEMBER, "ok", NAN},
        {{0, 0, 0}, CALL_KIND_MEMBER, "ok", 0},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct seat_call calls[SEATS];
        struct round r = {0};
        struct before b = {0};
        for (int k = 0; k < SEATS; k++) {
            bool last = k == SEATS - 1;
            calls[k] = (struct seat_call){.kind = last ? CASES[i].kind : CALL_KIND_MEMBER,
                                          .state = CALL_DONE,
                                          .status = last ? CASES[i].status : "ok",
                                          .reading.confidence = CASES[i].told[k]};
            DL_APPEND(r.calls, &calls[k]);
        }
        double mean = round_mean_confidence(&r), expected = CASES[i].mean;
        bool same = isnan(expected) ? isnan(mean) : fabs(mean - expected) < 1e-12;
        if (!same)
            fail_msg("case %zu: %.17g", i, mean);
        assert_int_equal(converged_confident(&r, &b), expected > 0.7 - 1e-9);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_votes_alike),           cmocka_unit_test(votes_that_rest),
        cmocka_unit_test(orders_that_rest),          cmocka_unit_test(one_that_is_left),
        cmocka_unit_test(what_has_changed),          cmocka_unit_test(nobody_has_changed),
        cmocka_unit_test(confidence_that_is_enough),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
