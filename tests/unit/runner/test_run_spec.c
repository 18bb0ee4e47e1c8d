/* A member of the spec that is read wrongly makes another run than the one that was asked for; a
 * key that stays in it goes to a model. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "runner/link/uplink.h"
#include "runner/run_spec.h"

#define KEY "sk-a-key-that-nobody-may-see"
#define COUNCIL                                                                                    \
    "{\"schema_version\":1,\"id\":\"one\",\"members\":[{\"id\":\"ann\",\"provider\":\"mock\","     \
    "\"model\":\"m\"}],\"rounds\":[{\"type\":\"independent_analysis\"}]"
#define REST                                                                                       \
    "\"input\":\"Tea?\",\"options\":{},\"limits\":{},\"catalogue\":{},\"providers\":{\"mock\":"    \
    "{\"type\":\"mock\"}},\"prices\":{},\"defaults\":{},\"tools\":{},\"keys\":{}}"

struct world {
    struct secrets *secrets;
    struct run_spec spec;
    struct spec_refusal refusal;
    int result;
};

/* A spec with these members instead of, or beside, those that every spec has; without those that
 * are null. */
static void take(struct world *w, const char *members)
{
    struct link_down line;
    const char *name;
    void *next;
    json_t *value, *more = json_loads(members, 0, NULL);
    json_t *all = json_loads(
        "{\"type\":\"spec\",\"v\":1,\"run_id\":\"run_x\",\"council\":" COUNCIL "}," REST, 0, NULL);
    assert_non_null(more);
    json_object_update(all, more);
    json_object_foreach_safe (all, next, name, value) {
        if (json_is_null(value))
            json_object_del(all, name);
    }
    char *text = j_dump(all);
    *w = (struct world){.secrets = secrets_new()};
    assert_int_equal(link_parse_down(text, strlen(text), &line, NULL), 0);
    w->result = run_spec_init(&w->spec, &line, w->secrets, &w->refusal);
    link_down_release(&line);
    free(text);
    json_decref(all);
    json_decref(more);
}

static void leave(struct world *w)
{
    run_spec_release(&w->spec);
    json_decref(w->refusal.data);
    secrets_free(w->secrets);
}

static json_t *shown(const struct run_spec *s)
{
    return j_pack("{s:s, s:s, s:s, s:b, s:b, s:b, s:b, s:b, s:I, s:I, s:O?, s:O?}", "run_id",
                  s->run_id, "council_id", s->council_id, "seed", s->seed, "verbose", s->verbose,
                  "deltas", s->deltas, "durable", s->durable, "one_file", s->one_file, "redacted",
                  s->redacted, "line_bytes", (json_int_t)s->line_bytes, "kept_bytes",
                  (json_int_t)s->rules.kept_bytes, "input", s->input, "options", s->options);
}

/* Taken, the spec is the one of no wishes but for these members. */
static void becomes(const char *members, const char *differs)
{
    struct world w;
    take(&w, members);
    if (w.result != 0)
        fail_msg("%s: %s", members, w.refusal.message);
    json_t *other = json_loads(differs, 0, NULL);
    json_t *expected =
        j_pack("{s:s, s:s, s:s, s:b, s:b, s:b, s:b, s:b, s:I, s:I, s:s, s:{}}", "run_id", "run_x",
               "council_id", "dynamic:one", "seed", "s", "verbose", 0, "deltas", 0, "durable", 0,
               "one_file", 0, "redacted", 0, "line_bytes", (json_int_t)UPLINK_UP_MAX, "kept_bytes",
               (json_int_t)UPLINK_UP_MAX / 8, "input", "Tea?", "options");
    json_object_update(expected, other);
    json_t *is = shown(&w.spec);
    char *a = j_dump(is), *b = j_dump(expected);
    assert_string_equal(a, b);
    free(a);
    free(b);
    json_decref(is);
    json_decref(expected);
    json_decref(other);
    leave(&w);
}

