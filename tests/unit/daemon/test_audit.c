/* What the audit says of a request: one that is not told is what was to be hidden, and one that is
 * told as done when it was refused accuses the wrong one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "callers_fixture.h"
#include "log_lines.h"

#define ENTRY(uid, role, name, method, run_id, result)                                             \
    "{\"at\":\"?\",\"uid\":" uid ",\"pid\":\"?\",\"role\":\"" role "\",\"name\":" name             \
    ",\"method\":\"" method "\",\"run_id\":" run_id ",\"result\":\"" result "\"}"

static void what_is_changed_is_told_with_who_and_how_it_went(void **state)
{
    (void)state;
    run_by("bob", BY_BOB, "default");
    request_is(1, "run.info", RUN("bob")); /* changes nothing */
    next_line();
    outcome_of("run.cancel", RUN("bob"));
    outcome_of("run.cancel", "{\"run_id\":\"not one of these\"}");
    outcome_of("run.cancel", "{\"run_id\":5}");
    caller = (struct caller){.role = ROLE_ASK, .name = "ann"};
    outcome_of("run.cancel", RUN("bob"));
    outcome_of("supervisor.stop", "{}");
    outcome_of("provider.models", "{\"provider\":\"none\"}");
    caller = (struct caller){.role = ROLE_OPERATE};
    call_gives(
        "audit.list", "{}",
        "{\"entries\":[" ENTRY("0", "ask", "\"ann\"", "provider.models", "null", "invalid_parameter") "," ENTRY(
            "0", "ask", "\"ann\"", "supervisor.stop", "null",
            "permission_denied") "," ENTRY("0", "ask", "\"ann\"", "run.cancel", "\"bob\"",
                                           "permission_denied") "," ENTRY("0", "operate", "null",
                                                                          "run.cancel", "null",
                                                                          "invalid_parameter") "," ENTRY("0",
                                                                                                         "operate",
                                                                                                         "null",
                                                                                                         "run.cancel",
                                                                                                         "null",
                                                                                                         "not_found") "," ENTRY("0",
                                                                                                                                "operate",
                                                                                                                                "null",
                                                                                                                                "run.cancel",
                                                                                                                                "\"bob\"",
                                                                                                                                "done") "],\"next\":null}");
    end("bob");
}

static void what_waits_is_told_when_it_is_answered(void **state)
{
    (void)state;
    request_is(1, "run.start", START(",\"run_id\":\"r1\""));
    call_gives("audit.list", "{}", "{\"entries\":[],\"next\":null}");
    assert_true(say_ready(run_of("r1")));
    turns(3);
    next_line();
    call_gives("audit.list", "{}",
               "{\"entries\":[" ENTRY("0", "operate", "null", "run.start", "\"r1\"",
                                      "done") "],\"next\":null}");
    request_is(1, "run.terminate", RUN("r1"));
    conn_free(conn); /* the client goes, the run ends all the same */
    json_t *rows = json_array();
    char next[AUDIT_CURSOR_SIZE];
    assert_int_equal(audit_log_page(&desk.audit, NULL, 1, rows, next), 0);
    assert_string_equal(json_string_value(json_object_get(json_array_get(rows, 0), "result")),
                        "client gone");
    json_decref(rows);
    leader_exits(run_of("r1"), CLD_KILLED, SIGTERM);
}

static void a_run_whose_id_was_chosen_is_named(void **state)
{
    (void)state;
    request_is(1, "run.start", START(""));
    const struct run *run = runs_next(runs, NULL);
    char id[RUNID_MAX + 1];
    snprintf(id, sizeof id, "%s", run->run_id);
    assert_true(say_ready(run_of(id)));
    turns(3);
    next_line();
    request_is(2, "audit.list", "{}");
    assert_non_null(strstr(next_line(), id));
    end(id);
}

static void a_probe_is_named_like_a_run(void **state)
{
    (void)state;
    char wanted[256];
    request_is(1, "provider.check", "{}");
    struct run *run = runs_next(runs, NULL);
    assert_non_null(run);
    snprintf(wanted, sizeof wanted, "\"method\":\"provider.check\",\"run_id\":\"%s\"", run->run_id);
    say_ready(run);
    leader_exits(run, CLD_EXITED, 0);
    turns(3);
    next_line();
    request_is(2, "audit.list", "{}");
    assert_non_null(strstr(next_line(), wanted));
}

