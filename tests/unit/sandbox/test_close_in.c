/* What a taken-over runner could still do, tried by a child that has closed itself in: a hole here
 * is seen by nobody but an attacker. And what a run needs and would miss, seen by everybody. */
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/stat.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "attempts.h"
#include "common/cleanup.h"
#include "runner/sandbox/close_in.h"

/* ---- the place ---- */

static uint16_t listen_anywhere(int *fd)
{
    struct sockaddr_in a = local(0);
    socklen_t len = sizeof(a);
    *fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(*fd, (struct sockaddr *)&a, len), 0);
    assert_int_equal(listen(*fd, 100), 0);
    assert_int_equal(getsockname(*fd, (struct sockaddr *)&a, &len), 0);
    return ntohs(a.sin_port);
}

static void make(const char *path)
{
    int fd = open(path, O_CREAT | O_EXCL | O_WRONLY | O_CLOEXEC, 0600);
    assert_true(fd >= 0);
    close(fd);
}

/* own_ca is a link that leads to `linked`. */
static int set_up(void **state)
{
    (void)state;
    if (!mkdtemp(at.folder))
        return -1;
    snprintf(at.own_ca, sizeof(at.own_ca), "%s/own.pem", at.folder);
    snprintf(at.linked, sizeof(at.linked), "%s/linked.pem", at.folder);
    snprintf(at.record, sizeof(at.record), "%s/record", at.folder);
    make(at.linked);
    make(at.record);
    assert_int_equal(symlink(at.linked, at.own_ca), 0);
    at.record_fd = open(at.record, O_WRONLY | O_APPEND | O_CLOEXEC);
    at.port = listen_anywhere(&at.listener);
    at.other_port = listen_anywhere(&at.other_listener);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    close(at.record_fd);
    close(at.listener);
    close(at.other_listener);
    unlink(at.own_ca);
    unlink(at.linked);
    unlink(at.record);
    return rmdir(at.folder);
}

/* ---- closing in ---- */

static bool early; /* the filter stands before it is known what the run needs */

static bool close_in(const struct sandbox_policy *policy, struct sandbox_state *ret)
{
    char url[64];
    struct error err = {0};
    struct closing *c = closing_new("/etc/ssl/certs");
    if (early && policy->mode != SANDBOX_OFF)
        closing_begin(c);
    snprintf(url, sizeof(url), "http://127.0.0.1:%u/v1", at.port);
    closing_add_url(c, url);
    closing_add_url(c, NULL);
    closing_add_file(c, at.own_ca);
    closing_add_file(c, "/nowhere/at/all");
    bool ok = closing_enforce(c, policy, ret, &err) == 0;
    if (!ok)
        fprintf(stderr, "%s\n", err.text);
    closing_free(c);
    return ok;
}

static int in_child(const struct sandbox_policy *policy, int (*act)(void))
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        struct sandbox_state state;
        signal(SIGURG, SIG_IGN);
        _exit(close_in(policy, &state) ? act() : NOT_CLOSED_IN);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    if (!WIFEXITED(status))
        fail_msg("ended by signal %d", WTERMSIG(status));
    return WEXITSTATUS(status);
}

/* The least that the kernel has to have for an attempt to be refused as the table says. */
static bool can_be_refused(const struct attempt *a, const struct sandbox_state *kernel)
{
    return (!(a->by & FILES) || kernel->files) && (!(a->by & CALLS) || kernel->syscalls) &&
           (!(a->by & NETWORK) || kernel->network);
}

static void try_each(void)
{
    const struct sandbox_policy best = {.mode = SANDBOX_BEST};
    struct sandbox_state kernel;
    assert_int_equal(sandbox_state_of_kernel(&best, &kernel, NULL), 0);
    for (size_t i = 0; i < ARRAY_LEN(ATTEMPTS); i++) {
        const struct attempt *a = &ATTEMPTS[i];
        if (!can_be_refused(a, &kernel)) {
            print_message("left out, for the kernel lacks what refuses it: %s\n", a->what);
            continue;
        }
        int number = in_child(&best, a->act);
        if (number != a->number)
            fail_msg("%s: %s, not %s", a->what, strerror(number), strerror(a->number));
    }
}

static void each_attempt_ends_as_the_table_says(void **state)
{
    (void)state;
    try_each();
    early = true;
    try_each();
    early = false;
}

static int begin_alone(void)
{
    closing_begin(closing_new(NULL));
    return make_process();
}

