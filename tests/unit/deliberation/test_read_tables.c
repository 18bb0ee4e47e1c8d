/* All that is made of an answer, for each form: what is counted, what is shown to others, what was
 * repaired and what is told to the model when nothing can be made of it. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "runner/deliberation/form/form.h"
#include "runner/deliberation/form/read.h"

/* ann reads of bob and cy, whose labels are B and C. */
static struct label_map *labels(void)
{
    json_t *ids = json_pack("[sss]", "ann", "bob", "cy");
    json_t *how =
        json_pack("{ss,ss,ss}", "style", "letters", "assign", "as_given", "prefix", "Response ");
    struct label_map *map = label_map_new("s", "", ids, how);
    json_decref(ids);
    json_decref(how);
    return map;
}

static void add(json_t *o, const char *key, const char *text)
{
    if (text)
        j_set(o, key, j_string(text));
}

/* Only what is there. */
static char *shown(const struct reading *r)
{
    json_t *o = j_object();
    add(o, "parse", r->parse);
    add(o, "answer", r->answer);
    add(o, "rebuttal", r->rebuttal);
    add(o, "shown", r->shown);
    if (r->ballot)
        j_ref(o, "ballot", r->ballot);
    if (!isnan(r->confidence))
        j_set(o, "confidence", j_real(r->confidence));
    if (r->changed >= 0)
        j_set(o, "changed", j_integer(r->changed));
    if (json_array_size(r->flags))
        j_ref(o, "flags", r->flags);
    if (json_array_size(r->errors))
        j_ref(o, "errors", r->errors);
    assert_int_equal(r->ok, json_array_size(r->errors) == 0);
    char *text = j_dump(o);
    json_decref(o);
    return text;
}

struct read_case {
    const char *content, *expected;
};

static void expect_form(struct form *f, const struct read_case *cases, size_t n)
{
    for (size_t i = 0; i < n; i++) {
        struct reading r;
        form_read(f, cases[i].content, NULL, false, &r);
        char *text = shown(&r);
        if (strcmp(text, cases[i].expected) != 0)
            fail_msg("%s\nis read as\n%s\nnot\n%s", cases[i].content, text, cases[i].expected);
        free(text);
        reading_release(&r);
    }
}

static void form_of(struct form *f, enum form_kind kind, struct label_map *map)
{
    form_init(f, kind);
    f->map = map;
    f->presented = json_pack("[ss]", "cy", "bob");
    f->self = "ann";
}

#define COUNT(cases) (sizeof(cases) / sizeof(cases)[0])

static void expect_all(enum form_kind kind, const struct read_case *cases, size_t n)
{
    struct label_map *map = labels();
    struct form f;
    form_of(&f, kind, map);
    form_build(&f);
    expect_form(&f, cases, n);
    form_release(&f);
    label_map_free(map);
}

static void critiques(void **state)
{
    (void)state;
    static const struct read_case CASES[] = {
        {"{\"critiques\":[{\"target\":\"B\",\"severity\":\"fatal\",\"point\":\"wrong\"},"
         "{\"target\":\"Response C\"},{\"target\":\"Z\"},{\"point\":\"x\"},{\"target\":\"A\"}],"
         "\"revised_answer\":\"new\",\"changed\":true,\"confidence\":0.5}",
         "{\"parse\":\"json\",\"answer\":\"new\",\"shown\":\"Response B (fatal): wrong\\n"
         "Response C (minor): \\nResponse A (minor): \\n\",\"ballot\":{\"critiques\":[{\"target\":"
         "\"bob\",\"severity\":\"fatal\",\"point\":\"wrong\"},{\"target\":\"cy\",\"severity\":"
         "\"minor\",\"point\":\"\"},{\"target\":\"ann\",\"severity\":\"minor\",\"point\":\"\"}]},"
         "\"confidence\":0.5,\"changed\":1,\"flags\":[\"ballot_repaired\"]}"},
        {"{\"critiques\":[],\"revised_answer\":\"new\",\"changed\":false}",
         "{\"parse\":\"json\",\"answer\":\"new\",\"shown\":\"\",\"ballot\":{\"critiques\":[]},"
         "\"changed\":0}"},
        {"{\"revised_answer\":\"new\",\"changed\":\"yes\"}",
         "{\"parse\":\"json\",\"answer\":\"new\",\"shown\":\"\",\"ballot\":{\"critiques\":[]}}"},
        {"{\"revised_answer\":\"\"}",
         "{\"parse\":\"json\",\"answer\":\"\",\"shown\":\"\",\"ballot\":{\"critiques\":[]},"
         "\"errors\":[\"\\\"revised_answer\\\" is empty\"]}"},
        {"{\"critiques\":[]}",
         "{\"parse\":\"json\",\"errors\":[\"\\\"revised_answer\\\" is missing\"]}"},
    };
    expect_all(FORM_CRITIQUE, CASES, COUNT(CASES));
}

