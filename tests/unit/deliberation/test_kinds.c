/* Whatever the tables accept is done: every kind, and every word of every opt, is resolved by the
 * real resolver and played to the end. A word that is accepted nowhere, or that the engine cannot
 * play, fails here. */
#include "proto/council/tables/records.h"
#include "proto/council/tables/words.h"

#include "drive.h" /* its macros have names of tables */
/* behind cmocka.h */
#include "event_schemas.h"

/* ---- councils ---- */

#define AT(id, provider)                                                                           \
    "{\"id\": \"" id "\", \"provider\": \"" provider "\", \"model\": \"m-" id "\"}"
#define SEATS                                                                                      \
    "\"members\": [" AT("ann", "p") ", " AT("bob", "q") ", " AT("cy", "r") "], \"chair\": " CHAIR

static char *council_text(const char *rest)
{
    char *text = NULL;
    if (asprintf(&text, "{\"id\": \"x\", " SEATS ", %s}", rest) < 0)
        abort();
    return text;
}

static char *round_text(const char *type, const char *opts)
{
    char *rest = NULL, *text;
    if (asprintf(&rest,
                 "\"rounds\": [{\"type\": \"independent_analysis\"}, {\"type\": \"%s\", "
                 "\"opts\": {%s}}]",
                 type, opts) < 0)
        abort();
    text = council_text(rest);
    free(rest);
    return text;
}

/* Is this council accepted? If so it is played, every question answered in the form asked for, and
 * *ret (if given) is left for the caller to look at and release. */
static bool plays(const char *council, struct drive *ret)
{
    struct drive d = drive_new(council, "{}");
    d.fills = true;
    json_t *resolved = try_resolved(json_incref(d.council), NULL);
    if (!resolved) {
        drive_release(&d);
        return false;
    }
    json_decref(d.council);
    d.council = resolved;
    d.resolved = true;
    drive_run(&d);
    if (strcmp(d.outcome, "complete") != 0 && strcmp(d.outcome, "degraded") != 0)
        fail_msg("%s\nended %s", council, d.outcome);
    assert_events_fit(d.events);
    if (ret)
        *ret = d;
    else
        drive_release(&d);
    return true;
}

static void assert_plays(char *council, struct drive *ret)
{
    if (!plays(council, ret))
        fail_msg("refused: %s", council);
    free(council);
}

/* ---- kinds ---- */

static const char *needed_opts(enum round_type_id type)
{
    return type == ROUND_TYPE_ITERATE ? "\"wrap\": \"critique\", \"max_iterations\": 2" : "";
}

static void every_round_type(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROUND_TYPE_COUNT; i++) {
        struct drive d;
        assert_plays(round_text(ROUND_KINDS[i].name, needed_opts(ROUND_KINDS[i].id)), &d);
        assert_string_equal(j_str(at_path(d.result, "rounds.1"), "status", ""), "completed");
        drive_release(&d);
    }
}

static const char *counted_as(unsigned ballots)
{
    return ballots & BALLOT_APPROVAL ? ", \"ballot\": \"approval\""
           : ballots & BALLOT_SCORE  ? ", \"ballot\": \"score\""
                                     : "";
}

static void every_aggregator(void **state)
{
    (void)state;
    for (const char *const *name = AGGREGATOR_NAMES; *name; name++) {
        const struct aggregator_kind *kind = aggregator_kind_find(*name);
        bool ranked = kind->ballots & BALLOT_RANKED;
        char opts[256];
        struct drive d;
        snprintf(opts, sizeof opts, "\"options\": [\"a\", \"b\", \"c\"], \"aggregator\": \"%s\"%s",
                 *name, counted_as(kind->ballots));
        assert_plays(round_text(ranked ? "ranking" : "vote", opts), &d);
        assert_string_equal(j_str(at_path(d.result, "rounds.1.aggregate"), "aggregator", ""),
                            kind->name);
        drive_release(&d);
    }
}

static void every_rule_for_ties(void **state)
{
    (void)state;
    for (size_t i = 0; i < TIE_RULE_COUNT; i++) {
        char opts[256];
        snprintf(opts, sizeof opts, "\"options\": [\"a\", \"b\"], \"tie_break\": [\"%s\"]",
                 TIE_KINDS[i].name);
        assert_plays(round_text("ranking", opts), NULL);
    }
}

static void every_template(void **state)
{
    (void)state;
    for (const char *const *name = TEMPLATE_NAMES; *name; name++) {
        const char *opts =
            template_kind_find(*name)->id == TEMPLATE_VOTING ? "\"options\": [\"a\", \"b\"]" : "";
        char rest[256];
        snprintf(rest, sizeof rest, "\"template\": {\"name\": \"%s\", \"opts\": {%s}}", *name,
                 opts);
        assert_plays(council_text(rest), NULL);
    }
}

