/* A server that has run out of descriptors must not spin, must not leave a client hanging without a
 * word, and must take clients again when it has some. */
#include "line_server_fixture.h"

#include <grp.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <sys/wait.h>

static int refusal; /* of every accept, if not 0 (see the Makefile) */
static int accepts;
static int64_t now, each_takes; /* us, while the clock is stopped */

int __real_accept4(int fd, struct sockaddr *address, socklen_t *size, int flags);
int __wrap_accept4(int fd, struct sockaddr *address, socklen_t *size, int flags);

int __wrap_accept4(int fd, struct sockaddr *address, socklen_t *size, int flags)
{
    accepts++;
    now += each_takes;
    if (!refusal)
        return __real_accept4(fd, address, size, flags);
    errno = refusal;
    return -1;
}

static bool limitless; /* the kernel says that there may be any number of descriptors */

int __real_getrlimit(int resource, struct rlimit *limit);
int __wrap_getrlimit(int resource, struct rlimit *limit);

int __wrap_getrlimit(int resource, struct rlimit *limit)
{
    if (limitless)
        limit->rlim_cur = RLIM_INFINITY;
    return limitless ? 0 : __real_getrlimit(resource, limit);
}

static int64_t clock_of_ours(void)
{
    return now;
}

/* From now on time passes when the test says so. */
static void stop_the_clock(void)
{
    now = loop_now_us(fake.loop);
    loop_set_clock(fake.loop, clock_of_ours);
}

static int teardown_with_accept(void **state)
{
    refusal = 0;
    each_takes = 0;
    limitless = false;
    return teardown(state);
}

/* From now on nothing can be opened, though what is open stays so. */
static void take_descriptors(void)
{
    int next = open("/dev/null", O_RDONLY | O_CLOEXEC);
    assert_true(next >= 0);
    close(next);
    struct rlimit none = {.rlim_cur = (rlim_t)next, .rlim_max = files.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
}

static void give_descriptors(void)
{
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &files), 0);
}

static void without_descriptors_one_is_turned_away_and_the_listener_rests(void **state)
{
    (void)state;
    assert_int_equal(come(0), 0);
    turns();
    assert_int_equal(come(1), 0);
    assert_int_equal(come(2), 0);
    take_descriptors();
    turns();
    assert_turned_away(1, 2);
    assert_string_equal(hears(clients[2]), "");
    assert_false(is_closed(clients[2])); /* it waits, and is not forgotten */
    assert_served(0);
    give_descriptors();
    const int64_t deadline = clock_mono_ms() + DEADLINE_MS;
    while (*line_server_count(server) < 2 && clock_mono_ms() < deadline)
        loop_turn(fake.loop);
    assert_served(2);
}

/* Somebody else's process: connects, says so, and ends with the number of bytes that it is told. */
static pid_t stranger_comes(void)
{
    int said[2];
    char byte;
    assert_int_equal(pipe2(said, O_CLOEXEC), 0);
    chmod(folder.path, 0755);
    chmod(path, 0777);
    pid_t pid = fork();
    if (pid == 0) {
        if (setgroups(0, NULL) < 0 || setgid(65534) < 0 || setuid(65534) < 0 || come(CLIENTS - 1))
            _exit(100);
        fcntl(clients[CLIENTS - 1], F_SETFL, 0);
        ssize_t n = write(said[1], "x", 1) == 1 ? recv(clients[CLIENTS - 1], &byte, 1, 0) : 101;
        _exit((int)n);
    }
    close(said[1]);
    assert_int_equal(read(said[0], &byte, 1), 1);
    close(said[0]);
    return pid;
}

static void without_descriptors_a_stranger_is_told_nothing(void **state)
{
    (void)state;
    if (geteuid() != 0) {
        print_message("not run: only root can be somebody else\n");
        skip();
    }
    int status;
    pid_t pid = stranger_comes();
    take_descriptors();
    turns();
    give_descriptors();
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 0);
}

static void who_leaves_ends_the_rest_at_once(void **state)
{
    (void)state;
    stop_the_clock();
    assert_int_equal(come(0), 0);
    turns();
    assert_int_equal(come(1), 0);
    assert_int_equal(come(2), 0);
    take_descriptors();
    turns();
    assert_turned_away(1, 2);
    shutdown(clients[0], SHUT_RDWR); /* the descriptor of the client's end stays: two are needed */
    give_descriptors();
    turns();
    assert_int_equal(fake.left, 1);
    assert_served(2); /* no time has passed */
}

