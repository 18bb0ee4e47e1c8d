/* What is locked, and how it may be entered. Taken in behind cmocka.h, by one source of a test. */
#ifndef TESTS_UNIT_DAEMON_LOCK_FIXTURE_H
#define TESTS_UNIT_DAEMON_LOCK_FIXTURE_H

#include "sys_fixture.h"

static char path[256];

static inline const char *in_folder(const char *name)
{
    snprintf(path, sizeof path, "%s/%s", folder.path, name);
    return path;
}

static inline unsigned mode_of(const char *name)
{
    struct stat st;
    assert_int_equal(fstatat(folder.fd, name, &st, 0), 0);
    return st.st_mode & 07777;
}

#endif
