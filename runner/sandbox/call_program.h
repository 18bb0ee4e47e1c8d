/* Instructions of classic BPF, put one behind the other. Used by call_filter.c alone. */
#ifndef RUNNER_SANDBOX_CALL_PROGRAM_H
#define RUNNER_SANDBOX_CALL_PROGRAM_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "call_row.h"

struct call_program {
    struct sock_filter code[BPF_MAXINSNS];
    size_t length;
    bool overflow; /* it would have been longer */
};

/* Calls of another architecture are answered at once; then the number is at hand. */
void call_program_begin(struct call_program *p, uint32_t architecture, int foreign);
/* The end of a way through the program: CALL_ALLOW or an errno. */
void call_program_answer(struct call_program *p, int answer);
/* Looks at the arguments: answers as the row says where all its tests hold, else goes on behind. */
void call_program_row(struct call_program *p, const struct call_row *row, int32_t pid);
/* Numbers from this one on go to where call_program_land is called with what this returns; the
 * others go on behind. */
size_t call_program_branch(struct call_program *p, uint32_t from);
void call_program_land(struct call_program *p, size_t branch);

/* Runs it, as the kernel would: CALL_ALLOW or an errno. */
int call_program_run(const struct call_program *p, const struct seccomp_data *data);

#endif
