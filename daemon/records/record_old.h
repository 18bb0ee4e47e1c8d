/* Records of four files in a folder, as version 0.1 wrote them: read and removed, never written.
 *
 *     runs/<name>/   spec.json journal.jsonl result.json down.json resumed
 *
 * dir is the folder's descriptor. For the record modules alone. */
#ifndef DAEMON_RECORDS_RECORD_OLD_H
#define DAEMON_RECORDS_RECORD_OLD_H

#include <stddef.h>
#include <stdint.h>

#include "record_texts.h"

/* spec.json: 0 or -errno. */
int record_old_spec(int dir, char **ret, size_t *ret_len);
/* down.json: 0 or -errno. */
int record_old_down(int dir, char **ret);
/* down.json and result.json, NULL for one that is missing. */
int record_old_end(int dir, struct record_end_texts *ret);
/* journal.jsonl, for reading; a run that was killed before it had one has an empty one. */
int record_old_events(int dir);
/* The sum of its files on disk. */
int64_t record_old_bytes(int dir);
/* Removes the folder `name` of `parent` and all files in it: 0 (also when it is gone) or -errno. */
int record_old_erase(int parent, const char *name);

#endif
