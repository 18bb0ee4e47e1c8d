/* What a tool is closed in with on kernels that this machine does not have, and what is said where
 * a part of it is refused. Nothing is closed in here: what would be done is noted. */
#include <errno.h>
#include <jansson.h>
#include <sched.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "box_kernel.h"
#include "common/fd.h"

/* ---- what can be had ---- */

enum { ALL = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC };

static void assert_probe(bool namespaces, bool proc, int landlock, bool syscalls)
{
    struct tool_box box = {0};
    tool_box_probe(&box);
    assert_int_equal(kernel.flags, ALL | CLONE_NEWNET | SIGCHLD);
    assert_int_equal(box.namespaces, namespaces);
    assert_int_equal(box.fresh_proc, proc);
    assert_int_equal(box.landlock, landlock);
    assert_int_equal(box.syscalls, syscalls);
}

static void what_can_be_had_is_found_out(void **state)
{
    (void)state;
    allow();
    assert_probe(true, true, 6, true);
    allow();
    kernel.proc = false;
    kernel.filters = 0;
    kernel.abi = 1;
    kernel.interruptions = 2;
    assert_probe(true, false, 1, false);
    allow();
    kernel.abi = kernel.filters = -EPERM;
    assert_probe(true, true, 0, false);
    allow();
    kernel.dies = true;
    assert_probe(false, false, 6, true);
    static const char *const PARTS[] = {"clone", "ids", "root", "waitpid"};
    for (size_t i = 0; i < 4; i++) {
        refuse(PARTS[i], EPERM);
        kernel.abi = 0;
        assert_probe(false, false, 0, true);
    }
    while (__real_waitpid(-1, NULL, 0) > 0)
        ;
}

static void the_state_says_who_keeps_what_away(void **state)
{
    (void)state;
    static const struct {
        struct tool_box box;
        const char *state; /* namespaces, fresh_proc, files, network, scopes, syscalls */
    } ROWS[] = {
        {{.closed = true}, "000000"},
        {{.closed = true, .namespaces = true}, "101110"},
        {{.closed = true, .namespaces = true, .fresh_proc = true}, "111110"},
        {{.closed = true, .landlock = 1}, "001000"},
        {{.closed = true, .landlock = 5}, "001000"},
        {{.closed = true, .landlock = 6}, "001010"},
        {{.closed = true, .syscalls = true}, "000101"},
    };
    static const char *const NAMES[] = {"namespaces", "fresh_proc", "files",
                                        "network",    "scopes",     "syscalls"};
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        json_t *told = tool_box_state(&ROWS[i].box);
        assert_int_equal(json_object_size(told), 7);
        for (size_t k = 0; k < 6; k++)
            assert_int_equal(json_is_true(json_object_get(told, NAMES[k])),
                             ROWS[i].state[k] == '1');
        assert_int_equal(json_integer_value(json_object_get(told, "landlock")),
                         ROWS[i].box.landlock);
        json_decref(told);
    }
    assert_null(tool_box_state(&(struct tool_box){.namespaces = true, .syscalls = true}));
}

/* ---- a program ---- */

static json_t *with_network(const char *network)
{
    return json_pack("{s:o}", "network", json_loads(network, JSON_DECODE_ANY, NULL));
}

static void namespaces_are_those_of_its_entry(void **state)
{
    (void)state;
    struct tool_box box = {.closed = true, .namespaces = true};
    static const struct {
        const char *network;
        unsigned flags;
    } ROWS[] = {
        {"false", ALL | CLONE_NEWNET}, {"true", ALL}, {"[443]", ALL}, {"[]", ALL | CLONE_NEWNET}};
    for (size_t i = 0; i < 4; i++) {
        json_t *p = with_network(ROWS[i].network);
        assert_int_equal(tool_box_clone_flags(&box, p), ROWS[i].flags);
        assert_int_equal(tool_box_disk_bytes(p), 64 * 1024 * 1024);
        json_object_set_new(p, "disk_bytes", json_integer(5));
        assert_int_equal(tool_box_disk_bytes(p), 5);
        box.closed = false;
        assert_int_equal(tool_box_clone_flags(&box, p), 0);
        box = (struct tool_box){.closed = true};
        assert_int_equal(tool_box_clone_flags(&box, p), 0);
        box.namespaces = true;
        json_decref(p);
    }
}

static int close_in(const struct tool_box *box, const char *network, struct error *err)
{
    static struct tool_file at[] = {{(char *)"/usr", NULL, TOOL_FILE_SYSTEM},
                                    {(char *)"/gone", NULL, TOOL_FILE_READ},
                                    {(char *)"/dev/null", NULL, TOOL_FILE_DEVICE},
                                    {(char *)"/read", NULL, TOOL_FILE_READ},
                                    {(char *)"/write", NULL, TOOL_FILE_WRITE}};
    struct tool_files files = {at, 5, NULL};
    json_t *p = with_network(network);
    *err = (struct error){0};
    int before = fd_count_open(), r = tool_box_close(box, p, &files, err);
    assert_int_equal(fd_count_open(), before);
    json_decref(p);
    return r;
}

