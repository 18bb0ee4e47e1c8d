#include "sandbox.h"

#include <errno.h>
#include <stddef.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/landlock.h"
#include "common/seccomp.h"

const char *const SANDBOX_MODE_NAMES[] = {
    [SANDBOX_BEST] = "best", [SANDBOX_STRICT] = "strict", [SANDBOX_OFF] = "off", NULL};

static const struct {
    const char *name;
    size_t offset;
} FLAGS[] = {
    {"strict_network", offsetof(struct sandbox_policy, strict_network)},
    {"strict_scopes", offsetof(struct sandbox_policy, strict_scopes)},
    {"allow_cores", offsetof(struct sandbox_policy, allow_cores)},
};

/* ---- what is asked for ---- */

static int read_mode(const json_t *value, struct sandbox_policy *p, struct error *err)
{
    for (int i = 0; json_is_string(value) && SANDBOX_MODE_NAMES[i]; i++) {
        if (!strcmp(json_string_value(value), SANDBOX_MODE_NAMES[i])) {
            p->mode = (enum sandbox_mode)i;
            return 0;
        }
    }
    return error_set(err, EINVAL, "sandbox: must be one of best, strict, off");
}

static int read_member(const char *name, const json_t *value, struct sandbox_policy *p,
                       struct error *err)
{
    if (!strcmp(name, "mode"))
        return read_mode(value, p, err);
    for (size_t i = 0; i < ARRAY_LEN(FLAGS); i++) {
        if (strcmp(name, FLAGS[i].name) != 0)
            continue;
        if (!json_is_boolean(value))
            return error_set(err, EINVAL, "sandbox: %s must be true or false", name);
        *(bool *)((char *)p + FLAGS[i].offset) = json_is_true(value);
        return 0;
    }
    return error_set(err, EINVAL, "sandbox: unknown key %s", name);
}

int sandbox_policy_read(const json_t *value, struct sandbox_policy *ret, struct error *err)
{
    struct sandbox_policy p = {.mode = SANDBOX_BEST};
    const char *name;
    json_t *member;
    int r = 0;
    if (!json_is_object(value)) {
        r = value ? read_mode(value, &p, err) : 0;
    } else {
        json_object_foreach ((json_t *)value, name, member)
            r = r < 0 ? r : read_member(name, member, &p, err);
    }
    if (r == 0)
        *ret = p;
    return r;
}

json_t *sandbox_policy_json(const struct sandbox_policy *p)
{
    return json_pack("{s:s, s:b, s:b, s:b}", "mode", SANDBOX_MODE_NAMES[p->mode], "strict_network",
                     (int)p->strict_network, "strict_scopes", (int)p->strict_scopes, "allow_cores",
                     (int)p->allow_cores);
}

/* ---- what is in force ---- */

bool sandbox_shuts_memory(const struct sandbox_policy *policy)
{
    return policy->mode != SANDBOX_OFF && !policy->allow_cores;
}

static int kept_from(const char *what, struct error *err)
{
    return error_set(err, EPERM,
                     "sandbox: %s is forbidden to councild itself: allow it in SystemCallFilter= "
                     "of its unit (docs/operations.md), or set sandbox to off",
                     what);
}

static int lacks(const char *what, const char *instead, struct error *err)
{
    return error_set(err, EINVAL, "sandbox: this kernel has no %s: set %s", what, instead);
}

struct sandbox_kernel sandbox_kernel_look(void)
{
    return (struct sandbox_kernel){.landlock = landlock_abi(), .filters = seccomp_is_there()};
}

int sandbox_state_of(const struct sandbox_policy *policy, const struct sandbox_kernel *kernel,
                     struct sandbox_state *ret, struct error *err)
{
    *ret = (struct sandbox_state){.mode = policy->mode};
    if (policy->mode == SANDBOX_OFF)
        return 0;
    int abi = kernel->landlock, filters = kernel->filters;
    bool strict = policy->mode == SANDBOX_STRICT;
    *ret = (struct sandbox_state){
        .mode = policy->mode,
        .landlock = abi > 0 ? abi : 0,
        .no_new_privs = true,
        .files = abi > 0,
        .network = abi >= LANDLOCK_ABI_TCP,
        .scopes = abi >= LANDLOCK_ABI_SCOPES,
        .syscalls = filters > 0,
        .undumpable = sandbox_shuts_memory(policy),
    };
    if (abi < 0)
        return kept_from("Landlock", err);
    if (filters < 0)
        return kept_from("seccomp", err);
    if (strict && !ret->files)
        return lacks("Landlock (file rights, Linux 5.13)", "sandbox to best", err);
    if (strict && !ret->syscalls)
        return lacks("filters of system calls", "sandbox to best", err);
    if (policy->strict_network && !ret->network)
        return lacks("Landlock for TCP (Linux 6.7)", "strict_network to false", err);
    if (policy->strict_scopes && !ret->scopes)
        return lacks("Landlock scopes (Linux 6.12)", "strict_scopes to false", err);
    return 0;
}

int sandbox_state_of_kernel(const struct sandbox_policy *policy, struct sandbox_state *ret,
                            struct error *err)
{
    if (policy->mode == SANDBOX_OFF)
        return sandbox_state_of(policy, NULL, ret, err);
    const struct sandbox_kernel kernel = sandbox_kernel_look();
    return sandbox_state_of(policy, &kernel, ret, err);
}

json_t *sandbox_state_json(const struct sandbox_state *s)
{
    return json_pack("{s:s, s:i, s:b, s:b, s:b, s:b, s:b, s:b}", "mode",
                     SANDBOX_MODE_NAMES[s->mode], "landlock", s->landlock, "no_new_privs",
                     (int)s->no_new_privs, "files", (int)s->files, "network", (int)s->network,
                     "scopes", (int)s->scopes, "syscalls", (int)s->syscalls, "undumpable",
                     (int)s->undumpable);
}
