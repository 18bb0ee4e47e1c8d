#include "record_old.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/fd.h"
#include "daemon/os/sys.h"
#include "record_open.h"

static const char SPEC[] = "spec.json", JOURNAL[] = "journal.jsonl", RESULT[] = "result.json",
                  DOWN[] = "down.json";

int record_old_spec(int dir, char **ret, size_t *ret_len)
{
    return record_read_file(dir, SPEC, RECORD_SPEC_MAX, ret, ret_len);
}

int record_old_down(int dir, char **ret)
{
    size_t len;
    return record_read_file(dir, DOWN, RECORD_TEXT_MAX, ret, &len);
}

int record_old_end(int dir, struct record_end_texts *ret)
{
    size_t len;
    int r = record_old_down(dir, &ret->down);
    if (r == 0 || r == -ENOENT)
        r = record_read_file(dir, RESULT, RECORD_TEXT_MAX, &ret->result, &len);
    return r == -ENOENT ? 0 : r;
}

int record_old_events(int dir)
{
    int fd = record_open_file(dir, JOURNAL, O_RDONLY, NULL);
    if (fd == -ENOENT)
        fd = sys.openat(AT_FDCWD, "/dev/null", O_RDONLY | O_CLOEXEC, 0);
    return fd;
}

int64_t record_old_bytes(int dir)
{
    static const char *const FILES[] = {SPEC, JOURNAL, RESULT, DOWN};
    int64_t bytes = 0;
    for (size_t i = 0; i < ARRAY_LEN(FILES); i++) {
        struct stat st;
        if (fstatat(dir, FILES[i], &st, AT_SYMLINK_NOFOLLOW) == 0)
            bytes += st.st_size;
    }
    return bytes;
}

/* Whatever stands in the folder, files only. */
static int unlink_files(DIR *listing)
{
    for (struct dirent *e; (e = readdir(listing));) {
        if (strcmp(e->d_name, ".") == 0 || strcmp(e->d_name, "..") == 0)
            continue;
        if (sys.unlinkat(dirfd(listing), e->d_name, 0) < 0 && errno != ENOENT)
            return -errno;
    }
    return 0;
}

int record_old_erase(int parent, const char *name)
{
    int fd = record_open_folder(parent, name);
    if (fd < 0)
        return fd == -ENOENT ? 0 : fd;
    DIR *listing = fdopendir(fd);
    if (!listing) {
        int number = errno;
        fd_close(&fd);
        return -number;
    }
    int r = unlink_files(listing);
    closedir(listing);
    if (r == 0 && sys.unlinkat(parent, name, AT_REMOVEDIR) < 0 && errno != ENOENT)
        r = -errno;
    return r;
}
