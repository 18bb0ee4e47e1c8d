/* What is told of a run that goes on: how far it is, and each piece of an answer. Whoever waits
 * sees nothing else. */
#include "drive.h"

#define COUNCIL                                                                                    \
    "{\"id\": \"x\", \"members\": [" SEAT("ann") "], \"rounds\": [" ROUND(                         \
        "independent_analysis") ", {\"type\": \"independent_analysis\", \"name\": \"second\"}]}"

static void go_on(struct drive *d)
{
    assert_true(drive_step(d));
    drive_take(d);
}

static void progress_is(struct drive *d, const char *path, const char *expected)
{
    json_t *progress = engine_progress(d->e);
    assert_at(progress, path, expected);
    json_decref(progress);
}

static void how_far_it_is(void **state)
{
    (void)state;
    struct drive d =
        drive_new(COUNCIL, "{\"r0i0:member:ann\": [{\"error\": {\"kind\": \"transient\", \"code\": "
                           "\"overloaded\", \"message\": \"m\"}}, {\"text\": \"x\", \"usage\": "
                           "{\"input_tokens\": 7, \"output_tokens\": 4}}]}");
    drive_begin(&d);
    progress_is(&d, "phase", "\"starting\"");
    progress_is(&d, "usage.attempts", "0");
    engine_start(d.e);
    drive_take(&d);
    progress_is(&d, "council_id", "\"test\"");
    progress_is(&d, "phase", "\"independent_analysis\"");
    progress_is(&d, "calls", "1");
    progress_is(&d, "usage.attempts", "1");
    while (json_array_size(d.asked) < 3)
        go_on(&d);
    progress_is(&d, "phase", "\"second\"");
    progress_is(&d, "calls", "2");
    progress_is(&d, "usage.attempts", "3");
    progress_is(&d, "usage.input_tokens", "7");
    progress_is(&d, "usage.output_tokens", "4");
    while (!engine_finished(d.e))
        go_on(&d);
    progress_is(&d, "phase", "\"finished\"");
    progress_is(&d, "usage.attempts", "3");
    drive_release(&d);
}

static json_t *piece(struct drive *d, const char *call, int attempt, const char *text, size_t len)
{
    return engine_delta(d->e, "member_token", 1500, call, attempt, 4, text, len);
}

static void each_piece_of_an_answer(void **state)
{
    (void)state;
    const char *ann = "r0i0:member:ann";
    struct drive d = drive_new(COUNCIL, "{}");
    drive_begin(&d);
    assert_null(piece(&d, ann, 1, "x", 1));
    engine_start(d.e);
    drive_take(&d);
    json_t *delta = piece(&d, ann, 1, "eggs", 3);
    json_t *expected =
        json_pack("{si,ss,ss,sI,ss,ss,si,ss,ss,si,sI,si,ss}", "v", 1, "run_id", "run_test", "ts",
                  "2027-01-15T08:00:01.500Z", "ms", (json_int_t)1500, "path", "", "type",
                  "member_token", "index", 0, "member_id", "ann", "call_id", ann, "attempt", 1,
                  "after", (json_int_t)json_array_size(d.events), "n", 4, "text", "egg");
    char *a = json_dumps(delta, 0), *b = json_dumps(expected, 0);
    assert_string_equal(a, b);
    free(a);
    free(b);
    json_decref(delta);
    json_decref(expected);
    assert_null(piece(&d, ann, 2, "x", 1)); /* of an attempt that is not this one */
    assert_null(piece(&d, "r0i0:member:bob", 1, "x", 1));
    assert_null(piece(&d, ann, 1, "\xff", 1));
    while (json_array_size(d.asked) < 2)
        go_on(&d);
    assert_null(piece(&d, ann, 1, "x", 1)); /* its call is over */
    drive_release(&d);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(how_far_it_is),
        cmocka_unit_test(each_piece_of_an_answer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
