/* Keys, and a folder of credentials. Taken in behind cmocka.h, by one source of a test. */
#ifndef TESTS_UNIT_DAEMON_KEYS_FIXTURE_H
#define TESTS_UNIT_DAEMON_KEYS_FIXTURE_H

#include "daemon/settings/keys.h"
#include "fixture.h"

static struct folder folder;
static struct keys *keys;

static inline int setup(void **state)
{
    (void)state;
    folder_make(&folder);
    setenv("CREDENTIALS_DIRECTORY", folder.path, 1);
    return keys_new(&keys);
}

static inline int teardown(void **state)
{
    (void)state;
    keys_free(keys);
    folder_remove(&folder);
    unsetenv("CREDENTIALS_DIRECTORY");
    return 0;
}

#endif
