/* The paths that a tool may use: the read-only system, its own program, what its entry lists under
 * `read` and `write`. councild's own are never among them, whatever is listed: a folder in which
 * one of these lies is given entry by entry, without it.
 *
 *     tool_files_init(&files, program, own, &err)
 *     for files.at[i]: path (real, absolute), kind
 *     tool_files_release(&files) */
#ifndef RUNNER_TOOL_TOOL_FILES_H
#define RUNNER_TOOL_TOOL_FILES_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "common/error.h"

enum tool_file_kind {
    TOOL_FILE_SYSTEM, /* read and execute, as it is on every machine */
    TOOL_FILE_DEVICE, /* read and write a device */
    TOOL_FILE_READ,   /* read and execute, listed */
    TOOL_FILE_WRITE   /* everything, listed */
};

struct tool_file {
    char *path; /* real: no link is in it */
    char *name; /* as it was listed, where that is another; NULL */
    enum tool_file_kind kind;
};

struct tool_files {
    struct tool_file *at; /* what lies in another comes behind it */
    size_t count;
    json_t *own; /* [real path] */
};

/* The folders of a system that a tool sees where they are there, and the devices. NULL-terminated.
 */
extern const char *const TOOL_SYSTEM[];
extern const char *const TOOL_DEVICES[];

/* program as in child.h, with `read` and `write`; own: [path], may be NULL. 0; -EINVAL, -ENOENT or
 * another errno: a path of the entry cannot be used, err names it. */
int tool_files_init(struct tool_files *f, const json_t *program, const json_t *own,
                    struct error *err);
void tool_files_release(struct tool_files *f);

/* Calls give for each path of a file, entry by entry where councild's own lies in it. */
typedef void (*tool_path_given)(void *context, const char *path, enum tool_file_kind kind);
void tool_files_each(const struct tool_files *f, tool_path_given give, void *context);

/* A descriptor (O_PATH) of a real path; -ELOOP: meanwhile somebody has put a link into it, and it
 * would lead elsewhere; another -errno. */
int tool_file_open(const char *path);

/* Is `path` below `folder`, or that itself? */
bool path_is_in(const char *path, const char *folder);

#endif
