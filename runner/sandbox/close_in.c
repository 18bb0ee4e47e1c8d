#include "close_in.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "call_filter.h"
#include "common/fd.h"
#include "common/landlock.h"
#include "common/namespaces.h"
#include "common/xalloc.h"
#include "file_rules.h"
#include "runner_calls.h"
#include "url_port.h"

enum { DNS = 53 };

struct closing {
    int ruleset; /* -1: the kernel has no Landlock */
    bool tcp;
    struct sandbox_kernel kernel;
    struct call_filter *filter;
    bool begun;
    struct error broken; /* what could not be made, or done */
};

static void note(struct closing *c, int r, const char *what)
{
    if (r < 0 && !c->broken.number)
        error_errno(&c->broken, -r, "sandbox: %s", what);
}

static void add_port(struct closing *c, int port)
{
    if (c->tcp && port > 0)
        note(c, landlock_add_port(c->ruleset, (uint16_t)port), "a rule for a port");
}

static void make_rules(struct closing *c, const char *ca_dir)
{
    struct landlock_handled all = landlock_all(c->kernel.landlock);
    if (c->kernel.landlock <= 0)
        return;
    c->ruleset = landlock_new(&all);
    note(c, c->ruleset, "a ruleset of Landlock");
    if (c->ruleset < 0)
        return;
    c->tcp = all.tcp;
    note(c, file_rules_add(c->ruleset, ca_dir), "rules for files");
    add_port(c, DNS);
}

struct closing *closing_new(const char *ca_dir)
{
    struct closing *c = xcalloc(1, sizeof(*c));
    c->ruleset = -1;
    c->kernel = sandbox_kernel_look();
    c->filter = call_filter_new(&RUNNER_CALLS, (int32_t)getpid(), &c->broken);
    make_rules(c, ca_dir);
    return c;
}

void closing_free(struct closing *c)
{
    if (!c)
        return;
    fd_close(&c->ruleset);
    call_filter_free(c->filter);
    free(c);
}

void closing_add_file(struct closing *c, const char *path)
{
    if (path && c->ruleset >= 0)
        landlock_add_path(c->ruleset, path, LANDLOCK_READ);
}

void closing_add_url(struct closing *c, const char *url)
{
    add_port(c, url ? url_port(url) : 0);
}

/* ---- for ever ---- */

static int failed(const char *what, struct error *err)
{
    return error_errno(err, errno, "sandbox: %s", what);
}

static int shut_memory(struct error *err)
{
    const struct rlimit none = {0, 0};
    if (setrlimit(RLIMIT_CORE, &none) < 0)
        return failed("RLIMIT_CORE", err);
    if (prctl(PR_SET_DUMPABLE, 0, 0, 0, 0) < 0)
        return failed("PR_SET_DUMPABLE", err);
    return 0;
}

static int check_alone(struct error *err)
{
    int r = namespaces_is_single_threaded();
    if (r == 0)
        return error_set(err, EBUSY, "sandbox: the runner has more than one thread already");
    return r < 0 ? error_errno(err, -r, "sandbox: are there other threads") : 0;
}

/* The filter comes first, and leaves what the rest needs. */
static int forbid_calls(const struct closing *c, struct error *err)
{
    if (check_alone(err) < 0)
        return -err->number;
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return failed("no_new_privs", err);
    int r = c->kernel.filters > 0 ? call_filter_enforce(c->filter) : 0;
    return r < 0 ? error_errno(err, -r, "sandbox: seccomp") : 0;
}

void closing_begin(struct closing *c)
{
    if (!c->begun && !c->broken.number)
        (void)forbid_calls(c, &c->broken);
    c->begun = true;
}

static int finish(struct closing *c, const struct sandbox_state *state, struct error *err)
{
    closing_begin(c);
    if (c->broken.number) {
        *err = c->broken;
        return -err->number;
    }
    if (state->undumpable && shut_memory(err) < 0)
        return -err->number;
    if (check_alone(err) < 0)
        return -err->number;
    int r = state->files ? landlock_enforce(c->ruleset) : 0;
    return r < 0 ? error_errno(err, -r, "sandbox: Landlock") : 0;
}

int closing_enforce(struct closing *c, const struct sandbox_policy *policy,
                    struct sandbox_state *ret, struct error *err)
{
    struct sandbox_state state;
    struct error own = {0};
    int r = sandbox_state_of(policy, c ? &c->kernel : NULL, &state, &own);
    if (r == 0 && state.mode != SANDBOX_OFF)
        r = finish(c, &state, &own);
    else if (r == 0 && c && c->begun)
        r = error_set(&own, EALREADY, "sandbox: off comes too late, the runner is closed in");
    if (r == 0)
        *ret = state;
    else if (err)
        *err = own;
    return r;
}

/* ---- sanitizers ---- */

#ifndef __has_feature
#define __has_feature(x) 0
#endif
#if defined(__SANITIZE_ADDRESS__) || __has_feature(address_sanitizer)
/* LeakSanitizer looks at a process from a copy of it, by ptrace, and ends it with an error where it
 * cannot. It asks here first. Leaks are looked for in runs that are not closed in. */
int __lsan_is_turned_off(void);
int __lsan_is_turned_off(void)
{
    return prctl(PR_GET_SECCOMP, 0, 0, 0, 0) != 0;
}
#endif