/* A name that no run can have is none. */
static void the_longest_id_is_told_whole_and_a_longer_one_not_at_all(void **state)
{
    (void)state;
    char id[RUNID_MAX + 2], params[256], wanted[256];
    for (size_t len = RUNID_MAX; len <= RUNID_MAX + 1; len++) {
        memset(id, 'i', len);
        id[len] = '\0';
        snprintf(params, sizeof params, "{\"run_id\":\"%s\"}", id);
        outcome_of("run.cancel", params);
        request_is(2, "audit.list", "{\"limit\":1}");
        snprintf(wanted, sizeof wanted, "\"run_id\":\"%s\"", id);
        const char *line = next_line();
        assert_non_null(strstr(line, len == RUNID_MAX ? wanted : "\"run_id\":null"));
    }
}

static void who_acts_for_somebody_is_told_by_that_name(void **state)
{
    (void)state;
    outcome_of("connection.act_as", "{\"name\":\"ann\",\"role\":\"operate\"}");
    call_gives("audit.list", "{}",
               "{\"entries\":[" ENTRY("0", "operate", "\"ann\"", "connection.act_as", "null",
                                      "done") "],\"next\":null}");
    call_fails("audit.list", "{\"after\":\"nowhere\"}", "invalid_parameter",
               ",\"field\":\"after\"");
}

static void the_longest_name_is_told_whole(void **state)
{
    (void)state;
    char name[OWNER_NAME_MAX + 1], params[256], quoted[160];
    memset(name, 'n', sizeof name - 1);
    name[sizeof name - 1] = '\0';
    snprintf(params, sizeof params, "{\"name\":\"%s\",\"role\":\"operate\"}", name);
    snprintf(quoted, sizeof quoted, "\"name\":\"%s\"", name);
    outcome_of("connection.act_as", params);
    request_is(2, "audit.list", "{}");
    assert_non_null(strstr(next_line(), quoted));
}

/* ---- the log ---- */

static void cancel_of(const char *run_id)
{
    char params[256];
    snprintf(params, sizeof params, "{\"run_id\":\"%s\"}", run_id);
    call_fails("run.cancel", params, "not_found", "");
}

static void each_change_stands_in_the_log_too(void **state)
{
    (void)state;
    log_lines_begin();
    cancel_of("nobody");
    assert_non_null(strstr(log_lines(),
                           "<5>audit uid=0 pid=0 role=operate name=- method=run.cancel "
                           "run_id=nobody result=not_found\n"));
    run_by("us", BY_US, "default");
    log_lines();
    assert_string_equal(outcome_of("run.cancel", RUN("us")), "done");
    static const char DRAIN[] = "<7>request method=run.cancel pid=0 uid=0\n"
                                "<7>cancel run_id=us mode=drain\n";
    assert_non_null(strstr(log_lines(), DRAIN));
    outcome_of("run.cancel", "{\"run_id\":\"us\",\"mode\":\"now\"}");
    assert_non_null(strstr(log_lines(), "<7>cancel run_id=us mode=now\n"));
    end("us");
    log_lines();
    cancel_of("no id");
    assert_non_null(strstr(log_lines(), " role=operate name=- method=run.cancel run_id=- "
                                        "result=not_found\n"));
    outcome_of("connection.act_as", "{\"name\":\"ann\",\"role\":\"operate\"}");
    assert_non_null(strstr(log_lines(), " role=operate name=ann method=connection.act_as run_id=- "
                                        "result=done\n"));
    log_lines_end();
}

/* Once for one reason, until it goes well again. */
static void one_that_cannot_be_written_is_told(void **state)
{
    (void)state;
    static const char TOLD[] = "<3>the audit cannot be written error=\"Bad file descriptor\"\n";
    const int dir = desk.audit.dir;
    log_lines_begin();
    for (int i = 0; i < 2; i++) {
        audit_log_release(&desk.audit);
        desk.audit.dir = -1;
        cancel_of("nobody");
        assert_non_null(strstr(log_lines(), TOLD));
        cancel_of("nobody");
        assert_null(strstr(log_lines(), TOLD));
        desk.audit.dir = dir;
        cancel_of("nobody");
        assert_null(strstr(log_lines(), TOLD));
    }
    log_lines_end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_DESK(what_is_changed_is_told_with_who_and_how_it_went),
        AT_DESK(what_waits_is_told_when_it_is_answered),
        AT_DESK(a_run_whose_id_was_chosen_is_named),
        AT_DESK(a_probe_is_named_like_a_run),
        AT_DESK(the_longest_id_is_told_whole_and_a_longer_one_not_at_all),
        AT_DESK(who_acts_for_somebody_is_told_by_that_name),
        AT_DESK(the_longest_name_is_told_whole),
        AT_DESK(each_change_stands_in_the_log_too),
        AT_DESK(one_that_cannot_be_written_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
