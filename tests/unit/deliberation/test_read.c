/* Models wrap their JSON in prose: a ballot that is there must be found, one that is not must never
 * be made up. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/jx.h"
#include "runner/deliberation/form/form.h"
#include "runner/deliberation/form/read.h"

struct fixture {
    struct label_map *map;
    struct form form;
    struct reading r;
};

static int setup(void **state)
{
    struct fixture *x = calloc(1, sizeof *x);
    json_t *ids = json_pack("[sss]", "ann", "bob", "cy");
    json_t *a =
        json_pack("{ss,ss,ss}", "style", "letters", "assign", "as_given", "prefix", "Response ");
    x->map = label_map_new("s", "", ids, a);
    json_decref(a);
    json_decref(ids);
    *state = x;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *x = *state;
    reading_release(&x->r);
    form_release(&x->form);
    label_map_free(x->map);
    free(x);
    return 0;
}

static void begin(struct fixture *x, enum form_kind kind)
{
    form_release(&x->form);
    form_init(&x->form, kind);
    x->form.map = x->map;
    x->form.presented = json_pack("[ss]", "cy", "bob");
    x->form.self = "ann";
    form_build(&x->form);
}

static struct reading *read_it(struct fixture *x, const char *content)
{
    reading_release(&x->r);
    form_read(&x->form, content, NULL, false, &x->r);
    return &x->r;
}

static void assert_json(const json_t *value, const char *expected)
{
    char *text = json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    assert_string_equal(text, expected);
    free(text);
}

static void ladder(void **state)
{
    struct fixture *x = *state;
    begin(x, FORM_RANKING);
    static const struct {
        const char *content, *parse;
    } cases[] = {
        {"{\"rationale\": \"r\", \"ordering\": [\"Response C\", \"Response B\"]}", "json"},
        {"Sure!\n```json\n{\"ordering\": [\"C\", \"B\"]}\n```\nBye", "block"},
        {"I say {\"x\": 1} and {\"ordering\": [\"response c\", \"b\"]} so", "embedded"},
        {"Thoughts.\nFINAL RANKING:\n1. **Response C** - best\n2) Response B\n", "text"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct reading *r = read_it(x, cases[i].content);
        assert_true(r->ok);
        assert_string_equal(r->parse, cases[i].parse);
        assert_json(r->ballot, "{\"ordering\":[\"cy\",\"bob\"]}");
        assert_int_equal(json_array_size(r->flags), 0);
    }
    reading_release(&x->r);
    json_t *native = json_pack("{s[s]}", "ordering", "Response B");
    form_read(&x->form, "", native, false, &x->r);
    assert_string_equal(x->r.parse, "native");
    assert_json(x->r.ballot, "{\"ordering\":[\"bob\"]}");
    json_decref(native);
}

static void repair(void **state)
{
    struct fixture *x = *state;
    begin(x, FORM_RANKING);
    struct reading *r = read_it(x, "{\"ordering\": [\"Response A\", \"C\", \"Z\", 7, \"C\"]}");
    assert_true(r->ok);
    assert_json(r->ballot, "{\"ordering\":[\"cy\"]}");
    assert_json(r->flags, "[\"ballot_repaired\"]");
    assert_string_equal(r->shown, "Order, best first: Response C\n");
    r = read_it(x, "{\"ordering\": [\"Response A\"]}");
    assert_false(r->ok);
    assert_null(r->ballot);
    assert_int_equal(json_array_size(r->errors), 1);
}

static void invalid_answers(void **state)
{
    struct fixture *x = *state;
    begin(x, FORM_RANKING);
    assert_false(read_it(x, "")->ok);
    assert_false(read_it(x, "I cannot rank these.")->ok);
    assert_false(read_it(x, "{\"order\": [\"B\"]}")->ok);
    assert_false(read_it(x, "{\"ordering\": \"B\"}")->ok);
    reading_release(&x->r);
    form_read(&x->form, "{\"ordering\": [\"B\"]}", NULL, true, &x->r);
    assert_false(x->r.ok); /* cut by max_tokens */
}

static void votes(void **state)
{
    struct fixture *x = *state;
    begin(x, FORM_VOTE);
    struct reading *r =
        read_it(x, "{\"rationale\": \"why\", \"choice\": \"b\", \"confidence\": 80}");
    assert_true(r->ok);
    assert_json(r->ballot, "{\"choice\":\"bob\"}");
    assert_float_equal(r->confidence, 0.8, 1e-12);
    assert_json(r->flags, "[\"confidence_scaled\"]");
    assert_string_equal(r->shown, "why\n\nVote: Response B\n");
    assert_true(read_it(x, "Vote: B\nNo, wait.\n**Final vote**: Response C.")->ok);
    assert_json(x->r.ballot, "{\"choice\":\"cy\"}");
    assert_false(read_it(x, "{\"choice\": \"Response A\"}")->ok); /* its own */
    assert_false(read_it(x, "{\"choice\": \"abstain\"}")->ok);
    x->form.abstain = true;
    assert_true(read_it(x, "{\"choice\": \"Abstain\"}")->ok);
    assert_json(x->r.ballot, "{\"choice\":\"abstain\"}");
}

