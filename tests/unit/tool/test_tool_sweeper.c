/* What a tool leaves in its folder may be meant to hang, to mislead or to outlast whoever cleans
 * up. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/fd.h"
#include "common/xalloc.h"
#include "runner/tool/tool_sweeper.h"

enum { LIMIT_MS = 60000 };

static char folder[32];

static int set_up(void **state)
{
    (void)state;
    snprintf(folder, sizeof(folder), "/tmp/tool-sweeper-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static int tear_down(void **state)
{
    (void)state;
    return sweep(AT_FDCWD, folder);
}

static char *at(const char *name)
{
    return xasprintf("%s/%s", folder, name);
}

static void make_file(const char *path)
{
    int fd = open(path, O_CREAT | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
}

static bool is_there(const char *path)
{
    struct stat st;
    return lstat(path, &st) == 0;
}

static void until_gone(const char *path)
{
    int64_t end = clock_mono_ms() + LIMIT_MS;
    while (is_there(path) && clock_mono_ms() < end)
        usleep(1000);
    assert_false(is_there(path));
}

/* Deeper than any path may be, and than there are descriptors for. */
static void a_deep_tree_goes(void **state)
{
    (void)state;
    enum { DEEP = 3000 };
    char *top = at("deep");
    assert_int_equal(mkdir(top, 0700), 0);
    int fd = open(top, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    for (int i = 0; i < DEEP; i++) {
        assert_int_equal(mkdirat(fd, "a-name-that-is-not-short", 0700), 0);
        int next = openat(fd, "a-name-that-is-not-short", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        close(fd);
        fd = next;
    }
    close(fd);
    int before = fd_count_open();
    assert_int_equal(sweep(AT_FDCWD, top), 0);
    assert_int_equal(fd_count_open(), before);
    assert_false(is_there(top));
    free(top);
}

static void links_and_pipes_are_removed_and_not_followed(void **state)
{
    (void)state;
    char *top = at("top"), *kept = at("kept"), *inside = at("kept/inside");
    char *link = at("top/link"), *hard = at("top/hard"), *fifo = at("top/fifo");
    assert_int_equal(mkdir(top, 0700), 0);
    assert_int_equal(mkdir(kept, 0700), 0);
    make_file(inside);
    assert_int_equal(symlink(kept, link), 0);
    assert_int_equal(linkat(AT_FDCWD, inside, AT_FDCWD, hard, 0), 0);
    assert_int_equal(mkfifo(fifo, 0600), 0);
    assert_int_equal(sweep(AT_FDCWD, top), 0);
    assert_true(is_there(inside));
    assert_int_equal(sweep(AT_FDCWD, kept), 0);
    /* A link in place of the folder itself. */
    assert_int_equal(mkdir(kept, 0700), 0);
    make_file(inside);
    assert_int_equal(symlink(kept, top), 0);
    assert_true(sweep(AT_FDCWD, top) < 0);
    assert_true(is_there(inside));
    unlink(top);
    free(top);
    free(kept);
    free(inside);
    free(link);
    free(hard);
    free(fifo);
}

static void closed_folders_go_too(void **state)
{
    (void)state;
    char *top = at("top"), *closed = at("top/closed"), *inside = at("top/closed/inside");
    assert_int_equal(mkdir(top, 0700), 0);
    assert_int_equal(mkdir(closed, 0700), 0);
    make_file(inside);
    assert_int_equal(chmod(closed, 0), 0);
    assert_int_equal(chmod(top, 0500), 0);
    assert_int_equal(sweep(AT_FDCWD, top), 0);
    assert_false(is_there(top));
    free(top);
    free(closed);
    free(inside);
}

static void the_process_removes_what_it_is_given(void **state)
{
    (void)state;
    struct tool_sweeper s;
    int before = fd_count_open();
    assert_int_equal(tool_sweeper_start(&s, folder, NULL, NULL), 0);
    char *one = tool_sweeper_folder(&s), *other = tool_sweeper_folder(&s);
    assert_non_null(one);
    assert_string_not_equal(one, other);
    char *file = xasprintf("%s/file", one);
    make_file(file);
    tool_sweeper_give(&s, one);
    until_gone(one);
    assert_true(is_there(other));
    tool_sweeper_end(&s); /* what nobody gave it goes now */
    until_gone(other);
    until_gone(s.path);
    assert_int_equal(waitpid(s.pid, NULL, WNOHANG), -1);
    assert_int_equal(fd_count_open(), before);
    free(file);
    free(one);
    free(other);
}

/* What a keeper left that was killed together with its sweeper; nothing of one that lives. */
static void orphans_are_found(void **state)
{
    (void)state;
    struct tool_sweeper dead, alive, next;
    assert_int_equal(tool_sweeper_start(&dead, folder, NULL, NULL), 0);
    assert_int_equal(tool_sweeper_start(&alive, folder, NULL, NULL), 0);
    char *left = tool_sweeper_folder(&dead), *used = tool_sweeper_folder(&alive);
    kill(dead.pid, SIGKILL);
    waitpid(dead.pid, NULL, 0);
    close(dead.queue);
    close(dead.lock);
    assert_int_equal(tool_sweeper_start(&next, folder, NULL, NULL), 0);
    until_gone(left);
    until_gone(dead.path);
    tool_sweeper_end(&next);
    until_gone(next.path);
    assert_true(is_there(used));
    tool_sweeper_end(&alive);
    until_gone(alive.path);
    free(left);
    free(used);
}

/* Of another name, or a link: neither was left by a sweeper. */
static void what_no_sweeper_made_stays(void **state)
{
    (void)state;
    struct tool_sweeper s;
    char *near = at("councild-tool"), *kept = at("kept"), *link = at("councild-tools-link");
    char *inside = at("kept/inside");
    assert_int_equal(mkdir(near, 0700), 0);
    assert_int_equal(mkdir(kept, 0700), 0);
    make_file(inside);
    assert_int_equal(symlink(kept, link), 0);
    assert_int_equal(tool_sweeper_start(&s, folder, NULL, NULL), 0);
    tool_sweeper_end(&s);
    until_gone(s.path);
    assert_true(is_there(near));
    assert_true(is_there(inside));
    assert_true(is_there(link));
    free(near);
    free(kept);
    free(link);
    free(inside);
}

static void forget_and_count(void *context)
{
    const int told[2] = {fd_count_open(), fcntl(0, F_GETFD) >= 0 && lseek(0, 0, SEEK_CUR) < 0};
    fd_write_all(*(int *)context, told, sizeof(told));
}

/* It is a copy of a process that has keys and lines to others. */
static void the_process_has_its_queue_and_no_more(void **state)
{
    (void)state;
    struct tool_sweeper s;
    int told[2] = {-1, -1}, ends[2], kept = dup(2);
    assert_int_equal(pipe(ends), 0);
    assert_int_equal(dup2(ends[1], 2), 2); /* of which the process has a copy */
    int to = 2, r = tool_sweeper_start(&s, folder, forget_and_count, &to);
    assert_int_equal(dup2(kept, 2), 2);
    close(kept);
    close(ends[1]);
    assert_int_equal(r, 0);
    assert_int_equal(fd_read_full(ends[0], told, sizeof(told)), sizeof(told));
    close(ends[0]);
    assert_int_equal(told[0], 3);
    assert_true(told[1]);
    tool_sweeper_end(&s);
    until_gone(s.path);
}

/* A process that does not come along delays nobody, and misses nothing in the end. */
static void giving_never_waits(void **state)
{
    (void)state;
    enum { MORE_THAN_A_PIPE = 3000 };
    struct tool_sweeper s;
    assert_int_equal(tool_sweeper_start(&s, folder, NULL, NULL), 0);
    char *first = tool_sweeper_folder(&s), *one = tool_sweeper_folder(&s);
    tool_sweeper_give(&s, first);
    until_gone(first); /* it is at work */
    assert_int_equal(kill(s.pid, SIGSTOP), 0);
    for (int i = 0; i < MORE_THAN_A_PIPE; i++)
        tool_sweeper_give(&s, one);
    assert_true(is_there(one));
    assert_int_equal(kill(s.pid, SIGTERM), 0); /* which is no reason to leave things behind */
    assert_int_equal(kill(s.pid, SIGCONT), 0);
    tool_sweeper_end(&s);
    until_gone(s.path);
    assert_null(tool_sweeper_folder(&s));
    free(first);
    free(one);
}

/* How many of them fail. */
static int starts_that_fail(void)
{
    enum { STARTS = 100 };
    int failed = 0;
    for (int i = 0; i < STARTS; i++) {
        struct tool_sweeper s;
        int r = tool_sweeper_start(&s, folder, NULL, NULL);
        char *path = r < 0 ? NULL : tool_sweeper_folder(&s);
        failed += !path;
        free(path);
        tool_sweeper_end(&s);
    }
    return failed;
}

/* A folder that has just been made is nobody's for a moment. */
static void many_begin_at_once(void **state)
{
    enum { MANY = 4 };
    pid_t pids[MANY];
    (void)state;
    for (int i = 0; i < MANY; i++) {
        pids[i] = fork();
        if (pids[i] == 0)
            _exit(starts_that_fail());
    }
    for (int i = 0; i < MANY; i++) {
        int status;
        assert_int_equal(waitpid(pids[i], &status, 0), pids[i]);
        assert_int_equal(status, 0);
    }
}

int main(void)
{
#define T(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)
    const struct CMUnitTest tests[] = {
        T(a_deep_tree_goes),           T(links_and_pipes_are_removed_and_not_followed),
        T(closed_folders_go_too),      T(the_process_removes_what_it_is_given),
        T(orphans_are_found),          T(many_begin_at_once),
        T(what_no_sweeper_made_stays), T(the_process_has_its_queue_and_no_more),
        T(giving_never_waits),
    };
    signal(SIGPIPE, SIG_IGN);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
