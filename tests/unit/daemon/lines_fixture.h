/* A file that is written to and emptied, as records are. Taken in behind cmocka.h, by one source of
 * a test. */
#ifndef TESTS_UNIT_DAEMON_LINES_FIXTURE_H
#define TESTS_UNIT_DAEMON_LINES_FIXTURE_H

#include "common/fd.h"
#include "daemon/os/sys.h"
#include "fixture.h"

static struct folder folder;
static int file;
static int64_t size;

static inline int setup(void **state)
{
    (void)state;
    folder_make(&folder);
    size = 0;
    file = openat(folder.fd, "f", O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC, 0600);
    return file < 0;
}

static inline int teardown(void **state)
{
    (void)state;
    sys_reset();
    close(file);
    folder_remove(&folder);
    return 0;
}

static inline void write_bytes(const char *bytes, size_t len)
{
    assert_int_equal(fd_write_all(file, bytes, len), 0);
    size += (int64_t)len;
}

static inline void write_text(const char *text)
{
    write_bytes(text, strlen(text));
}

static inline void empty_file(void)
{
    assert_int_equal(ftruncate(file, 0), 0);
    size = 0;
}

#endif
