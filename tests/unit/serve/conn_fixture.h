/* One connection of a home that the tests may change, with its client at the other end. */
#ifndef TESTS_UNIT_SERVE_CONN_FIXTURE_H
#define TESTS_UNIT_SERVE_CONN_FIXTURE_H

#include "fake_owner.h"

static struct conn_home home;
static int client;
static struct conn *conn; /* until it is freed */

static inline int setup(void **state)
{
    (void)state;
    int fds[2];
    struct peer peer = {.uid = 7, .pid = 42};
    if (fake_open() || socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds))
        return -1;
    home = (struct conn_home){.loop = fake.loop,
                              .owner = &FAKE_OWNER,
                              .context = &fake,
                              .line_bytes = FAKE_LINE_BYTES,
                              .queue_bytes = FAKE_QUEUE_BYTES};
    conn = conn_new(&home, fds[0], &peer);
    client = fds[1];
    return conn ? 0 : -1;
}

static inline int teardown(void **state)
{
    (void)state;
    while (home.conns)
        conn_free(home.conns);
    if (client >= 0)
        close(client);
    fake_close();
    return home.count ? -1 : 0;
}

static inline void close_client(void)
{
    close(client);
    client = -1;
}

static inline struct out_line *big_line(size_t len)
{
    char *text = malloc(len);
    assert_non_null(text);
    memset(text, 'x', len);
    struct out_line *line = out_line_new(text, len);
    free(text);
    assert_non_null(line);
    return line;
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

#endif
