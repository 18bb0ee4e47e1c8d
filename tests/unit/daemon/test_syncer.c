/* A sync takes as long as the disk likes: one in the loop, or one that the loop waits for, holds up
 * every run and every client. So another process syncs; and it may hang or be killed without
 * anybody waiting for it, and without being missed for long. */
#include <dirent.h>
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "common/log.h"
#include "daemon/os/spawn.h"
#include "daemon/os/sys.h"
#include "daemon/sync/sync_helper.h"
#include "daemon/sync/syncer.h"
#include "failing.h"
#include "fixture.h"

enum { HANG_S = 60, MANY = 3000, SECOND_US = 1000 * 1000 };

/* ---- the process: this program again. It syncs by leaving a trace in the file. ---- */

static const char *own_descriptors(void)
{
    static char text[256];
    DIR *dir = opendir("/proc/self/fd");
    size_t len = 0;
    for (int fd = 0; fd < 1024; fd++)
        if (fd != dirfd(dir) && fcntl(fd, F_GETFD) >= 0)
            len += (size_t)snprintf(text + len, sizeof text - len, " %d", fd);
    closedir(dir);
    return text;
}

static int trace_data(int fd)
{
    extern char **environ;
    int death = 0;
    prctl(PR_GET_PDEATHSIG, &death, 0, 0, 0);
    int n = 0;
    while (environ[n])
        n++;
    dprintf(fd, "pid %d fds%s death %d env %d%s%s\n", getpid(), own_descriptors(), death, n,
            n ? " " : "", n ? environ[0] : "");
    return 0;
}

