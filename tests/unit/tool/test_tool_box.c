/* A tool that follows a model's bad advice is not the operator's program any more. This program,
 * started as one, tries what such a tool would try, with namespaces and without; each attempt is
 * held against what the box says is in force. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <cmocka.h>

#include "box_attempts.h"
#include "common/landlock.h"
#include "started_child.h"

static struct tool_box boxes[2]; /* with namespaces, as far as they can be had, and without */
static size_t n_boxes = 2;
static struct tool_sweeper sweeper;
static char folder[] = "/tmp/tool-box-XXXXXX";
static char *file;

/* What is meant stands in the environment: files that arguments name can be read. */
static json_t *program(const char *name, const char *what)
{
    char self[4096] = {0};
    assert_true(readlink("/proc/self/exe", self, sizeof(self) - 1) > 0);
    return j_pack("{s:[s, s, s], s:{s:s}}", "argv", self, "--try", name, "env", "WHAT", what);
}

/* What came of it; takes the program over. */
static int attempt(const struct tool_box *box, json_t *p)
{
    struct child c = NO_CHILD;
    struct error err = {0};
    if (child_start(&c, p, box, &err) < 0)
        fail_msg("%s", err.text);
    char *said = read_all(&c);
    until_ended(&c);
    if (!said[0] || c.status) {
        child_read_last_words(&c);
        char *why = child_epitaph(&c);
        fail_msg("%s: %s", json_string_value(json_array_get(json_object_get(p, "argv"), 2)), why);
    }
    int r = (int)strtol(said, NULL, 10);
    free(said);
    child_end(&c);
    json_decref(p);
    return r;
}

/* One of two errnos, zero for none; which, the way in decides. */
static void expect(const char *name, const char *what, int one, int other)
{
    for (size_t i = 0; i < n_boxes; i++) {
        int r = attempt(&boxes[i], program(name, what));
        if (r != one && r != other)
            fail_msg("%s %s namespaces: %s", name, boxes[i].namespaces ? "with" : "without",
                     strerror(r));
    }
}

static void the_system_can_be_read_and_nothing_changed(void **state)
{
    (void)state;
    expect("reads_it", "/etc/passwd", 0, 0);
    expect("reads_it", file, ENOENT, EACCES);
    expect("reads_the_root", "", ENOENT, EACCES);
    expect("reads_it", "/proc/1/root/etc/shadow", EACCES, EPERM);
    expect("writes_the_system", "", EROFS, EACCES);
    expect("changes_modes_of_the_system", "", EROFS, EPERM);
    expect("changes_its_mode", file, ENOENT, EPERM);
    expect("changes_its_times", "/usr/bin/env", EROFS, EPERM);
    expect("reads_it", "/dev/null", 0, 0);
    expect("writes_it", "/dev/null", 0, 0);
    expect("reads_it", "/dev/mem", ENOENT, EACCES);
}

static void listed(const char *list, const char *path, const char *name, const char *what, int with,
                   int without)
{
    for (size_t i = 0; i < n_boxes; i++) {
        json_t *p = program(name, what);
        j_set(p, list, j_pack("[s]", path));
        int r = attempt(&boxes[i], p);
        if (r != (boxes[i].namespaces ? with : without))
            fail_msg("%s %s %s namespaces: %s", list, name,
                     boxes[i].namespaces ? "with" : "without", strerror(r));
    }
}

static void what_is_listed_is_open_as_it_is_listed(void **state)
{
    (void)state;
    listed("read", folder, "reads_it", file, 0, 0);
    listed("read", folder, "writes_it", file, EROFS, EACCES);
    listed("read", folder, "changes_its_mode", file, EROFS, EPERM);
    listed("read", file, "reads_it", file, 0, 0);
    listed("write", folder, "writes_it", file, 0, 0);
    listed("write", folder, "makes_beside_it", file, 0, 0);
    listed("write", folder, "changes_its_mode", file, 0, EPERM);
    /* Its own /tmp hides that of others. */
    char *beside = xasprintf("%s-more", file);
    assert_int_equal(unlink(beside), 0);
    listed("write", file, "makes_beside_it", file, 0, EACCES);
    assert_int_equal(access(beside, F_OK), -1);
    free(beside);
    char *link = xasprintf("%s/link", folder);
    assert_int_equal(symlink("/root", link), 0);
    listed("write", folder, "reads_it", link, ENOENT, EACCES);
    unlink(link);
    free(link);
}

