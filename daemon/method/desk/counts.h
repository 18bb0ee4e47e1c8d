/* How many runs there are, by state. */
#ifndef DAEMON_METHOD_DESK_COUNTS_H
#define DAEMON_METHOD_DESK_COUNTS_H

#include "desk.h"

/* The result of supervisor.count_children. registry NULL: all of them. A new reference, NULL: no
 * memory. */
json_t *counts_json(const struct desk *desk, const char *registry);

#endif
