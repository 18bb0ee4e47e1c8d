/* A DOWN is all that a client is told of an end: a number in the wrong unit, a peak of memory that
 * nobody measured, or a survivor that is left out is believed. */
#include <errno.h>
#include <setjmp.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "daemon/run/down.h"
#include "daemon/run/run_inside.h"
#include "serve/blob.h"

#define RUSAGE(peak) "\"rusage\":{\"user_ms\":2750,\"system_ms\":1004,\"max_rss_bytes\":" peak "}"
#define BEGINNING                                                                                  \
    "{\"run_id\":\"r1\",\"pid\":77,\"reason\":{\"kind\":\"exit\",\"code\":3},\"stopped_by\":"

#define SHOWN                                                                                      \
    ",\"duration_ms\":1234,\"labels\":{\"a\":\"b\"},\"question\":\"why?\",\"members\":[\"s\"],"    \
    "\"tokens\":null,\"cost\":null"
#define SHOWN_NOTHING                                                                              \
    ",\"duration_ms\":null,\"labels\":null,\"question\":null,\"members\":null,\"tokens\":null,"    \
    "\"cost\":null"

static struct run ended(void)
{
    static char labels[] = "{\"a\":\"b\"}", question[] = "\"why?\"", members[] = "[\"s\"]";
    return (struct run){
        .run_id = "r1",
        .pid = 77,
        .reason = {.kind = REASON_EXIT, .code = 3},
        .peak_memory = -1,
        .usage_at_exit = {.ru_utime = {2, 750999}, .ru_stime = {1, 4000}},
        .duration_ms = 1234,
        .labels = labels,
        .question = question,
        .members = members,
    };
}

static void expect_down(const struct run *run, const char *text)
{
    struct buf is = BUF_INIT(4096);
    assert_int_equal(down_text(&is, run), 0);
    assert_string_equal(buf_str(&is), text);
    buf_release(&is);
}

static void tells_what_the_kernel_counted(void **state)
{
    (void)state;
    const struct run run = ended();
    expect_down(&run, BEGINNING "null,\"outcome\":null," RUSAGE(
                          "null") ",\"containment\":\"group\",\"sandbox\":null" SHOWN "}");
}

static void a_peak_that_was_measured_is_told(void **state)
{
    (void)state;
    struct run run = ended();
    run.peak_memory = 0;
    run.has_cgroup = true;
    expect_down(&run, BEGINNING "null,\"outcome\":null," RUSAGE(
                          "0") ",\"containment\":\"cgroup\",\"sandbox\":null" SHOWN "}");
}

static void tells_who_stopped_it_and_how_it_came_out(void **state)
{
    (void)state;
    static const char *const BY[] = {"client", "terminate_all", "stop", "deadline"};
    struct run run = ended();
    run.outcome = OUTCOME_DEGRADED;
    for (size_t i = 0; i < sizeof BY / sizeof *BY; i++) {
        char text[768];
        run.stopped_by = (enum stopped_by)(STOPPED_BY_NONE + 1 + i);
        snprintf(text, sizeof text,
                 BEGINNING "\"%s\",\"outcome\":\"degraded\"," RUSAGE(
                     "null") ",\"containment\":\"group\",\"sandbox\":null" SHOWN "}",
                 BY[i]);
        expect_down(&run, text);
    }
}

static void what_it_spent_is_told(void **state)
{
    (void)state;
    char usage[] = "{\"input_tokens\":5,\"output_tokens\":2,\"cost\":0.5}";
    struct run run = ended();
    run.usage = usage;
    struct buf is = BUF_INIT(4096);
    assert_int_equal(down_text(&is, &run), 0);
    assert_non_null(strstr(buf_str(&is), ",\"tokens\":7,\"cost\":0.5}"));
    buf_release(&is);
}

static void what_went_wrong_at_the_end_is_told(void **state)
{
    (void)state;
    struct run run = ended();
    run.rest_resists = true;
    run.record_error = ENOSPC;
    expect_down(&run, BEGINNING "null,\"outcome\":null," RUSAGE(
                          "null") ",\"containment\":\"group\",\"sandbox\":null,"
                                  "\"survivors\":true,\"record_error\":\"ENOSPC\"" SHOWN "}");
}

/* Each monitor puts its ref before it. */
static void the_tail_is_the_same_without_its_brace(void **state)
{
    (void)state;
    const struct run run = ended();
    struct buf text = BUF_INIT(4096);
    assert_int_equal(down_text(&text, &run), 0);
    const char *whole = buf_str(&text);
    struct blob *tail = down_tail(&run);
    assert_non_null(tail);
    assert_int_equal(tail->len, strlen(whole + 1) + 2);
    assert_memory_equal(tail->bytes, whole + 1, strlen(whole + 1));
    assert_memory_equal(tail->bytes + tail->len - 2, "}\n", 2);
    blob_drop(tail);
    buf_release(&text);
}

static void there_was_no_such_run(void **state)
{
    (void)state;
    json_t *noproc = down_noproc_json("m1", "r12", 2);
    char *is = json_dumps(noproc, JSON_COMPACT);
    assert_string_equal(
        is, "{\"ref\":\"m1\",\"run_id\":\"r1\",\"pid\":null,\"reason\":{\"kind\":\"noproc\"},"
            "\"stopped_by\":null,\"outcome\":null,\"rusage\":null,\"containment\":null,\"sandbox\":"
            "null" SHOWN_NOTHING "}");
    free(is);
    json_decref(noproc);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tells_what_the_kernel_counted),
        cmocka_unit_test(a_peak_that_was_measured_is_told),
        cmocka_unit_test(tells_who_stopped_it_and_how_it_came_out),
        cmocka_unit_test(what_it_spent_is_told),
        cmocka_unit_test(what_went_wrong_at_the_end_is_told),
        cmocka_unit_test(the_tail_is_the_same_without_its_brace),
        cmocka_unit_test(there_was_no_such_run),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
