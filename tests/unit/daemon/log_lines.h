/* The log of a test, kept in memory as a service manager would get it ("<4>run ended run_id=r1").
 * Taken in behind cmocka.h. */
#ifndef TESTS_UNIT_DAEMON_LOG_LINES_H
#define TESTS_UNIT_DAEMON_LOG_LINES_H

#include <sys/mman.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/log.h"

static int log_lines_fd = -1;

static inline void log_lines_begin(void)
{
    log_lines_fd = memfd_create("log", MFD_CLOEXEC);
    assert_true(log_lines_fd >= 0);
    log_open(log_lines_fd, true);
    log_set_level(LOG_LEVEL_DEBUG);
}

static inline void log_lines_end(void)
{
    log_open(STDERR_FILENO, false);
    log_set_level(LOG_LEVEL_INFO);
    fd_close(&log_lines_fd);
}

/* What was logged since this was called last. */
static inline const char *log_lines(void)
{
    static char text[65536];
    ssize_t n = pread(log_lines_fd, text, sizeof text - 1, 0);
    text[n < 0 ? 0 : n] = '\0';
    assert_int_equal(ftruncate(log_lines_fd, 0), 0);
    lseek(log_lines_fd, 0, SEEK_SET);
    return text;
}

#endif