static void every_router(void **state)
{
    (void)state;
    static const char *const FIELDS[ROUTER_COUNT] = {
        [ROUTER_ALL] = "",
        [ROUTER_RULES] = (", \"rules\": [{\"when\": {\"input\": {\"exists\": true}}, "
                          "\"members\": [\"ann\", \"bob\"]}]"),
        [ROUTER_SAMPLE] = ", \"k\": 2",
        [ROUTER_RELIABILITY] = ", \"k\": 2",
        [ROUTER_LLM] = ", \"max\": 2",
    };
    for (size_t i = 0; i < ROUTER_COUNT; i++) {
        char rest[512];
        snprintf(rest, sizeof rest,
                 "\"router\": {\"kind\": \"%s\"%s}, \"rounds\": [{\"type\": "
                 "\"independent_analysis\"}]",
                 ROUTER_KINDS[i].name, FIELDS[i]);
        struct drive d;
        assert_plays(council_text(rest), &d);
        size_t asked = json_array_size(at_path(d.result, "rounds.0.asked"));
        if (ROUTER_KINDS[i].id != ROUTER_ALL)
            assert_in_range(asked, 1, 2);
        drive_release(&d);
    }
}

/* ---- words ---- */

/* What stands beside the opt that is tried: the first that is accepted with it is played. */
static const char *const BESIDE[] = {
    "",
    "\"options\": [\"a\", \"b\"]",
    "\"options\": [\"a\", \"b\"], \"ballot\": \"approval\"",
    "\"options\": [\"a\", \"b\"], \"ballot\": \"score\"",
    "\"options\": [\"a\", \"b\"], \"aggregator\": \"majority\"",
    "\"options\": [\"a\", \"b\"], \"aggregator\": \"condorcet\"",
    "\"weights\": \"reliability\"",
    "\"rubric\": [{\"id\": \"clear\", \"text\": \"Is it clear?\"}], \"aggregator\": \"mean_score\"",
};

/* No aggregator that can count the ballots of this round has a use for the opt: whoever writes it
 * is told so. */
static bool of_no_use(const char *council)
{
    json_t *faults = NULL, *resolved = try_resolved(parse_json(council), &faults);
    bool told = !resolved && json_array_size(faults) == 1 &&
                strcmp(j_str(json_array_get(faults, 0), "code", ""), "aggregator_mismatch") == 0;
    json_decref(resolved);
    json_decref(faults);
    return told;
}

static char *with_word(const struct round_kind *kind, const char *opt, const char *word,
                       const char *beside)
{
    const char *needed = needed_opts(kind->id);
    char opts[512];
    snprintf(opts, sizeof opts, "\"%s\": \"%s\"%s%s%s%s", opt, word, *beside ? ", " : "", beside,
             *needed ? ", " : "", needed);
    return round_text(kind->name, opts);
}

static void assert_word(const struct round_kind *kind, const char *opt, const char *word)
{
    bool good = false;
    for (size_t i = 0; i < sizeof BESIDE / sizeof BESIDE[0] && !good; i++) {
        if (strstr(BESIDE[i], opt))
            continue;
        char *council = with_word(kind, opt, word, BESIDE[i]);
        good = plays(council, NULL);
        free(council);
    }
    char *alone = with_word(kind, opt, word, "");
    if (!good && !of_no_use(alone))
        fail_msg("%s: %s \"%s\" is a word that no council can use", kind->name, opt, word);
    free(alone);
}

static void every_word_of_every_opt(void **state)
{
    (void)state;
    const struct doc_field *f;
    for (size_t k = 0; k < ROUND_TYPE_COUNT; k++)
        for (size_t i = 0; (f = doc_field_at(ROUND_KINDS[k].opts, i)); i++)
            for (const char *const *word = f->shape.words; word && *word; word++)
                if (f->shape.words != AGGREGATOR_NAMES)
                    assert_word(&ROUND_KINDS[k], f->name, *word);
}

static void every_way_to_measure_confidence(void **state)
{
    (void)state;
    for (const char *const *word = ENTROPY_CLUSTER_NAMES; *word; word++) {
        char rest[512];
        struct drive d;
        snprintf(rest, sizeof rest,
                 "\"profiles\": {\"p\": {\"confidence\": {\"semantic_entropy\": {\"samples\": 2, "
                 "\"cluster\": \"%s\"}}}}, \"default_profile\": \"p\", \"rounds\": [{\"type\": "
                 "\"vote\", \"opts\": {\"options\": [\"a\", \"b\"]}}]",
                 *word);
        assert_plays(council_text(rest), &d);
        assert_at(d.result, "rounds.0.member_results.ann.confidence", "1.0");
        drive_release(&d);
    }
    for (const char *const *word = CONFIDENCE_METHOD_NAMES; *word; word++) {
        char rest[256];
        snprintf(rest, sizeof rest,
                 "\"profiles\": {\"p\": {\"confidence\": \"%s\"}}, \"default_profile\": \"p\", "
                 "\"rounds\": [{\"type\": \"independent_analysis\"}]",
                 *word);
        assert_plays(council_text(rest), NULL);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_round_type),
        cmocka_unit_test(every_aggregator),
        cmocka_unit_test(every_rule_for_ties),
        cmocka_unit_test(every_template),
        cmocka_unit_test(every_router),
        cmocka_unit_test(every_word_of_every_opt),
        cmocka_unit_test(every_way_to_measure_confidence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
