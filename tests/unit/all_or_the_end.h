/* What without memory is either done whole or ends the process: each allocation in turn fails, in a
 * child. Taken in behind cmocka.h, by one source of a test. */
#ifndef TESTS_UNIT_ALL_OR_THE_END_H
#define TESTS_UNIT_ALL_OR_THE_END_H

#include <fcntl.h>
#include <jansson.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fd.h"
#include "daemon/failing.h"

static int fails; /* which allocation, from begin() on; 0: none */

static void begin(void)
{
    failing_countdown = fails;
}

/* Does it between begin() and failing_stop(); gives what came of it, as a text. */
typedef char *act(const void *what);

/* Those of jansson end the runner by themselves (wiped_libraries.h). */
static void *unfailing(size_t size)
{
    int kept = failing_countdown;
    failing_stop();
    void *p = malloc(size);
    failing_countdown = kept;
    return p;
}

/* In a child, where the allocation of that number fails (0: none); 0 and what it made, or the
 * status with which it ended. */
static int outcome(act *a, const void *what, int number, char *ret, size_t size)
{
    int pipes[2], status;
    assert_int_equal(pipe(pipes), 0);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
        json_set_alloc_funcs(unfailing, free);
        fails = number;
        const char *made = a(what);
        failing_stop();
        fd_write_all(pipes[1], made, strlen(made));
        _exit(number && !failing_happened ? 71 : 0);
    }
    close(pipes[1]);
    ssize_t n = fd_read_full(pipes[0], ret, size - 1);
    close(pipes[0]);
    assert_true(n >= 0);
    ret[n] = '\0';
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

/* With how many of the allocations failing one by one the runner ended. */
static int expect_all_or_the_end(act *a, const void *what, const char *name)
{
    static char wanted[65536], got[65536];
    assert_int_equal(outcome(a, what, 0, wanted, sizeof wanted), 0);
    int status = 0, ended = 0;
    for (int k = 1; (status = outcome(a, what, k, got, sizeof got)) != 71; k++) {
        ended += status == 70;
        if (status != 70 && (status != 0 || strcmp(got, wanted) != 0))
            fail_msg("%s, allocation %d: status %d, %s\nand not %s", name, k, status, got, wanted);
    }
    return ended;
}

static void need_failing(void)
{
    if (FAILING_WORKS)
        return;
    print_message("not run: allocations cannot be made to fail here\n");
    skip();
}

#endif
