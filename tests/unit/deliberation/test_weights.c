/* What the word of a seat weighs, what the seat falls back on and whom it does not judge. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "proto/council/tables/words.h"
#include "runner/deliberation/round/round_labels.h"
#include "runner/deliberation/round/weights.h"
#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/state.h"
#include "value_of.h"

#define COUNT(cases) (sizeof(cases) / sizeof(*(cases)))

static void what_a_seat_falls_back_on(void **state)
{
    (void)state;
    json_t *doc = value_of(
        "{\"id\": \"s\", \"provider\": \"p\", \"model\": \"m\", \"temperature\": 0.5, "
        "\"max_tokens\": 9, \"price\": {\"x\": 1}, \"fallback\": [{\"provider\": \"q\", \"model\": "
        "\"n\"}, {\"provider\": \"r\", \"model\": \"o\", \"temperature\": 0, \"max_tokens\": 3}]}");
    struct seat s = {.doc = doc};
    static const struct {
        const char *provider, *model;
        double temperature;
        int max_tokens;
        bool priced;
    } CASES[] = {{"p", "m", 0.5, 9, true},
                 {"q", "n", 0.5, 9, false},
                 {"r", "o", 0, 3, false},
                 {"", "", 0.5, 9, false}};
    assert_int_equal(seat_chain_length(&s), 3);
    for (int i = 0; i < 4; i++) {
        const struct entry entry = seat_entry(&s, i);
        assert_string_equal(entry.provider, CASES[i].provider);
        assert_string_equal(entry.model, CASES[i].model);
        assert_true(json_number_value(entry.temperature) == CASES[i].temperature);
        assert_int_equal(json_integer_value(entry.max_tokens), CASES[i].max_tokens);
        assert_int_equal(entry.price != NULL, CASES[i].priced);
    }
    json_decref(doc);
    s.doc = doc = value_of("{\"id\": \"s\", \"provider\": \"p\", \"model\": \"m\"}");
    assert_int_equal(seat_chain_length(&s), 1);
    assert_null(seat_entry(&s, 0).temperature);
    assert_null(seat_confidence(&s));
    json_decref(doc);
}

static void odds_of_a_score(void **state)
{
    (void)state;
    static const struct {
        double r;
        int options;
        double odds;
    } CASES[] = {
        {0.5, 2, 0},
        {0.9, 2, 2.1972245773362196},
        {0.4, 2, 0},
        {0.5, 3, 0.6931471805599453},
        {0.25, 4, 0},
        {0.01, 2, 0},
        {0, 200, 0.6981849745899024},
        {0.99, 2, 4.595119850134589},
        {1, 2, 4.595119850134589},
        {0.995, 2, 4.595119850134589},
    };
    for (size_t i = 0; i < COUNT(CASES); i++)
        if (fabs(log_odds(CASES[i].r, CASES[i].options) - CASES[i].odds) > 1e-9)
            fail_msg("case %zu: %.17g", i, log_odds(CASES[i].r, CASES[i].options));
}

static const struct {
    const char *opts, *reliability;
    int kind, options;
    double confidence, weights[2];
    int imputed;
} WEIGHED[] = {
    {"{\"weights\": \"equal\"}", "{}", -1, 2, 0.3, {1, 1}, 0},
    {"{\"weights\": \"member\"}", "{}", -1, 2, 0.3, {3, 1}, 0},
    {"{\"weights\": \"confidence\"}", "{}", -1, 2, 0.3, {0.3, 0.3}, 0},
    {"{\"weights\": \"confidence\"}", "{}", -1, 2, NAN, {0.5, 0.5}, 2},
    {"{\"weights\": \"reliability\"}", "{}", -1, 2, 0.3, {1, 1}, 0}, /* nobody is known */
    {"{\"weights\": \"reliability\"}", "{\"p/m\": 0.8}", -1, 2, 0.3, {0.8, 0.5}, 1},
    {"{\"weights\": \"reliability\"}", "{\"own\": 0.2}", -1, 2, 0.3, {0.5, 0.2}, 1},
    {"{\"weights\": \"reliability\"}",
     "{\"p/m\": 0.8, \"own\": 0.2, \"q/n\": 0.9}",
     -1,
     2,
     0.3,
     {0.8, 0.2},
     0},
    {"{\"weights\": \"equal\"}", "{\"p/m\": 0.8}", WEIGHTS_RELIABILITY, 2, 0.3, {0.8, 0.5}, 1},
    {"{\"weights\": \"reliability\", \"weight_transform\": \"log_odds\"}",
     "{\"p/m\": 0.8, \"own\": 0.5}",
     -1,
     1,
     0.3,
     {1.3862943611198906, 0},
     0}, /* 2 at least */
    {"{\"weights\": \"reliability\", \"weight_transform\": \"log_odds\"}",
     "{\"p/m\": 0.8, \"own\": 0.5}",
     -1,
     3,
     0.3,
     {2.0794415416798357, 0.6931471805599453},
     0},
    {"{\"weights\": \"reliability\", \"weight_transform\": \"linear\"}",
     "{\"p/m\": 0.8, \"own\": 0.5}",
     -1,
     3,
     0.3,
     {0.8, 0.5},
     0},
};

