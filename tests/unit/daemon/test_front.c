/* The daemon's face to its clients: limits that are taken for one another let in who may not, or
 * give up who does nothing wrong. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/front.h"
#include "daemon/method/desk/caller.h"
#include "daemon/method/dispatch.h"
#include "daemon/parts.h"
#include "daemon/settings/people.h"
#include "failing.h"
#include "log_lines.h"
#include "one_turn.h"
#include "serve/line_server.h"

static struct config config;
static struct server server;
static struct line_limits limits;
static const struct conn_owner *owner;
static size_t clients;
static bool fails;
static mode_t mode; /* of the socket; 0: as it was made */
static int mode_fault;

#define CLIENTS ((struct line_server *)&clients)

int line_server_new(struct loop *loop, struct listener *l, const struct line_limits *given,
                    const struct conn_owner *who, void *context, struct line_server **ret,
                    struct error *err)
{
    assert_ptr_equal(loop, server.loop);
    assert_ptr_equal(l, &server.listener);
    assert_ptr_equal(context, &server.desk);
    limits = *given;
    owner = who;
    if (fails)
        return error_set(err, EMFILE, "no room");
    *ret = CLIENTS;
    return 0;
}

void line_server_set_limits(struct line_server *s, const struct line_limits *given)
{
    assert_ptr_equal(s, CLIENTS);
    limits = *given;
}

const size_t *line_server_count(const struct line_server *s)
{
    assert_ptr_equal(s, CLIENTS);
    return &clients;
}

size_t line_server_queued(const struct line_server *s)
{
    (void)s;
    return 0;
}

int line_server_set_mode(struct line_server *s, mode_t given)
{
    assert_ptr_equal(s, CLIENTS);
    mode = given;
    return mode_fault;
}

int64_t line_server_max_conns(const struct line_server *s)
{
    assert_ptr_equal(s, CLIENTS);
    return 17;
}

static int setup(void **state)
{
    (void)state;
    config = (struct config){.max_connections = 17,
                             .max_request_bytes = 2000,
                             .max_output_queue_bytes = 30000,
                             .access_gid = 4321};
    if (people_new(NULL, 4321, &config.people, NULL))
        return -1;
    server = (struct server){.config = &config, .loop = loop_new(), .core.base_fds = 11};
    server.core.config = &config;
    server.desk.core = &server.core;
    memset(&limits, 0, sizeof limits);
    fails = false;
    mode = 0;
    mode_fault = 0;
    clients = 5;
    return server.loop ? 0 : -1;
}

static int teardown(void **state)
{
    (void)state;
    people_free(config.people);
    loop_free(server.loop);
    return 0;
}

static void assert_limits(int64_t conns, size_t line, size_t queue)
{
    assert_int_equal(limits.max_conns, conns);
    assert_int_equal(limits.line_bytes, line);
    assert_int_equal(limits.queue_bytes, queue);
    assert_int_equal(limits.fds_kept, 11 + 32);
    assert_int_equal(limits.fds_each, 2);
    assert_int_equal(limits.half_line_ms, 30000);
    assert_int_equal(limits.kept, 4);
    assert_int_equal(limits.parts, 4);
}

/* One line of the longest has to fit, and one queue. */
static void all_together_have_room_for_one(void **state)
{
    (void)state;
    assert_int_equal(front_open(&server, NULL), 0);
    assert_int_equal(limits.input_bytes, 64 << 20);
    assert_int_equal(limits.output_bytes, 256 << 20);
    config.max_request_bytes = 100 << 20;
    config.max_output_queue_bytes = 400 << 20;
    front_reload(&server);
    assert_int_equal(limits.input_bytes, 2 * ((100 << 20) + (1 << 16)));
    assert_int_equal(limits.output_bytes, 400 << 20);
}

