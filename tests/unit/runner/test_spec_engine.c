/* A member of the spec that does not reach the engine is a wish of the caller that nobody hears of;
 * a header of a provider that does stands in the journal. */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"
#include "runner/deliberation/resume.h"
#include "runner/spec_engine.h"

/* The Makefile links this program with --wrap for it. */
static struct engine_spec seen;
static char *context;

struct engine *__wrap_engine_new(const struct engine_spec *spec);

struct engine *__wrap_engine_new(const struct engine_spec *spec)
{
    seen = *spec;
    free(context);
    context = spec->context ? json_dumps(spec->context, JSON_COMPACT | JSON_SORT_KEYS) : NULL;
    return (struct engine *)(void *)&seen;
}

static json_t *read_tree(const char *text)
{
    json_t *tree = json_loads(text, 0, NULL);
    assert_non_null(tree);
    return tree;
}

static void the_engine_gets_what_the_spec_says(void **state)
{
    (void)state;
    struct run_spec spec = {.run_id = (char *)"run_1",
                            .council_id = (char *)"pair",
                            .seed = (char *)"seed",
                            .council_sha256 = "c1",
                            .ask_sha256 = "a1",
                            .verbose = true};
    spec.tree = read_tree("{\"defaults\":{\"reliability\":{\"m\":0.5}}}");
    spec.input = json_integer(1);
    spec.options = json_integer(2);
    spec.plan.document = json_integer(3);
    spec.context.max_parallel = 7;
    int64_t before = clock_wall_ms();
    assert_ptr_equal(spec_engine(&spec, NULL), &seen);
    assert_in_range((uint64_t)seen.started_wall_ms, (uint64_t)before, (uint64_t)clock_wall_ms());
    assert_string_equal(seen.run_id, "run_1");
    assert_string_equal(seen.council_id, "pair");
    assert_string_equal(seen.seed, "seed");
    assert_string_equal(seen.council_sha256, "c1");
    assert_string_equal(seen.ask_sha256, "a1");
    assert_ptr_equal(seen.input, spec.input);
    assert_ptr_equal(seen.options, spec.options);
    assert_ptr_equal(seen.council, spec.plan.document);
    assert_int_equal(seen.max_parallel, 7);
    assert_true(seen.verbose);
    assert_null(seen.resume);
    assert_null(context);
    assert_true(json_real_value(json_object_get(seen.reliability, "m")) > 0.49);
    struct resume resume = {.reliability = spec.input};
    spec_engine(&spec, &resume);
    assert_ptr_equal(seen.resume, &resume);
    assert_ptr_equal(seen.reliability, spec.input);
    resume.reliability = NULL;
    spec_engine(&spec, &resume);
    assert_null(seen.reliability);
    json_decref(spec.tree);
    json_decref(spec.input);
    json_decref(spec.options);
    json_decref(spec.plan.document);
}

static void a_choice_is_journaled_without_headers(void **state)
{
    (void)state;
    struct run_spec spec = {.plan.is_auto = true};
    spec.tree =
        read_tree("{\"catalogue\":{\"c\":1},\"prices\":{\"p\":2},\"defaults\":{\"d\":3},"
                  "\"allow_options\":[4],\"tools\":{\"t\":5},\"providers\":{\"a\":{\"type\":"
                  "\"mock\",\"headers\":{\"X\":\"secret\"}},\"b\":{\"type\":\"openai\"}}}");
    spec_engine(&spec, NULL);
    assert_string_equal(context, "{\"allow_options\":[4],\"catalogue\":{\"c\":1},\"defaults\":{"
                                 "\"d\":3},\"prices\":{\"p\":2},\"providers\":{\"a\":{\"type\":"
                                 "\"mock\"},\"b\":{\"type\":\"openai\"}}}");
    json_t *own = json_object_get(json_object_get(spec.tree, "providers"), "a");
    assert_non_null(json_object_get(own, "headers"));
    json_decref(spec.tree);
    spec.tree = read_tree("{\"providers\":{}}");
    spec_engine(&spec, NULL);
    assert_string_equal(context, "{\"providers\":{}}");
    json_decref(spec.tree);
    free(context);
    context = NULL;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_engine_gets_what_the_spec_says),
        cmocka_unit_test(a_choice_is_journaled_without_headers),
    };
    return cmocka_run_group_tests_name("spec_engine", tests, NULL, NULL);
}
