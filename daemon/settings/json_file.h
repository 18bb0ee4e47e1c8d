/* Files of the configuration that are JSON. */
#ifndef DAEMON_SETTINGS_JSON_FILE_H
#define DAEMON_SETTINGS_JSON_FILE_H

#include <jansson.h>
#include <stddef.h>

#include "common/error.h"

/* The object or array in a file of at most `max` bytes. -EINVAL with the line where it is wrong;
 * else what file_read gives, or -ENOMEM. err names the file. */
int json_file_read(const char *path, size_t max, json_t **ret, struct error *err);

#endif
