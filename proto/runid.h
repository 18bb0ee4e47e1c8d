/* Run ids and refs: the names by which clients know runs, monitors and subscriptions. */
#ifndef PROTO_RUNID_H
#define PROTO_RUNID_H

#include <stdbool.h>
#include <stddef.h>

enum {
    RUNID_MAX = 128,         /* bytes of a run id, without the NUL */
    RUNID_GENERATED_LEN = 15 /* `run_` or `ref_` and 11 characters of base64url */
};

/* A new id of 8 random bytes: `run_AAAAAAAAAAA`, NUL-terminated. 0 or -errno. It is the caller's to
 * see that no live run has it already. */
int runid_generate(char ret[RUNID_GENERATED_LEN + 1]);
/* The same with `ref_`. */
int ref_generate(char ret[RUNID_GENERATED_LEN + 1]);

/* May a caller choose this id? 1..128 of [A-Za-z0-9._-], first a letter, digit or `_`. Such an id
 * is also a safe file name. */
bool runid_valid(const char *text, size_t len);
/* Has it the form of a ref: `ref_` and 11 of [A-Za-z0-9_-]? */
bool ref_valid(const char *text, size_t len);

#endif
