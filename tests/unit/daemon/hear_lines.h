/* Reading what a client of the loop under test is sent, while the loop turns. */
#ifndef TESTS_UNIT_DAEMON_HEAR_LINES_H
#define TESTS_UNIT_DAEMON_HEAR_LINES_H

#include <sys/socket.h>

#include "common/buf.h"

/* Until nothing more comes: each line, and a turn after each read. Whole lines only are sent. */
static inline void hear_lines(int fd, void (*line)(const char *text, size_t len),
                              void (*turn_loop)(void))
{
    struct buf in = BUF_INIT(SIZE_MAX / 2);
    for (int idle = 0; idle < 10;) {
        char *to = buf_reserve(&in, 1 << 16);
        assert_non_null(to);
        ssize_t n = recv(fd, to, 1 << 16, 0);
        idle = n > 0 ? 0 : idle + 1;
        buf_commit(&in, n > 0 ? (size_t)n : 0);
        for (char *end; in.len && (end = memchr(in.at, '\n', in.len));) {
            line(in.at, (size_t)(end - in.at));
            buf_consume(&in, (size_t)(end - in.at) + 1);
        }
        turn_loop();
    }
    assert_int_equal(in.len, 0);
    buf_release(&in);
}

#endif
