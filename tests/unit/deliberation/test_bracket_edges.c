/* Who meets whom in a tournament, who is left out of a level, and what decides where judges do not.
 */
#include "drive.h"
#include "runner/deliberation/words/digest.h"

#define COUNT(cases) (sizeof(cases) / sizeof(*(cases)))
#define SURE(id)                                                                                   \
    "{\"id\": \"" id "\", \"provider\": \"mock\", \"model\": \"m-" id "\", \"confidence\": "       \
    "\"self_report\"}"
#define FIVE "[" SURE("ann") ", " SURE("bob") ", " SURE("cy") ", " SURE("dee") ", " SURE("eve") "]"
#define CUP(before, opts)                                                                          \
    "{\"id\": \"x\", \"members\": " FIVE ", \"chair\": " CHAIR ", \"rounds\": [" ROUND(            \
        "independent_analysis") ", " before "{\"type\": \"iterate\", \"name\": \"cup\", "          \
                                "\"opts\": {\"wrap\": {\"type\": \"pairwise_elimination\", "       \
                                "\"opts\": {" opts "}}}}]}"
#define RANKED                                                                                     \
    "{\"type\": \"anonymized_peer_review\", \"name\": \"rank\", \"opts\": {\"exclude\": "          \
    "\"none\"}}, "
#define VOTED                                                                                      \
    "{\"type\": \"vote\", \"name\": \"poll\", \"opts\": {\"options\": [\"yes\", \"no\"]}}, "

static const char *const ids[] = {"ann", "bob", "cy", "dee", "eve"};
/* The labels of these five by the seed `council`. */
static const char *const labels[] = {"E", "C", "A", "D", "B"};

static void say(struct drive *d, const char *call_id, json_t *text)
{
    json_object_set_new(d->script, call_id, json_pack("[{so}]", "text", text));
}

/* How sure each of the five is. */
static void be_sure(struct drive *d, const double *sure)
{
    for (size_t i = 0; i < COUNT(ids); i++) {
        char id[32];
        snprintf(id, sizeof id, "r0i0:member:%s", ids[i]);
        say(d, id, json_sprintf("Mine.\n{\"confidence\": %.1f}", sure[i]));
    }
}

/* All rank alike: "42031", numbers of members, the best first. */
static void rank_all(struct drive *d, const char *order)
{
    json_t *names = json_array();
    for (const char *at = order; *at; at++)
        json_array_append_new(names, json_sprintf("Response %s", labels[*at - '0']));
    json_t *ballot = json_pack("{ssso}", "rationale", "by merit", "ordering", names);
    char *text = json_dumps(ballot, 0);
    for (size_t i = 0; i < COUNT(ids); i++) {
        char id[32];
        snprintf(id, sizeof id, "r1i0:member:%s", ids[i]);
        say(d, id, json_string(text));
    }
    free(text);
    json_decref(ballot);
}

/* The chair finds each time that the one who was seeded higher is better. */
static void seeds_win(struct drive *d, int index)
{
    for (int i = 0; i < 3 * 2 * 2; i++) {
        char id[64];
        snprintf(id, sizeof id, "r%di%d:judge:chair:m%ds%d", index, i / 4, i / 2 % 2, i % 2);
        say(d, id, json_sprintf("{\"choice\": \"Response %s\"}", i % 2 ? "B" : "A"));
    }
}

/* "ann-bob cy-dee": the pairs of a level. */
static void expect_pairs(struct drive *d, int round, const char *expected)
{
    char path[64], text[100] = "";
    size_t i, len = 0;
    json_t *one;
    snprintf(path, sizeof path, "rounds.%d.matches", round);
    json_array_foreach (at_path(d->result, path), i, one) {
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%s-%s", i ? " " : "",
                                j_str(one, "a", ""), j_str(one, "b", ""));
    }
    assert_string_equal(text, expected);
}

static const double equal[] = {0.5, 0.5, 0.5, 0.5, 0.5};