static void approvals(void **state)
{
    struct fixture *x = *state;
    begin(x, FORM_APPROVAL);
    assert_true(read_it(x, "{\"approved\": []}")->ok);
    assert_json(x->r.ballot, "{\"approved\":[]}");
    assert_true(read_it(x, "{\"approved\": [\"B\", \"A\"]}")->ok);
    assert_json(x->r.ballot, "{\"approved\":[\"bob\"]}");
}

static void rubric_with_ceiling(void **state)
{
    struct fixture *x = *state;
    form_release(&x->form);
    form_init(&x->form, FORM_SCORES);
    x->form.map = x->map;
    x->form.presented = json_pack("[ss]", "cy", "bob");
    x->form.rubric = json_pack("[{ss}, {sssi}]", "id", "accuracy", "id", "style", "weight", 3);
    x->form.ceiling = "accuracy";
    form_build(&x->form);
    struct reading *r = read_it(
        x, "{\"scores\": [{\"label\": \"B\", \"score\": 9, \"criteria\": {\"accuracy\": 4, "
           "\"style\": 10}}, {\"label\": \"C\", \"criteria\": {\"accuracy\": 9, \"style\": 77}}]}");
    assert_true(r->ok);
    /* B: (4 + 30)/4 = 8.5, but not above its accuracy; C: (9 + 30)/4 = 9.75, not above 9 */
    assert_json(r->ballot,
                "{\"scores\":{\"bob\":4.0,\"cy\":9.0},\"criteria\":{\"bob\":{\"accuracy\":4.0,"
                "\"style\":10.0},\"cy\":{\"accuracy\":9.0,\"style\":10.0}},\"ordering\":[\"cy\","
                "\"bob\"]}");
    assert_json(r->flags, "[\"ballot_repaired\"]");
}

/* Who says nothing on the criterion that is the ceiling does not get around it, and an ordering
 * cannot take back what the ceiling took. */
static void no_way_around_the_ceiling(void **state)
{
    struct fixture *x = *state;
    form_release(&x->form);
    form_init(&x->form, FORM_SCORES);
    x->form.map = x->map;
    x->form.presented = json_pack("[ss]", "cy", "bob");
    x->form.rubric = json_pack("[{ss}, {ss}]", "id", "accuracy", "id", "style");
    x->form.ceiling = "accuracy";
    form_build(&x->form);
    struct reading *r = read_it(x, "{\"scores\": [{\"label\": \"B\", \"score\": 9, \"criteria\": "
                                   "{\"style\": 10}}, {\"label\": "
                                   "\"C\", \"criteria\": {\"accuracy\": 5, \"style\": 5}}]}");
    assert_true(r->ok);
    assert_json(json_object_get(r->ballot, "scores"), "{\"cy\":5.0}");
    assert_json(r->flags, "[\"ballot_repaired\"]");
    r = read_it(x, "{\"scores\": [{\"label\": \"B\", \"score\": 9}]}");
    assert_false(r->ok);
    r = read_it(x,
                "{\"scores\": [{\"label\": \"B\", \"criteria\": {\"accuracy\": 4, \"style\": 10}}, "
                "{\"label\": \"C\", \"criteria\": {\"accuracy\": 6, \"style\": 6}}], "
                "\"ordering\": [\"B\", \"C\"]}");
    assert_json(json_object_get(r->ballot, "ordering"), "[\"cy\",\"bob\"]");
    r = read_it(x,
                "{\"scores\": [{\"label\": \"C\", \"criteria\": {\"accuracy\": 4, \"style\": 10}}, "
                "{\"label\": \"B\", \"criteria\": {\"accuracy\": 4, \"style\": 9}}], "
                "\"ordering\": [\"B\", \"C\"]}");
    assert_json(json_object_get(r->ballot, "ordering"), "[\"bob\",\"cy\"]"); /* level: its word */
}

static void tails(void **state)
{
    struct fixture *x = *state;
    form_release(&x->form);
    form_init(&x->form, FORM_TEXT);
    x->form.tail_confidence = true;
    form_build(&x->form);
    struct reading *r = read_it(x, "The answer.\n\n{\"confidence\": 0.7}\n\n");
    assert_string_equal(r->content, "The answer.");
    assert_float_equal(r->confidence, 0.7, 1e-12);
    r = read_it(x, "The answer.\n```json\n{\"confidence\": 70}\n```\n");
    assert_string_equal(r->content, "The answer.");
    assert_float_equal(r->confidence, 0.7, 1e-12);
    r = read_it(x, "Code:\n{\"confidence\": 0.7, \"other\": 1}");
    assert_string_equal(r->content, "Code:\n{\"confidence\": 0.7, \"other\": 1}");
    assert_true(isnan(r->confidence));
    r = read_it(x, "Answer\n{\"confidence\": \"high\"}");
    assert_string_equal(r->content, "Answer");
    assert_true(isnan(r->confidence));
    assert_false(read_it(x, "{\"confidence\": 1}")->ok); /* nothing but the tail */
}

