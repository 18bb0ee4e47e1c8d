/* What happens between the fork and the exec of a tool (child.h). */
#ifndef RUNNER_TOOL_CHILD_BECOME_H
#define RUNNER_TOOL_CHILD_BECOME_H

#include <jansson.h>
#include <sys/types.h>

#include "tool_box.h"

struct child_pipes {
    int in[2], out[2], err[2];
    int report[2]; /* a child_report, or its end with the exec */
    int end[2];    /* an int: how the program ended, from an init of ours */
};

/* Why it could not start. */
struct child_report {
    int number;
    char text[304]; /* "": the exec itself failed */
};

struct child_order {
    char *const *argv, *const *env;
    const json_t *program;
    const struct tool_box *box;
    const struct tool_files *files; /* of a closed box */
    const char *work;               /* the folder to work in; NULL: `/`, or that of its root */
    const struct child_pipes *pipes;
    pid_t keeper;
    uid_t uid; /* of the keeper: nobody can tell inside a new user namespace */
    gid_t gid;
};

/* In the child, single-threaded, all signals blocked. flags: those of its clone. Descriptors become
 * 0, 1, 2; the others are closed. */
__attribute__((noreturn)) void child_become(const struct child_order *order, int flags);

#endif
