/* The configuration of councild: flags, the JSON file of --config, defaults (docs/operations.md).
 * Flags win over the file, the file over the defaults.
 *
 *     r = config_load(argc, argv, &config, &err);
 *     r == CONFIG_HELP, CONFIG_VERSION: print config_usage() or the version, exit 0
 *     r < 0: print err.text, exit 2
 *     ... SIGHUP: config_reload(config, &fresh, &err): the same flags over the file as it is now
 *
 * Nothing is read but the configuration file: catalogue, provider keys and directories come later.
 * All paths are absolute after loading. */
#ifndef DAEMON_SETTINGS_CONFIG_LOAD_H
#define DAEMON_SETTINGS_CONFIG_LOAD_H

#include "config.h"

enum { CONFIG_HELP = 1, CONFIG_VERSION = 2 };

/* 0 with *ret (config_free), CONFIG_HELP or CONFIG_VERSION (nothing to free), or -errno with a text
 * that names the flag or key. Takes --key=value and --key value. */
int config_load(int argc, char *const argv[], struct config **ret, struct error *err);

/* Reads the file again under the flags of old. tenant, socket, state_dir, cgroup and access_group
 * may not change: -EINVAL. old stays untouched and valid. */
int config_reload(const struct config *old, struct config **ret, struct error *err);

const char *config_usage(void);

#endif