/* Two seats, of which the second is told of by key. */
static void what_a_ballot_weighs(void **state)
{
    (void)state;
    json_t *docs =
        value_of("[{\"provider\": \"p\", \"model\": \"m\", \"weight\": 3}, "
                 "{\"provider\": \"q\", \"model\": \"n\", \"reliability_key\": \"own\"}]");
    for (size_t i = 0; i < COUNT(WEIGHED); i++) {
        json_t *opts = value_of(WEIGHED[i].opts);
        struct engine e = {.reliability = value_of(WEIGHED[i].reliability)};
        struct seat seats[2];
        struct council c = {.e = &e, .members = seats, .n = 2};
        const struct round r = {.council = &c, .opts = opts};
        struct weighting w;
        for (size_t k = 0; k < 2; k++)
            seats[k] = (struct seat){.council = &c, .doc = json_array_get(docs, k)};
        weighting_init(&w, &r, WEIGHED[i].kind, WEIGHED[i].options);
        for (int k = 0; k < 2; k++) {
            const double weight = weighting_of(&w, &seats[k], WEIGHED[i].confidence);
            if (fabs(weight - WEIGHED[i].weights[k]) > 1e-9)
                fail_msg("case %zu: %.17g", i, weight);
        }
        assert_int_equal(w.imputed, WEIGHED[i].imputed);
        json_decref(opts);
        json_decref(e.reliability);
    }
    json_decref(docs);
}

/* a and b are of one provider, b and c of one model of that name, a and d are the same twice. */
static void whom_a_reviewer_does_not_judge(void **state)
{
    (void)state;
    static const struct {
        const char *exclude, *excluded; /* of each reader in turn */
    } CASES[] = {
        {"none", "a:c b: c: d:"},
        {"self", "a:ac b:b c:c d:d"},
        {"same_provider", "a:abcd b:abd c:c d:abd"},
        {"same_model", "a:acd b:b c:c d:ad"},
    };
    json_t *docs = value_of("[{\"provider\": \"p\", \"model\": \"m\", \"recuse\": [\"c\"]}, "
                            "{\"provider\": \"p\", \"model\": \"n\"}, {\"provider\": \"q\", "
                            "\"model\": \"n\"}, {\"provider\": \"p\", \"model\": \"m\"}]");
    static const char *const names[] = {"a", "b", "c", "d"};
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct seat seats[4];
        json_t *opts = json_pack("{ss}", "exclude", CASES[i].exclude);
        const struct round r = {.opts = opts};
        char text[64] = "";
        for (size_t k = 0; k < 4; k++)
            seats[k] = (struct seat){.id = names[k], .doc = json_array_get(docs, k)};
        for (size_t k = 0; k < 4; k++) {
            snprintf(text + strlen(text), sizeof text - strlen(text), "%s%s:", k ? " " : "",
                     names[k]);
            for (size_t n = 0; n < 4; n++)
                if (round_excludes(&r, &seats[k], &seats[n]))
                    snprintf(text + strlen(text), sizeof text - strlen(text), "%s", names[n]);
        }
        assert_string_equal(text, CASES[i].excluded);
        json_decref(opts);
    }
    json_decref(docs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_seat_falls_back_on),
        cmocka_unit_test(odds_of_a_score),
        cmocka_unit_test(what_a_ballot_weighs),
        cmocka_unit_test(whom_a_reviewer_does_not_judge),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
