#include "record_heirs.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/fd.h"
#include "common/file.h"
#include "daemon/os/sys.h"
#include "record_store.h"

enum { HEIRS_MAX = 1024 * 1024 }; /* bytes read of the file */

int record_heirs_add(const struct records *records, const struct record_key *elder,
                     const struct record_key *heir)
{
    char path[RECORD_PATH_SIZE], line[RECORD_NAME_SIZE + 1];
    record_key_format(heir, line);
    const size_t len = strlen(line);
    line[len] = '\n';
    int fd = sys.openat(records->runs_fd, record_path(elder, RECORD_HEIRS, path),
                        O_WRONLY | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK,
                        RECORD_FILE_MODE);
    if (fd < 0)
        return -errno;
    const ssize_t n = sys.write(fd, line, len + 1);
    const int number = errno;
    fd_close(&fd);
    return n == (ssize_t)len + 1 ? 0 : n < 0 ? -number : -ENOSPC;
}

static bool is_there(const struct records *records, const char *name)
{
    struct record_key key;
    struct stat st;
    if (record_key_parse(name, &key) < 0)
        return false;
    return record_index_find(&records->index, &key) >= 0 ||
           fstatat(records->open_fd, name, &st, AT_SYMLINK_NOFOLLOW) == 0;
}

bool record_heirs_any(const struct records *records, const struct record_key *elder)
{
    char path[RECORD_PATH_SIZE], *text, *rest, *name;
    size_t len;
    bool any = false;
    if (file_read(records->runs_fd, record_path(elder, RECORD_HEIRS, path), HEIRS_MAX, &text, &len,
                  NULL) < 0)
        return false;
    rest = text;
    while (!any && (name = strsep(&rest, "\n")))
        any = is_there(records, name);
    free(text);
    return any;
}
