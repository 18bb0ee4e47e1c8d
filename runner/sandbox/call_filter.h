/* Filters of system calls: a table of rows becomes a program for the kernel (seccomp, classic BPF),
 * a search tree over the numbers, so that the kernel decides about each call in a few steps and
 * knows beforehand which are always fine. Nothing is ever killed: what is refused fails with an
 * errno.
 *
 * A policy is a list of rows in any order and an answer for everything else. A call has one row or
 * several: they are tried in the order of the table, the first whose tests all hold decides, and
 * where none does the call is answered with `failing` of its first row.
 *
 * call_filter_enforce needs no_new_privs, counts for the calling thread and those that it will
 * make, and for ever. */
#ifndef RUNNER_SANDBOX_CALL_FILTER_H
#define RUNNER_SANDBOX_CALL_FILTER_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "call_row.h"
#include "common/error.h"

struct call_policy {
    const struct call_row *rows;
    size_t count;
    int others;  /* for calls without a row: CALL_ALLOW or an errno */
    int unknown; /* the same for numbers that this program's kernel headers do not have, and for
                    calls of other architectures */
};

/* The numbers that exist where this was built: in one of these ranges. */
bool call_is_known(uint32_t number);

struct call_filter; /* a program that is ready for the kernel */

/* NULL: the rows contradict each other or make too long a program, err says so. Ends the process
 * when memory is out. `pid` stands in for own_pid. */
struct call_filter *call_filter_new(const struct call_policy *policy, int32_t pid,
                                    struct error *err);
void call_filter_free(struct call_filter *f); /* NULL is fine */
size_t call_filter_length(const struct call_filter *f);

/* What the program answers for a call of this machine's own architecture, as the kernel would:
 * CALL_ALLOW or an errno. For tests and tables. */
int call_filter_answer(const struct call_filter *f, uint32_t number, const uint64_t arguments[6]);

/* 0 or -errno. */
int call_filter_enforce(const struct call_filter *f);

#endif
