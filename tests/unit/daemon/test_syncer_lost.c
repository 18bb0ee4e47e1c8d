/* Without a process, a socket or memory for it nothing is synced by another, and nothing waits. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/log.h"
#include "failing.h"
#include "log_lines.h"
#include "syncer_fixture.h"

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
    log_lines_begin();
    syncer_begin(syncer);
    assert_string_equal(log_lines(), "<4>cannot start the process that syncs records "
                                     "error=\"Resource temporarily unavailable\"\n");
    log_lines_end();
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

static void hand_after(int64_t us, int starts)
{
    now_us += us;
    hand("a");
    assert_int_equal(forks, starts);
}

/* Twice as long each time, but no longer than half a minute; one that was there for longer than
 * that begins anew. */
static void starts_are_further_and_further_apart(void **state)
{
    (void)state;
    static const int PAUSES_MS[] = {200,   400,   800,   1600,  3200, 6400,
                                    12800, 25600, 30000, 30000, 30000};
    const int n = (int)(sizeof PAUSES_MS / sizeof *PAUSES_MS);
    sys.clone3 = no_clone3;
    log_lines_begin();
    syncer_begin(syncer);
    assert_int_equal(forks, 1);
    for (int i = 0; i < n; i++) {
        hand_after(PAUSES_MS[i] * (int64_t)1000 - 1, i + 1);
        hand_after(1, i + 2);
    }
    hand_after(30 * (int64_t)SECOND_US + 1, n + 2);
    hand_after(200 * 1000 - 1, n + 2);
    hand_after(1, n + 3);
    log_lines_end();
}

/* What nobody fetches holds descriptors: there are no more of it than some hundred. */
static void what_waits_is_bounded(void **state)
{
    (void)state;
    const char *told = "";
    int waiting = 0;
    log_lines_begin();
    for (; waiting < MANY && !told[0]; told = log_lines(), waiting++)
        hand("a");
    assert_string_equal(told, "<4>ends of records are left to the kernel to sync records=1 "
                              "error=\"Resource temporarily unavailable\"\n");
    log_lines_end();
    assert_in_range(waiting, 100, 250);
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
        assert_true(r == 0 || (failing_happened && r == -ENOMEM));
        assert_int_equal(none == NULL, r < 0);
        assert_true(k > 2 || !failing_happened || r < 0); /* it, and what it hands on */
        syncer_free(none);
    }
    assert_true(failing_no_leak());
    assert_int_equal(fd_count_open(), before);
    unsetenv("JOURNAL_STREAM");
}

int main(int argc, char *argv[])
{
    (void)argc;
    if (sync_helper_is(argv))
        return serve_traces();
    const struct CMUnitTest tests[] = {
        WITH_SYNCER(what_cannot_be_started_is_tried_later),
        WITH_SYNCER(starts_are_further_and_further_apart),
        WITH_SYNCER(what_waits_is_bounded),
        WITH_SYNCER(without_a_socket_there_is_none),
        WITH_SYNCER(without_a_socket_for_another_it_is_tried_again),
        WITH_SYNCER(without_memory_there_is_none),
    };
    return cmocka_run_group_tests_name("syncer_lost", tests, NULL, NULL);
}
