/* The kernel refuses this process, and all that it starts, one call: for the rest of its life, so
 * for a process that a test has forked. Where there is no seccomp (seccomp_is_there()) it cannot.
 */
#ifndef TESTS_UNIT_REFUSAL_H
#define TESTS_UNIT_REFUSAL_H

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/prctl.h>

#include "common/cleanup.h"

enum { ANY_ARGUMENT = -1 };

/* The call is refused with this value in this argument. */
struct refusal {
    unsigned call;
    int argument; /* ANY_ARGUMENT: whatever they are */
    unsigned value;
    int number; /* errno */
};

static inline bool refuse(const struct refusal *what)
{
    const unsigned at = (unsigned)offsetof(struct seccomp_data, nr);
    const bool any = what->argument == ANY_ARGUMENT;
    const size_t argument = offsetof(struct seccomp_data, args) + 8 * (size_t)what->argument;
    struct sock_filter code[] = {
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, at),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, what->call, 0, 3),
        BPF_STMT(BPF_LD | BPF_W | BPF_ABS, any ? at : (unsigned)argument),
        BPF_JUMP(BPF_JMP | BPF_JEQ | BPF_K, any ? what->call : what->value, 0, 1),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (unsigned)what->number),
        BPF_STMT(BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
    };
    const struct sock_fprog program = {.len = ARRAY_LEN(code), .filter = code};
    return prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) == 0 &&
           prctl(PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program) == 0;
}

#endif
