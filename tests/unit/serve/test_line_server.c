/* A server that is full must say so instead of leaving a client hanging; one that has run out of
 * descriptors must not spin, and must take clients again when it has some; who closes one
 * connection and opens another must find room. */
#include "fake_owner.h"

#include <grp.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "common/fd.h"
#include "fixture.h"
#include "serve/line_server.h"

enum { CLIENTS = 8 };

static struct folder folder;
static char path[256];
static struct line_server *server;
static struct line_limits limits;
static struct rlimit files;
static int clients[CLIENTS];

static int setup(void **state)
{
    (void)state;
    struct listener l = LISTENER_INIT;
    folder_make(&folder);
    snprintf(path, sizeof path, "%s/sock", folder.path);
    for (int i = 0; i < CLIENTS; i++)
        clients[i] = -1;
    limits = (struct line_limits){.max_conns = 2,
                                  .line_bytes = FAKE_LINE_BYTES,
                                  .queue_bytes = FAKE_QUEUE_BYTES,
                                  .access_gid = (gid_t)-1,
                                  .fds_each = 1};
    if (getrlimit(RLIMIT_NOFILE, &files) || fake_open() || listen_bind(&l, path, (gid_t)-1, NULL))
        return -1;
    int r = line_server_new(fake.loop, &l, &limits, &FAKE_OWNER, &fake, &server, NULL);
    return r == 0 && l.fd == -1 ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    setrlimit(RLIMIT_NOFILE, &files);
    for (int i = 0; i < CLIENTS; i++)
        fd_close(&clients[i]);
    line_server_free(server);
    fake_close();
    bool gone = !exists(&folder, "sock");
    folder_remove(&folder);
    return gone ? 0 : -1;
}

/* 0 or -errno; a listener that is not served takes it all the same. */
static int come(int i)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    clients[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_true(clients[i] >= 0);
    return connect(clients[i], (const struct sockaddr *)&address, sizeof address) ? -errno : 0;
}

static void leave(int i)
{
    fd_close(&clients[i]);
}

static void assert_served(int i)
{
    fake.heard[0] = '\0';
    say(clients[i], "hello\n");
    turns();
    assert_string_equal(fake.heard, "hello");
}

static void assert_turned_away(int i, int limit)
{
    char wanted[64];
    const char *text = hears(clients[i]);
    snprintf(wanted, sizeof wanted, "\"limit\":%d", limit);
    assert_non_null(strstr(text, "\"too_many_connections\""));
    assert_non_null(strstr(text, wanted));
    assert_non_null(strchr(text, '\n'));
    assert_true(is_closed(clients[i]));
}

static void serves_who_comes(void **state)
{
    (void)state;
    assert_int_equal(*line_server_count(server), 0);
    assert_int_equal(come(0), 0);
    turns();
    assert_int_equal(*line_server_count(server), 1);
    assert_served(0);
    assert_int_equal(conn_peer(fake.conn)->uid, geteuid());
    assert_int_equal(conn_peer(fake.conn)->pid, getpid());
    assert_ptr_equal(conn_context(fake.conn), &fake);
    leave(0);
    turns();
    assert_int_equal(*line_server_count(server), 0);
    assert_int_equal(fake.left, 1);
}

static void one_too_many_is_told_so(void **state)
{
    (void)state;
    for (int i = 0; i < 3; i++)
        assert_int_equal(come(i), 0);
    turns();
    assert_turned_away(2, 2);
    assert_int_equal(*line_server_count(server), 2);
    assert_served(0);
    assert_served(1);
    leave(0);
    turns();
    assert_int_equal(come(3), 0);
    turns();
    assert_served(3);
}

/* The news of both comes in the same turn. */
static void who_leaves_makes_room_for_who_comes(void **state)
{
    (void)state;
    assert_int_equal(come(0), 0);
    assert_int_equal(come(1), 0);
    turns();
    leave(0);
    leave(1);
    assert_int_equal(come(2), 0);
    assert_int_equal(come(3), 0);
    turns();
    assert_served(2);
    assert_served(3);
    assert_int_equal(fake.left, 2);
}

static int lines;

static void count_line(struct conn *c, const char *line, size_t len)
{
    (void)c;
    (void)line;
    (void)len;
    lines++;
}

