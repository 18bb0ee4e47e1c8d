/* A folder, and the calls of the kernel that daemon/os/sys.h lets a test replace.
 * Taken in behind cmocka.h, by one source of a test. */
#ifndef TESTS_UNIT_DAEMON_SYS_FIXTURE_H
#define TESTS_UNIT_DAEMON_SYS_FIXTURE_H

#include "daemon/os/sys.h"
#include "fixture.h"

static struct folder folder;

static inline int setup(void **state)
{
    (void)state;
    folder_make(&folder);
    return 0;
}

static inline int teardown(void **state)
{
    (void)state;
    sys_reset();
    folder_remove(&folder);
    return 0;
}

#endif
