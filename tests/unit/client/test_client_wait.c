/* Waiting for a daemon: it may not be there, be too busy to take us, be silent, or go away in the
 * middle of a word. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/un.h>
#include <sys/wait.h>

#include <cmocka.h>

#include "client/connect.h"
#include "common/clock.h"
#include "fixture.h"
#include "peer.h"

static struct peer peer;

static int open_peer(void **state)
{
    (void)state;
    return peer_open(&peer, NULL);
}

static int close_peer(void **state)
{
    (void)state;
    peer_close(&peer);
    return 0;
}

static void a_call_that_is_not_answered_in_time_ends(void **state)
{
    (void)state;
    json_t *result = NULL;
    struct client_fault fault;
    struct error err;
    assert_int_equal(peer_open(&peer, &(struct client_limits){.calls = 1}), 0);
    int64_t before = clock_mono_ms();
    assert_int_equal(client_call(peer.client, "a", NULL, 30, &result, &fault, &err), -ETIMEDOUT);
    assert_true(clock_mono_ms() - before >= 30);
    assert_string_equal(err.text, "no answer within 30 ms");

    /* The late reply is dropped, and not taken for that of the next call. */
    assert_int_equal(client_call(peer.client, "b", NULL, 0, &result, &fault, &err), -EBUSY);
    peer_replies(&peer, 1, 1);
    assert_int_equal(client_wait(peer.client, 10000, &err), 1);
    peer_replies(&peer, 2, 2);
    assert_int_equal(client_call(peer.client, "b", NULL, 10000, &result, &fault, &err), 0);
    assert_int_equal(json_integer_value(json_object_get(result, "n")), 2);
    json_decref(result);

    /* No patience at all takes what is there already. */
    peer_replies(&peer, 3, 3);
    assert_int_equal(client_call(peer.client, "c", NULL, 0, &result, &fault, &err), 0);
    json_decref(result);
}

static void notifications_go_on_while_a_call_waits(void **state)
{
    (void)state;
    json_t *result = NULL;
    struct client_fault fault;
    peer_says(&peer, "{\"method\":\"run.end\",\"params\":{\"run_id\":\"a\"}}\n");
    peer_replies(&peer, 9, 9);
    peer_says(&peer, "{\"method\":\"run.end\",\"params\":{\"run_id\":\"b\"}}\n");
    peer_replies(&peer, 1, 1);
    assert_int_equal(client_call(peer.client, "a", NULL, -1, &result, &fault, NULL), 0);
    assert_string_equal(peer.heard, "run.end a\nrun.end b\n");
    json_decref(result);
}

static void a_daemon_that_goes_away_in_the_middle_of_a_call(void **state)
{
    (void)state;
    json_t *result = NULL;
    struct client_fault fault;
    struct error err;
    peer_replies(&peer, 1, 1);
    peer_says(&peer, "{\"jsonrpc\":\"2.0\",\"id\":2,\"resu");
    fd_close(&peer.fd);
    assert_int_equal(client_call(peer.client, "a", NULL, -1, &result, &fault, &err), 0);
    json_decref(result);
    assert_int_equal(client_call(peer.client, "b", NULL, -1, &result, &fault, &err), -ECONNRESET);
    assert_string_equal(err.text, "the connection to the daemon was lost");
    assert_int_equal(client_wait_end(peer.client, &err), 0);
}

static void the_end_is_waited_for(void **state)
{
    (void)state;
    struct error err;
    assert_int_equal(client_wait(peer.client, 0, &err), 0);
    peer_says(&peer, "{\"method\":\"run.end\",\"params\":{\"run_id\":\"a\"}}\n");
    fd_close(&peer.fd);
    assert_int_equal(client_wait_end(peer.client, &err), 0);
    assert_string_equal(peer.heard, "run.end a\n");
}

/* ---- finding one ---- */

static int listen_at(const char *path, int backlog)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, backlog), 0);
    return fd;
}

static void a_full_backlog_is_asked_again(void **state)
{
    (void)state;
    struct folder folder;
    char path[100];
    folder_make(&folder);
    snprintf(path, sizeof path, "%s/sock", folder.path);
    int listener = listen_at(path, 0), taken[64], n = 0, r = 0;
    struct error err;
    while (n < 64 && (r = client_connect(path, NULL, &taken[n], &err)) == 0)
        n++;
    assert_int_equal(r, -EAGAIN);
    assert_true(n > 0);

    /* A place gets free while client_open waits. */
    pid_t child = fork();
    if (child == 0) {
        poll(NULL, 0, 60);
        close(accept(listener, NULL, NULL));
        _exit(0);
    }
    struct client *c = NULL;
    assert_int_equal(client_open(path, NULL, &c, &err), 0);
    client_free(c);
    assert_int_equal(waitpid(child, NULL, 0), child);
    while (n > 0)
        close(taken[--n]);
    close(listener);
    folder_remove(&folder);
}

static void a_tenant_is_found_in_the_runtime_directory(void **state)
{
    (void)state;
    struct folder folder;
    char path[100];
    struct error err;
    int fd = -1;
    folder_make(&folder);
    assert_int_equal(setenv("XDG_RUNTIME_DIR", folder.path, 1), 0);
    assert_int_equal(client_connect(NULL, "unit-test-tenant", &fd, &err), -ENOENT);
    assert_non_null(strstr(err.text, "unit-test-tenant/sock"));
    snprintf(path, sizeof path, "%s/councild", folder.path);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/councild/unit-test-tenant", folder.path);
    assert_int_equal(mkdir(path, 0700), 0);
    snprintf(path, sizeof path, "%s/councild/unit-test-tenant/sock", folder.path);
    int listener = listen_at(path, 5);
    assert_int_equal(client_connect(NULL, "unit-test-tenant", &fd, &err), 0);
    assert_true(fcntl(fd, F_GETFD) & FD_CLOEXEC);
    assert_true(fcntl(fd, F_GETFL) & O_NONBLOCK);
    close(fd);

    /* A socket that nobody listens on any more. */
    close(listener);
    assert_int_equal(client_connect(NULL, "unit-test-tenant", &fd, &err), -ECONNREFUSED);
    assert_int_equal(unsetenv("XDG_RUNTIME_DIR"), 0);
    assert_int_equal(client_connect(NULL, "unit-test-tenant", &fd, &err), -ENOENT);
    assert_non_null(strstr(err.text, "/run/councild/unit-test-tenant/sock"));
    folder_remove(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(a_call_that_is_not_answered_in_time_ends, close_peer),
        cmocka_unit_test_setup_teardown(notifications_go_on_while_a_call_waits, open_peer,
                                        close_peer),
        cmocka_unit_test_setup_teardown(a_daemon_that_goes_away_in_the_middle_of_a_call, open_peer,
                                        close_peer),
        cmocka_unit_test_setup_teardown(the_end_is_waited_for, open_peer, close_peer),
        cmocka_unit_test(a_full_backlog_is_asked_again),
        cmocka_unit_test(a_tenant_is_found_in_the_runtime_directory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
