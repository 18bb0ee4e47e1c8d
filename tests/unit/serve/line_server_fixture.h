/* A server of lines on a socket of its own, whose owner is fake_owner.h's, and clients of it. Taken
 * in by one source of a test. */
#ifndef TESTS_UNIT_SERVE_LINE_SERVER_FIXTURE_H
#define TESTS_UNIT_SERVE_LINE_SERVER_FIXTURE_H

#include "fake_owner.h"

#include <sys/resource.h>
#include <sys/un.h>

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

static inline int setup(void **state)
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
                                  .fds_each = 1};
    if (getrlimit(RLIMIT_NOFILE, &files) || fake_open() ||
        listen_bind(&l, path, 0600, (gid_t)-1, NULL))
        return -1;
    int r = line_server_new(fake.loop, &l, &limits, &FAKE_OWNER, &fake, &server, NULL);
    return r == 0 && l.fd == -1 ? 0 : -1;
}

static inline int teardown(void **state)
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
static inline int come(int i)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    snprintf(address.sun_path, sizeof address.sun_path, "%s", path);
    clients[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_true(clients[i] >= 0);
    return connect(clients[i], (const struct sockaddr *)&address, sizeof address) ? -errno : 0;
}

static inline void leave(int i)
{
    fd_close(&clients[i]);
}

static inline void assert_served(int i)
{
    fake.heard[0] = '\0';
    say(clients[i], "hello\n");
    turns();
    assert_string_equal(fake.heard, "hello");
}

static inline void assert_turned_away(int i, int limit)
{
    char wanted[64];
    const char *text = hears(clients[i]);
    snprintf(wanted, sizeof wanted, "\"limit\":%d", limit);
    assert_non_null(strstr(text, "\"too_many_connections\""));
    assert_non_null(strstr(text, wanted));
    assert_non_null(strchr(text, '\n'));
    assert_true(is_closed(clients[i]));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
