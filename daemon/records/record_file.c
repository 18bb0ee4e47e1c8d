#include "record_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "daemon/os/sys.h"

enum { WINDOW = 16 * 1024 };

/* ---- reading ---- */

static int read_exactly(int fd, int64_t at, char *to, size_t len)
{
    while (len > 0) {
        ssize_t n = pread(fd, to, len, at);
        if (n < 0 && errno == EINTR)
            continue;
        if (n <= 0)
            return n < 0 ? -errno : -EBADMSG;
        to += n;
        at += n;
        len -= (size_t)n;
    }
    return 0;
}

int record_file_read(int fd, int64_t at, size_t len, char **ret)
{
    _cleanup_free_ char *text = malloc(len + 1);
    if (!text)
        return -ENOMEM;
    int r = read_exactly(fd, at, text, len);
    if (r < 0)
        return r;
    text[len] = '\0';
    *ret = TAKE_PTR(text);
    return 0;
}

/* The first line break: -ENOENT, or -EFBIG where more than max bytes stand before it. */
static int find_first(int fd, int64_t size, int64_t max, int64_t *ret)
{
    char window[WINDOW];
    const int64_t most = size > max ? max + 1 : size;
    for (int64_t at = 0, len; at < most; at += len) {
        len = most - at < WINDOW ? most - at : WINDOW;
        int r = read_exactly(fd, at, window, (size_t)len);
        const char *found = r < 0 ? NULL : memchr(window, '\n', (size_t)len);
        if (found)
            *ret = at + (found - window);
        if (found || r < 0)
            return r;
    }
    return size > max ? -EFBIG : -ENOENT;
}

int record_file_first(int fd, int64_t size, size_t max, struct record_range *ret, char **ret_text)
{
    int64_t end = 0;
    int r = find_first(fd, size, (int64_t)max, &end);
    r = r < 0 ? r : record_file_read(fd, 0, (size_t)end, ret_text);
    if (r == 0)
        *ret = (struct record_range){.at = 0, .len = end};
    return r;
}

/* The last line break before `end`: -ENOENT, or -EFBIG where more than max bytes stand between. */
static int find_last(int fd, int64_t end, int64_t max, int64_t *ret)
{
    char window[WINDOW];
    const int64_t least = end > max ? end - max - 1 : 0;
    const int none = end > max ? -EFBIG : -ENOENT;
    for (int64_t len; end > least; end -= len) {
        len = end - least < WINDOW ? end - least : WINDOW;
        int r = read_exactly(fd, end - len, window, (size_t)len);
        const char *found = r < 0 ? NULL : memrchr(window, '\n', (size_t)len);
        if (found)
            *ret = end - len + (found - window);
        if (found || r < 0)
            return r;
    }
    return none;
}

int record_file_last(int fd, int64_t end, size_t max, struct record_range *ret, char **ret_text)
{
    int64_t stop = 0, before = -1;
    int r = find_last(fd, end, (int64_t)max, &stop);
    if (r < 0)
        return r;
    r = find_last(fd, stop, (int64_t)max, &before);
    if (r < 0 && r != -ENOENT)
        return r;
    const struct record_range range = {.at = before + 1, .len = stop - before - 1};
    r = record_file_read(fd, range.at, (size_t)range.len, ret_text);
    if (r == 0)
        *ret = range;
    return r;
}

/* ---- appending ---- */

int record_file_end(int fd, int64_t *ret_at, bool *ret_torn)
{
    struct stat st;
    char last = '\n';
    if (fstat(fd, &st) < 0)
        return -errno;
    int r = st.st_size > 0 ? read_exactly(fd, st.st_size - 1, &last, 1) : 0;
    if (r < 0)
        return r;
    *ret_torn = last != '\n';
    *ret_at = st.st_size + *ret_torn;
    return 0;
}

int record_file_add(int fd, bool torn, const struct buf *line, struct record_range *ret)
{
    struct buf text = BUF_INIT(SIZE_MAX / 2);
    int r = torn ? buf_add_char(&text, '\n') : 0;
    r = r ? r : buf_add(&text, line->at, line->len);
    r = r ? r : buf_add_char(&text, '\n');
    r = r ? r : sys_write_all(fd, text.at, text.len);
    buf_release(&text);
    if (r < 0)
        return r;
    /* Appending moves the position to the end of what was written, whoever else appends. */
    const off_t end = lseek(fd, 0, SEEK_CUR);
    if (end < 0)
        return -errno;
    *ret = (struct record_range){.at = end - (int64_t)line->len - 1, .len = (int64_t)line->len};
    return 0;
}
