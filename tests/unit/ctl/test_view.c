/* A view that loses what members said, shows what was void, or repeats what strangers wrote. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "ctl/view/view.h"
#include "ctl/view/view_state.h"
#include "heap_kept.h"

struct fixture {
    struct screen *screen;
    struct view *view;
    int in, out;
};

static int setup_view(void **state, bool stream, bool quiet)
{
    struct fixture *f = calloc(1, sizeof *f);
    int pair[2];
    if (!f || pipe(pair) < 0)
        return -1;
    f->in = pair[0];
    f->out = pair[1];
    f->screen = screen_new(f->out);
    f->view = view_new(f->screen, stream, quiet);
    *state = f;
    return 0;
}

static int setup(void **state)
{
    return setup_view(state, true, false);
}

static int setup_quiet(void **state)
{
    return setup_view(state, false, true);
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    view_free(f->view);
    screen_free(f->screen);
    close(f->in);
    close(f->out);
    free(f);
    return 0;
}

static void take(struct fixture *f, const char *event)
{
    json_t *e = json_loads(event, 0, NULL);
    assert_non_null(e);
    view_event(f->view, e);
    json_decref(e);
}

/* What the view has written since the last time; it must be something. */
static void shows(struct fixture *f, const char *expected)
{
    char got[4096];
    view_show(f->view);
    ssize_t n = read(f->in, got, sizeof got - 1);
    assert_true(n > 0);
    got[n] = '\0';
    assert_string_equal(got, expected);
}

static void begin(struct fixture *f)
{
    take(f, "{\"type\": \"run_started\", \"run_id\": \"r\", \"council_id\": \"c\\u001b[0m\","
            " \"members\": [{\"id\": \"ann\"}, {\"id\": \"bob\"},"
            " {\"id\": \"chief\", \"label\": null}], \"rounds\": [{}, {}]}");
    take(f, "{\"type\": \"round_started\", \"index\": 0, \"iteration\": 1, \"name\": \"first\","
            " \"round_type\": \"debate\", \"asked\": [\"ann\", \"bob\"],"
            " \"quorum\": {\"need\": 1, \"of\": 2}}");
    take(f,
         "{\"type\": \"member_started\", \"index\": 0, \"member_id\": \"ann\", \"call_id\": \"x\","
         " \"provider\": \"p\", \"model\": \"m\"}");
    shows(f, "run r, council c\\x1b[0m, members ann, bob, chaired by chief\n"
             "\nround 1 of 2: first (debate), iteration 2, asking ann, bob, quorum 1 of 2\n");
}

static void token(struct fixture *f, int attempt, const char *text)
{
    json_t *e = json_pack("{s:s, s:s, s:i, s:s}", "type", "member_token", "call_id", "x", "attempt",
                          attempt, "text", text);
    view_event(f->view, e);
    json_decref(e);
}

static void streamed_words_are_told_in_whole_lines(void **state)
{
    struct fixture *f = *state;
    begin(f);
    token(f, 1, "one\ntwo ");
    shows(f, "  ann | one\n");
    token(f, 1, "\x1b]0;x\n\nthree");
    shows(f, "  ann | two \\x1b]0;x\n  ann | \n");
    take(f,
         "{\"type\": \"member_completed\", \"member_id\": \"ann\", \"call_id\": \"x\", \"result\":"
         " {\"status\": \"ok\", \"latency_ms\": 5, \"usage\": null, \"content\": \"one two\"}}");
    shows(f, "  ann | three\n  ann ok (5 ms): one two\n");
    assert_null(f->view->calls.first);
}

static void words_of_a_failed_attempt_are_void(void **state)
{
    struct fixture *f = *state;
    begin(f);
    token(f, 1, "wro");
    take(f,
         "{\"type\": \"attempt_failed\", \"call_id\": \"x\", \"attempt\": 1, \"next\": \"retry\","
         " \"wait_ms\": 1000, \"error\": {\"code\": \"stall\", \"message\": \"silent\"}}");
    shows(f, "  ann: attempt 1 failed, stall: silent; next: retry in 1.0 s\n"
             "  ann: what it had said so far is void\n");
    token(f, 2, "right\n");
    shows(f, "  ann | right\n");
    token(f, 2, "half");
    token(f, 3, "whole\n"); /* the failure itself may have been dropped on the way */
    shows(f, "  ann | whole\n");
}

static void a_lost_quorum_is_told(void **state)
{
    struct fixture *f = *state;
    begin(f);
    take(f,
         "{\"type\": \"member_completed\", \"member_id\": \"ann\", \"call_id\": \"x\","
         " \"path\": \"r0i0:legal/\", \"result\": {\"status\": \"timeout\", \"reason\": \"stall\","
         " \"latency_ms\": 61000, \"error\": {\"code\": \"stall\", \"message\": \"silent\"}}}");
    take(f, "{\"type\": \"round_completed\", \"index\": 0, \"status\": \"lost_quorum\", \"counts\":"
            " {\"ok\": 0, \"timeout\": 1}, \"quorum\": {\"need\": 1, \"of\": 2, \"ok\": 0,"
            " \"met\": false}, \"aggregate\": null}");
    shows(f, "  r0i0:legal/ ann timeout, stall (1 min 1 s): silent\n"
             "  round lost_quorum: 1 timeout; quorum lost: 0 of the 1 needed\n");
    view_gap(f->view, 7);
    shows(f, "(7 events were dropped: this reader is too slow)\n");
}

static void a_quiet_view_tells_the_result_only(void **state)
{
    struct fixture *f = *state;
    take(f, "{\"type\": \"run_started\", \"run_id\": \"r\", \"members\": [], \"rounds\": []}");
    take(f, "{\"type\": \"warning\", \"code\": \"tie\", \"message\": \"m\"}");
    take(f, "{\"type\": \"no such type\"}");
    take(f, "{\"type\": \"run_completed\", \"result\": {\"outcome\": \"complete\", \"heard\":"
            " {\"ok\": 2, \"of\": 2}, \"final\": {\"content\": \"Yes.\", \"source\": \"chair\"}}}");
    shows(f, "outcome: complete, heard 2 of 2\n\nfinal answer (chair)\n\nYes.\n");
    assert_non_null(view_end(f->view));
}

static void the_reader_is_told_who_tries_to_steer(void **state)
{
    struct fixture *f = *state;
    take(f, "{\"type\": \"run_started\", \"run_id\": \"r\", \"members\": [], \"rounds\": []}");
    take(f, "{\"type\": \"run_completed\", \"result\": {\"outcome\": \"complete\", \"warnings\":"
            " [{\"code\": \"tie\", \"message\": \"m\"}, {\"code\": \"injection_suspected\","
            " \"member_id\": \"bob\", \"index\": 1, \"message\": \"it steers: campaign\"}],"
            " \"final\": {\"content\": \"Yes.\", \"source\": \"chair\"}}}");
    shows(f, "beware:\n  injection_suspected, bob, round 2: it steers: campaign\n"
             "outcome: complete\n\nfinal answer (chair)\n\nYes.\n");
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(streamed_words_are_told_in_whole_lines, setup, teardown),
        cmocka_unit_test_setup_teardown(words_of_a_failed_attempt_are_void, setup, teardown),
        cmocka_unit_test_setup_teardown(a_lost_quorum_is_told, setup, teardown),
        cmocka_unit_test_setup_teardown(a_quiet_view_tells_the_result_only, setup_quiet, teardown),
        cmocka_unit_test_setup_teardown(the_reader_is_told_who_tries_to_steer, setup_quiet,
                                        teardown),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