/* The whole machine may have none left, or no memory for one: whatever it is, a listener that stays
 * watched would spin. */
static void whatever_is_missing_the_listener_rests_and_goes_on(void **state)
{
    (void)state;
    static const int MISSING[] = {EMFILE, ENFILE, ENOBUFS, ENOMEM};
    /* twice: once more with the descriptor that is kept for it */
    static const int TRIED[] = {2, 2, 1, 1};
    stop_the_clock();
    const int before = fd_count_open();
    assert_int_equal(come(0), 0);
    turns();
    for (size_t i = 0; i < sizeof MISSING / sizeof *MISSING; i++) {
        assert_int_equal(come(1), 0);
        turns();
        assert_served(1);
        refusal = MISSING[i];
        accepts = 0;
        assert_int_equal(come(2), 0);
        turns();
        assert_int_equal(accepts, TRIED[i]);
        assert_false(is_closed(clients[2]));
        assert_served(0);
        refusal = 0;
        leave(1);
        turns();
        assert_served(2);
        leave(2);
        turns();
        assert_int_equal(fd_count_open(), before + 2); /* of the first client */
    }
}

static void it_rests_for_a_fifth_of_a_second(void **state)
{
    (void)state;
    static const int MISSING[] = {EMFILE, ENFILE, ENOBUFS, ENOMEM};
    stop_the_clock();
    limits.max_conns = CLIENTS;
    line_server_set_limits(server, &limits);
    for (int i = 0; i < 4; i++) {
        refusal = MISSING[i];
        assert_int_equal(come(i), 0);
        turns();
        refusal = 0;
        now += 199 * 1000;
        turns();
        assert_int_equal(*line_server_count(server), i);
        now += 1000;
        turns();
        assert_int_equal(*line_server_count(server), i + 1);
        assert_served(i);
        assert_int_equal(come(CLIENTS - 1), 0); /* at once again */
        turns();
        assert_served(CLIENTS - 1);
        leave(CLIENTS - 1);
        turns();
    }
}

static int rang;

static void ring(void *arg)
{
    (void)arg;
    rang++;
}

/* Who waits meanwhile is no news: the loop sleeps. */
static void while_it_rests_nobody_wakes_the_loop(void **state)
{
    (void)state;
    const struct itimerspec soon = {.it_value = {.tv_nsec = 20 * 1000 * 1000}};
    struct watch w;
    int fd = timerfd_create(CLOCK_MONOTONIC, TFD_CLOEXEC | TFD_NONBLOCK);
    assert_int_equal(watch_init(fake.loop, &w, fd, WATCH_READ, LOOP_THIRD, ring, NULL), 0);
    stop_the_clock();
    refusal = ENOMEM;
    assert_int_equal(come(0), 0);
    turns();
    refusal = 0;
    rang = 0;
    assert_int_equal(timerfd_settime(fd, 0, &soon, NULL), 0);
    assert_int_equal(watch_arm(&w), 0);
    loop_turn(fake.loop);
    assert_int_equal(rang, 1);
    watch_release(&w);
    close(fd);
    line_server_refuse(server); /* and while it rests it may be closed */
    now += 1000 * 1000;
    turns();
    assert_int_equal(*line_server_count(server), 0);
}

/* The descriptor that is kept may be lost for a while too. */
static void it_keeps_another_descriptor_when_it_can(void **state)
{
    (void)state;
    const struct rlimit none = {.rlim_cur = 0, .rlim_max = files.rlim_max};
    stop_the_clock();
    assert_int_equal(come(0), 0);
    const int before = fd_count_open();
    for (int i = 0; i < 2; i++) {
        assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
        turns();
        give_descriptors();
        assert_int_equal(fd_count_open(), before - 1);
        refusal = ENOMEM; /* so that nobody comes in */
        now += 200 * 1000;
        turns();
        assert_int_equal(fd_count_open(), before);
        refusal = 0;
        now += 200 * 1000;
    }
    turns();
    assert_served(0);
}

/* ---- how many ---- */

