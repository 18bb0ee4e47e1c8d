/* A round begins when the cheapest seats of its quorum fit into what is left, to the token, the
 * call and the cent; with one less nobody is asked. */
#include "drive.h"

#define COUNT(cases) (sizeof(cases) / sizeof(*(cases)))
#define PRICED(id, most)                                                                           \
    "{\"id\": \"" id "\", \"provider\": \"mock\", \"model\": \"m-" id "\", \"max_tokens\": " most  \
    ", \"price\": {\"input\": 1000, \"output\": 2000}}"
#define SEATS PRICED("ann", "150") ", " PRICED("bob", "100") ", " PRICED("cy", "100")
#define PANEL                                                                                      \
    "{\"id\": \"x\", \"budget\": {\"chair_reserve\": 0%s}, \"members\": [" SEATS                   \
    "], \"rounds\": [{\"type\": \"independent_analysis\", \"name\": \"a\", \"quorum\": %d, "       \
    "\"max_parallel\": 1}]}"

static struct drive panel(const char *budget, int quorum)
{
    char council[2000];
    snprintf(council, sizeof council, PANEL, budget, quorum);
    struct drive d = drive_new(council, "{}");
    drive_run(&d);
    return d;
}

/* What is reserved for the call of a seat. */
static double reserved(struct drive *d, int nth, const char *what)
{
    return j_num(json_object_get(nth_event(d, "member_started", nth), "reserved"), what, -1);
}

static void the_cheapest_of_the_quorum_have_to_fit(void **state)
{
    (void)state;
    struct drive d = panel(", \"max_tokens\": 1000000, \"max_cost\": 1000", 1);
    const double dear = reserved(&d, 0, "tokens"), tokens = reserved(&d, 1, "tokens");
    const double dear_cost = reserved(&d, 0, "cost"), cost = reserved(&d, 1, "cost");
    assert_true(dear > tokens + 10 && tokens > 100 && reserved(&d, 2, "tokens") == tokens);
    assert_true(dear_cost > cost && cost > 0.2);
    drive_release(&d);
    const struct {
        const char *name;
        double limit, step;
        int quorum;
    } CASES[] = {
        {"max_tokens", tokens, 1, 1},
        {"max_tokens", 2 * tokens, 1, 2},
        {"max_tokens", 2 * tokens + dear, 1, 3},
        {"max_cost", cost, 0.0001, 1},
        {"max_cost", 2 * cost, 0.0001, 2},
        {"max_cost", 2 * cost + dear_cost, 0.0001, 3},
        {"max_calls", 1, 1, 1},
        {"max_calls", 2, 1, 2},
        {"max_calls", 3, 1, 3},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        for (int less = 0; less < 2; less++) {
            char budget[80];
            const double limit = CASES[i].limit - less * CASES[i].step;
            if (less && strcmp(CASES[i].name, "max_calls") == 0)
                continue; /* such a document is refused */
            snprintf(budget, sizeof budget, ", \"%s\": %.10g", CASES[i].name, limit);
            d = panel(budget, CASES[i].quorum);
            print_message("%s of %d\n", budget, CASES[i].quorum);
            assert_at(d.result, "rounds.0.reason", less ? "\"budget\"" : "null");
            assert_at(d.result, "rounds.0.quorum.need",
                      (const char *[]){"1", "2", "3"}[CASES[i].quorum - 1]);
            if (less) {
                assert_at(d.result, "rounds.0.status", "\"skipped\"");
                assert_at(d.result, "rounds.0.asked", "[]");
                assert_at(d.result, "degraded_reasons.0.detail",
                          "\"the limits do not hold the quorum of this round\"");
                assert_int_equal(json_array_size(d.asked), 0);
            }
            drive_release(&d);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_cheapest_of_the_quorum_have_to_fit),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
