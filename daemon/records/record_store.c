#include "record_store.h"

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
#include "record_heirs.h"
#include "record_old.h"
#include "record_open.h"
#include "record_unclosed.h"

enum { ASIDE_TRIED = 1000, ASIDE_NAME = 240 };

struct record_where record_where(const struct records *records, const struct record_key *key)
{
    const struct record_entry *e = record_index_entry(&records->index, key);
    struct record_where where = {.parent = e && !e->unclosed ? records->runs_fd : records->open_fd};
    if (e && e->folder)
        record_key_format(key, where.name);
    else
        record_key_file(key, where.name);
    return where;
}

int64_t record_size(const struct records *records, const struct record_key *key)
{
    const struct record_entry *e = record_index_entry(&records->index, key);
    return e ? e->bytes : -1;
}

void record_entry_key(const struct record_entry *entry, struct record_key *ret)
{
    ret->incarnation = entry->incarnation;
    snprintf(ret->run_id, sizeof ret->run_id, "%s", entry->run_id);
}

void record_forget(struct records *records, const struct record_key *key)
{
    const ssize_t at = record_index_find(&records->index, key);
    if (at < 0)
        return;
    record_log_forget(&records->log, &records->index.entries[at].row);
    record_heirs_unlink(records, &records->index.entries[at]);
    record_unclosed_drop(records, key);
    record_index_remove(&records->index, (size_t)at);
}

/* ---- one record ---- */

int record_erase(const struct record_where *where)
{
    if (sys.unlinkat(where->parent, where->name, 0) == 0 || errno == ENOENT)
        return 0;
    return errno == EISDIR || errno == EPERM ? record_old_erase(where->parent, where->name)
                                             : -errno;
}

int64_t record_bytes(const struct record_where *where)
{
    struct stat st;
    _cleanup_close_ int fd = record_open_either(where->parent, where->name, &st);
    if (fd < 0)
        return 0;
    return S_ISDIR(st.st_mode) ? record_old_bytes(fd) : st.st_size;
}

/* ---- directories ---- */

static bool is_folder(DIR *listing, const struct dirent *e)
{
    struct stat st;
    if (e->d_type != DT_UNKNOWN)
        return e->d_type == DT_DIR;
    return fstatat(dirfd(listing), e->d_name, &st, AT_SYMLINK_NOFOLLOW) == 0 && S_ISDIR(st.st_mode);
}

static int tell_each(DIR *listing, int (*each)(void *context, const struct record_found *found),
                     void *context)
{
    int r = 0;
    for (struct dirent *e; r == 0 && (e = readdir(listing));) {
        struct record_found found = {.name = e->d_name};
        if (e->d_name[0] == '.')
            continue;
        found.folder = is_folder(listing, e);
        found.is_record = (found.folder ? record_key_parse(e->d_name, &found.key)
                                        : record_key_parse_file(e->d_name, &found.key)) == 0;
        r = each(context, &found);
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

static int open_aside(const struct records *records)
{
    if (sys.mkdirat(records->state_fd, "odd", RECORD_DIR_MODE) < 0 && errno != EEXIST)
        return -errno;
    return record_open_folder(records->state_fd, "odd");
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

int record_put_aside(const struct records *records, int parent, const char *name, const char *why)
{
    _cleanup_close_ int aside = open_aside(records);
    const int r = aside < 0 ? aside : move_aside(parent, name, aside);
    if (r == 0)
        log_warning("put aside into odd/ what is no record", LOG_S("name", name),
                    LOG_S("why", why));
    else
        log_error("cannot put aside what is no record", LOG_S("name", name), LOG_S("why", why),
                  LOG_S("error", strerror(-r)));
    return r;
}
