/* How a runner ends before its work is done: by a word, by a signal, when councild is gone, and
 * when its journal takes nothing. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner_process.h"

static void until_event(struct run *r, const char *type)
{
    size_t from = 0;
    for (;;) {
        for (; from < json_array_size(r->events); from++)
            if (!strcmp(text(json_array_get(r->events, from), "type"), type))
                return;
        assert_true(listen_once(r));
    }
}

static const char SLOW[] = "{\"overrides\": {\"all\": {\"provider_options\": {\"delay_ms\": 60000}"
                           "}}}";

static void cancelled(void **state)
{
    (void)state;
    struct run r;
    struct buf line = BUF_INIT(1000);
    start_runner(&r);
    send_spec(&r, &(struct ask){.options = SLOW});
    until_event(&r, "member_started");
    link_make_cancel(&line, true, LINK_CAUSE_CLIENT);
    send_line(&r, &line);
    assert_int_equal(wait_for_end(&r), 0);
    assert_string_equal(text(r.result, "outcome"), "cancelled");
    assert_int_equal(count_events(&r, "cancel_requested"), 1);
    assert_int_equal(count_events(&r, "run_failed"), 1);
    journal_is_what_was_told(&r);
    forget(&r);
}

static void terminated(void **state)
{
    (void)state;
    struct run r;
    start_runner(&r);
    send_spec(&r, &(struct ask){.options = SLOW});
    until_event(&r, "member_started");
    kill(r.pid, SIGTERM);
    int status = wait_for_end(&r);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGTERM);
    assert_null(r.result);
    assert_int_equal(count_events(&r, "run_failed"), 0);
    journal_is_what_was_told(&r);
    forget(&r);
}

static void spare_ends(void **state)
{
    (void)state;
    struct run r;
    int status;
    start_runner(&r);
    shutdown(r.link, SHUT_WR);
    assert_int_equal(wait_for_end(&r), 0);
    forget(&r);
    start_runner(&r);
    kill(r.pid, SIGTERM);
    assert_int_equal(waitpid(r.pid, &status, 0), r.pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    forget(&r);
}

static void link_lost(void **state)
{
    (void)state;
    struct run r;
    int status;
    start_runner(&r);
    send_spec(&r, &(struct ask){.options = SLOW});
    until_event(&r, "member_started");
    fd_close(&r.link);
    assert_int_equal(waitpid(r.pid, &status, 0), r.pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == RUNNER_EXIT_LINK_LOST);
    forget(&r);
}

static void full_disk(void **state)
{
    (void)state;
    struct run r;
    start_runner(&r);
    send_spec(&r, &(struct ask){.journal = open("/dev/full", O_WRONLY | O_CLOEXEC)});
    assert_int_equal(wait_for_end(&r), 0);
    assert_int_equal(r.ready, 1);
    assert_int_equal(json_array_size(r.events), 0);
    assert_string_equal(text(r.result, "outcome"), "failed");
    json_t *error = json_array_get(json_object_get(r.result, "errors"), 0);
    assert_string_equal(text(error, "code"), "journal");
    forget(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(cancelled), cmocka_unit_test(terminated), cmocka_unit_test(spare_ends),
        cmocka_unit_test(link_lost), cmocka_unit_test(full_disk),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
