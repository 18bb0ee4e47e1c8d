/* What decides among equals: each rule alone, over all three candidates or the two that lead. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "ballots.h"
#include "common/jx.h"
#include "runner/deliberation/count/count_rules.h"
#include "runner/deliberation/count/ties.h"

/* The leaders that are left by the rule, as letters. */
static const char *left_of(const struct ballots *b, const char *leaders, const char *rule,
                           const struct tie_facts *more)
{
    static char text[8];
    struct tally t;
    size_t next = 0, n = 0;
    json_t *rules = json_pack("[s]", rule);
    struct tie_facts f = more ? *more : (struct tie_facts){.names = letter_names};
    f.ballots = b;
    plurality_count(b, &t);
    t.leaders = 0;
    for (int c = 0; c < t.candidates; c++) {
        t.leader[c] = strchr(leaders, 'A' + c) != NULL;
        t.leaders += t.leader[c];
    }
    assert_int_equal(ties_run(&t, rules, &next, &f), TIE_SETTLED);
    int counted = 0;
    for (int c = 0; c < t.candidates; c++) {
        counted += t.leader[c];
        if (t.leader[c])
            text[n++] = (char)('A' + c);
    }
    text[n] = '\0';
    assert_int_equal(counted, t.leaders);
    assert_int_equal(t.winner, n == 1 ? text[0] - 'A' : -1);
    tally_release(&t);
    json_decref(rules);
    return text;
}

/* "A.5 B? B1 -": a letter and how sure; ? for untold, - for a ballot that says nothing. */
static void add_words(struct ballots *b, const char *words)
{
    for (const char *at = words; *at; at += *at == ' ') {
        struct ballot *v = ballots_add(b, "j");
        for (int c = 0; c < b->candidates; c++)
            v->presented[c] = true;
        v->weight = 7;
        v->choice = *at == '-' ? -1 : *at - 'A';
        at++;
        v->confidence = *at == '?' || *at == ' ' || !*at ? (double)NAN : strtod(at, NULL);
        at += strcspn(at, " ");
    }
}