/* However it is listed: itself, a folder above it, one of it. */
static void councilds_own_is_never_open(void **state)
{
    (void)state;
    json_t *own = j_pack("[s]", folder);
    char *inside = xasprintf("%s/file", folder);
    for (size_t i = 0; i < n_boxes; i++) {
        struct tool_box box = boxes[i];
        struct error err = {0};
        struct child c = NO_CHILD;
        box.own = own;
        for (int part = 0; part <= 1; part++) {
            json_t *p = program("reads_it", inside);
            j_set(p, "write", j_pack("[s]", part ? inside : folder));
            assert_int_equal(child_start(&c, p, &box, &err), -EACCES);
            assert_non_null(strstr(err.text, "councild's own"));
            json_decref(p);
        }
    }
    json_decref(own);
    free(inside);
}

/* A folder above it is open without it. */
static void a_folder_with_councilds_own_is_open_without_it(void **state)
{
    (void)state;
    char *sub = xasprintf("%s/own", folder), *secret = xasprintf("%s/own/secret", folder);
    assert_int_equal(mkdir(sub, 0700), 0);
    close(open(secret, O_CREAT | O_WRONLY, 0600));
    json_t *own = j_pack("[s]", sub);
    for (size_t i = 0; i < n_boxes; i++) {
        struct tool_box box = boxes[i];
        box.own = own;
        json_t *p = program("reads_it", file), *q = program("reads_it", secret);
        j_set(p, "read", j_pack("[s]", folder));
        j_set(q, "read", j_pack("[s]", folder));
        assert_int_equal(attempt(&box, p), 0);
        int r = attempt(&box, q);
        assert_true(r == EACCES || r == ENOENT);
    }
    unlink(secret);
    rmdir(sub);
    json_decref(own);
    free(secret);
    free(sub);
}

static void its_folder_is_its_own_and_bounded(void **state)
{
    (void)state;
    expect("works_in_its_folder", "", 0, 0);
    for (size_t i = 0; i < n_boxes; i++) {
        json_t *p = program("fills_its_folder", "");
        j_set(p, "disk_bytes", j_integer(1 << 20));
        assert_int_equal(attempt(&boxes[i], p), boxes[i].namespaces ? ENOSPC : EFBIG);
    }
    expect("fills_its_folder", "", 0, 0);
}

static void it_gets_no_rights_and_nobody_elses_memory(void **state)
{
    (void)state;
    expect("has_privileges_to_gain", "", 0, 0);
    expect("has_capabilities", "", EPERM, EPERM);
    expect("mounts", "", EPERM, EPERM);
    expect("unshares", "", EPERM, EPERM);
    expect("clones_into_a_namespace", "", EPERM, EPERM);
    expect("looks_into_its_parent", "", EACCES, EPERM);
    expect("traces_its_parent", "", EPERM, EPERM);
    expect("loads_programs_into_the_kernel", "", EPERM, EPERM);
    expect("has_keys_of_the_kernel", "", EPERM, EPERM);
    char *keeper = xasprintf("%d", getpid());
    if (boxes[1].landlock >= LANDLOCK_ABI_SCOPES)
        expect("signals_the_keeper", keeper, ESRCH, EPERM);
    free(keeper);
}

