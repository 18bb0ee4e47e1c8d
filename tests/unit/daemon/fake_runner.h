/* Runners that are no processes: what daemon/runner/runner.h offers, defined by the test that takes
 * this in, so that the linker leaves the real ones in their archive. What is done to a runner is
 * written into `done`; what it answers is set by the test. */
#ifndef TESTS_UNIT_DAEMON_FAKE_RUNNER_H
#define TESTS_UNIT_DAEMON_FAKE_RUNNER_H

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/fd.h"
#include "daemon/runner/runner.h"
#include "daemon/runner/runners.h"
#include "proto/methods/method_params.h"

struct runner {
    struct runner_tie tie;
    bool alive; /* its leader; false: a zombie */
    bool reaped;
    bool link_open;
};

static struct fake_runners {
    char done[512];            /* "new give spec ..." since the test last looked */
    int made, freed;           /* altogether */
    int new_fails;             /* -errno */
    int limit_fails;           /* -errno */
    int spec_fails;            /* -errno */
    int deltas_fail;           /* -errno */
    ino_t given[LINK_FDS_MAX]; /* the files behind the descriptors of the last spec */
    size_t n_given;
    char spec[32768];         /* the last line that was sent to one */
    struct run_limits limits; /* the last */
    bool has_cgroup;
    int drains;
    bool peak_known;
    int64_t peak;
    bool out_of_memory;
    struct rusage usage; /* of its leader */
    bool no_room;        /* for descriptors */
    bool rest_lives;     /* after the reaping */
    bool undrained;      /* link and output are not at their end */
    bool status_lost;    /* somebody else reaped it */
    siginfo_t info;      /* how it ended */
    struct spawn_failure failure;
    const char *says; /* while it is drained: "ready"; once */
    void (*at_signal)(void);
    bool early; /* the last one may close itself in early */
    struct runner *last;
} fake;

static inline void fake_note(const char *what)
{
    size_t len = strlen(fake.done);
    snprintf(fake.done + len, sizeof(fake.done) - len, "%s%s", len ? " " : "", what);
}

/* What was done since the last call. */
static inline const char *fake_done(void)
{
    static char seen[sizeof(fake.done)];
    memcpy(seen, fake.done, sizeof(seen));
    fake.done[0] = '\0';
    return seen;
}

bool runners_have_room(const struct runners *t)
{
    (void)t;
    return !fake.no_room;
}

int runner_new(struct runners *t, bool early, struct runner **ret)
{
    (void)t;
    fake.early = early;
    if (fake.new_fails)
        return fake.new_fails;
    struct runner *r = calloc(1, sizeof(*r));
    if (!r)
        return -ENOMEM;
    *r = (struct runner){.alive = true, .link_open = true, .tie.pid = 4000 + ++fake.made};
    *ret = fake.last = r;
    return 0;
}

void runner_free(struct runner *r)
{
    fake.freed += r != NULL;
    free(r);
}

void runner_give(struct runner *r, const struct runner_owner *owner, void *arg, const char *run_id)
{
    r->tie.owner = owner;
    r->tie.arg = arg;
    r->tie.run_id = run_id;
}

pid_t runner_pid(const struct runner *r)
{
    return r->tie.pid;
}

bool runner_has_cgroup(const struct runner *r)
{
    (void)r;
    return fake.has_cgroup;
}

const struct spawn_failure *runner_failure(struct runner *r)
{
    (void)r;
    return &fake.failure;
}

bool runner_is_reaped(const struct runner *r)
{
    return r->reaped;
}

bool runner_lives(const struct runner *r)
{
    return r->alive;
}

int runner_limit(struct runner *r, const struct run_limits *limits, struct error *err)
{
    (void)r;
    (void)err;
    fake.limits = *limits;
    return fake.limit_fails;
}

int runner_send_spec(struct runner *r, struct buf *spec, const int *fds, size_t n_fds)
{
    (void)r;
    snprintf(fake.spec, sizeof(fake.spec), "%.*s", (int)spec->len, spec->at);
    for (size_t i = 0; i < n_fds; i++) {
        int fd = fds[i];
        struct stat st;
        fake.given[i] = fstat(fd, &st) == 0 ? st.st_ino : 0;
        fd_close(&fd);
    }
    fake.n_given = n_fds;
    fake_note("spec");
    return fake.spec_fails;
}

int runner_cancel(struct runner *r, bool now, enum link_cause cause)
{
    (void)r;
    fake_note(cause == LINK_CAUSE_DEADLINE ? "cancel:deadline"
              : now                        ? "cancel:now"
                                           : "cancel:drain");
    return 0;
}

int runner_deltas(struct runner *r, bool on)
{
    (void)r;
    fake_note(on ? "deltas:on" : "deltas:off");
    return fake.deltas_fail;
}

bool runner_link_is_open(const struct runner *r)
{
    return r->link_open;
}

void runner_signal(struct runner *r, int signal)
{
    (void)r;
    if (fake.at_signal)
        fake.at_signal();
    fake_note(signal == SIGTERM ? "TERM" : signal == SIGCONT ? "CONT" : "KILL");
}

void runner_kill_all(struct runner *r)
{
    (void)r;
    fake_note("KILL-ALL");
}

bool runner_reap(struct runner *r, siginfo_t *ret_info, struct rusage *ret_usage)
{
    r->reaped = true;
    *ret_info = fake.info;
    *ret_usage = fake.usage;
    fake_note("reap");
    return !fake.status_lost;
}

bool runner_rest_lives(const struct runner *r)
{
    (void)r;
    return fake.rest_lives;
}

bool runner_drain(struct runner *r)
{
    struct link_up ready = {.type = LINK_READY};
    if (fake.says)
        r->tie.owner->line(r->tie.arg, &ready);
    fake.says = NULL;
    fake.drains++;
    return !fake.undrained;
}

void runner_shut(struct runner *r)
{
    r->link_open = false;
}

int64_t runner_memory_peak(const struct runner *r)
{
    (void)r;
    return fake.peak_known ? fake.peak : -1;
}

bool runner_ran_out_of_memory(const struct runner *r)
{
    (void)r;
    return fake.out_of_memory;
}

#endif
