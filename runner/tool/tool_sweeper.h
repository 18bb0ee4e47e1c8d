/* Where there are no namespaces a tool works in a folder on the disk, which has to go with it,
 * whatever it has made there: deep trees, links, more files than anybody wants to wait for. A
 * process of ours removes these folders, one after the other, follows no link, and gives up on what
 * is too much; nobody waits for it.
 *
 *     tool_sweeper_start(&s);                a folder for folders, and the process
 *     path = tool_sweeper_folder(&s);        for one tool
 *     tool_sweeper_give(&s, path);           when the tool is gone
 *     tool_sweeper_end(&s);                  waits for SWEEP_END_MS at most
 *
 * What a killed keeper leaves is found by the next sweeper: nobody holds the lock on it any more.
 */
#ifndef RUNNER_TOOL_TOOL_SWEEPER_H
#define RUNNER_TOOL_TOOL_SWEEPER_H

#include <stddef.h>
#include <sys/types.h>

enum { SWEEP_END_MS = 1000, SWEEP_FILES_MAX = 200000 };

struct tool_sweeper {
    pid_t pid;
    int queue; /* a pipe to it; -1: there is none */
    int lock;  /* on the folder of folders */
    char path[64];
};

/* folder: where, "/tmp". forget is called in the new process, which is a copy of this one, to wipe
 * what it has no use for; may be NULL. 0 or -errno. */
int tool_sweeper_start(struct tool_sweeper *s, const char *folder, void (*forget)(void *context),
                       void *context);
void tool_sweeper_end(struct tool_sweeper *s);
/* malloc'ed; NULL: it cannot be made. */
char *tool_sweeper_folder(const struct tool_sweeper *s);
void tool_sweeper_give(const struct tool_sweeper *s, const char *path);

/* Removes a folder with everything in it, SWEEP_FILES_MAX entries at most. Other file systems in it
 * are left alone. 0, or -errno: something is left. */
int sweep(int dir_fd, const char *name);

#endif
