/* A home whose owner writes down what it hears, clients at the other end of a socketpair, and turns
 * of a real loop that never wait. */
#ifndef TESTS_UNIT_SERVE_FAKE_OWNER_H
#define TESTS_UNIT_SERVE_FAKE_OWNER_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "serve/conn_life.h"
#include "serve/loop.h"

enum { FAKE_LINE_BYTES = 64, FAKE_QUEUE_BYTES = 4 << 20, FAKE_TURNS = 8 };

static struct {
    struct loop *loop;
    struct watch here; /* always something to do: no turn waits */
    char heard[1024];  /* words, one after the other */
    void (*on_line)(struct conn *c, const char *line, size_t len); /* NULL: it is written down */
    struct conn *conn;                                             /* who spoke last */
    int left, moved;
    const char *refusal;     /* of whoever comes; NULL: they are let in */
    const struct peer *pose; /* whom they are taken for; NULL: themselves */
    int forgotten;           /* cards that were given back */
} fake;

static inline const char *fake_refuses(void *context, int fd, struct peer *peer)
{
    assert_ptr_equal(context, &fake);
    assert_true(fd >= 0);
    if (peer->uid != geteuid())
        return "a stranger";
    assert_int_equal(peer->pid, getpid());
    if (fake.pose)
        *peer = *fake.pose;
    return fake.refusal;
}

static inline void fake_forget(void *card)
{
    assert_ptr_equal(card, &fake);
    fake.forgotten++;
}

static inline void hear(const char *word, const char *text, size_t len)
{
    size_t at = strlen(fake.heard);
    snprintf(fake.heard + at, sizeof(fake.heard) - at, "%s%s%.*s", at ? " " : "", word, (int)len,
             text);
}

static inline void fake_line(struct conn *c, const char *line, size_t len)
{
    fake.conn = c;
    if (fake.on_line)
        fake.on_line(c, line, len);
    else
        hear("", line, len);
}

static inline void fake_torn(struct conn *c)
{
    fake.conn = c;
    hear("torn", "", 0);
}

static inline void push_text(struct conn *c, const char *text)
{
    struct out_line *line = out_line_new(text, strlen(text));
    assert_non_null(line);
    conn_push(c, line);
}

static inline void fake_too_long(struct conn *c, size_t limit)
{
    assert_int_equal(limit, FAKE_LINE_BYTES);
    hear("too_long", "", 0);
    push_text(c, "refused\n");
}

static inline void fake_left(void *context)
{
    assert_ptr_equal(context, &fake);
    fake.left++;
}

static inline void fake_moved(void *context)
{
    assert_ptr_equal(context, &fake);
    fake.moved++;
}

static const struct conn_owner FAKE_OWNER = {.refuses = fake_refuses,
                                             .forget = fake_forget,
                                             .line = fake_line,
                                             .torn = fake_torn,
                                             .too_long = fake_too_long,
                                             .left = fake_left,
                                             .moved = fake_moved};

static inline void fake_nothing(void *arg)
{
    (void)arg;
}

static inline int fake_open(void)
{
    memset(&fake, 0, sizeof(fake));
    fake.loop = loop_new();
    return fake.loop
               ? watch_init(fake.loop, &fake.here, -1, WATCH_NONE, LOOP_FIRST, fake_nothing, NULL)
               : -1;
}

static inline void fake_close(void)
{
    watch_release(&fake.here);
    loop_free(fake.loop);
}

static inline void turn(void)
{
    watch_note(&fake.here);
    loop_turn(fake.loop);
}

static inline void turns(void)
{
    for (int i = 0; i < FAKE_TURNS; i++)
        turn();
}

/* ---- the client ---- */

static inline void say(int fd, const char *text)
{
    assert_int_equal(send(fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT), strlen(text));
}

/* What came and is not read yet; "" for nothing. */
static inline const char *hears(int fd)
{
    static char text[4096];
    ssize_t n = recv(fd, text, sizeof(text) - 1, MSG_DONTWAIT);
    text[n > 0 ? n : 0] = '\0';
    return text;
}

/* Reads all there is, and turns for more; the bytes. */
static inline size_t drain(int fd)
{
    static char piece[1 << 16];
    size_t total = 0;
    for (int idle = 0; idle < FAKE_TURNS;) {
        ssize_t n = recv(fd, piece, sizeof(piece), MSG_DONTWAIT);
        if (n == 0)
            break;
        idle = n > 0 ? 0 : idle + 1;
        total += n > 0 ? (size_t)n : 0;
        turn();
    }
    return total;
}

static inline bool is_closed(int fd)
{
    char byte;
    ssize_t n = recv(fd, &byte, 1, MSG_DONTWAIT | MSG_PEEK);
    return n == 0 || (n < 0 && errno != EAGAIN);
}

#endif
