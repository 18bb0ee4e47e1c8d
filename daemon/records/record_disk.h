/* One record on disk, whichever way it was written: a file, or a folder of version 0.1. Nothing is
 * known here of what is in memory. For the record modules alone. */
#ifndef DAEMON_RECORDS_RECORD_DISK_H
#define DAEMON_RECORDS_RECORD_DISK_H

#include <stdint.h>

#include "record_key.h"

/* Where a record stands: its name in open/ or runs/. */
struct record_where {
    int parent;
    char name[RECORD_FILE_SIZE];
};

/* Removes a record, whatever stands under its name: 0 (also when it is gone) or -errno. */
int record_erase(const struct record_where *where);
/* The bytes that it takes on disk, or -errno: it cannot be looked at. */
int64_t record_bytes(const struct record_where *where);

#endif