static void the_network_is_what_its_entry_says(void **state)
{
    (void)state;
    int port, fd = listen_on_loopback(&port);
    char *text = xasprintf("%d", port);
    for (size_t i = 0; i < n_boxes; i++) {
        int none = attempt(&boxes[i], program("connects", text));
        assert_true(none == EPERM || none == EACCES || none == ENETUNREACH);
        json_t *all = program("connects", text), *some = program("connects", text),
               *others = program("connects", text);
        j_set(all, "network", json_true());
        j_set(some, "network", j_pack("[i]", port));
        j_set(others, "network", j_pack("[i]", port == 443 ? 444 : 443));
        assert_int_equal(attempt(&boxes[i], all), 0);
        assert_int_equal(attempt(&boxes[i], some), 0);
        int other = attempt(&boxes[i], others);
        assert_int_equal(other, boxes[i].landlock >= LANDLOCK_ABI_TCP ? EACCES : 0);
    }
    close(fd);
    free(text);
}

/* Landlock looks at connect() of TCP. */
static void ports_are_not_passed_by(void **state)
{
    (void)state;
    static const char *const WAYS[] = {"connects_past_tcp", "connects_with_its_first_bytes"};
    int port, fd = listen_on_loopback(&port);
    char *text = xasprintf("%d", port);
    for (size_t i = 0; i < n_boxes * sizeof(WAYS) / sizeof(*WAYS); i++) {
        json_t *p = program(WAYS[i / n_boxes], text);
        j_set(p, "network", j_pack("[i]", port == 443 ? 444 : 443));
        assert_int_equal(attempt(&boxes[i % n_boxes], p), EPERM);
    }
    close(fd);
    free(text);
}

/* Sockets of others by their path: the control socket is one. */
static void sockets_of_others_are_out_of_reach(void **state)
{
    (void)state;
    struct sockaddr_un at = {.sun_family = AF_UNIX};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    snprintf(at.sun_path, sizeof(at.sun_path), "%s/sock", folder);
    assert_int_equal(bind(fd, (struct sockaddr *)&at, sizeof(at)), 0);
    assert_int_equal(listen(fd, 4), 0);
    expect("connects_to_a_path", at.sun_path, ENOENT, EPERM);
    expect("pairs_with_others", "", 0, EPERM);
    for (size_t i = 0; i < n_boxes; i++) {
        json_t *p = program("connects_to_a_path", at.sun_path);
        j_set(p, "network", json_true());
        int r = attempt(&boxes[i], p);
        assert_true(r == ENOENT || r == EPERM);
    }
    close(fd);
    unlink(at.sun_path);
}

/* Its words, its end and what it has started are as they are without a box. */
static void it_ends_as_it_would_outside(void **state)
{
    (void)state;
    static const struct {
        const char *script, *end;
    } CASES[] = {
        {"exit 3", "exit status 3"},
        {"kill -SEGV $$", "killed by SIGSEGV"},
        {"kill -35 $$", "killed by SIGRTMIN+1"},
        {"sleep 600 & exit 4", "exit status 4"},
    };
    for (size_t i = 0; i < n_boxes * sizeof(CASES) / sizeof(*CASES); i++) {
        struct child c = NO_CHILD;
        struct error err = {0};
        json_t *p = j_pack("{s:[s, s, s]}", "argv", "/bin/sh", "-c", CASES[i / n_boxes].script);
        if (child_start(&c, p, &boxes[i % n_boxes], &err) < 0)
            fail_msg("%s", err.text);
        until_ended(&c);
        char *end = child_epitaph(&c);
        assert_string_equal(end, CASES[i / n_boxes].end);
        free(end);
        child_end(&c);
        json_decref(p);
    }
}

