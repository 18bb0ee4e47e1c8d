/* The folders of records: which names stand in one, and what becomes of a name that is no record.
 * For the record modules alone. */
#ifndef DAEMON_RECORDS_RECORD_FOLDER_H
#define DAEMON_RECORDS_RECORD_FOLDER_H

#include <stdbool.h>

#include "record_key.h"

enum { RECORD_DIR_MODE = 0700 };

/* A name in a folder. */
struct record_found {
    const char *name;
    bool folder;
    bool is_record; /* key is filled: it has the name of one */
    struct record_key key;
};
/* Calls `each` for every name, but those that begin with a dot, until one returns an error: that,
 * or 0. */
int record_list_directory(int parent, int (*each)(void *context, const struct record_found *found),
                          void *context);
/* Moves what stands in the way out of the way, to odd/ of the state directory, and logs it. 0 or
 * -errno. */
int record_put_aside(int state_fd, int parent, const char *name, const char *why);

#endif