static void clients_have_the_limits_of_the_settings(void **state)
{
    (void)state;
    assert_int_equal(front_open(&server, NULL), 0);
    assert_ptr_equal(server.clients, CLIENTS);
    assert_limits(17, 2000, 30000);
    assert_int_equal(mode, 0);
    struct config other = {.max_connections = 18,
                           .max_request_bytes = 2001,
                           .max_output_queue_bytes = 30001,
                           .people = config.people};
    server.config = &other;
    front_reload(&server);
    assert_int_equal(mode, 0660);
    assert_limits(18, 2001, 30001);
}

static void clients_are_counted_with_the_descriptors(void **state)
{
    (void)state;
    struct error err = {0};
    assert_int_equal(core_open_fds(&server.core), 11);
    assert_int_equal(front_open(&server, &err), 0);
    assert_string_equal(err.text, "");
    assert_int_equal(core_open_fds(&server.core), 11 + 5);
    clients = 6;
    assert_int_equal(core_open_fds(&server.core), 11 + 6);
    server.core.conns = NULL;
    fails = true;
    assert_int_equal(front_open(&server, &err), -EMFILE);
    assert_string_equal(err.text, "no room");
    assert_null(server.core.conns);
}

static void lines_go_to_the_methods(void **state)
{
    (void)state;
    assert_int_equal(front_open(&server, NULL), 0);
    assert_ptr_equal(owner->line, dispatch_line);
    assert_ptr_equal(owner->torn, dispatch_torn);
    assert_ptr_equal(owner->too_long, dispatch_too_long);
}

/* With the uid of the daemon a tool of a run would be let in. */
static void what_lives_inside_a_run_is_refused(void **state)
{
    (void)state;
    int pair[2];
    struct peer peer = {.uid = geteuid(), .pid = getpid()};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    assert_int_equal(front_open(&server, NULL), 0);
    server.core.origin.pid = getpid();
    assert_null(owner->refuses(&server.desk, pair[0], &peer));
    free(peer.card);
    peer.card = NULL;
    server.core.origin.pid = getppid();
    assert_non_null(strstr(owner->refuses(&server.desk, pair[0], &peer), "it lives inside a run"));
    peer.uid++; /* a run cannot have another: what is asked is who it is */
    assert_non_null(strstr(owner->refuses(&server.desk, pair[0], &peer), "nor in its access"));
    peer = (struct peer){.uid = geteuid()};
    assert_string_equal(owner->refuses(&server.desk, pair[0], &peer),
                        "it cannot be told whether it lives inside a run");
    assert_null(peer.card);
    close(pair[0]);
    close(pair[1]);
}

/* What it may do stays with the connection, and goes with it. */
static void who_comes_in_has_a_card(void **state)
{
    (void)state;
    int pair[2];
    json_t *list = json_pack("[{s:s, s:s, s:s}, {s:s, s:s, s:b}]", "user", "4711", "role", "ask",
                             "registry", "nightly", "user", "4713", "role", "ask", "many", 1);
    struct peer peer = {.uid = 4711, .gid = 4321, .pid = getpid()};
    people_free(config.people);
    assert_int_equal(people_new(list, 4321, &config.people, NULL), 0);
    json_decref(list);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    assert_int_equal(front_open(&server, NULL), 0);
    assert_null(owner->refuses(&server.desk, pair[0], &peer));
    const struct caller *caller = peer.card;
    assert_int_equal(caller->role, ROLE_ASK);
    assert_string_equal(caller->registry, "nightly");
    assert_string_equal(caller->name, "");
    assert_true(peer.is_bound && !peer.is_kept);
    owner->forget(peer.card);
    peer = (struct peer){.uid = 4713, .pid = getpid()}; /* many come behind it */
    assert_null(owner->refuses(&server.desk, pair[0], &peer));
    assert_true(!peer.is_kept && !peer.is_bound);
    owner->forget(peer.card);
    peer =
        (struct peer){.uid = 4712, .gid = 4321, .pid = getpid()}; /* of the group that operates */
    assert_null(owner->refuses(&server.desk, pair[0], &peer));
    caller = peer.card;
    assert_int_equal(caller->role, ROLE_OPERATE);
    assert_string_equal(caller->registry, "");
    assert_true(peer.is_kept && !peer.is_bound);
    owner->forget(peer.card);
    close(pair[0]);
    close(pair[1]);
}

