#include "cgroup_find.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "common/buf.h"
#include "common/cleanup.h"
#include "common/file.h"

enum { PROC_FILE_MAX = 4 << 20 };

static int read_proc(const char *fs_root, const char *path, char **ret, struct error *err)
{
    char full[PATH_MAX];
    if (snprintf(full, sizeof full, "%s%s", fs_root, path) >= (int)sizeof full)
        return error_errno(err, ENAMETOOLONG, "cannot read %s", path);
    return file_read(AT_FDCWD, full, PROC_FILE_MAX, ret, NULL, err);
}

/* The path behind "0::" in /proc/self/cgroup; cuts the text there. NULL: not in any v2 group. */
static const char *unified_path(char *text)
{
    char *save = NULL;
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save))
        if (strncmp(line, "0::/", 4) == 0)
            return line + 3;
    return NULL;
}

/* mountinfo writes blanks and the like as \ooo. In place. */
static void unescape(char *text)
{
    char *to = text;
    for (const char *at = text; *at; at++) {
        if (at[0] == '\\' && at[1] >= '0' && at[1] <= '3' && at[2] >= '0' && at[2] <= '7' &&
            at[3] >= '0' && at[3] <= '7') {
            *to++ = (char)((at[1] - '0') << 6 | (at[2] - '0') << 3 | (at[3] - '0'));
            at += 3;
        } else {
            *to++ = *at;
        }
    }
    *to = '\0';
}

/* Fields of a line: id parent device ROOT POINT options tags... - TYPE source options. */
static bool is_cgroup2(char *line, char **ret_root, char **ret_point)
{
    char *tail = strstr(line, " - ");
    if (!tail || strncmp(tail + 3, "cgroup2 ", 8) != 0)
        return false;
    *tail = '\0';
    char *save = NULL;
    char *field = strtok_r(line, " ", &save);
    for (int i = 0; field && i < 3; i++)
        field = strtok_r(NULL, " ", &save);
    *ret_root = field;
    *ret_point = field ? strtok_r(NULL, " ", &save) : NULL;
    if (!*ret_point)
        return false;
    unescape(*ret_root);
    unescape(*ret_point);
    return true;
}

/* What is left of path below root, "" for root itself; NULL when it is not below. */
static const char *below(const char *path, const char *root)
{
    size_t len = strlen(root);
    if (len == 1)
        len = 0;
    if (strncmp(path, root, len) != 0 || (path[len] != '\0' && path[len] != '/'))
        return NULL;
    return strcmp(path + len, "/") == 0 ? "" : path + len;
}

int cgroup_find_own(const char *fs_root, char *ret, size_t size, struct error *err)
{
    _cleanup_free_ char *groups = NULL;
    _cleanup_free_ char *mounts = NULL;
    int r = read_proc(fs_root, "/proc/self/cgroup", &groups, err);
    if (r == 0)
        r = read_proc(fs_root, "/proc/self/mountinfo", &mounts, err);
    if (r < 0)
        return r;
    const char *path = unified_path(groups);
    if (!path || strncmp(path, "/..", 3) == 0)
        return error_set(err, ENOENT, "this process is in no cgroup v2 that can be seen here");
    char *save = NULL;
    for (char *line = strtok_r(mounts, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        char *root;
        char *point;
        const char *rest = is_cgroup2(line, &root, &point) ? below(path, root) : NULL;
        if (!rest)
            continue;
        if (snprintf(ret, size, "%s%s", point, rest) >= (int)size)
            return error_errno(err, ENAMETOOLONG, "cannot use the cgroup %s", path);
        return 0;
    }
    return error_set(err, ENOENT, "no cgroup v2 tree is mounted");
}
