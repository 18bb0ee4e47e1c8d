/* Configurations that are read from a file in a folder of their own, which is the home of
 * everything else too. Taken in behind cmocka.h, by one source of a test. */
#ifndef TESTS_UNIT_DAEMON_CONFIG_FIXTURE_H
#define TESTS_UNIT_DAEMON_CONFIG_FIXTURE_H

#include "daemon/settings/config_load.h"
#include "fixture.h"

static struct folder folder;
static char file[128];

static inline int setup(void **state)
{
    (void)state;
    folder_make(&folder);
    snprintf(file, sizeof file, "%s/config.json", folder.path);
    setenv("XDG_STATE_HOME", folder.path, 1);
    setenv("XDG_CONFIG_HOME", folder.path, 1);
    setenv("XDG_RUNTIME_DIR", folder.path, 1);
    return 0;
}

static inline int teardown(void **state)
{
    (void)state;
    folder_remove(&folder);
    return 0;
}

static struct error err;

static inline int load_with(const char *text, const char *flag, struct config **ret)
{
    char *argv[] = {(char *)"councild", (char *)"--config", file, (char *)flag, NULL};
    put_file(&folder, "config.json", text);
    err = (struct error){0};
    return config_load(flag ? 4 : 3, argv, ret, &err);
}

static inline int load_flags(char *const *flags, struct config **ret)
{
    char *argv[8] = {(char *)"councild"};
    int argc = 1;
    for (; *flags; flags++)
        argv[argc++] = *flags;
    err = (struct error){0};
    return config_load(argc, argv, ret, &err);
}

static inline struct config *good(const char *text)
{
    struct config *config = NULL;
    if (load_with(text, NULL, &config) != 0)
        fail_msg("%s: %s", text, err.text);
    return config;
}

#endif