static void the_limit_of_descriptors_may_change(void **state)
{
    (void)state;
    struct rlimit few = {.rlim_cur = 105, .rlim_max = files.rlim_max};
    limits.max_conns = CLIENTS;
    limits.fds_kept = 100;
    line_server_set_limits(server, &limits);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    for (int i = 0; i < 6; i++)
        assert_int_equal(come(i), 0);
    turns();
    assert_int_equal(line_server_max_conns(server), 5);
    assert_int_equal(*line_server_count(server), 5);
    assert_turned_away(5, 5);
}

static void connections_fit_into_the_descriptors(void **state)
{
    (void)state;
    static const struct {
        int64_t max_conns;
        size_t kept, each;
        int64_t fit;
    } rows[] = {
        {1000, 0, 1, 100}, {1000, 0, 2, 50}, {1000, 1, 2, 49}, {1000, 89, 2, 5}, {1000, 90, 2, 5},
        {1000, 91, 2, 4},  {1000, 92, 2, 4}, {1000, 93, 2, 4}, {1000, 99, 2, 4}, {1000, 100, 2, 4},
        {1000, 500, 2, 4}, {49, 0, 2, 49},   {50, 0, 2, 50},   {51, 0, 2, 50},   {5, 99, 2, 4},
        {4, 99, 2, 4},     {3, 99, 2, 3},    {1, 0, 1, 1},
    };
    struct rlimit few = {.rlim_cur = 100, .rlim_max = files.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    for (int any = 0; any < 2; any++) {
        limitless = any == 1;
        for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
            limits.max_conns = rows[i].max_conns;
            limits.fds_kept = rows[i].kept;
            limits.fds_each = rows[i].each;
            line_server_set_limits(server, &limits);
            assert_int_equal(line_server_max_conns(server), any ? rows[i].max_conns : rows[i].fit);
        }
    }
}

/* All who wait, but for a crowd: others have to have their turn. */
static void many_come_in_at_once(void **state)
{
    (void)state;
    enum { CROWD = 70, AT_ONCE = 64 };
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    int fds[CROWD];
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    limits.max_conns = CROWD;
    line_server_set_limits(server, &limits);
    assert_int_equal(line_server_max_conns(server), CROWD);
    for (int i = 0; i < CROWD; i++) {
        fds[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
        assert_int_equal(connect(fds[i], (const struct sockaddr *)&address, sizeof address), 0);
    }
    stop_the_clock();
    each_takes = 700; /* three of them are the time of a turn */
    turn();
    assert_int_equal(*line_server_count(server), 3);
    each_takes = 0;
    turn();
    assert_int_equal(*line_server_count(server), 3 + AT_ONCE);
    turn();
    assert_int_equal(*line_server_count(server), CROWD);
    for (int i = 0; i < CROWD; i++)
        close(fds[i]);
}

/* One that went away while it waited is no reason to rest. */
static void who_did_not_wait_is_passed_over(void **state)
{
    (void)state;
    static const int GONE[] = {ECONNABORTED, EINTR};
    for (size_t i = 0; i < sizeof GONE / sizeof *GONE; i++) {
        refusal = GONE[i];
        accepts = 0;
        assert_int_equal(come((int)i), 0);
        turn();
        assert_int_equal(accepts, 64); /* a turn has an end all the same */
        refusal = 0;
        turns();
        assert_served((int)i);
    }
}

#define ACCEPTING(name) cmocka_unit_test_setup_teardown(name, setup, teardown_with_accept)

int main(void)
{
    const struct CMUnitTest tests[] = {
        ACCEPTING(without_descriptors_one_is_turned_away_and_the_listener_rests),
        ACCEPTING(without_descriptors_a_stranger_is_told_nothing),
        ACCEPTING(who_leaves_ends_the_rest_at_once),
        ACCEPTING(whatever_is_missing_the_listener_rests_and_goes_on),
        ACCEPTING(it_rests_for_a_fifth_of_a_second),
        ACCEPTING(while_it_rests_nobody_wakes_the_loop),
        ACCEPTING(it_keeps_another_descriptor_when_it_can),
        ACCEPTING(the_limit_of_descriptors_may_change),
        ACCEPTING(connections_fit_into_the_descriptors),
        ACCEPTING(many_come_in_at_once),
        ACCEPTING(who_did_not_wait_is_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
