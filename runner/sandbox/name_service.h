/* The libraries that resolve names: libc loads them when a name is looked up for the first time, as
 * the line `hosts:` of /etc/nsswitch.conf says. */
#ifndef RUNNER_SANDBOX_NAME_SERVICE_H
#define RUNNER_SANDBOX_NAME_SERVICE_H

#include <stdbool.h>
#include <stddef.h>

/* Loads them, and has libc read its configuration; asks no server. */
void name_service_load(void);

/* The services of the `hosts:` line of a text, one after the other: copies the name of number
 * `index` (0 ...) to ret. False: there are no more. */
bool name_service_find(const char *text, size_t index, char *ret, size_t size);

#endif