static const char *refuses_4712(int fd, gid_t gid, struct peer *ret)
{
    *ret = (struct peer){.uid = 4712, .gid = gid, .pid = getpid()};
    return owner->refuses(&server.desk, fd, ret);
}

/* Its own one is known all the same. */
static void whose_groups_cannot_be_told_has_its_first(void **state)
{
    (void)state;
    int fds[2];
    struct peer peer;
    assert_int_equal(pipe2(fds, O_CLOEXEC), 0);
    assert_int_equal(front_open(&server, NULL), 0);
    assert_null(refuses_4712(fds[0], 4321, &peer));
    assert_true(peer.is_kept);
    owner->forget(peer.card);
    assert_string_equal(refuses_4712(fds[0], 4322, &peer),
                        "neither the uid of councild, nor in its access or access_group");
    assert_null(peer.card);
    close(fds[0]);
    close(fds[1]);
}

static void who_gets_no_card_does_not_come_in(void **state)
{
    (void)state;
    int pair[2], refused = 0;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    assert_int_equal(front_open(&server, NULL), 0);
    for (int k = 0; failing_next(&k);) {
        struct peer peer;
        const char *why = refuses_4712(pair[0], 4321, &peer);
        failing_stop();
        assert_int_equal(why != NULL, peer.card == NULL);
        if (why)
            assert_string_equal(why, "no memory");
        refused += why != NULL;
        owner->forget(peer.card);
    }
    assert_int_equal(refused, FAILING_WORKS);
    close(pair[0]);
    close(pair[1]);
}

/* The reload is no less done. */
static void a_mode_that_cannot_be_set_is_told(void **state)
{
    (void)state;
    assert_int_equal(front_open(&server, NULL), 0);
    config.socket = (char *)"/run/x/sock";
    log_lines_begin();
    front_reload(&server);
    assert_string_equal(log_lines(), "");
    mode_fault = -EPERM;
    front_reload(&server);
    assert_string_equal(log_lines(), "<3>cannot set the mode of the socket socket=/run/x/sock\n");
    log_lines_end();
}

static int looked;

static void look(void *arg)
{
    (void)arg;
    looked++;
}

/* What was flushed, or is gone, may be the last that the stop waits for. */
static void the_stop_looks_again_when_a_client_moves_or_leaves(void **state)
{
    (void)state;
    struct watch stopping;
    assert_int_equal(front_open(&server, NULL), 0);
    watch_init(server.loop, &stopping, -1, WATCH_NONE, LOOP_OUTPUT, look, NULL);
    server.core.stopping = &stopping;
    looked = 0;
    owner->left(&server.desk); /* it does not stop yet */
    one_turn(server.loop);
    assert_int_equal(looked, 0);
    server.core.stop_level = STOP_ORDERLY;
    owner->left(&server.desk);
    one_turn(server.loop);
    assert_int_equal(looked, 1);
    owner->moved(&server.desk);
    one_turn(server.loop);
    assert_int_equal(looked, 2);
    watch_release(&stopping);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(clients_have_the_limits_of_the_settings),
        TEST(clients_are_counted_with_the_descriptors),
        TEST(all_together_have_room_for_one),
        TEST(lines_go_to_the_methods),
        TEST(what_lives_inside_a_run_is_refused),
        TEST(who_comes_in_has_a_card),
        TEST(whose_groups_cannot_be_told_has_its_first),
        TEST(who_gets_no_card_does_not_come_in),
        TEST(a_mode_that_cannot_be_set_is_told),
        TEST(the_stop_looks_again_when_a_client_moves_or_leaves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
