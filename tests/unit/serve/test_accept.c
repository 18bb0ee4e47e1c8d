/* A server that has run out of descriptors must not spin, must not leave a client hanging without a
 * word, and must take clients again when it has some. */
#include "line_server_fixture.h"

#include <grp.h>
#include <sys/stat.h>
#include <sys/wait.h>

static int refusal; /* of every accept, if not 0 (see the Makefile) */
static int accepts;

int __real_accept4(int fd, struct sockaddr *address, socklen_t *size, int flags);
int __wrap_accept4(int fd, struct sockaddr *address, socklen_t *size, int flags);

int __wrap_accept4(int fd, struct sockaddr *address, socklen_t *size, int flags)
{
    accepts++;
    if (!refusal)
        return __real_accept4(fd, address, size, flags);
    errno = refusal;
    return -1;
}

static int teardown_with_accept(void **state)
{
    refusal = 0;
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
    assert_int_equal(come(0), 0);
    turns();
    assert_int_equal(come(1), 0);
    assert_int_equal(come(2), 0);
    take_descriptors();
    turns();
    assert_turned_away(1, 2);
    const int64_t before = clock_mono_ms();
    shutdown(clients[0], SHUT_RDWR); /* the descriptor of the client's end stays: two are needed */
    give_descriptors();
    turns();
    assert_int_equal(fake.left, 1);
    assert_served(2);
    assert_true(clock_mono_ms() - before < 150); /* its pause would be longer */
}

/* The whole machine may have none left, or no memory for one: whatever it is, a listener that stays
 * watched would spin. */
static void whatever_is_missing_the_listener_rests_and_goes_on(void **state)
{
    (void)state;
    static const int MISSING[] = {EMFILE, ENFILE, ENOBUFS, ENOMEM};
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
        assert_in_range(accepts, 1, 2); /* the second with the descriptor that is kept for it */
        assert_false(is_closed(clients[2]));
        assert_served(0);
        refusal = 0;
        leave(1);
        turns();
        assert_served(2);
        leave(2);
        turns();
    }
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
        ACCEPTING(who_did_not_wait_is_passed_over),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