static void who_meets_whom(void **state)
{
    (void)state;
    static const struct {
        const char *council, *rank, *pairs[3], *order;
    } CASES[] = {
        {CUP("", "\"seeding\": \"document\""),
         NULL,
         {"bob-eve cy-dee", "ann-cy", "ann-bob"},
         "[[\"ann\"],[\"bob\"],[\"cy\"],[\"dee\",\"eve\"]]"},
        {CUP(RANKED, "\"seeding\": \"document\""),
         "42031",
         {"bob-eve cy-dee", "ann-cy", "ann-bob"},
         "[[\"ann\"],[\"bob\"],[\"cy\"],[\"dee\",\"eve\"]]"},
        {CUP(RANKED, "\"seeding\": \"rank\""),
         "42031",
         {"cy-bob ann-dee", "eve-ann", "eve-cy"},
         "[[\"eve\"],[\"cy\"],[\"ann\"],[\"bob\",\"dee\"]]"},
        {CUP(RANKED, "\"seeding\": \"auto\""),
         "42031",
         {"cy-bob ann-dee", "eve-ann", "eve-cy"},
         "[[\"eve\"],[\"cy\"],[\"ann\"],[\"bob\",\"dee\"]]"},
        {CUP(RANKED, "\"seeding\": \"rank\""),
         "01234",
         {"bob-eve cy-dee", "ann-cy", "ann-bob"},
         "[[\"ann\"],[\"bob\"],[\"cy\"],[\"dee\",\"eve\"]]"},
        {CUP(RANKED, "\"seeding\": \"rank\""),
         "43210",
         {"dee-ann cy-bob", "eve-cy", "eve-dee"},
         "[[\"eve\"],[\"dee\"],[\"cy\"],[\"ann\",\"bob\"]]"},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        int cup = CASES[i].rank ? 2 : 1;
        struct drive d = drive_new(CASES[i].council, "{}");
        be_sure(&d, equal);
        if (CASES[i].rank)
            rank_all(&d, CASES[i].rank);
        seeds_win(&d, cup);
        drive_run(&d);
        print_message("case %zu\n", i);
        for (int k = 0; k < 3; k++)
            expect_pairs(&d, cup + k, CASES[i].pairs[k]);
        char path[64];
        snprintf(path, sizeof path, "rounds.%d.aggregate.order", cup + 2);
        assert_at(d.result, path, CASES[i].order);
        drive_release(&d);
    }
}

/* Without a rank the seeds are drawn by lot. */
static void seeds_that_are_drawn(void **state)
{
    (void)state;
    int seeds[] = {0, 1, 2, 3, 4};
    struct stream s;
    char expected[64];
    stream_init(&s, "council", "bracket/%s", "r1i0");
    stream_shuffle(&s, seeds, 5);
    stream_release(&s);
    snprintf(expected, sizeof expected, "%s-%s %s-%s", ids[seeds[1]], ids[seeds[4]], ids[seeds[2]],
             ids[seeds[3]]);
    static const char *const councils[] = {CUP("", ""), CUP("", "\"seeding\": \"auto\""),
                                           CUP("", "\"seeding\": \"shuffle\"")};
    for (size_t i = 0; i < COUNT(councils); i++) {
        struct drive d = drive_new(councils[i], "{}");
        be_sure(&d, equal);
        drive_run(&d);
        expect_pairs(&d, 1, expected);
        drive_release(&d);
    }
}

/* Who is ranked alike keeps the order of the document: bob and cy change places in half of the
 * ballots. */
static void seeds_of_one_rank(void **state)
{
    (void)state;
    struct drive d = drive_new(CUP(RANKED, ""), "{}");
    be_sure(&d, equal);
    rank_all(&d, "02134");
    for (size_t i = 0; i < 2; i++) {
        char id[32];
        snprintf(id, sizeof id, "r1i0:member:%s", ids[i]);
        say(&d, id,
            json_string("{\"rationale\": \"by merit\", \"ordering\": [\"E\", \"C\", \"A\", "
                        "\"D\", \"B\"]}"));
    }
    say(&d, "r1i0:member:eve", json_string("I would rather not."));
    drive_run(&d);
    assert_at(d.result, "rounds.1.aggregate.order",
              "[[\"ann\"],[\"bob\",\"cy\"],[\"dee\"],[\"eve\"]]");
    expect_pairs(&d, 2, "bob-eve cy-dee");
    drive_release(&d);
}

/* What was voted on says nothing of the members. */
static void a_count_over_options_is_no_rank(void **state)
{
    (void)state;
    static const char *const councils[] = {CUP(VOTED, "\"seeding\": \"auto\""),
                                           CUP(VOTED, "\"seeding\": \"shuffle\"")};
    char *drawn[2];
    for (size_t i = 0; i < COUNT(councils); i++) {
        struct drive d = drive_new(councils[i], "{}");
        d.fills = true;
        be_sure(&d, equal);
        drive_run(&d);
        assert_at(d.result, "rounds.1.aggregate.over", "\"options\"");
        drawn[i] = json_dumps(at_path(d.result, "rounds.2.matches.0.a"), JSON_ENCODE_ANY);
        drive_release(&d);
    }
    assert_string_equal(drawn[0], drawn[1]);
    assert_string_not_equal(drawn[0], "\"bob\""); /* as the document would have it */
    free(drawn[0]);
    free(drawn[1]);
}

