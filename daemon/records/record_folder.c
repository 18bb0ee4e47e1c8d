#include "record_folder.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/fd.h"
#include "common/log.h"
#include "daemon/os/sys.h"
#include "record_open.h"

enum { ASIDE_TRIED = 1000, ASIDE_NAME = 240 };

/* ---- the names ---- */

static bool is_folder(DIR *listing, const struct dirent *e)
{
    struct stat st;
    if (e->d_type != DT_UNKNOWN)
        return e->d_type == DT_DIR;
    return fstatat(dirfd(listing), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

/* 1, 0 at the end, or -errno. */
static int read_name(DIR *listing, struct dirent **ret)
{
    errno = 0;
    *ret = readdir(listing);
    return *ret ? 1 : -errno;
}

static int tell_each(DIR *listing, int (*each)(void *context, const struct record_found *found),
                     void *context)
{
    struct dirent *e;
    int r;
    while ((r = read_name(listing, &e)) > 0) {
        struct record_found found = {.name = e->d_name};
        if (e->d_name[0] == '.')
            continue;
        found.folder = is_folder(listing, e);
        found.is_record = (found.folder ? record_key_parse(e->d_name, &found.key)
                                        : record_key_parse_file(e->d_name, &found.key)) == 0;
        r = each(context, &found);
        if (r < 0)
            break;
    }
    return r;
}

int record_list_directory(int parent, int (*each)(void *context, const struct record_found *found),
                          void *context)
{
    int copy = sys.openat(parent, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    DIR *listing = copy < 0 ? NULL : fdopendir(copy);
    if (!listing) {
        int number = errno;
        fd_close(&copy);
        return -number;
    }
    int r = tell_each(listing, each, context);
    closedir(listing);
    return r;
}

/* ---- what is no record ---- */

static int open_aside(int state_fd)
{
    if (sys.mkdirat(state_fd, "odd", RECORD_DIR_MODE) < 0 && errno != EEXIST)
        return -errno;
    return record_open_folder(state_fd, "odd");
}

/* Under its own name, or with a number where that is taken. */
static int move_aside(int parent, const char *name, int aside)
{
    char to[ASIDE_NAME + 8];
    struct stat st;
    for (int i = 0; i < ASIDE_TRIED; i++) {
        const int len = snprintf(to, ASIDE_NAME, "%s", name);
        if (i > 0)
            snprintf(to + (len < ASIDE_NAME ? len : ASIDE_NAME - 1), 8, ".%d", i);
        if (fstatat(aside, to, &st, AT_SYMLINK_NOFOLLOW) < 0 && errno == ENOENT)
            return sys.renameat(parent, name, aside, to) < 0 ? -errno : 0;
    }
    return -EEXIST;
}

int record_put_aside(int state_fd, int parent, const char *name, const char *why)
{
    _cleanup_close_ int aside = open_aside(state_fd);
    const int r = aside < 0 ? aside : move_aside(parent, name, aside);
    if (r == 0)
        log_warning("put aside into odd/ what is no record", LOG_S("name", name),
                    LOG_S("why", why));
    else
        log_error("cannot put aside what is no record", LOG_S("name", name), LOG_S("why", why),
                  LOG_S("error", strerror(-r)));
    return r;
}
