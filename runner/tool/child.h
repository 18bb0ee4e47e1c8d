/* A program of the operator's, run as a child of the tool keeper with pipes on 0, 1 and 2.
 *
 * It is closed in as its box says (tool_box.h), dies with the keeper (PR_SET_PDEATHSIG), has the
 * environment that its document names, no descriptor beyond its pipes, and, where the run has a
 * cgroup that holds it anyway, a process group of its own, so that its children can be ended with
 * it. Without a cgroup it stays in the run's group, which is what the supervisor kills. All
 * descriptors are non-blocking. */
#ifndef RUNNER_TOOL_CHILD_H
#define RUNNER_TOOL_CHILD_H

#include <jansson.h>
#include <poll.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/buf.h"
#include "common/error.h"
#include "tool_box.h"

struct child {
    pid_t pid; /* of its init, where it has one */
    int pidfd; /* readable once it has ended; -1: not running */
    int in_fd, out_fd, err_fd;
    int end_fd; /* its init's word on how it ended */
    bool own_group;
    bool reaped;
    int status;            /* as waitpid gives it, once reaped */
    struct buf last_words; /* the end of what it wrote to stderr */
    char *work;            /* to be swept; NULL: nothing */
    const struct tool_sweeper *sweeper;
};

#define NO_CHILD_HERE                                                                              \
    {                                                                                              \
        .pidfd = -1, .in_fd = -1, .out_fd = -1, .err_fd = -1, .end_fd = -1                         \
    }

enum { CHILD_LAST_WORDS_MAX = 1024 };

/* program: {argv: [absolute path, argument, ...], env?: {NAME: value}, fault?, read?, write?:
 * [path], network?: bool or [port], disk_bytes?}; its environment is `env` and nothing else. 0 or
 * -errno (also of the exec, and where there is a `fault`). */
int child_start(struct child *ret, const json_t *program, const struct tool_box *box,
                struct error *err);
/* Kills what is left of it, reaps it, closes everything. Fine for a zeroed or ended child. */
void child_end(struct child *c);

/* Writes what the pipe takes; closes it when `to` is empty and `last` is set. -EPIPE: it does not
 * listen any more (the buffer is emptied). */
int child_write(struct child *c, struct buf *to, bool last);
/* Reads what is there into `to`: 1 more may come, 0 at the end, -EMSGSIZE when `to` is full. */
int child_read(struct child *c, struct buf *to);
void child_read_last_words(struct child *c);
/* Its descriptors that can become ready, at most `room` of them; wants_out: something is to be
 * written. How many. */
size_t child_fds(const struct child *c, bool wants_out, struct pollfd *ret, size_t room);
/* True once it has ended; then the status is known. */
bool child_ended(struct child *c);
/* Why it ended: "exit status 3: last words"; malloc'ed. */
char *child_epitaph(const struct child *c);

/* Whether the runner lives in a cgroup that councild made for its run. */
bool child_run_has_cgroup(void);

#endif
