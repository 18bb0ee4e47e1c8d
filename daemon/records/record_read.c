#include "record_read.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/fd.h"
#include "record_old.h"
#include "record_open.h"
#include "record_store.h"
#include "record_unclosed.h"
#include "record_vouch.h"

/* A record that is open: its file, or its folder. */
struct record_place {
    int fd;
    bool old;
    int64_t size;                           /* of the file */
    const struct record_unclosed *unclosed; /* its end could not be written */
};

static int enter(const struct records *records, const struct record_key *key,
                 struct record_place *ret)
{
    const struct record_where where = record_where(records, key);
    struct stat st;
    *ret = (struct record_place){.fd = record_open_either(where.parent, where.name, &st)};
    if (ret->fd < 0)
        return ret->fd;
    const int64_t size = record_size(records, key);
    ret->old = S_ISDIR(st.st_mode);
    ret->size = size >= 0 && size <= st.st_size ? size : st.st_size;
    ret->unclosed = record_unclosed_find(records, key);
    return 0;
}

/* ---- the end ---- */

/* The last line, if it is councild's. -ENOENT: it is not. */
static int read_down(const struct record_place *p, char **ret, struct record_vouch *ret_vouch)
{
    _cleanup_free_ char *text = NULL;
    struct record_range range;
    int r = record_file_last(p->fd, p->size, RECORD_TEXT_MAX, &range, &text);
    r = r < 0 ? r : record_vouch_read(text, (size_t)range.len, range.at, ret_vouch);
    if (r < 0)
        return r == -EBADMSG || r == -EFBIG ? -ENOENT : r;
    *ret = TAKE_PTR(text);
    return 0;
}

static int find_vouch(const struct record_place *p, char **ret_down, struct record_vouch *ret)
{
    if (!p->unclosed)
        return read_down(p, ret_down, ret);
    *ret = p->unclosed->vouch;
    *ret_down = strdup(p->unclosed->body);
    return *ret_down ? 0 : -ENOMEM;
}

static int read_file_end(const struct record_place *p, struct record_end_texts *ret)
{
    struct record_vouch v = {0};
    int r = find_vouch(p, &ret->down, &v);
    if (r < 0 || !v.result.len || v.result.len > RECORD_TEXT_MAX)
        return r == -ENOENT ? 0 : r;
    r = record_file_read(p->fd, v.result.at, (size_t)v.result.len, &ret->result);
    return r == -EBADMSG ? 0 : r;
}

/* The end that could not be written is known even where the record cannot be opened any more. */
static int read_remembered(const struct records *records, const struct record_key *key, int error,
                           char **ret)
{
    const struct record_unclosed *unclosed = record_unclosed_find(records, key);
    if (!unclosed)
        return error;
    *ret = strdup(unclosed->body);
    return *ret ? 0 : -ENOMEM;
}

int records_read_down(const struct records *records, const struct record_key *key, char **ret)
{
    struct record_place p;
    struct record_vouch v;
    *ret = NULL;
    int r = enter(records, key, &p);
    if (r < 0)
        return read_remembered(records, key, r, ret);
    r = p.old ? record_old_down(p.fd, ret) : find_vouch(&p, ret, &v);
    fd_close(&p.fd);
    return r == -ENOENT ? 0 : r;
}

int records_read_end(const struct records *records, const struct record_key *key,
                     struct record_end_texts *ret)
{
    struct record_place p;
    *ret = (struct record_end_texts){0};
    int r = enter(records, key, &p);
    if (r < 0)
        return read_remembered(records, key, r, &ret->down);
    r = p.old ? record_old_end(p.fd, ret) : read_file_end(&p, ret);
    fd_close(&p.fd);
    return r;
}

/* ---- the spec ---- */

/* The first line. One that councild knows has to be the one that it wrote. */
static int read_file_spec(const struct record_place *p, char **ret, size_t *ret_len)
{
    _cleanup_free_ char *down = NULL, *text = NULL;
    struct record_vouch v = {0};
    struct record_range first;
    char sha256[SHA256_HEX_SIZE];
    int r = find_vouch(p, &down, &v);
    r = r < 0 && r != -ENOENT ? r
                              : record_file_first(p->fd, p->size, RECORD_SPEC_MAX, &first, &text);
    if (r < 0)
        return r;
    sha256_hex(text, (size_t)first.len, sha256);
    if (v.spec_sha256[0] && strcmp(sha256, v.spec_sha256) != 0)
        return -EBADMSG;
    *ret = TAKE_PTR(text);
    *ret_len = (size_t)first.len;
    return 0;
}

int records_read_spec(const struct records *records, const struct record_key *key, char **ret,
                      size_t *ret_len)
{
    struct record_place p;
    int r = enter(records, key, &p);
    if (r < 0)
        return r;
    r = p.old ? record_old_spec(p.fd, ret, ret_len) : read_file_spec(&p, ret, ret_len);
    fd_close(&p.fd);
    return r;
}

/* ---- the events ---- */

int records_open_events(const struct records *records, const struct record_key *key,
                        struct record_events *ret)
{
    struct record_place p;
    int r = enter(records, key, &p);
    if (r < 0)
        return r;
    if (!p.old) {
        const bool ended = record_index_find(&records->index, key) >= 0;
        *ret = (struct record_events){.fd = p.fd, .end = ended ? p.size : INT64_MAX};
        return 0;
    }
    *ret = (struct record_events){.fd = record_old_events(p.fd), .end = INT64_MAX};
    fd_close(&p.fd);
    return ret->fd < 0 ? ret->fd : 0;
}
