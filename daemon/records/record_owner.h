/* Whose a run is: the uid that started it, the name for which it did so, and the registry in which
 * the run stands. It is read from what councild itself wrote at the start or at the end, never from
 * what a run could have written. */
#ifndef DAEMON_RECORDS_RECORD_OWNER_H
#define DAEMON_RECORDS_RECORD_OWNER_H

#include <stdbool.h>
#include <stdint.h>

#include "record_key.h"

struct json_list;
struct records;

enum { OWNER_NAME_MAX = 128, OWNER_REGISTRY_MAX = 128 }; /* bytes */

struct record_owner {
    int64_t uid;                           /* -1: not known */
    char name[OWNER_NAME_MAX + 1];         /* empty: nobody in particular */
    char registry[OWNER_REGISTRY_MAX + 1]; /* empty: not known */
};

/* Which records are meant. All zero: all of them. */
struct record_whose {
    bool of_owner; /* those of this uid and name */
    int64_t uid;
    char name[OWNER_NAME_MAX + 1];
    char registry[OWNER_REGISTRY_MAX + 1]; /* those in it; empty: in any */
};

/* uid and name out of `started_by`, JSON text; registry is left empty. 0 or -ENOMEM. */
int record_owner_read(const char *started_by, struct record_owner *ret);
/* Of an ended run: 0, -ENOENT, -ENOMEM. One that cannot be read is nobody's. */
int record_owner_find(const struct records *records, const struct record_key *key,
                      struct record_owner *ret);

bool record_whose_is_some(const struct record_whose *whose); /* not all are meant */
bool record_whose_has(const struct record_whose *whose, const struct record_owner *owner);
/* False also where that cannot be read. */
bool record_is_of(const struct records *records, const struct record_key *key,
                  const struct record_whose *whose);
/* The newest record of an id among `whose` that is older than `before` (NULL: than none): 0,
 * -ENOENT, -ENOMEM. An id is free again when its run has ended, for anybody: who names one means
 * the newest of those that are for it. */
int record_find_of(const struct records *records, const char *run_id,
                   const struct record_key *before, const struct record_whose *whose,
                   struct record_key *ret);

#endif
