/* Scores from outside decide whose vote weighs more: a wrong bucket or a missing key must never
 * count as one. */
#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "heap_kept.h"
#include "proto/council/document.h"
#include "proto/council/reliability.h"
#include "proto/json/canonical.h"

/* First 16 hex digits of the SHA-256 of `{}` and of `{"lang":"de","topic":"law"}`. */
#define EMPTY "44136fa355b3678a"

static json_t *json_of(const char *text)
{
    json_t *value = json_loads(text, 0, NULL);
    assert_non_null(value);
    return value;
}

static void bucket_of_features(json_t *features, char ret[17])
{
    char hash[SHA256_HEX_SIZE];
    assert_int_equal(json_canonical_sha256(features, hash), 0);
    memcpy(ret, hash, 16);
    ret[16] = '\0';
}

static void scores_by_the_formula(void **state)
{
    (void)state;
    json_t *store =
        json_of("{\"a/x\":{\"" EMPTY "\":{\"successes\":8,\"failures\":2}},\"b/y\":{\"" EMPTY
                "\":{\"successes\":0,\"failures\":0}},"
                "\"c/z\":{\"0000000000000000\":{\"successes\":9,\"failures\":0}}}");
    json_t *scores = reliability_snapshot(store, NULL, NULL);
    assert_int_equal(json_object_size(scores), 2);
    assert_true(json_real_value(json_object_get(scores, "a/x")) == 9.0 / 12.0);
    assert_true(json_real_value(json_object_get(scores, "b/y")) == 0.5);
    json_decref(scores);
    json_decref(store);
}

static void buckets_are_kept_apart(void **state)
{
    (void)state;
    char bucket[17];
    json_t *features = json_of("{\"topic\":\"law\",\"lang\":\"de\"}"),
           *same = json_of("{\"lang\":\"de\",\"topic\":\"law\"}");
    bucket_of_features(features, bucket);
    json_t *store = json_pack("{s:{s:{s:i, s:i}, s:{s:i, s:i}}}", "k", bucket, "successes", 3,
                              "failures", 1, EMPTY, "successes", 0, "failures", 8);
    json_t *law = reliability_snapshot(store, same, NULL),
           *none = reliability_snapshot(store, NULL, NULL);
    assert_true(json_real_value(json_object_get(law, "k")) == 4.0 / 6.0);
    assert_true(json_real_value(json_object_get(none, "k")) == 1.0 / 10.0);
    json_decref(law);
    json_decref(none);
    json_decref(store);
    json_decref(same);
    json_decref(features);
}

static void only_keys_of_the_document_travel(void **state)
{
    (void)state;
    json_t *store =
        json_of("{\"a\":{\"" EMPTY "\":{\"successes\":1,\"failures\":1}},\"b\":{\"" EMPTY
                "\":{\"successes\":1,\"failures\":1}},"
                "\"m\":{\"" EMPTY "\":{\"successes\":1,\"failures\":1}}}");
    json_t *document =
        json_of("{\"members\":[{\"reliability_key\":null,\"metadata\":{\"reliability_key\":\"m\"}},"
                "{\"sub_council\":{\"members\":[{\"reliability_key\":\"b\"}]}}]}");
    json_t *scores = reliability_snapshot(store, NULL, document);
    assert_int_equal(json_object_size(scores), 1);
    assert_non_null(json_object_get(scores, "b"));
    json_decref(scores);
    json_decref(document);
    json_decref(store);
}

/* What somebody wrote beside it for himself names nothing, and hides nothing that stands behind. */
static void metadata_name_no_key(void **state)
{
    (void)state;
    json_t *store =
        json_of("{\"a/x\":{\"" EMPTY "\":{\"successes\":8,\"failures\":2}},\"b/y\":{\"" EMPTY
                "\":{\"successes\":0,\"failures\":0}}}");
    json_t *document =
        json_of("{\"metadata\":{\"reliability_key\":\"b/y\"},\"members\":[{\"metadata\":"
                "{},\"reliability_key\":\"a/x\"}]}");
    json_t *scores = reliability_snapshot(store, NULL, document);
    assert_int_equal(json_object_size(scores), 1);
    assert_non_null(json_object_get(scores, "a/x"));
    json_decref(scores);
    json_decref(document);
    json_decref(store);
}

static void a_faulty_store_is_told(void **state)
{
    (void)state;
    static const char *const BAD[] = {"[]",
                                      "{\"k\":1}",
                                      "{\"k\":{\"b\":1}}",
                                      "{\"k\":{\"b\":{\"successes\":1}}}",
                                      "{\"k\":{\"b\":{\"successes\":1,\"failures\":-1}}}",
                                      "{\"k\":{\"b\":{\"successes\":1.5,\"failures\":1}}}"};
    for (size_t i = 0; i < sizeof(BAD) / sizeof(BAD[0]); i++) {
        struct error err = {0};
        json_t *store = json_of(BAD[i]);
        assert_int_equal(reliability_check(store, &err), -EINVAL);
        assert_true(err.text[0] != '\0');
        json_decref(store);
    }
    json_t *good = json_of("{\"k\":{\"b\":{\"successes\":1,\"failures\":0}}}");
    assert_int_equal(reliability_check(good, NULL), 0);
    json_decref(good);
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(scores_by_the_formula);
    assert_keeps_nothing(buckets_are_kept_apart);
    assert_keeps_nothing(only_keys_of_the_document_travel);
    assert_keeps_nothing(a_faulty_store_is_told);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_by_the_formula),
        cmocka_unit_test(buckets_are_kept_apart),
        cmocka_unit_test(only_keys_of_the_document_travel),
        cmocka_unit_test(metadata_name_no_key),
        cmocka_unit_test(a_faulty_store_is_told),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
