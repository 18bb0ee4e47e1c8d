#include "record_file.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "daemon/os/sys.h"

enum { FIRST_WINDOW = 4096, WINDOW_GROWS = 8 };

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

int record_file_first(int fd, int64_t size, size_t max, struct record_range *ret, char **ret_text)
{
    for (int64_t window = FIRST_WINDOW;; window *= WINDOW_GROWS) {
        const int64_t len = window < size ? window : size;
        _cleanup_free_ char *text = NULL;
        int r = record_file_read(fd, 0, (size_t)len, &text);
        if (r < 0)
            return r;
        char *end = memchr(text, '\n', (size_t)len);
        if (!end && len == size)
            return -ENOENT;
        if ((size_t)(end ? end - text : len) > max)
            return -EFBIG;
        if (!end)
            continue;
        *end = '\0';
        *ret = (struct record_range){.at = 0, .len = end - text};
        *ret_text = TAKE_PTR(text);
        return 0;
    }
}

/* The last line break in the first len bytes, or -1. */
static int64_t last_break(const char *text, int64_t len)
{
    const char *found = len > 0 ? memrchr(text, '\n', (size_t)len) : NULL;
    return found ? found - text : -1;
}

/* 0: found in this window, which begins at `from`; 1: it has to be larger. */
static int find_last(const char *text, int64_t from, int64_t len, struct record_range *ret)
{
    const int64_t end = last_break(text, len);
    const int64_t before = end < 0 ? -1 : last_break(text, end);
    if (before < 0 && from > 0)
        return 1;
    if (end < 0)
        return -ENOENT;
    *ret = (struct record_range){.at = from + before + 1, .len = end - before - 1};
    return 0;
}

int record_file_last(int fd, int64_t end, size_t max, struct record_range *ret, char **ret_text)
{
    for (int64_t window = FIRST_WINDOW;; window *= WINDOW_GROWS) {
        const int64_t len = window < end ? window : end;
        _cleanup_free_ char *text = NULL;
        int r = record_file_read(fd, end - len, (size_t)len, &text);
        r = r < 0 ? r : find_last(text, end - len, len, ret);
        if (r < 0)
            return r;
        if ((size_t)(r == 0 ? ret->len : len) > max)
            return -EFBIG;
        if (r > 0)
            continue;
        memmove(text, text + (ret->at - (end - len)), (size_t)ret->len);
        text[ret->len] = '\0';
        *ret_text = TAKE_PTR(text);
        return 0;
    }
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