static void signals_are_handed_on_by_its_init(void **state)
{
    (void)state;
    struct child c = NO_CHILD;
    struct error err = {0};
    if (!boxes[0].namespaces) {
        print_message("not run: no namespaces can be had here\n");
        return;
    }
    json_t *p = j_pack("{s:[s, s, s]}", "argv", "/bin/sh", "-c",
                       "trap 'echo heard; exit 0' USR1; echo here; while :; do sleep 0.01; done");
    if (child_start(&c, p, &boxes[0], &err) < 0)
        fail_msg("%s", err.text);
    wait_for(c.out_fd, POLLIN);
    kill(c.pid, SIGUSR1);
    char *said = read_all(&c);
    assert_string_equal(said, "here\nheard\n");
    until_ended(&c);
    assert_int_equal(c.status, 0);
    free(said);
    child_end(&c);
    json_decref(p);
}

static void what_its_entry_lists_must_be_there(void **state)
{
    (void)state;
    static const struct {
        const char *path, *text;
    } CASES[] = {
        {"/no/such/path", "its entry lists /no/such/path: No such file or directory"},
        {"relative", "its entry lists relative: paths are absolute"},
        {"/", "its entry lists /: name what it needs there"},
        {"/tmp", "its entry lists /tmp: name what it needs there"},
        {"/proc/1", "its entry lists /proc/1: name what it needs there"},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(*CASES); i++) {
        struct child c = NO_CHILD;
        struct error err = {0};
        json_t *p = program("reads_it", "x");
        j_set(p, "read", j_pack("[s]", CASES[i].path));
        assert_true(child_start(&c, p, &boxes[0], &err) < 0);
        assert_string_equal(err.text, CASES[i].text);
        json_decref(p);
    }
}

/* What is told is what was found. */
static void the_state_is_told(void **state)
{
    (void)state;
    struct tool_box none = {0};
    assert_null(tool_box_state(&none));
    for (size_t i = 0; i < n_boxes; i++) {
        json_t *told = tool_box_state(&boxes[i]);
        assert_int_equal(j_bool(told, "namespaces", !boxes[i].namespaces), boxes[i].namespaces);
        assert_int_equal(j_int(told, "landlock", -1), boxes[i].landlock);
        assert_int_equal(j_bool(told, "syscalls", !boxes[i].syscalls), boxes[i].syscalls);
        json_decref(told);
    }
}

static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(folder))
        return -1;
    file = xasprintf("%s/file", folder);
    close(open(file, O_CREAT | O_WRONLY, 0600));
    boxes[0].closed = true;
    tool_box_probe(&boxes[0]);
    boxes[1] = boxes[0];
    boxes[1].namespaces = false;
    if (!boxes[0].landlock || !boxes[0].syscalls) {
        print_message(
            "not run: without namespaces, for the kernel has no Landlock or no filters\n");
        n_boxes = boxes[0].namespaces ? 1 : 0;
    }
    if (tool_sweeper_start(&sweeper, "/tmp", NULL, NULL) < 0)
        return -1;
    boxes[0].sweeper = boxes[1].sweeper = &sweeper;
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    tool_sweeper_end(&sweeper);
    unlink(file);
    free(file);
    return rmdir(folder);
}

int main(int argc, char **argv)
{
    if (argc == 3 && !strcmp(argv[1], "--try"))
        try_one(argv[2], getenv("WHAT"));
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_state_is_told),
        cmocka_unit_test(the_system_can_be_read_and_nothing_changed),
        cmocka_unit_test(what_is_listed_is_open_as_it_is_listed),
        cmocka_unit_test(councilds_own_is_never_open),
        cmocka_unit_test(a_folder_with_councilds_own_is_open_without_it),
        cmocka_unit_test(its_folder_is_its_own_and_bounded),
        cmocka_unit_test(it_gets_no_rights_and_nobody_elses_memory),
        cmocka_unit_test(the_network_is_what_its_entry_says),
        cmocka_unit_test(ports_are_not_passed_by),
        cmocka_unit_test(sockets_of_others_are_out_of_reach),
        cmocka_unit_test(it_ends_as_it_would_outside),
        cmocka_unit_test(signals_are_handed_on_by_its_init),
        cmocka_unit_test(what_its_entry_lists_must_be_there),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
