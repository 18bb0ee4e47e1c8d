/* What a run is closed in with: what the operator asks for (`sandbox` of the configuration, which
 * goes to the runner with the spec), and what is in force (which the runner tells with `ready`, and
 * councild to everybody). docs/sandbox.md says what each of it does. */
#ifndef PROTO_SANDBOX_H
#define PROTO_SANDBOX_H

#include <jansson.h>
#include <stdbool.h>

#include "common/error.h"

enum sandbox_mode {
    SANDBOX_BEST,   /* what the kernel has */
    SANDBOX_STRICT, /* file rights, system calls and no_new_privs, or no run */
    SANDBOX_OFF
};
extern const char *const SANDBOX_MODE_NAMES[]; /* NULL-terminated */

struct sandbox_policy {
    enum sandbox_mode mode;
    bool strict_network; /* no run without rules for TCP, */
    bool strict_scopes;  /* and for signals and abstract sockets: younger kernels have these */
    bool allow_cores;    /* dumps of memory, and debuggers of the same user, are let in */
};

/* Reads "strict", "best", "off" or {mode, strict_network, strict_scopes, allow_cores}; NULL is the
 * default. 0, or -EINVAL with a text that names the member. */
int sandbox_policy_read(const json_t *value, struct sandbox_policy *ret, struct error *err);
/* All members; NULL: no memory. */
json_t *sandbox_policy_json(const struct sandbox_policy *policy);

/* Are runs, and councild, made undumpable. */
bool sandbox_shuts_memory(const struct sandbox_policy *policy);

struct sandbox_state {
    enum sandbox_mode mode;
    int landlock; /* the kernel's ABI; 0: none */
    bool no_new_privs;
    bool files;      /* reads what it needs, writes nothing */
    bool network;    /* TCP only to the ports of its providers */
    bool scopes;     /* no signals and no abstract sockets but to itself */
    bool syscalls;   /* those of the table */
    bool undumpable; /* no core, no debugger of the same user */
};

/* What a kernel has of it: an ABI, 1, 0 for none, or -EPERM where asking is forbidden. */
struct sandbox_kernel {
    int landlock;
    int filters; /* of system calls */
};
struct sandbox_kernel sandbox_kernel_look(void);

/* What a kernel would let a policy have in force; it may be NULL where the mode is off. 0; or
 * -EINVAL: strict asks for what is not there; -EPERM: whoever started this process keeps it from
 * closing anything in, which is never passed over. err says which and what to do; *ret is filled
 * all the same, without what is not there. */
int sandbox_state_of(const struct sandbox_policy *policy, const struct sandbox_kernel *kernel,
                     struct sandbox_state *ret, struct error *err);
int sandbox_state_of_kernel(const struct sandbox_policy *policy, struct sandbox_state *ret,
                            struct error *err); /* of this one */
/* All members; NULL: no memory. */
json_t *sandbox_state_json(const struct sandbox_state *state);

#endif
