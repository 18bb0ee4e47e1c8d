/* A report that sees bias in ten ballots of chance, or misses what every ballot shows, misleads. */
#include <math.h>

#include "runner/deliberation/council/reports.h"
#include "runner/deliberation/council/spearman.h"

#include "drive.h"

static void rho(void **state)
{
    (void)state;
    const double up[] = {1, 2, 3, 4}, down[] = {9, 7, 5, 1}, flat[] = {1, 1, 1, 1},
                 tied[] = {1, 2, 2, 4};
    assert_float_equal(spearman_rho(up, up, 4), 1, 1e-12);
    assert_float_equal(spearman_rho(up, down, 4), -1, 1e-12);
    assert_true(isnan(spearman_rho(up, flat, 4)));
    assert_float_equal(spearman_rho(up, tied, 4), 4.5 / sqrt(5 * 4.5), 1e-12);
}

static void disagreement(void **state)
{
    (void)state;
    struct drive d =
        drive_new("{\"id\": \"x\", \"members\": " THREE ", \"rounds\": [" ROUND(
                      "independent_analysis") ", {\"type\": \"vote\", \"name\": \"v\", \"opts\": "
                                              "{\"options\": [\"a\", \"b\"]}}]}",
                  "{\"r0i0:member:ann\": [{\"text\": \"a b\"}], \"r0i0:member:bob\": [{\"text\": "
                  "\"a b c\"}], \"r0i0:member:cy\": [{\"text\": \"x y\"}],"
                  " \"r1i0:member:ann\": [{\"text\": \"Vote: a\"}], \"r1i0:member:bob\": "
                  "[{\"text\": \"Vote: a\"}], \"r1i0:member:cy\": [{\"text\": \"Vote: b\"}]}");
    drive_run(&d);
    json_t *r = at_path(d.result, "reports.disagreement");
    assert_float_equal(j_num(json_array_get(r, 0), "baseline", 0), 1 - 2.0 / 9, 1e-12);
    assert_at(r, "0.outlier", "\"cy\"");
    assert_at(r, "0.consensus_score.method", "\"texts\"");
    double h = -(2.0 / 3 * log(2.0 / 3) + 1.0 / 3 * log(1.0 / 3)) / log(2);
    assert_float_equal(j_num(json_array_get(r, 1), "vote_entropy", 0), h, 1e-12);
    assert_at(r, "1.consensus_score.method", "\"votes\"");
    drive_release(&d);
}

static void bias_is_not_flagged_on_few_ballots(void **state)
{
    (void)state;
    struct drive d = drive_new(THREE_STAGE, "{}"); /* everybody ranks as presented */
    drive_run(&d);
    json_t *r = at_path(d.result, "reports.judge_bias");
    assert_at(r, "position.value", "1.0");
    assert_at(r, "position.n", "6");
    assert_at(r, "position.flagged", "false");
    assert_at(r, "same_provider.value", "null"); /* one provider only */
    drive_release(&d);
}

static void bias_is_flagged_on_many(void **state)
{
    (void)state;
    char script[20] = "{}";
    struct drive d = drive_new(
        "{\"id\": \"x\", \"members\": [" SEAT("a") ", " SEAT("b") ", " SEAT("c") ", " SEAT(
            "d") "], \"rounds\": [" ROUND("independent_analysis") ", " ROUND("anonymized_peer_"
                                                                             "review") "]}",
        script);
    drive_run(&d);
    assert_at(d.result, "reports.judge_bias.position", "{\"value\":1.0,\"n\":12,\"flagged\":true}");
    drive_release(&d);
}

static void flips_and_capitulation(void **state)
{
    (void)state;
    struct drive d =
        drive_new("{\"id\": \"x\", \"members\": " THREE
                  ", \"rounds\": [" ROUND("independent_analysis") ", " ROUND("debate") "]}",
                  "{\"r0i0:member:ann\": [{\"text\": \"red apple\"}], \"r0i0:member:bob\": "
                  "[{\"text\": \"red apple\"}], \"r0i0:member:cy\": [{\"text\": \"green pear\"}],"
                  " \"r1i0:member:ann\": [{\"text\": \"red apple\\n{\\\"changed\\\": false}\"}], "
                  "\"r1i0:member:bob\": [{\"text\": \"red apple\"}],"
                  " \"r1i0:member:cy\": [{\"text\": \"red pear\\n{\\\"changed\\\": true}\"}]}");
    drive_run(&d);
    json_t *r = at_path(d.result, "reports.flips");
    assert_at(r, "changed", "1");
    assert_at(r, "toward_majority", "1");
    assert_at(r, "capitulation", "1.0");
    assert_at(r, "members.2.member_id", "\"cy\"");
    drive_release(&d);
}

static void only_what_is_asked_for(void **state)
{
    (void)state;
    struct drive d = drive_new(THREE_STAGE, "{}");
    json_decref(d.options);
    d.options = parse_json("{\"reports\": [\"flips\"]}");
    drive_run(&d);
    assert_at(d.result, "reports.disagreement", "null");
    assert_at(d.result, "reports.flips.changed", "0");
    drive_release(&d);
}

static void mappers(void **state)
{
    (void)state;
    struct drive d =
        drive_new("{\"id\": \"x\", \"members\": [{\"id\": \"ann\", \"provider\": \"mock\", "
                  "\"model\": \"m\", \"input_mapper\": {\"pointer\": \"/q\"}},"
                  " {\"id\": \"bob\", \"provider\": \"mock\", \"model\": \"m\", \"input_mapper\": "
                  "{\"template\": \"{{member_id}}: {{input:/q}}\"}},"
                  " {\"id\": \"cy\", \"provider\": \"mock\", \"model\": \"m\", \"input_mapper\": "
                  "{\"object\": {\"a\": \"/q\", \"b\": \"/none\"}}}],"
                  " \"rounds\": [" ROUND("independent_analysis") "]}",
                  "{}");
    json_decref(d.input);
    d.input = parse_json("{\"q\": \"why\"}");
    drive_run(&d);
    assert_non_null(strstr(prompt_of(&d, "r0i0:member:ann", 0), "# Task\n\nwhy\n"));
    assert_non_null(strstr(prompt_of(&d, "r0i0:member:bob", 0), "# Task\n\nbob: why\n"));
    assert_non_null(strstr(prompt_of(&d, "r0i0:member:cy", 0), "\"a\": \"why\",\n  \"b\": null"));
    drive_release(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(rho),
        cmocka_unit_test(disagreement),
        cmocka_unit_test(bias_is_not_flagged_on_few_ballots),
        cmocka_unit_test(bias_is_flagged_on_many),
        cmocka_unit_test(flips_and_capitulation),
        cmocka_unit_test(only_what_is_asked_for),
        cmocka_unit_test(mappers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