static void what_a_spec_says(void **state)
{
    (void)state;
    static const char *const CASES[][2] = {
        {"", ""},
        {"\"run_id\":\"run_y\"", "\"run_id\":\"run_y\""},
        {"\"council_id\":\"kept\"", "\"council_id\":\"kept\""},
        {"\"verbose\":true", "\"verbose\":true"},
        {"\"verbose\":\"debug\"", "\"verbose\":true"},
        {"\"verbose\":\"info\"", ""},
        {"\"verbose\":false", ""},
        {"\"deltas\":true", "\"deltas\":true"},
        {"\"deltas\":false", ""},
        {"\"durable\":true", "\"durable\":true"},
        {"\"durable\":1", ""},
        {"\"records\":0", "\"one_file\":true"},
        {"\"records\":7", "\"one_file\":true"},
        {"\"records\":true", ""},
        {"\"line_bytes\":8000", "\"line_bytes\":8000,\"kept_bytes\":1000"},
        {"\"line_bytes\":1", "\"line_bytes\":1,\"kept_bytes\":0"},
        {"\"line_bytes\":0", ""},
        {"\"line_bytes\":-8", ""},
        {"\"line_bytes\":\"8000\"", ""},
        {"\"input\":{\"q\":[1]}", "\"input\":{\"q\":[1]}"},
        {"\"options\":{\"metadata\":{\"a\":1}}", "\"options\":{\"metadata\":{\"a\":1}}"},
        {"\"options\":{\"seed\":\"own\"}", "\"options\":{\"seed\":\"own\"}"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        char *members = xasprintf("{\"seed\":\"s\"%s%s}", *CASES[i][0] ? "," : "", CASES[i][0]);
        char *differs = xasprintf("{%s}", CASES[i][1]);
        becomes(members, differs);
        free(members);
        free(differs);
    }
}

/* The seed of the spec, else that of the options, else one that nobody else has. */
static void seeds(void **state)
{
    (void)state;
    struct world a, b;
    take(&a, "{\"options\":{\"seed\":\"own\"}}");
    assert_string_equal(a.spec.seed, "own");
    leave(&a);
    take(&a, "{\"seed\":null}");
    take(&b, "{}");
    assert_int_equal(strlen(a.spec.seed), 64);
    assert_int_equal(strspn(a.spec.seed, "0123456789abcdef"), 64);
    assert_string_not_equal(a.spec.seed, b.spec.seed);
    leave(&a);
    leave(&b);
}

/* What is handed on for others to read. */
static void parts_of_the_tree(void **state)
{
    (void)state;
    static const char ALL[] =
        "{\"tools\":{\"t\":{\"argv\":[\"x\"]}},\"chain\":[{\"run_id\":\"r\"}],"
        "\"defaults\":{\"max_parallel\":3,\"max_planned_calls\":9},"
        "\"allow_options\":{\"mock\":[\"a\"]},\"models\":{\"m\":{}},"
        "\"limits\":{\"deadline_ms\":60000},\"other\":1,\"max_parallel\":2}";
    static const char *const KNOWN[] = {"council",   "input",     "options",       "limits",
                                        "catalogue", "providers", "prices",        "defaults",
                                        "tools",     "chain",     "allow_options", "models"};
    struct world w;
    take(&w, ALL);
    assert_int_equal(w.result, 0);
    for (size_t i = 0; i < sizeof KNOWN / sizeof KNOWN[0]; i++)
        if (!json_object_get(w.spec.tree, KNOWN[i]))
            fail_msg("%s was left out", KNOWN[i]);
    assert_int_equal(json_object_size(w.spec.tree), sizeof KNOWN / sizeof KNOWN[0]);
    assert_ptr_equal(run_spec_tools(&w.spec), json_object_get(w.spec.tree, "tools"));
    assert_ptr_equal(w.spec.rules.families, json_object_get(w.spec.tree, "models"));
    assert_ptr_equal(w.spec.rules.allow_options, json_object_get(w.spec.tree, "allow_options"));
    assert_ptr_equal(w.spec.rules.egress, w.spec.egress);
    assert_int_equal(w.spec.context.max_parallel, 3);
    assert_int_equal(w.spec.context.max_planned_calls, 9);
    leave(&w);
}

/* ---- keys ---- */

static void assert_clean(const struct run_spec *s)
{
    char *tree = j_dump(s->tree), *input = j_dump(s->input), *options = j_dump(s->options);
    char *plan = j_dump(s->plan.document);
    assert_null(strstr(tree, KEY));
    assert_null(strstr(input, KEY));
    assert_null(strstr(options, KEY));
    assert_null(strstr(plan, KEY));
    free(tree);
    free(input);
    free(options);
    free(plan);
}

static void keys_stand_nowhere_else(void **state)
{
    (void)state;
    static const char *const CASES[] = {
        "\"input\":\"my " KEY "\"",
        "\"options\":{\"metadata\":{\"" KEY "\":\"" KEY "\"}}",
        "\"council\":" COUNCIL ",\"name\":\"" KEY "\"}",
        "\"catalogue\":{\"councils\":{\"c\":{\"description\":\"" KEY "\"}}}",
        "\"defaults\":{\"reliability\":{\"" KEY "\":0.5}}",
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct world w;
        char *members = xasprintf("{\"keys\":{\"THE_KEY\":\"" KEY "\"},%s}", CASES[i]);
        take(&w, members);
        if (w.result != 0)
            fail_msg("%s: %s", CASES[i], w.refusal.message);
        assert_true(w.spec.redacted);
        assert_clean(&w.spec);
        leave(&w);
        free(members);
    }
}

static void the_key_of_a_provider(void **state)
{
    (void)state;
    struct world w;
    take(&w, "{\"keys\":{\"A\":\"" KEY "\",\"B\":\"another-key-of-theirs\"}}");
    json_t *config = json_loads("[{\"key_env\":\"B\"},{\"key_env\":\"C\"},{}]", 0, NULL);
    assert_string_equal(run_spec_key(&w.spec, json_array_get(config, 0)), "another-key-of-theirs");
    assert_null(run_spec_key(&w.spec, json_array_get(config, 1)));
    assert_null(run_spec_key(&w.spec, json_array_get(config, 2)));
    assert_false(w.spec.redacted);
    json_decref(config);
    leave(&w);
}

/* ---- refusals ---- */

static void what_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *members, *code, *message;
    } CASES[] = {
        {"{\"v\":2}", "version", "spec version 2 is not known here"},
        {"{\"run_id\":null}", NULL, "the spec has no run_id"},
        {"{\"run_id\":7}", NULL, "the spec has no run_id"},
        {"{\"council_id\":7}", NULL, "council_id is no string"},
        {"{\"seed\":[]}", NULL, "seed is no string"},
        {"{\"council\":" COUNCIL ",\"budgets\":1}}", "invalid_council",
         "/budgets: \"budgets\" is no field of council."},
        {"{\"options\":{\"seeds\":1}}", "invalid_option",
         "/options/seeds: \"seeds\" is no field of options."},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct world w;
        take(&w, CASES[i].members);
        assert_true(w.result < 0);
        if (strncmp(w.refusal.message, CASES[i].message, strlen(CASES[i].message)) != 0)
            fail_msg("%s is refused with %s", CASES[i].members, w.refusal.message);
        if (CASES[i].code)
            assert_string_equal(w.refusal.code, CASES[i].code);
        else
            assert_null(w.refusal.code);
        bool told = json_array_size(j_get(w.refusal.data, "errors")) > 0;
        assert_int_equal(told, CASES[i].code && strcmp(CASES[i].code, "invalid_council") == 0);
        leave(&w);
    }
}

