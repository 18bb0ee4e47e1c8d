/* A sync takes as long as the disk likes: one in the loop, or one that the loop waits for, holds up
 * every run and every client. So another process syncs; and it may hang or be killed without
 * anybody waiting for it, and without being missed for long. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "log_lines.h"
#include "syncer_fixture.h"

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
    log_lines_begin();
    hand("b");
    const pid_t second = synced_by("b");
    char wanted[256];
    snprintf(wanted, sizeof wanted,
             "<4>the process that syncs records has died: there will be another one\n"
             "<7>a process syncs records pid=%d\n",
             second);
    assert_string_equal(log_lines(), wanted);
    log_lines_end();
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
        return serve_traces();
    const struct CMUnitTest tests[] = {
        WITH_SYNCER(another_process_syncs),
        WITH_SYNCER(it_holds_its_socket_alone),
        WITH_SYNCER(it_knows_where_its_log_goes),
        WITH_SYNCER(what_comes_before_the_beginning_waits_for_it),
        WITH_SYNCER(a_stopped_one_holds_up_nobody),
        WITH_SYNCER(a_killed_one_is_replaced),
        WITH_SYNCER(one_killed_with_a_queue_is_replaced),
        WITH_SYNCER(starts_are_no_more_than_the_pause_allows),
        WITH_SYNCER(it_ends_with_its_socket),
        WITH_SYNCER(without_one_nothing_is_done),
    };
    return cmocka_run_group_tests_name("syncer", tests, NULL, NULL);
}
