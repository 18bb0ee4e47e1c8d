/* The vectors of the mock provider: texts with words in common are near each other. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "heap_kept.h"
#include "runner/provider/formats.h"

static double sum_of(const json_t *vector)
{
    double sum = 0;
    for (size_t i = 0; i < json_array_size(vector); i++)
        sum += json_number_value(json_array_get(vector, i));
    return sum;
}

/* Each word goes into one direction, whatever stands around it. */
static void vectors_count_words(void **state)
{
    (void)state;
    const struct provider *p = provider_find("mock");
    struct provider_config config = {.name = "mock"};
    struct provider_request request = {0};
    json_t *params = json_object(),
           *embed = json_loads("[\"Eggs, in the cellar!\", \"the eggs IN cellar\","
                               " \" - 3.5 - \", \"eggs eggs \\u00e9t\\u00e9\"]",
                               0, NULL);
    struct provider_ask ask = {.call_id = "c", .model = "m", .embed = embed, .params = params};
    assert_int_equal(p->build(&config, &ask, &request, NULL), 0);
    assert_int_equal(request.part_count, 1);
    json_t *part = json_loadb(request.parts[0].data, request.parts[0].len, 0, NULL);
    json_t *vectors = json_object_get(part, "vectors");
    assert_int_equal(json_array_size(vectors), 4);
    assert_string_equal(json_string_value(json_object_get(part, "finish")), "stop");
    assert_string_equal(json_string_value(json_object_get(part, "model")), "m");
    assert_int_equal(json_object_size(part), 4);
    assert_true(json_equal(json_array_get(vectors, 0), json_array_get(vectors, 1)));
    static const double WORDS[] = {4, 4, 0, 3};
    for (size_t i = 0; i < 4; i++)
        assert_true(sum_of(json_array_get(vectors, i)) == WORDS[i]);
    json_decref(part);
    json_decref(embed);
    json_decref(params);
    provider_request_release(&request);
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(vectors_count_words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(vectors_count_words),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
