/* The daemon as one object, with all that it is made of imitated: a step of the start that is left
 * out or comes too early, a part that does not know another, one that is never let go. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"
#include "daemon/core/phases.h"
#include "daemon/server.h"
#include "failing.h"
#include "log_lines.h"
#include "server_end.h"
#include "server_start.h"

/* ---- */

#define UP_TO_SOCKET                                                                               \
    "notify loop core signals activated directory state lock kill survivors records syncer by "    \
    "lost keys "                                                                                   \
    "resources "
#define FROM_SOCKET                                                                                \
    "cgroups begin runners raise front stop status keeper spares runs tenant ready: serving "
#define END                                                                                        \
    "-clients -listener -runs -spares -runners -keeper -tenant -stop -core -signals -loop "        \
    "-cgroups "                                                                                    \
    "-records -syncer -resources -keys -locks -config "

static int open_before;

static int setup(void **state)
{
    (void)state;
    memset(&t, 0, sizeof t);
    for (size_t i = 0; i < PARTS_COUNT; i++)
        PARTS[i]->there = false;
    log_lines_begin();
    open_before = fd_count_open();
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &t.open_files), 0);
    t.began_us = clock_mono_us();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    log_lines_end();
    return 0;
}

static struct server *start(void)
{
    struct server *s = NULL;
    struct error err = {0};
    if (server_new(&config, &origin, &s, &err) != 0)
        fail_msg("%s", err.text);
    assert_string_equal(err.text, t.uncontained ? "there is no tree" : "");
    assert_ptr_equal(s, t.server);
    return s;
}

static void assert_all_gone(void)
{
    for (size_t i = 0; i < PARTS_COUNT; i++)
        if (PARTS[i]->there)
            fail_msg("part %zu is left", i);
    assert_int_equal(fd_count_open(), open_before);
}

static void end(struct server *s)
{
    t.log[0] = '\0';
    server_free(s);
    assert_string_equal(t.log, END);
    assert_all_gone();
}

static void it_starts_and_ends_in_its_order(void **state)
{
    (void)state;
    struct server *s = start();
    assert_string_equal(t.log, UP_TO_SOCKET "bind " FROM_SOCKET);
    assert_string_equal(log_lines(), "<5>serving tenant=ours socket=/at/sock\n");
    end(s);
    t.log[0] = '\0';
    server_free(NULL);
    assert_string_equal(t.log, "");
}

static void a_socket_that_is_handed_over_is_not_made(void **state)
{
    (void)state;
    t.activated = true;
    struct server *s = start();
    assert_string_equal(t.log, UP_TO_SOCKET FROM_SOCKET);
    end(s);
}

/* As it is when no cgroups can be had: the runs keep a lock on the file of survivors. */
static void without_cgroups_it_says_why(void **state)
{
    (void)state;
    t.uncontained = true;
    struct server *s = start();
    assert_true(s->survivors_fd >= 0);
    assert_string_equal(log_lines(), "<6>runs are contained by process groups"
                                     " why=\"there is no tree\"\n"
                                     "<5>serving tenant=ours socket=/at/sock\n");
    end(s);
}

static void descriptors_that_cannot_be_counted_are_guessed(void **state)
{
    (void)state;
    t.uncounted = true;
    end(start());
}

/* The settings go with it. */
static void without_memory_it_does_not_start(void **state)
{
    (void)state;
    struct server *s = NULL;
    struct error err = {0};
    int k = 0;
    assert_true(failing_next(&k)); /* the first allocation is its own */
    int r = server_new(&config, &origin, &s, &err);
    failing_stop();
    if (!FAILING_WORKS) {
        end(s);
        return;
    }
    assert_int_equal(r, -ENOMEM);
    assert_string_equal(err.text, "cannot start: Cannot allocate memory");
    assert_string_equal(t.log, "-config ");
    assert_null(s);
    assert_true(failing_no_leak());
}

static void a_manager_that_cannot_be_reached_is_no_failure(void **state)
{
    (void)state;
    t.fails = "notify";
    struct server *s = start();
    assert_string_equal(log_lines(), "<4>the service manager cannot be reached\n"
                                     "<5>serving tenant=ours socket=/at/sock\n");
    end(s);
}

static void lost_runs_are_told(void **state)
{
    (void)state;
    static const struct {
        struct records_lost lost;
        const char *told;
    } rows[] = {
        {{.closed = 1}, "<5>closed the records of runs that were lost runs=1\n"},
        {{.unclosed = 1}, "<3>ends of runs that were lost cannot be written runs=1\n"},
        {{.closed = 3, .unclosed = 2},
         "<5>closed the records of runs that were lost runs=3\n"
         "<3>ends of runs that were lost cannot be written runs=2\n"},
        {{.odd = 4}, ""},
    };
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        t.lost = rows[i].lost;
        struct server *s = start();
        const char *told = log_lines();
        assert_memory_equal(told, rows[i].told, strlen(rows[i].told));
        assert_string_equal(told + strlen(rows[i].told),
                            "<5>serving tenant=ours socket=/at/sock\n");
        end(s);
        t.log[0] = '\0';
    }
}