/* And takes nothing from a rank that was there before it. */
static void a_rank_stands_behind_a_count_over_options(void **state)
{
    (void)state;
    struct drive d = drive_new(CUP(RANKED VOTED, ""), "{}");
    d.fills = true;
    be_sure(&d, equal);
    rank_all(&d, "02134");
    drive_run(&d);
    assert_at(d.result, "rounds.2.aggregate.over", "\"options\"");
    expect_pairs(&d, 3, "cy-eve bob-dee");
    drive_release(&d);
}

static const struct {
    const char *opts, *rank;
    double sure[5];
    const char *winners[2]; /* NULL: by lot */
} DECIDED[] = {
    {"", "24031", {0.5, 0.5, 0.5, 0.5, 0.5}, {"eve", "cy"}},
    {"", "34021", {0.9, 0.9, 0.9, 0.1, 0.1}, {"eve", "dee"}}, /* the rank comes first */
    {"\"tie_break\": [\"confidence\"]", "34021", {0.9, 0.9, 0.9, 0.1, 0.1}, {"bob", "cy"}},
    {"\"tie_break\": [\"confidence\", \"rank\"]",
     "34021",
     {0.5, 0.5, 0.9, 0.1, 0.5},
     {"eve", "cy"}},
    {"\"tie_break\": [\"rank\", \"confidence\"]",
     "34021",
     {0.9, 0.9, 0.9, 0.1, 0.1},
     {"eve", "dee"}},
    {"\"tie_break\": [\"confidence\"]", "34021", {0.5, 0.5, 0.6, 0.7, 0.5}, {NULL, "dee"}},
    {"\"tie_break\": [\"lot\"]", "34021", {0.9, 0.9, 0.9, 0.1, 0.1}, {NULL, NULL}},
    {"", "20143", {0.5, 0.5, 0.5, 0.5, 0.5}, {"bob", "cy"}},
};

/* The judge always prefers a side. bob meets eve, cy meets dee and ann is left out. */
static void what_decides_where_judges_do_not(void **state)
{
    (void)state;
    int place[5] = {0}, order[] = {0, 1, 2, 3, 4};
    struct stream s;
    stream_init(&s, "council", "lot/%s", "r2i0");
    stream_shuffle(&s, order, 5);
    stream_release(&s);
    for (int i = 0; i < 5; i++)
        place[order[i]] = i;
    for (size_t i = 0; i < COUNT(DECIDED); i++) {
        char council[3000];
        snprintf(
            council, sizeof council,
            "{\"id\": \"x\", \"members\": " FIVE ", \"chair\": " CHAIR ", \"rounds\": [" ROUND(
                "independent_analysis") ", " RANKED
                                        "{\"type\": \"pairwise_elimination\", \"name\": \"p\", "
                                        "\"opts\": {\"seeding\": \"document\"%s%s}}]}",
            *DECIDED[i].opts ? ", " : "", DECIDED[i].opts);
        struct drive d = drive_new(council, "{}");
        be_sure(&d, DECIDED[i].sure);
        rank_all(&d, DECIDED[i].rank);
        for (int k = 0; k < 4; k++) {
            char id[64];
            snprintf(id, sizeof id, "r2i0:judge:chair:m%ds%d", k / 2, k % 2);
            say(&d, id, json_string("{\"choice\": \"Response A\"}"));
        }
        drive_run(&d);
        print_message("case %zu\n", i);
        expect_pairs(&d, 2, "bob-eve cy-dee");
        for (int k = 0; k < 2; k++) {
            char path[64];
            snprintf(path, sizeof path, "rounds.2.matches.%d", k);
            json_t *match = at_path(d.result, path);
            int a = k == 0 ? 1 : 2, b = k == 0 ? 4 : 3;
            const char *drawn = ids[place[a] < place[b] ? a : b];
            assert_at(match, "method", "\"tie_rule\"");
            assert_at(match, "flags", "[\"position_inconsistent\"]");
            assert_string_equal(j_str(match, "winner", ""),
                                DECIDED[i].winners[k] ? DECIDED[i].winners[k] : drawn);
        }
        drive_release(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(who_meets_whom),
        cmocka_unit_test(seeds_that_are_drawn),
        cmocka_unit_test(seeds_of_one_rank),
        cmocka_unit_test(a_count_over_options_is_no_rank),
        cmocka_unit_test(a_rank_stands_behind_a_count_over_options),
        cmocka_unit_test(what_decides_where_judges_do_not),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
