/* The name of a record: when its run started, and the run_id. */
#ifndef DAEMON_RECORDS_RECORD_KEY_H
#define DAEMON_RECORDS_RECORD_KEY_H

#include <stdint.h>

enum {
    RECORD_ID_MAX = 128,                    /* bytes of a run_id */
    RECORD_NAME_SIZE = 144,                 /* 13 digits, '-', a run_id, NUL; rounded up */
    RECORD_FILE_SIZE = RECORD_NAME_SIZE + 8 /* the same with ".jsonl" */
};

/* Names one record, live or ended. */
struct record_key {
    int64_t incarnation;
    char run_id[RECORD_ID_MAX + 1];
};

/* The key as text ("1763833320123-run_x"), for cursors, and as the name of a folder that version
 * 0.1 wrote: `to` has RECORD_NAME_SIZE bytes. */
void record_key_format(const struct record_key *key, char *to);
int record_key_parse(const char *text, struct record_key *ret); /* 0 or -EINVAL */
/* As the name of a file ("1763833320123-run_x.jsonl"): `to` has RECORD_FILE_SIZE bytes. */
void record_key_file(const struct record_key *key, char *to);
int record_key_parse_file(const char *name, struct record_key *ret); /* 0 or -EINVAL */

#endif