static void votes_and_how_sure_they_are(void **state)
{
    (void)state;
    static const struct {
        const char *words, *leaders, *votes, *confidence;
    } CASES[] = {
        {"A? B?", "AB", "AB", "AB"},
        {"A.5 A.7 B.65", "AB", "A", "B"}, /* the mean, not the sum */
        {"A.6 B.7 B.7", "AB", "B", "B"},
        {"A.6 B.6 B.6", "AB", "B", "AB"},
        {"A? B.1", "AB", "AB", "B"}, /* who told nothing has no place */
        {"A.5 A? B.4", "AB", "A", "A"},
        {"A.5 A? B.6", "AB", "A", "B"},
        {"A.1 B.2 C.9 C.9", "AB", "AB", "B"},
        {"A.1 B.2 C.9 C.9", "ABC", "C", "C"},
        {"A.3 A.3 B.3 B.3 C.3", "ABC", "AB", "ABC"},
        {"A.3 B.3 C.2", "ABC", "ABC", "AB"},
        {"- - A.2", "AB", "A", "A"},
        {"-", "ABC", "ABC", "ABC"},
        {"", "BC", "BC", "BC"},
        {"A0 B1", "AB", "AB", "B"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct ballots b;
        ballots_init(&b, 3);
        add_words(&b, CASES[i].words);
        assert_string_equal(left_of(&b, CASES[i].leaders, "votes", NULL), CASES[i].votes);
        assert_string_equal(left_of(&b, CASES[i].leaders, "confidence", NULL), CASES[i].confidence);
        ballots_release(&b);
    }
}

/* The first place, whatever the ballot is made of. */
static void what_is_a_vote(void **state)
{
    (void)state;
    struct ballots b;
    ballots_init(&b, 3);
    add_ranked(&b, 1, "j", "BA", NULL);
    assert_string_equal(left_of(&b, "ABC", "votes", NULL), "B");
    struct ballot *v = ballots_add(&b, "j");
    v->approved[0] = v->approved[1] = true;
    v->presented[0] = v->presented[1] = v->presented[2] = true;
    assert_string_equal(left_of(&b, "ABC", "votes", NULL), "B");
    assert_string_equal(left_of(&b, "AC", "votes", NULL), "A");
    for (int i = 0; i < 2; i++) {
        v = ballots_add(&b, "j");
        v->presented[0] = v->presented[1] = v->presented[2] = true;
        v->score[0] = 0.5;
        v->score[2] = 0.5;
    }
    assert_string_equal(left_of(&b, "ABC", "votes", NULL), "A"); /* 3 of them, 2, 2 */
    v->score[1] = 0.75;
    assert_string_equal(left_of(&b, "ABC", "votes", NULL), "B"); /* 2, 3, 1 */
    v->score[0] = 0.9;
    assert_string_equal(left_of(&b, "AB", "votes", NULL), "A"); /* 3, 2, 1 */
    ballots_release(&b);
}

static void one_against_one(void **state)
{
    (void)state;
    static const struct {
        const char *orders[4], *presented, *leaders, *left;
    } CASES[] = {
        {{"AB", "AB", "BA"}, NULL, "AB", "A"},
        {{"AB", "BA"}, NULL, "AB", "AB"},
        {{"A", "A", "B"}, NULL, "AB", "A"}, /* the unranked are last */
        {{"C", "C", "B"}, NULL, "AB", "B"},
        {{"BA", "BA", "AB"}, NULL, "AB", "B"},
        {{"AB", "B", "B"}, NULL, "AB", "B"},
        {{"ABC", "BCA", "CAB"}, NULL, "ABC", "ABC"}, /* a ring */
        {{"ABC", "BCA", "CAB"}, NULL, "AC", "C"},
        {{"CBA", "CAB", "ABC"}, NULL, "ABC", "C"},
        {{"AB", "AB"}, "A", "AB", "AB"}, /* both have to be shown */
        {{"BA", "BA"}, "B", "AB", "AB"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct ballots b;
        ballots_init(&b, 3);
        for (int k = 0; k < 4 && CASES[i].orders[k]; k++)
            add_ranked(&b, 1, "j", CASES[i].orders[k], CASES[i].presented);
        if (strcmp(left_of(&b, CASES[i].leaders, "pairwise", NULL), CASES[i].left) != 0)
            fail_msg("case %zu: %s", i, left_of(&b, CASES[i].leaders, "pairwise", NULL));
        ballots_release(&b);
    }
}

/* Who saw one of the two says nothing of them, and those who saw both still do. */
static void who_saw_but_one_is_passed_over(void **state)
{
    (void)state;
    struct ballots b;
    ballots_init(&b, 3);
    add_ranked(&b, 1, "j", "A", "AC");
    add_ranked(&b, 1, "k", "BA", NULL);
    assert_string_equal(left_of(&b, "AB", "pairwise", NULL), "B");
    ballots_release(&b);
}

static void names_and_lots(void **state)
{
    (void)state;
    static const char *const names[] = {"zoe", "bob", "amy"};
    static const int lot[] = {1, 2, 0};
    struct ballots b;
    static const char *const others[] = {"zoe", "amy", "bob"};
    struct tie_facts f = {.names = names, .lot = lot}, none = {.names = names};
    struct tie_facts g = {.names = others};
    ballots_init(&b, 3);
    assert_string_equal(left_of(&b, "ABC", "first", &f), "C");
    assert_string_equal(left_of(&b, "AB", "first", &f), "B");
    assert_string_equal(left_of(&b, "AC", "first", &g), "C"); /* of the tied alone */
    assert_string_equal(left_of(&b, "ABC", "lot", &f), "C");
    assert_string_equal(left_of(&b, "AB", "lot", &f), "A");
    assert_string_equal(left_of(&b, "AB", "lot", &none), "AB");
    assert_string_equal(left_of(&b, "AB", "none", &f), "AB");
    ballots_release(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(votes_and_how_sure_they_are),
        cmocka_unit_test(what_is_a_vote),
        cmocka_unit_test(one_against_one),
        cmocka_unit_test(who_saw_but_one_is_passed_over),
        cmocka_unit_test(names_and_lots),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
