/* Models without JSON write their ballot in words: the last one that is meant as a ballot counts,
 * and prose about voting is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/jx.h"
#include "runner/deliberation/form/ballot_text.h"
#include "runner/deliberation/form/form.h"

struct text_case {
    const char *text, *ballot; /* NULL: none */
};

static void read_all(enum form_kind kind, const struct text_case *cases, size_t count)
{
    json_t *ids = json_pack("[sss]", "ann", "bob", "cy");
    json_t *how =
        json_pack("{ss,ss,ss}", "style", "letters", "assign", "as_given", "prefix", "Response ");
    struct label_map *map = label_map_new("s", "", ids, how);
    struct form form;
    form_init(&form, kind);
    form.map = map;
    form.presented = json_incref(ids);
    form_build(&form);
    for (size_t i = 0; i < count; i++) {
        json_t *ballot = ballot_of_text(&form, cases[i].text);
        char *text = ballot ? j_dump(ballot) : NULL;
        if (!text != !cases[i].ballot || (text && strcmp(text, cases[i].ballot) != 0))
            fail_msg("\"%s\" is read as %s", cases[i].text, text ? text : "nothing");
        free(text);
        json_decref(ballot);
    }
    form_release(&form);
    label_map_free(map);
    json_decref(ids);
    json_decref(how);
}

#define CHOICE(name) "{\"choice\":\"" name "\"}"
#define ORDER(names) "{\"ordering\":[" names "]}"

static void votes_in_words(void **state)
{
    (void)state;
    static const struct text_case CASES[] = {
        {"", NULL},
        {"I vote for Response A.", NULL},
        {"My vote: Response A", NULL}, /* not at the beginning of its line */
        {"Vote", NULL},
        {"Vote Response A", NULL},
        {"Votes: Response A", NULL},
        {"vot: Response A", NULL},
        {"Vote: Response A", CHOICE("Response A")},
        {"Vote= Response A", CHOICE("Response A")},
        {"VOTE: Response A", CHOICE("Response A")},
        {"Choice: Response A", CHOICE("Response A")},
        {"Final vote: Response A", CHOICE("Response A")},
        {"Final choice: Response A", NULL},
        {"Vote : Response A", CHOICE("Response A")},
        {"  \t- **Vote**: **Response A**", CHOICE("Response A")},
        {"# Vote: `Response A`", CHOICE("Response A")},
        {"> __Vote__: \"Response A\"", CHOICE("Response A")},
        {"First some words.\nVote: Response B\n", CHOICE("Response B")},
        {"Vote: Response A\nOn second thought:\nVote: Response B\nThat is it.",
         CHOICE("Response B")},
        {"Choice: Response A\nVote: Response B", CHOICE("Response B")},
        {"Vote: Response B - best of all", CHOICE("Response B")},
        {"Vote: Response B \xe2\x80\x93 best of all", CHOICE("Response B")},
        {"Vote: Response B \xe2\x80\x94 best of all", CHOICE("Response B")},
        {"Vote: Response B: best of all", CHOICE("Response B")},
        {"Vote: Response B (best of all)", CHOICE("Response B ")},
        {"Vote: Response B, best of all", CHOICE("Response B")},
        {"Vote: Response B. It is best.", CHOICE("Response B")},
        {"Vote: nobody at all", CHOICE("nobody at all")}, /* whoever reads it refuses it */
        {"Vote:", CHOICE("")},
    };
    read_all(FORM_VOTE, CASES, sizeof(CASES) / sizeof(*CASES));
}

static void rankings_in_words(void **state)
{
    (void)state;
    static const struct text_case CASES[] = {
        {"", NULL},
        {"1. Response A\n2. Response B", NULL}, /* a list, and not said to be the ranking */
        {"Final rank\n1. Response A", NULL},
        {"FINAL RANKING:", ORDER("")},
        {"FINAL RANKING: 1. Response A", ORDER("")},
        {"FINAL RANKING:\n1. Response B\n2. Response A", ORDER("\"Response B\",\"Response A\"")},
        {"Final Ranking\n1) Response B\n2) Response A", ORDER("\"Response B\",\"Response A\"")},
        {"my final ranking:\n10. Response C", ORDER("\"Response C\"")},
        {"Final ranking:\n\n  1. **Response B** - clear\n\t2. Response A (short)\n",
         ORDER("\"Response B\",\"Response A \"")},
        {"Final ranking:\n- Response A\n. Response B\n3 Response C\n4. Response C",
         ORDER("\"Response C\"")},
        {"1. Response A\nFinal ranking:\n1. Response B\nand so on\n2. Response C",
         ORDER("\"Response B\",\"Response C\"")},
        {"Final ranking:\n1. Response A\nFinal ranking:\n1. Response B", ORDER("\"Response B\"")},
    };
    read_all(FORM_RANKING, CASES, sizeof(CASES) / sizeof(*CASES));
}

/* Other forms have no words of their own. */
static void other_forms_are_not_read(void **state)
{
    (void)state;
    static const struct text_case CASES[] = {{"Vote: Response A", NULL},
                                             {"Final ranking:\n1. Response A", NULL}};
    static const enum form_kind KINDS[] = {FORM_APPROVAL, FORM_SCORES, FORM_CRITIQUE,
                                           FORM_CONSENSUS};
    for (size_t i = 0; i < sizeof(KINDS) / sizeof(*KINDS); i++)
        read_all(KINDS[i], CASES, sizeof(CASES) / sizeof(*CASES));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(votes_in_words),
        cmocka_unit_test(rankings_in_words),
        cmocka_unit_test(other_forms_are_not_read),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
