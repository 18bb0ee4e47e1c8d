/* What a tool is closed in with. tool_box_probe finds out once, in the keeper, what can be had
 * here; the rest is done in each child before its exec: namespaces with a root folder of its own
 * (tool_root.h) and an init of ours (tool_init.h), Landlock over the paths of its entry
 * (tool_files.h), a filter of system calls (tool_calls.h), no capabilities, no new privileges.
 *
 *     tool_box_probe(&box);
 *     state = tool_box_state(&box);                      for people
 *     in the child: tool_box_close(&box, program, &files, &err); exec */
#ifndef RUNNER_TOOL_TOOL_BOX_H
#define RUNNER_TOOL_TOOL_BOX_H

#include <jansson.h>
#include <stdbool.h>

#include "common/error.h"
#include "tool_files.h"
#include "tool_sweeper.h"

struct tool_box {
    bool own_group;    /* the run has a cgroup that holds what leaves the run's process group */
    bool closed;       /* false: the operator has switched the sandbox off; nothing below counts */
    bool namespaces;   /* user, mount, pid, ipc, and net for what has no network */
    bool fresh_proc;   /* with namespaces: /proc shows the tool's own processes; else it is empty */
    int landlock;      /* ABI; 0: there is none */
    bool syscalls;     /* filters */
    const json_t *own; /* [path]: councild's own, which no entry opens; borrowed, may be NULL */
    json_t *secrets;   /* what the init of a tool has to forget; borrowed, may be NULL */
    const struct tool_sweeper *sweeper; /* without namespaces: folders to work in; borrowed */
};

/* Fills in what a box of the sandbox can have here. Tries namespaces in a child. */
void tool_box_probe(struct tool_box *box);
/* {namespaces, fresh_proc, landlock, files, network, scopes, syscalls}; NULL while it is open. */
json_t *tool_box_state(const struct tool_box *box);

/* How much a program may write into its working directory; where that has no size of its own, into
 * one file. */
int64_t tool_box_disk_bytes(const json_t *program);

/* Flags for clone: the namespaces of such a program; 0: none. */
int tool_box_clone_flags(const struct tool_box *box, const json_t *program);

/* For this process and what comes of it, for ever: no capability, not by a set-uid program either.
 * 0 or -errno. */
int tool_box_give_up_rights(struct error *err);

/* In the child, which has become single-threaded by its fork; for ever. Files are those of
 * tool_files_init; the paths of the new root where there is one. 0 or -errno. */
int tool_box_close(const struct tool_box *box, const json_t *program,
                   const struct tool_files *files, struct error *err);

#endif