/* Says why, and lets go what was made before. */
static void each_step_may_fail(void **state)
{
    (void)state;
    static const struct {
        const char *fails, *says;
        int number;
    } rows[] = {
        {"loop", "cannot make the event loop: Cannot allocate memory", ENOMEM},
        {"core", "no core", EXDEV},
        {"signals", "no signals", EXDEV},
        {"activated", "no activated", EXDEV},
        {"directory", "no directory", EXDEV},
        {"state", "no state", EXDEV},
        {"lock", "no lock", EXDEV},
        {"kill", "no kill", EXDEV},
        {"survivors", "no survivors", EXDEV},
        {"records", "no records", EXDEV},
        {"syncer", "cannot set up the syncing of records: Invalid cross-device link", EXDEV},
        {"lost", "cannot close the records of lost runs: Invalid cross-device link", EXDEV},
        {"keys", "cannot load the keys: Cannot allocate memory", ENOMEM},
        {"resources", "no resources", EXDEV},
        {"bind", "no bind", EXDEV},
        {"cgroups", "no cgroups", EXDEV},
        {"runners", "cannot make the environment of runners: Invalid cross-device link", EXDEV},
        {"front", "no front", EXDEV},
        {"stop", "cannot set up the daemon: Cannot allocate memory", ENOMEM},
        {"status", "cannot set up the daemon: Cannot allocate memory", ENOMEM},
        {"keeper", "cannot set up the daemon: Cannot allocate memory", ENOMEM},
        {"spares", "cannot set up the daemon: Cannot allocate memory", ENOMEM},
        {"runs", "cannot set up the daemon: Cannot allocate memory", ENOMEM},
        {"tenant", "cannot set up the daemon: Cannot allocate memory", ENOMEM},
    };
    static const char ALL[] = UP_TO_SOCKET "bind " FROM_SOCKET;
    for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
        char word[32];
        struct server *s = NULL;
        struct error err = {0};
        t.fails = rows[i].fails;
        t.log[0] = '\0';
        assert_int_equal(server_new(&config, &origin, &s, &err), -rows[i].number);
        assert_null(s);
        assert_string_equal(err.text, rows[i].says);
        snprintf(word, sizeof word, " %s ", rows[i].fails);
        const char *at = strstr(ALL, word);
        assert_non_null(at);
        const size_t done = (size_t)(at - ALL) + strlen(word);
        assert_memory_equal(t.log, ALL, done);
        assert_string_equal(t.log + done, END);
        assert_all_gone();
        assert_string_equal(log_lines(), "");
    }
}

/* Handlers reach what they may reach, and it is what runs and clients have. */
static void the_desk_has_all_parts(void **state)
{
    (void)state;
    struct server *s = start();
    const struct desk *desk = &s->desk;
    assert_ptr_equal(desk->core, &s->core);
    assert_ptr_equal(desk->records, &records);
    assert_ptr_equal(desk->keeper, &keeper);
    assert_ptr_equal(desk->cgroups, &cgroups);
    assert_ptr_equal(desk->runs, &runs);
    assert_ptr_equal(desk->watchers, &s->watchers);
    assert_ptr_equal(desk->clients, &clients);
    assert_null(desk->stop_waiters);
    assert_ptr_equal(s->watchers.core, &s->core);
    assert_ptr_equal(s->watchers.records, &records);
    t.log[0] = '\0';
    desk->drain(desk->root);
    assert_string_equal(t.log, "draining ");
    t.log[0] = '\0';
    desk->stop(desk->root);
    assert_string_equal(t.log, "orderly ");
    t.log[0] = '\0';
    assert_int_equal(desk->reload(desk->root, NULL), 0);
    assert_string_equal(t.log, "reload ");
    end(s);
}

/* Its own signals before the exits that they explain, and orphans after the exits of those that are
 * known. */
static void signals_and_orphans_have_their_phases(void **state)
{
    (void)state;
    struct server *s = start();
    t.log[0] = '\0';
    assert_null(t.hooks[PHASE_EXITS]);
    assert_null(t.hooks[LOOP_CLIENTS]);
    t.hooks[PHASE_SIGNALS](s);
    t.hooks[PHASE_LINKS](s);
    assert_string_equal(t.log, "read reap ");
    s->runners = NULL; /* a turn may come before there is a table of them */
    t.log[0] = '\0';
    t.hooks[PHASE_LINKS](s);
    assert_string_equal(t.log, "");
    s->runners = (struct runners *)&runners;
    end(s);
}

static void its_status_tells_of_what_could_not_be_killed(void **state)
{
    (void)state;
    struct server *s = start();
    t.log[0] = '\0';
    assert_int_equal(server_run(s), 0);
    assert_string_equal(t.log, "run ");
    t.unkillable = true;
    assert_int_equal(server_run(s), 1);
    end(s);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_starts_and_ends_in_its_order),
        TEST(a_socket_that_is_handed_over_is_not_made),
        TEST(without_cgroups_it_says_why),
        TEST(descriptors_that_cannot_be_counted_are_guessed),
        TEST(without_memory_it_does_not_start),
        TEST(a_manager_that_cannot_be_reached_is_no_failure),
        TEST(lost_runs_are_told),
        TEST(each_step_may_fail),
        TEST(the_desk_has_all_parts),
        TEST(signals_and_orphans_have_their_phases),
        TEST(its_status_tells_of_what_could_not_be_killed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