static void no_process_is_started_behind_the_beginning(void **state)
{
    (void)state;
    const struct sandbox_policy best = {.mode = SANDBOX_BEST}, off = {.mode = SANDBOX_OFF};
    struct sandbox_state kernel;
    assert_int_equal(sandbox_state_of_kernel(&best, &kernel, NULL), 0);
    assert_int_equal(in_child(&off, begin_alone), kernel.syscalls ? EPERM : 0);
}

/* The table is worth something only if these things work where nothing is closed. */
static void nothing_is_refused_when_it_is_off(void **state)
{
    (void)state;
    static int (*const OPEN[])(void) = {read_passwd,        read_record_again, make_process,
                                        make_unix_socket,   connect_elsewhere, signal_parent,
                                        make_datagram_pair, writable_code,     truncate_record};
    const struct sandbox_policy off = {.mode = SANDBOX_OFF};
    for (size_t i = 0; i < ARRAY_LEN(OPEN); i++)
        assert_int_equal(in_child(&off, OPEN[i]), 0);
}

static int is_shut(void)
{
    struct rlimit core;
    getrlimit(RLIMIT_CORE, &core);
    struct stat st;
    bool mine = stat("/proc/self/environ", &st) == 0 && st.st_uid == geteuid();
    return (core.rlim_max == 0) + 2 * (geteuid() == 0 || !mine);
}

static int has_core_limit_of_parent(void)
{
    struct rlimit core;
    getrlimit(RLIMIT_CORE, &core);
    return core.rlim_max == 0;
}

static void memory_is_shut_unless_cores_are_allowed(void **state)
{
    (void)state;
    const struct sandbox_policy best = {.mode = SANDBOX_BEST},
                                cores = {.mode = SANDBOX_BEST, .allow_cores = true};
    assert_int_equal(in_child(&best, is_shut), 3);
    struct rlimit core;
    getrlimit(RLIMIT_CORE, &core);
    assert_int_equal(in_child(&cores, has_core_limit_of_parent), core.rlim_max == 0);
}

static void what_is_in_force_is_told(void **state)
{
    (void)state;
    const struct sandbox_policy policies[] = {
        {.mode = SANDBOX_BEST}, {.mode = SANDBOX_BEST, .allow_cores = true}, {.mode = SANDBOX_OFF}};
    for (size_t i = 0; i < ARRAY_LEN(policies); i++) {
        struct sandbox_state want, told = {0};
        int pair[2];
        assert_int_equal(sandbox_state_of_kernel(&policies[i], &want, NULL), 0);
        assert_int_equal(pipe(pair), 0);
        if (fork() == 0) {
            close_in(&policies[i], &told);
            _exit(write(pair[1], &told, sizeof(told)) != sizeof(told));
        }
        assert_int_equal(read(pair[0], &told, sizeof(told)), sizeof(told));
        assert_memory_equal(&told, &want, sizeof(want));
        close(pair[0]);
        close(pair[1]);
        wait(NULL);
    }
}

static void *wait_for_the_end(void *context)
{
    pthread_mutex_lock(context);
    pthread_mutex_unlock(context);
    return NULL;
}

/* A thread that is there already would stay outside. */
static void threads_are_not_left_outside(void **state)
{
    (void)state;
    const struct sandbox_policy best = {.mode = SANDBOX_BEST};
    struct sandbox_state none;
    struct error err = {0};
    pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;
    pthread_t thread;
    struct closing *c = closing_new("/etc/ssl/certs");
    pthread_mutex_lock(&held);
    assert_int_equal(pthread_create(&thread, NULL, wait_for_the_end, &held), 0);
    assert_int_equal(closing_enforce(c, &best, &none, &err), -EBUSY);
    assert_non_null(strstr(err.text, "thread"));
    pthread_mutex_unlock(&held);
    pthread_join(thread, NULL);
    closing_free(c);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_attempt_ends_as_the_table_says),
        cmocka_unit_test(no_process_is_started_behind_the_beginning),
        cmocka_unit_test(nothing_is_refused_when_it_is_off),
        cmocka_unit_test(memory_is_shut_unless_cores_are_allowed),
        cmocka_unit_test(what_is_in_force_is_told),
        cmocka_unit_test(threads_are_not_left_outside),
    };
    return cmocka_run_group_tests_name("close_in", tests, set_up, tear_down);
}