static void dissents_and_members(void **state)
{
    (void)state;
    static const struct read_case DISSENTS[] = {
        {"{\"answer\":\"a\",\"dissent\":[],\"confidence\":1}",
         "{\"parse\":\"json\",\"answer\":\"a\",\"confidence\":1.0}"},
        {"{\"answer\":\"\"}",
         "{\"parse\":\"json\",\"answer\":\"\",\"errors\":[\"\\\"answer\\\" is empty\"]}"},
        {"{\"dissent\":[]}", "{\"parse\":\"json\",\"errors\":[\"\\\"answer\\\" is missing\"]}"},
    };
    static const struct read_case MEMBERS[] = {
        {"{\"members\":[\"B\",\"C\",\"B\"]}",
         "{\"parse\":\"json\",\"ballot\":{\"members\":[\"bob\",\"cy\"]},\"flags\":"
         "[\"ballot_repaired\"]}"},
        {"{\"members\":[\"A\"]}",
         "{\"parse\":\"json\",\"ballot\":{\"members\":[]},\"flags\":[\"ballot_repaired\"],"
         "\"errors\":[\"\\\"members\\\" names nobody who could be chosen\"]}"},
        {"{\"members\":[]}",
         "{\"parse\":\"json\",\"ballot\":{\"members\":[]},\"errors\":[\"\\\"members\\\" names "
         "nobody who could be chosen\"]}"},
    };
    static const struct read_case GROUPS[] = {
        {"{\"groups\":[[0]],\"confidence\":0.5}", "{\"parse\":\"json\",\"confidence\":0.5}"},
        {"{\"reason\":\"r\"}", "{\"parse\":\"json\",\"errors\":[\"\\\"groups\\\" is missing\"]}"},
    };
    expect_all(FORM_DISSENT, DISSENTS, COUNT(DISSENTS));
    expect_all(FORM_MEMBERS, MEMBERS, COUNT(MEMBERS));
    expect_all(FORM_GROUPS, GROUPS, COUNT(GROUPS));
}

static void approvals_and_rankings(void **state)
{
    (void)state;
    static const struct read_case APPROVALS[] = {
        {"{\"approved\":[\"C\",\"B\"],\"rationale\":\"both\"}",
         "{\"parse\":\"json\",\"shown\":\"both\\n\\nApproves: Response C, Response B\\n\","
         "\"ballot\":{\"approved\":[\"cy\",\"bob\"]}}"},
        {"{\"approved\":[]}",
         "{\"parse\":\"json\",\"shown\":\"Approves: none\\n\",\"ballot\":{\"approved\":[]}}"},
        {"{\"approved\":\"B\"}",
         "{\"parse\":\"json\",\"errors\":[\"\\\"approved\\\" is not a list\"]}"},
        {"{\"rationale\":\"both\"}",
         "{\"parse\":\"json\",\"errors\":[\"\\\"approved\\\" is missing\"]}"},
    };
    static const struct read_case RANKINGS[] = {
        {"{\"ordering\":[\"C\",\"B\"],\"rationale\":\"r\"}",
         "{\"parse\":\"json\",\"shown\":\"r\\n\\nOrder, best first: Response C > Response B\\n\","
         "\"ballot\":{\"ordering\":[\"cy\",\"bob\"]}}"},
        {"{\"ordering\":[\"Z\"]}",
         "{\"parse\":\"json\",\"flags\":[\"ballot_repaired\"],\"errors\":[\"\\\"ordering\\\" names "
         "nothing that was shown\"]}"},
        {"{\"ordering\":{}}",
         "{\"parse\":\"json\",\"errors\":[\"\\\"ordering\\\" is not a list\"]}"},
        {"no", "{\"errors\":[\"no JSON object of the required form was found\"]}"},
        {" \n", "{\"errors\":[\"the answer is empty\"]}"},
        {"[1]", "{\"errors\":[\"no JSON object of the required form was found\"]}"},
    };
    expect_all(FORM_APPROVAL, APPROVALS, COUNT(APPROVALS));
    expect_all(FORM_RANKING, RANKINGS, COUNT(RANKINGS));
}

static void votes(void **state)
{
    (void)state;
    static const struct read_case CASES[] = {
        {"{\"choice\":\"B\"}",
         "{\"parse\":\"json\",\"shown\":\"Vote: Response B\\n\",\"ballot\":{\"choice\":\"bob\"}}"},
        {"{\"choice\":7}",
         "{\"parse\":\"json\",\"errors\":[\"\\\"choice\\\" is none of the options\"]}"},
        {"{\"choice\":\"A\"}",
         "{\"parse\":\"json\",\"errors\":[\"\\\"choice\\\" is none of the options\"]}"},
        {"{\"choice\":\"Z\"}",
         "{\"parse\":\"json\",\"errors\":[\"\\\"choice\\\" is none of the options\"]}"},
    };
    expect_all(FORM_VOTE, CASES, COUNT(CASES));
}