/* More than is read in one turn: all of it is taken, and then there is room. */
static void what_the_one_who_leaves_has_said_is_taken_first(void **state)
{
    (void)state;
    enum { LINES = 50000 };
    char *text = malloc(LINES * 2 + 1);
    assert_non_null(text);
    for (int i = 0; i < LINES; i++)
        memcpy(text + i * 2, "x\n", 3);
    assert_int_equal(come(0), 0);
    assert_int_equal(come(1), 0);
    turns();
    lines = 0;
    fake.on_line = count_line;
    say(clients[0], text);
    free(text);
    leave(0);
    assert_int_equal(come(2), 0);
    turns();
    fake.on_line = NULL;
    assert_int_equal(lines, LINES);
    assert_served(2);
}

static void limits_can_be_changed(void **state)
{
    (void)state;
    assert_int_equal(come(0), 0);
    turns();
    assert_served(0);
    struct conn *old = fake.conn;
    limits.max_conns = 1;
    limits.line_bytes = 3;
    limits.queue_bytes = 5;
    line_server_set_limits(server, &limits);
    assert_int_equal(line_server_max_conns(server), 1);
    assert_int_equal(come(1), 0);
    turns();
    assert_turned_away(1, 1);
    assert_served(0); /* its lines are as long as before */
    push_text(old, "123456");
    turns();
    assert_true(is_closed(clients[0])); /* what may wait is not */
    limits.max_conns = 3;
    limits.line_bytes = FAKE_LINE_BYTES;
    line_server_set_limits(server, &limits);
    for (int i = 2; i < 5; i++)
        assert_int_equal(come(i), 0);
    turns();
    for (int i = 2; i < 5; i++)
        assert_served(i);
}

static void connections_leave_room_for_other_descriptors(void **state)
{
    (void)state;
    struct rlimit few = {.rlim_cur = 100, .rlim_max = files.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &few), 0);
    limits.max_conns = 1000;
    limits.fds_kept = 40;
    limits.fds_each = 2;
    line_server_set_limits(server, &limits);
    assert_int_equal(line_server_max_conns(server), 30);
    limits.fds_kept = 99;
    line_server_set_limits(server, &limits);
    assert_int_equal(line_server_max_conns(server), 4); /* a few in any case */
    limits.max_conns = 3;
    line_server_set_limits(server, &limits);
    assert_int_equal(line_server_max_conns(server), 3);
}

/* ---- no descriptor is left ---- */

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

/* ---- the end ---- */

static void refusing_leaves_those_who_are_there(void **state)
{
    (void)state;
    assert_int_equal(come(0), 0);
    turns();
    line_server_refuse(server);
    assert_false(exists(&folder, "sock"));
    assert_int_equal(come(1), -ENOENT);
    assert_served(0);
    line_server_refuse(server); /* once more does nothing */
}

static void knows_whether_all_is_sent(void **state)
{
    (void)state;
    struct out_place place;
    assert_true(line_server_is_flushed(server));
    assert_int_equal(come(0), 0);
    assert_int_equal(come(1), 0);
    turns();
    assert_served(1);
    assert_true(line_server_is_flushed(server));
    conn_reserve(fake.conn, &place, 1);
    assert_false(line_server_is_flushed(server));
    conn_drop_place(fake.conn, &place);
    push_text(fake.conn, "x\n");
    assert_false(line_server_is_flushed(server));
    turns();
    assert_true(line_server_is_flushed(server));
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)
    const struct CMUnitTest tests[] = {
        TEST(serves_who_comes),
        TEST(one_too_many_is_told_so),
        TEST(who_leaves_makes_room_for_who_comes),
        TEST(what_the_one_who_leaves_has_said_is_taken_first),
        TEST(limits_can_be_changed),
        TEST(connections_leave_room_for_other_descriptors),
        TEST(without_descriptors_one_is_turned_away_and_the_listener_rests),
        TEST(without_descriptors_a_stranger_is_told_nothing),
        TEST(who_leaves_ends_the_rest_at_once),
        TEST(refusing_leaves_those_who_are_there),
        TEST(knows_whether_all_is_sent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