/* ---- the deadline ---- */

static int64_t deadline_under(const char *limits, const char *budget)
{
    struct world w;
    char *members =
        xasprintf("{\"limits\":%s,\"council\":" COUNCIL ",\"budget\":%s}}", limits, budget);
    take(&w, members);
    assert_int_equal(w.result, 0);
    run_spec_finish(&w.spec);
    int64_t deadline = j_int(j_get(w.spec.plan.document, "budget"), "deadline_ms", -1);
    assert_int_equal(strlen(w.spec.council_sha256), 64);
    assert_int_equal(strlen(w.spec.ask_sha256), 64);
    leave(&w);
    free(members);
    return deadline;
}

static void the_engine_is_done_before_it_is_killed(void **state)
{
    (void)state;
    static const struct {
        const char *limits, *budget;
        int64_t deadline;
    } CASES[] = {
        {"{}", "{\"deadline_ms\":90000}", 90000},
        {"{\"deadline_ms\":60000}", "{\"deadline_ms\":90000}", 55000},
        {"{\"deadline_ms\":60000}", "{\"deadline_ms\":55001}", 55000},
        {"{\"deadline_ms\":60000}", "{\"deadline_ms\":55000}", 55000},
        {"{\"deadline_ms\":60000}", "{\"deadline_ms\":54999}", 54999},
        {"{\"deadline_ms\":60000}", "{}", 55000},
        {"{\"deadline_ms\":10000}", "{}", 5000},
        {"{\"deadline_ms\":10002}", "{}", 5002},
        {"{\"deadline_ms\":8000}", "{}", 4000},
        {"{\"deadline_ms\":\"8000\"}", "{}", 1800000},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++)
        assert_int_equal(deadline_under(CASES[i].limits, CASES[i].budget), CASES[i].deadline);
}

/* ---- the end ---- */

/* Nobody else holds what the spec held. */
static void nothing_is_kept(void **state)
{
    (void)state;
    struct world w;
    take(&w, "{\"keys\":{\"A\":\"" KEY "\"}}");
    json_t *const held[] = {w.spec.plan.document, w.spec.plan.providers, w.spec.tree,
                            w.spec.input,         w.spec.options,        w.spec.keys};
    for (size_t i = 0; i < sizeof held / sizeof held[0]; i++)
        json_incref(held[i]);
    leave(&w);
    for (size_t i = 0; i < sizeof held / sizeof held[0]; i++) {
        assert_int_equal(held[i]->refcount, 1);
        json_decref(held[i]);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_a_spec_says),
        cmocka_unit_test(seeds),
        cmocka_unit_test(parts_of_the_tree),
        cmocka_unit_test(keys_stand_nowhere_else),
        cmocka_unit_test(the_key_of_a_provider),
        cmocka_unit_test(what_is_refused),
        cmocka_unit_test(the_engine_is_done_before_it_is_killed),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