static void changed_tail(void **state)
{
    struct fixture *x = *state;
    form_release(&x->form);
    form_init(&x->form, FORM_TEXT);
    x->form.tail_changed = true;
    assert_int_equal(read_it(x, "a\n{\"changed\": true}")->changed, 1);
    assert_int_equal(read_it(x, "a\n{\"changed\": false}")->changed, 0);
    assert_int_equal(read_it(x, "a")->changed, -1);
    reading_release(&x->r);
    form_read(&x->form, "half an ans", NULL, true, &x->r);
    assert_true(x->r.ok);
    assert_json(x->r.flags, "[\"truncated\"]");
}

static void own_schema(void **state)
{
    struct fixture *x = *state;
    form_release(&x->form);
    form_init(&x->form, FORM_SCHEMA);
    x->form.schema = json_loads("{\"type\": \"object\", \"properties\": {\"n\": {\"type\": "
                                "\"integer\"}}, \"required\": [\"n\"]}",
                                0, NULL);
    assert_true(read_it(x, "Here: {\"n\": 4}.")->ok);
    assert_string_equal(x->r.shown, "n: 4\n");
    assert_true(
        read_it(x, "{\"n\": 4, \"l\": [\"a\", [\"b\", [\"c\"]], {\"o\": {\"p\": [1]}}]}")->ok);
    assert_string_equal(x->r.shown,
                        "n: 4\nl: \n  - a\n  - \n    - b\n    - \n      - c\n  - \n    o: "
                        "\n      p: \n        - 1\n");
    assert_false(read_it(x, "{\"n\": \"4\"}")->ok);
    assert_string_equal(json_string_value(json_array_get(x->r.errors, 0)),
                        "/n: must be of type \"integer\"");
}

static void flood_of_braces_ends(void **state)
{
    struct fixture *x = *state;
    begin(x, FORM_RANKING);
    char *flood = calloc(1, 200001);
    memset(flood, '{', 200000);
    assert_false(read_it(x, flood)->ok);
    free(flood);
}

/* A score that is asked for beside an answer: a share, or a percentage. */
static void scores_of_a_consensus(void **state)
{
    static const struct {
        const char *score;
        double read; /* below 0: refused */
    } CASES[] = {{"0", 0},       {"0.0", 0},        {"0.25", 0.25}, {"1", 1},      {"1.0", 1},
                 {"1.5", 0.015}, {"2", 0.02},       {"85", 0.85},   {"100", 1},    {"-0.01", -1},
                 {"-1", -1},     {"100.01", -1},    {"101", -1},    {"1e300", -1}, {"null", -1},
                 {"true", -1},   {"\"a lot\"", -1}, {"[0.5]", -1}};
    struct fixture *x = *state;
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        char text[120];
        snprintf(text, sizeof(text), "{\"open_points\": [], \"agree\": true, \"score\": %s}",
                 CASES[i].score);
        begin(x, FORM_CONSENSUS);
        const struct reading *r = read_it(x, text);
        bool refused = CASES[i].read < 0;
        bool same = refused ? isnan(r->confidence) : fabs(r->confidence - CASES[i].read) < 1e-12;
        if (r->ok == refused || !same)
            fail_msg("%s is read as %g, %s", CASES[i].score, r->confidence,
                     r->ok ? "ok" : "not ok");
        assert_false(j_array_has(r->flags, "confidence_scaled"));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(ladder, setup, teardown),
        cmocka_unit_test_setup_teardown(repair, setup, teardown),
        cmocka_unit_test_setup_teardown(invalid_answers, setup, teardown),
        cmocka_unit_test_setup_teardown(votes, setup, teardown),
        cmocka_unit_test_setup_teardown(approvals, setup, teardown),
        cmocka_unit_test_setup_teardown(rubric_with_ceiling, setup, teardown),
        cmocka_unit_test_setup_teardown(no_way_around_the_ceiling, setup, teardown),
        cmocka_unit_test_setup_teardown(tails, setup, teardown),
        cmocka_unit_test_setup_teardown(changed_tail, setup, teardown),
        cmocka_unit_test_setup_teardown(own_schema, setup, teardown),
        cmocka_unit_test_setup_teardown(scores_of_a_consensus, setup, teardown),
        cmocka_unit_test_setup_teardown(flood_of_braces_ends, setup, teardown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
