#include "record_store.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/fd.h"
#include "daemon/os/sys.h"

static const char *const FILES[] = {RECORD_JOURNAL, RECORD_RESULT, RECORD_SPEC, RECORD_DOWN};

char *record_path(const struct record_key *key, const char *file, char *to)
{
    record_key_format(key, to);
    const size_t len = strlen(to);
    snprintf(to + len, RECORD_PATH_SIZE - len, "/%s", file);
    return to;
}

int record_parent(const struct records *records, const struct record_key *key)
{
    return record_index_find(&records->index, key) >= 0 ? records->runs_fd : records->open_fd;
}

/* ---- directories ---- */

int record_list_directory(int parent, int (*each)(void *context, const struct record_key *key),
                          void *context)
{
    int copy = sys.openat(parent, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC, 0);
    DIR *listing = copy < 0 ? NULL : fdopendir(copy);
    if (!listing) {
        int number = errno;
        fd_close(&copy);
        return -number;
    }
    int r = 0;
    for (struct dirent *e; r == 0 && (e = readdir(listing));) {
        struct record_key key;
        if (record_key_parse(e->d_name, &key) == 0)
            r = each(context, &key);
    }
    closedir(listing);
    return r;
}

static int unlink_file(int dir, const char *name)
{
    return sys.unlinkat(dir, name, 0) < 0 && errno != ENOENT ? -errno : 0;
}

/* Whatever else somebody has put into the directory: files only. */
static int unlink_others(int parent, const char *name)
{
    int fd = sys.openat(parent, name, O_RDONLY | O_DIRECTORY | O_CLOEXEC | O_NOFOLLOW, 0);
    DIR *listing = fd < 0 ? NULL : fdopendir(fd);
    if (!listing) {
        int number = errno;
        fd_close(&fd);
        return -number;
    }
    int r = 0;
    for (struct dirent *e; r == 0 && (e = readdir(listing));)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0)
            r = unlink_file(dirfd(listing), e->d_name);
    closedir(listing);
    return r;
}

int record_erase(int parent, const struct record_key *key)
{
    char path[RECORD_PATH_SIZE];
    char name[RECORD_NAME_SIZE];
    for (size_t i = 0; i < ARRAY_LEN(FILES); i++) {
        int r = unlink_file(parent, record_path(key, FILES[i], path));
        if (r < 0)
            return r;
    }
    record_key_format(key, name);
    if (sys.unlinkat(parent, name, AT_REMOVEDIR) == 0 || errno == ENOENT)
        return 0;
    if (errno != ENOTEMPTY && errno != EEXIST)
        return -errno;
    int r = unlink_others(parent, name);
    if (r == 0 && sys.unlinkat(parent, name, AT_REMOVEDIR) < 0)
        r = -errno;
    return r;
}

int64_t record_bytes(int parent, const struct record_key *key)
{
    int64_t bytes = 0;
    for (size_t i = 0; i < ARRAY_LEN(FILES); i++) {
        char path[RECORD_PATH_SIZE];
        struct stat st;
        if (fstatat(parent, record_path(key, FILES[i], path), &st, AT_SYMLINK_NOFOLLOW) == 0)
            bytes += st.st_size;
    }
    return bytes;
}