/* Any words are a choice, but for none at all; to abstain only where that is offered. */
static void free_votes(void **state)
{
    (void)state;
    static const struct read_case CASES[] = {
        {"{\"choice\":\" Blue \"}",
         "{\"parse\":\"json\",\"shown\":\"Vote: Blue\\n\",\"ballot\":{\"choice\":\"Blue\"}}"},
        {"{\"choice\":\" \"}",
         "{\"parse\":\"json\",\"errors\":[\"\\\"choice\\\" is none of the options\"]}"},
        {"{\"choice\":\"Abstain.\"}",
         "{\"parse\":\"json\",\"shown\":\"Vote: abstain\\n\",\"ballot\":{\"choice\":\"abstain\"}}"},
    };
    static const struct read_case BOUND[] = {
        {"{\"choice\":\"Abstain.\"}",
         "{\"parse\":\"json\",\"shown\":\"Vote: Abstain.\\n\",\"ballot\":{\"choice\":"
         "\"Abstain.\"}}"},
    };
    struct form f;
    form_init(&f, FORM_VOTE);
    f.free = f.abstain = true;
    form_build(&f);
    expect_form(&f, CASES, COUNT(CASES));
    f.abstain = false;
    expect_form(&f, BOUND, COUNT(BOUND));
    form_release(&f);
}

/* ---- scores ---- */

static void plain_scores(void **state)
{
    (void)state;
    static const struct read_case CASES[] = {
        {"{\"scores\":[{\"label\":\"B\",\"score\":0,\"rationale\":\"bad\"},{\"label\":\"C\","
         "\"score\":10}]}",
         "{\"parse\":\"json\",\"shown\":\"Response B: 0. bad\\nResponse C: 10. \\n\",\"ballot\":"
         "{\"scores\":{\"bob\":0.0,\"cy\":10.0},\"ordering\":[\"cy\",\"bob\"]}}"},
        {"{\"scores\":[{\"label\":\"B\",\"score\":-0.5},{\"label\":\"C\",\"score\":10.5}],"
         "\"ordering\":[\"B\",\"C\"]}",
         "{\"parse\":\"json\",\"shown\":\"Response B: 0. \\nResponse C: 10. \\n\",\"ballot\":"
         "{\"scores\":{\"bob\":0.0,\"cy\":10.0},\"ordering\":[\"bob\",\"cy\"]},\"flags\":"
         "[\"ballot_repaired\"]}"},
        {"{\"scores\":[{\"label\":\"B\",\"score\":3},{\"label\":\"B\",\"score\":9},{\"label\":"
         "\"C\","
         "\"score\":\"9\"},{\"label\":\"A\",\"score\":9}],\"ordering\":\"B\"}",
         "{\"parse\":\"json\",\"shown\":\"Response B: 3. \\nResponse B: 3. \\n\",\"ballot\":"
         "{\"scores\":{\"bob\":3.0},\"ordering\":[\"bob\"]},\"flags\":[\"ballot_repaired\"]}"},
        {"{\"scores\":[{\"label\":\"B\",\"score\":5},{\"label\":\"C\",\"score\":5}]}",
         "{\"parse\":\"json\",\"shown\":\"Response B: 5. \\nResponse C: 5. \\n\",\"ballot\":"
         "{\"scores\":{\"bob\":5.0,\"cy\":5.0},\"ordering\":[\"cy\",\"bob\"]}}"},
        {"{\"scores\":[]}",
         "{\"parse\":\"json\",\"errors\":[\"\\\"scores\\\" scores nothing that was shown\"]}"},
    };
    expect_all(FORM_SCORES, CASES, COUNT(CASES));
}