static int trace_folder(int fd)
{
    int trace = openat(fd, "folders", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    const bool written = write(trace, "x", 1) == 1;
    close(trace);
    return written ? 0 : -1;
}

static const struct sync_calls TRACES = {.fdatasync = trace_data, .fsync = trace_folder};

/* ---- the daemon ---- */

static struct folder folder;
static struct process_origin origin;
static struct syncer *syncer;
static int64_t now_us;
static int forks;
static pid_t (*real_clone3)(struct clone_args *args, size_t size);

static pid_t counted_clone3(struct clone_args *args, size_t size)
{
    forks++;
    return real_clone3(args, size);
}

static int64_t fake_now(void)
{
    return now_us;
}

static int setup(void **state)
{
    (void)state;
    const struct syncer_options options = {.origin = &origin};
    folder_make(&folder);
    mkdirat(folder.fd, "to", 0700);
    mkdirat(folder.fd, "from", 0700);
    origin.pid = getpid();
    getrlimit(RLIMIT_NOFILE, &origin.open_files);
    forks = 0;
    now_us = 1000 * (int64_t)SECOND_US;
    real_clone3 = sys.clone3;
    sys.clone3 = counted_clone3;
    sys.mono_us = fake_now;
    unsetenv("JOURNAL_STREAM");
    alarm(HANG_S); /* what waits is a fault, not a slow test */
    return syncer_new(&options, &syncer);
}

/* None is left once nobody has its socket. */
static int teardown(void **state)
{
    (void)state;
    syncer_free(syncer);
    syncer = NULL;
    while (wait(NULL) > 0)
        ;
    alarm(0);
    sys_reset();
    folder_remove(&folder);
    return 0;
}

static void hand(const char *name)
{
    int file = openat(folder.fd, name, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    int to = openat(folder.fd, "to", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int from = openat(folder.fd, "from", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(file >= 0 && to >= 0 && from >= 0);
    const struct sync_work work = {.file = file, .to = to, .from = from};
    syncer_hand(syncer, &work);
    close(file);
    close(to);
    close(from);
}

static bool is_synced(const char *name)
{
    const char *text = get_file(&folder, name);
    return text && strchr(text, '\n');
}

/* By whom it was synced. */
static pid_t synced_by(const char *name)
{
    const int64_t end = clock_mono_us() + DEADLINE_MS * 1000;
    while (!is_synced(name)) {
        if (clock_mono_us() > end)
            fail_msg("%s is not synced", name);
        usleep(500);
    }
    return (pid_t)strtol(get_file(&folder, name) + strlen("pid "), NULL, 10);
}

static void end_of(pid_t pid)
{
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

/* ---- both ---- */

static void another_process_syncs(void **state)
{
    (void)state;
    syncer_begin(syncer);
    assert_int_equal(forks, 1); /* there before it is needed */
    hand("a");
    const pid_t pid = synced_by("a");
    assert_int_not_equal(pid, getpid());
    hand("b");
    assert_int_equal(synced_by("b"), pid);
    assert_int_equal(forks, 1);
}

/* Its own three, its socket, and what it is just working on: nothing else of ours, though
 * descriptors without close-on-exec stand open here. It dies with us, and knows no variable. */
static void it_holds_its_socket_alone(void **state)
{
    (void)state;
    int stray = open("/dev/null", O_RDONLY);
    setenv("SOME_KEY", "secret", 1);
    syncer_begin(syncer);
    hand("a");
    const pid_t pid = synced_by("a");
    hand("b");
    synced_by("b");
    char expected[128];
    snprintf(expected, sizeof expected, "pid %d fds 0 1 2 3 4 5 6 death 9 env 0\n", pid);
    assert_string_equal(get_file(&folder, "a"), expected);
    assert_string_equal(get_file(&folder, "b"), expected);
    unsetenv("SOME_KEY");
    close(stray);
}

/* Its warnings are told in the form that the log of the daemon has. */
static void it_knows_where_its_log_goes(void **state)
{
    (void)state;
    const struct syncer_options options = {.origin = &origin};
    syncer_free(syncer);
    setenv("JOURNAL_STREAM", "8:1234", 1);
    setenv("SOME_KEY", "secret", 1);
    assert_int_equal(syncer_new(&options, &syncer), 0);
    unsetenv("SOME_KEY");
    unsetenv("JOURNAL_STREAM");
    syncer_begin(syncer);
    hand("a");
    synced_by("a");
    const char *text = get_file(&folder, "a");
    const char *env = strstr(text, " env ");
    assert_string_equal(env ? env : text, " env 1 JOURNAL_STREAM=8:1234\n");
}

static void what_comes_before_the_beginning_waits_for_it(void **state)
{
    (void)state;
    hand("a");
    assert_int_equal(forks, 0);
    syncer_begin(syncer);
    assert_int_equal(forks, 1);
    synced_by("a");
}

static void a_stopped_one_holds_up_nobody(void **state)
{
    (void)state;
    syncer_begin(syncer);
    hand("first");
    const pid_t pid = synced_by("first");
    assert_int_equal(kill(pid, SIGSTOP), 0);
    const int before = fd_count_open();
    for (int i = 0; i < MANY; i++)
        hand("many"); /* one that waited would be ended by the alarm */
    assert_int_equal(fd_count_open(), before);
    assert_int_equal(forks, 1);
    assert_int_equal(kill(pid, SIGCONT), 0);
    synced_by("many");
    for (int64_t end = clock_mono_us() + DEADLINE_MS * 1000; !is_synced("last");) {
        assert_true(clock_mono_us() < end);
        hand("last"); /* until it fits */
        usleep(1000);
    }
    assert_int_equal(synced_by("last"), pid);
}

static void a_killed_one_is_replaced(void **state)
{
    (void)state;
    syncer_begin(syncer);
    hand("a");
    const pid_t first = synced_by("a");
    end_of(first);
    now_us += SECOND_US;
    hand("b");
    const pid_t second = synced_by("b");
    assert_int_not_equal(second, first);
    assert_int_equal(forks, 2);
}

/* Its queue is lost, which raises another error than a socket that was empty. */
static void one_killed_with_a_queue_is_replaced(void **state)
{
    (void)state;
    syncer_begin(syncer);
    hand("a");
    const pid_t first = synced_by("a");
    kill(first, SIGSTOP);
    hand("lost");
    end_of(first);
    now_us += SECOND_US;
    hand("b");
    assert_int_not_equal(synced_by("b"), first);
    assert_false(is_synced("lost"));
}

static void starts_are_no_more_than_the_pause_allows(void **state)
{
    (void)state;
    int64_t pause = 0, longest = 0;
    syncer_begin(syncer);
    for (int i = 0; i < 12; i++) {
        char name[16];
        snprintf(name, sizeof name, "n%d", i);
        const int64_t dead = now_us;
        hand(name);
        while (forks == i) { /* the first is there already */
            now_us += SECOND_US / 10;
            hand(name);
        }
        assert_true(now_us - dead >= pause || now_us - dead >= 25 * (int64_t)SECOND_US);
        pause = now_us - dead;
        longest = pause > longest ? pause : longest;
        end_of(synced_by(name));
    }
    assert_true(longest > 10 * (int64_t)SECOND_US && longest < 40 * (int64_t)SECOND_US);
    /* One that lasted is replaced soon. */
    now_us += 1000 * (int64_t)SECOND_US;
    hand("lasts");
    const pid_t pid = synced_by("lasts");
    now_us += 1000 * (int64_t)SECOND_US;
    end_of(pid);
    hand("next");
    end_of(synced_by("next"));
    now_us += SECOND_US;
    hand("soon");
    synced_by("soon");
}

static pid_t no_clone3(struct clone_args *args, size_t size)
{
    (void)args;
    (void)size;
    forks++;
    errno = EAGAIN;
    return -1;
}

static void what_cannot_be_started_is_tried_later(void **state)
{
    (void)state;
    sys.clone3 = no_clone3;
    syncer_begin(syncer);
    const int before = fd_count_open();
    for (int i = 0; i < MANY; i++)
        hand("a");
    assert_int_equal(forks, 1); /* when it began */
    assert_int_equal(fd_count_open(), before);
    assert_false(is_synced("a"));
    sys.clone3 = counted_clone3;
    now_us += SECOND_US;
    hand("a");
    synced_by("a");
}

static int no_socketpair(int domain, int type, int protocol, int ret[2])
{
    (void)domain, (void)type, (void)protocol, (void)ret;
    errno = EMFILE;
    return -1;
}

static void without_a_socket_there_is_none(void **state)
{
    (void)state;
    const struct syncer_options options = {.origin = &origin};
    struct syncer *none = NULL;
    sys.socketpair = no_socketpair;
    assert_int_equal(syncer_new(&options, &none), -EMFILE);
    assert_null(none);
}

/* Its process has died, and there is no descriptor for another: what is lost is told once a minute,
 * and the next one is there as soon as there is room. */
static void without_a_socket_for_another_it_is_tried_again(void **state)
{
    (void)state;
    int (*const real_socketpair)(int, int, int, int[2]) = sys.socketpair;
    const int log = openat(folder.fd, "log", O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    syncer_begin(syncer);
    hand("a");
    end_of(synced_by("a"));
    sys.socketpair = no_socketpair;
    log_open(log, true);
    for (int i = 0; i < 3; i++) {
        hand("lost");
        hand("lost");
        now_us += i == 0 ? 60 * (int64_t)SECOND_US - 1 : 1;
    }
    log_open(STDERR_FILENO, false);
    close(log);
    const char *told = strstr(get_file(&folder, "log"), "records=1 error=\"Too many open files\"");
    assert_non_null(told);
    assert_non_null(told = strstr(told, "records=4 "));
    assert_null(strstr(told + 1, "records="));
    assert_int_equal(forks, 1);
    sys.socketpair = real_socketpair;
    hand("b");
    synced_by("b");
    assert_false(is_synced("lost"));
}

static void without_memory_there_is_none(void **state)
{
    (void)state;
    const struct syncer_options options = {.origin = &origin};
    const int before = fd_count_open();
    setenv("JOURNAL_STREAM", "8:1234", 1);
    for (int k = 0; failing_next(&k);) {
        struct syncer *none = NULL;
        const int r = syncer_new(&options, &none);
        failing_stop();
        assert_int_equal(r, failing_happened ? -ENOMEM : 0);
        assert_int_equal(none == NULL, failing_happened);
        syncer_free(none);
    }
    assert_true(failing_no_leak());
    assert_int_equal(fd_count_open(), before);
    unsetenv("JOURNAL_STREAM");
}

static void it_ends_with_its_socket(void **state)
{
    (void)state;
    int status = -1;
    syncer_begin(syncer);
    hand("a");
    const pid_t pid = synced_by("a");
    syncer_free(syncer);
    syncer = NULL;
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
}

static void without_one_nothing_is_done(void **state)
{
    (void)state;
    const struct sync_work work = {-1, -1, -1};
    syncer_hand(NULL, &work);
    syncer_free(NULL);
    assert_int_equal(forks, 0);
}

int main(int argc, char *argv[])
{
    (void)argc;
    if (sync_helper_is(argv))
        return sync_helper_serve(3, &TRACES) < 0 ? 1 : 0;
#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(another_process_syncs),
        TEST(it_holds_its_socket_alone),
        TEST(it_knows_where_its_log_goes),
        TEST(what_comes_before_the_beginning_waits_for_it),
        TEST(a_stopped_one_holds_up_nobody),
        TEST(a_killed_one_is_replaced),
        TEST(one_killed_with_a_queue_is_replaced),
        TEST(starts_are_no_more_than_the_pause_allows),
        TEST(what_cannot_be_started_is_tried_later),
        TEST(without_a_socket_there_is_none),
        TEST(without_a_socket_for_another_it_is_tried_again),
        TEST(without_memory_there_is_none),
        TEST(it_ends_with_its_socket),
        TEST(without_one_nothing_is_done),
    };
    return cmocka_run_group_tests_name("syncer", tests, NULL, NULL);
}
