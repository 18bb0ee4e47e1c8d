/* What the chair is told of counts and of missing answers, word by word: it writes the answer of
 * the council from it. */
#include "drive.h"

#define COUNT(cases) (sizeof(cases) / sizeof(*(cases)))
#define COUNCIL(rounds)                                                                            \
    "{\"id\": \"x\", \"members\": " THREE ", \"chair\": " CHAIR ", \"rounds\": [" rounds           \
    ", " ROUND("synthesis") "]}"
#define VOTE(opts) "{\"type\": \"vote\", \"name\": \"v\", \"quorum\": 1, \"opts\": {" opts "}}"
#define YES_NO     "\"options\": [\"yes\", \"no\", \"later\"]"
#define SAY(id, choice)                                                                            \
    "\"r0i0:member:" id "\": [{\"text\": \"{\\\"choice\\\": \\\"" choice "\\\"}\"}]"
#define SAID(a, b, c) "{" SAY("ann", a) ", " SAY("bob", b) ", " SAY("cy", c) "}"
#define DEAD(id)                                                                                   \
    "\"r0i0:member:" id "\": [{\"error\": {\"kind\": \"permanent\", \"code\": \"auth\"}}]"

static const struct {
    const char *council, *script, *told;
} TALLIES[] = {
    {COUNCIL(VOTE(YES_NO)), SAID("yes", "yes", "no"),
     "Round v, counted by plurality (3 of 3 seats gave a ballot): first yes (2), then no (1), then "
     "later (0). yes won.\n"},
    {COUNCIL(VOTE(YES_NO)), SAID("yes", "yes", "yes"),
     "Round v, counted by plurality (3 of 3 seats gave a ballot): first yes (3), then no and later "
     "(0 each). yes won.\n"},
    {COUNCIL(VOTE(YES_NO)), "{" SAY("ann", "later") ", " SAY("bob", "no") ", " DEAD("cy") "}",
     "Round v, counted by plurality (2 of 3 seats gave a ballot): first no and later (1 each), "
     "then "
     "yes (0). It is a tie between no and later: nobody won.\n"},
    {COUNCIL(VOTE(YES_NO ", \"tie_break\": [\"first\"]")),
     "{" SAY("ann", "yes") ", " SAY("bob", "no") ", " DEAD("cy") "}",
     "Round v, counted by plurality (2 of 3 seats gave a ballot): first yes and no (1 each), then "
     "later (0). The tie was broken: no won.\n"},
    {COUNCIL(VOTE(YES_NO)), SAID("yes", "no", "later"),
     "Round v, counted by plurality (3 of 3 seats gave a ballot): yes, no and later (1 each). It "
     "is "
     "a tie between yes, no and later: nobody won.\n"},
    {COUNCIL(VOTE(YES_NO ", \"aggregator\": \"majority\"")), SAID("yes", "no", "later"),
     "Round v, counted by majority (3 of 3 seats gave a ballot): yes, no and later (1 each). "
     "Nobody "
     "won.\n"},
    {COUNCIL(VOTE("\"candidates\": \"free\"")), SAID("The cellar", "the cellar.", "Outside"),
     "Round v, counted by plurality (3 of 3 seats gave a ballot): first \"The cellar\" (2), then "
     "\"Outside\" (1). \"The cellar\" won.\n"},
};

static void what_the_chair_is_told_of_a_count(void **state)
{
    (void)state;
    for (size_t i = 0; i < COUNT(TALLIES); i++) {
        struct drive d = drive_new(TALLIES[i].council, TALLIES[i].script);
        drive_run(&d);
        const char *prompt = prompt_of(&d, "r1i0:chair:chair", 0);
        if (!strstr(prompt, TALLIES[i].told))
            fail_msg("case %zu: %s", i, prompt);
        assert_null(strstr(prompt, "seats have no answer here")); /* none is shown */
        assert_int_equal(strstr(prompt, "BEGIN count \"v\"") != NULL, i == COUNT(TALLIES) - 1);
        drive_release(&d);
    }
}

static int times(const char *text, const char *part)
{
    int n = 0;
    for (const char *at = strstr(text, part); at; at = strstr(at + 1, part))
        n++;
    return n;
}

/* Of a round that is repeated the last count is told, of several rounds all. */
static void which_counts_are_told(void **state)
{
    (void)state;
    static const struct {
        const char *council;
        int counts;
    } CASES[] = {
        {COUNCIL(
             "{\"type\": \"iterate\", \"name\": \"v\", \"opts\": {\"until\": {\"never\": true}, "
             "\"max_iterations\": 2, \"wrap\": {\"type\": \"vote\", \"opts\": {" YES_NO "}}}}"),
         1},
        {COUNCIL("{\"type\": \"vote\", \"name\": \"w\", \"opts\": {" YES_NO "}}, " VOTE(YES_NO)),
         2},
        {COUNCIL(ROUND("independent_analysis")), 0},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct drive d = drive_new(CASES[i].council, "{}");
        char id[32];
        d.fills = true;
        drive_run(&d);
        snprintf(id, sizeof id, "r%di0:chair:chair", i == 1 ? 2 : 1);
        print_message("case %zu\n", i);
        assert_int_equal(times(prompt_of(&d, id, 0), "counted by plurality"), CASES[i].counts);
        drive_release(&d);
    }
}

static void how_many_have_no_answer(void **state)
{
    (void)state;
    static const struct {
        const char *script, *told;
    } CASES[] = {
        {"{}", NULL},
        {"{" DEAD("bob") "}", "1 of 3 seats have no answer here.\n"},
        {"{" DEAD("bob") ", " DEAD("ann") "}", "2 of 3 seats have no answer here.\n"},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct drive d = drive_new(
            COUNCIL("{\"type\": \"independent_analysis\", \"name\": \"a\", \"quorum\": 1}"),
            CASES[i].script);
        drive_run(&d);
        const char *prompt = prompt_of(&d, "r1i0:chair:chair", 0);
        assert_int_equal(times(prompt, "seats have no answer here."), CASES[i].told != NULL);
        if (CASES[i].told)
            assert_non_null(strstr(prompt, CASES[i].told));
        drive_release(&d);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_chair_is_told_of_a_count),
        cmocka_unit_test(which_counts_are_told),
        cmocka_unit_test(how_many_have_no_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