#define RIGHTS_GIVEN_UP "core ambient drop:0 drop:1 drop:2 capset privs:1 "
#define FILES           "new /usr:d /dev/null:8006 /read:d /write:ffff /proc:c .:ffff "

static void all_of_it_is_closed_in_its_order(void **state)
{
    (void)state;
    struct error err;
    allow();
    assert_int_equal(close_in(&(struct tool_box){.landlock = 6, .syscalls = true}, "[80]", &err),
                     0);
    assert_string_equal(kernel.log, RIGHTS_GIVEN_UP FILES "port:53 port:80 landlock calls ");
    assert_int_equal(kernel.handled.tcp, LANDLOCK_TCP_CONNECT);
    allow();
    assert_int_equal(close_in(&(struct tool_box){.landlock = 6}, "true", &err), 0);
    assert_string_equal(kernel.log, RIGHTS_GIVEN_UP FILES "landlock ");
    assert_int_equal(kernel.handled.tcp, 0);
    allow();
    assert_int_equal(close_in(&(struct tool_box){.landlock = 4}, "false", &err), 0);
    assert_int_equal(kernel.handled.tcp, LANDLOCK_TCP_CONNECT | LANDLOCK_TCP_BIND);
    allow();
    assert_int_equal(close_in(&(struct tool_box){.landlock = 3}, "[80]", &err), 0);
    assert_null(strstr(kernel.log, "port"));
    assert_non_null(strstr(kernel.log, "/dev/null:6 "));
    allow();
    assert_int_equal(close_in(&(struct tool_box){.syscalls = true}, "[80]", &err), 0);
    assert_string_equal(kernel.log, RIGHTS_GIVEN_UP "calls ");
}

static void whatever_is_refused_is_told(void **state)
{
    (void)state;
    static const struct {
        const char *what, *text, *last;
    } ROWS[] = {
        {"capset", "giving up capabilities", "capset "},
        {"privs", "no new privileges", "privs:1 "},
        {"new", "rules for files", "new "},
        {"/usr", "rules for files", "port:80 "},
        {".", "rules for files", "port:80 "},
        {"port", "rules for files", "port:80 "},
        {"landlock", "rules for files", "landlock "},
        {"calls", "calls", "calls "},
    };
    struct tool_box box = {.landlock = 6, .syscalls = true};
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct error err;
        char text[128];
        refuse(ROWS[i].what, EDOM);
        assert_int_equal(close_in(&box, "[80]", &err), -EDOM);
        snprintf(text, sizeof(text), "%s: %s", ROWS[i].text, strerror(EDOM));
        assert_string_equal(err.text, text);
        assert_string_equal(kernel.log + strlen(kernel.log) - strlen(ROWS[i].last), ROWS[i].last);
    }
}

static void the_filter_keeps_away_what_nobody_else_does(void **state)
{
    (void)state;
    static const struct {
        struct tool_box box;
        const char *network;
        const char
            *calls; /* foreign files, local sockets, networks, of others, groups, truncation */
    } ROWS[] = {
        {{.landlock = 6}, "false", "111110"},
        {{.landlock = 2}, "false", "111111"},
        {{.landlock = 3}, "[80]", "110110"},
        {{.landlock = 6, .own_group = true}, "true", "110100"},
        {{.landlock = 6, .namespaces = true}, "false", "000000"},
        {{.landlock = 6, .namespaces = true}, "true", "000000"},
        {{.landlock = 5, .namespaces = true}, "true", "010000"},
        {{.landlock = 5, .namespaces = true}, "false", "000000"},
        {{.landlock = 2, .namespaces = true}, "[1]", "010000"},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct tool_box box = ROWS[i].box;
        struct error err;
        box.syscalls = true;
        allow();
        assert_int_equal(close_in(&box, ROWS[i].network, &err), 0);
        const struct tool_calls_for *c = &kernel.calls;
        char calls[] = {c->foreign_files ? '1' : '0',
                        c->local_sockets ? '1' : '0',
                        c->networks ? '1' : '0',
                        c->of_others ? '1' : '0',
                        c->groups ? '1' : '0',
                        c->truncation ? '1' : '0',
                        '\0'};
        assert_string_equal(calls, ROWS[i].calls);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_can_be_had_is_found_out),
        cmocka_unit_test(the_state_says_who_keeps_what_away),
        cmocka_unit_test(namespaces_are_those_of_its_entry),
        cmocka_unit_test(all_of_it_is_closed_in_its_order),
        cmocka_unit_test(whatever_is_refused_is_told),
        cmocka_unit_test(the_filter_keeps_away_what_nobody_else_does),
    };
    return cmocka_run_group_tests_name("box_refused", tests, NULL, NULL);
}