/* The weights of the criteria that were scored; the score beside them only where none was. */
static void scores_of_a_rubric(void **state)
{
    (void)state;
    static const struct read_case CASES[] = {
        {"{\"scores\":[{\"label\":\"B\",\"score\":9,\"criteria\":{\"x\":4,\"y\":8}}]}",
         "{\"parse\":\"json\",\"shown\":\"Response B: 7. \\n\",\"ballot\":{\"scores\":{\"bob\":7.0}"
         ",\"criteria\":{\"bob\":{\"x\":4.0,\"y\":8.0}},\"ordering\":[\"bob\"]}}"},
        {"{\"scores\":[{\"label\":\"B\",\"score\":9,\"criteria\":{\"x\":4,\"z\":8}}]}",
         "{\"parse\":\"json\",\"shown\":\"Response B: 4. \\n\",\"ballot\":{\"scores\":{\"bob\":4.0}"
         ",\"criteria\":{\"bob\":{\"x\":4.0}},\"ordering\":[\"bob\"]}}"},
        {"{\"scores\":[{\"label\":\"B\",\"score\":9}]}",
         "{\"parse\":\"json\",\"shown\":\"Response B: 9. \\n\",\"ballot\":{\"scores\":{\"bob\":9.0}"
         ",\"criteria\":{\"bob\":{}},\"ordering\":[\"bob\"]}}"},
    };
    struct label_map *map = labels();
    struct form f;
    form_of(&f, FORM_SCORES, map);
    f.rubric = json_pack("[{ss},{sssi}]", "id", "x", "id", "y", "weight", 3);
    form_build(&f);
    expect_form(&f, CASES, COUNT(CASES));
    form_release(&f);
    label_map_free(map);
}

/* ---- texts ---- */

static void rebuttals(void **state)
{
    (void)state;
    static const struct read_case CASES[] = {
        {"## Rebuttal\nnot so\n\n## Answer\nthis\n",
         "{\"answer\":\"this\",\"rebuttal\":\"not so\"}"},
        {"**Rebuttal:**\nno\n__ANSWER__\nthis", "{\"answer\":\"this\",\"rebuttal\":\"no\"}"},
        {"  rebuttal\r\nno\n\tAnswer:\nthis", "{\"answer\":\"this\",\"rebuttal\":\"no\"}"},
        {"Rebuttal\nAnswer\nthis", "{\"answer\":\"this\",\"rebuttal\":\"\"}"},
        {"Rebuttal\nAnswer\n \n", "{\"answer\":\"Rebuttal\\nAnswer\\n \\n\"}"},
        {"Rebuttal\nAnswer", "{\"answer\":\"Rebuttal\\nAnswer\"}"},
        {"Answer\nthis\nRebuttal\nno", "{\"answer\":\"Answer\\nthis\\nRebuttal\\nno\"}"},
        {"Rebuttals\nno\nAnswer\nthis", "{\"answer\":\"Rebuttals\\nno\\nAnswer\\nthis\"}"},
        {"Rebuttal of it\nAnswer\nx", "{\"answer\":\"Rebuttal of it\\nAnswer\\nx\"}"},
        {"", "{\"errors\":[\"the answer is empty\"]}"},
    };
    struct form f;
    form_init(&f, FORM_TEXT);
    f.rebuttal = true;
    expect_form(&f, CASES, COUNT(CASES));
    form_release(&f);
}

static void tails(void **state)
{
    (void)state;
    static const struct read_case BOTH[] = {
        {"a\n{\"confidence\":0.5,\"changed\":true}",
         "{\"answer\":\"a\",\"confidence\":0.5,\"changed\":1}"},
        {"a\n{}", "{\"answer\":\"a\\n{}\"}"},
        {"a\n```json\n{\"changed\":false}\n```\n \n", "{\"answer\":\"a\",\"changed\":0}"},
        {"a\n```json\n{\"changed\":false}\n```\nb",
         "{\"answer\":\"a\\n```json\\n{\\\"changed\\\":false}\\n```\\nb\"}"},
        {"a\n```json\n{\"other\":false}\n```\n",
         "{\"answer\":\"a\\n```json\\n{\\\"other\\\":false}\\n```\\n\"}"},
    };
    static const struct read_case ONE[] = {
        {"a\n{\"confidence\":0.5,\"changed\":true}", "{\"answer\":\"a\",\"changed\":1}"},
        {"a\n{\"changed\":7}", "{\"answer\":\"a\"}"},
    };
    static const struct read_case OTHER[] = {
        {"a\n{\"confidence\":50,\"changed\":true}",
         "{\"answer\":\"a\",\"confidence\":0.5,\"flags\":[\"confidence_scaled\"]}"},
    };
    struct form f;
    form_init(&f, FORM_TEXT);
    f.tail_confidence = f.tail_changed = true;
    expect_form(&f, BOTH, COUNT(BOTH));
    f.tail_confidence = false;
    expect_form(&f, ONE, COUNT(ONE));
    f.tail_confidence = true;
    f.tail_changed = false;
    expect_form(&f, OTHER, COUNT(OTHER));
    form_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(critiques),
        cmocka_unit_test(dissents_and_members),
        cmocka_unit_test(approvals_and_rankings),
        cmocka_unit_test(votes),
        cmocka_unit_test(free_votes),
        cmocka_unit_test(plain_scores),
        cmocka_unit_test(scores_of_a_rubric),
        cmocka_unit_test(rebuttals),
        cmocka_unit_test(tails),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
