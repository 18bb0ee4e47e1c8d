#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/cleanup.h"
#include "common/fd.h"
#include "daemon/os/sys.h"
#include "proto/json/json_scan.h"
#include "proto/record_line.h"
#include "proto/runid.h"
#include "record_close.h"
#include "record_forget.h"
#include "record_heirs.h"
#include "record_open.h"
#include "record_rows.h"
#include "record_store.h"
#include "record_texts.h"

enum { FILE_MODE = 0600, INCARNATIONS_TRIED = 10000, DOWN_RESERVE = 16 * 1024 };

struct record {
    struct records *records;
    struct record_key key;
    struct record_identity identity;
    struct record_vouch vouch;
    char *run_id;                      /* becomes the index' when the run ends */
    char start_key[START_KEY_LEN + 1]; /* empty: it has none */
    bool listed; /* among the live ones: from the beginning until it is closed */
};

/* ---- the beginning ---- */

/* The younger of two runs with one id has the greater stamp, also if the clock was set back. */
static int64_t first_incarnation(const struct records *records, const char *run_id,
                                 int64_t start_ms)
{
    int64_t incarnation = start_ms < 0 ? 0 : start_ms;
    const ssize_t newest = record_index_newest(&records->index, run_id);
    if (newest >= 0 && records->index.entries[newest].incarnation >= incarnation)
        incarnation = records->index.entries[newest].incarnation + 1;
    return incarnation;
}

/* Its descriptor, or -errno. */
static int make_file(struct record *record)
{
    char name[RECORD_FILE_SIZE];
    for (int i = 0; i < INCARNATIONS_TRIED; i++) {
        record_key_file(&record->key, name);
        int fd =
            sys.openat(record->records->open_fd, name,
                       O_RDWR | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW, FILE_MODE);
        if (fd >= 0)
            return fd;
        if (errno != EEXIST)
            return -errno;
        record->key.incarnation++;
    }
    return -EEXIST;
}

/* spec with its type in front. */
static int make_line(struct buf *to, const char *spec, size_t len)
{
    int r = buf_addf(to, "{\"type\":\"%s\"", record_line_name(RECORD_LINE_SPEC));
    if (len > 2)
        r = r ? r : buf_add_char(to, ',');
    return r ? r : buf_add(to, spec + 1, len - 1);
}

/* Where the file system knows no reserving there is none. */
static int reserve(int fd, int64_t at, int64_t len)
{
    if (sys.fallocate(fd, FALLOC_FL_KEEP_SIZE, at, len) == 0 || errno == EOPNOTSUPP ||
        errno == ENOSYS)
        return 0;
    return -errno;
}

static int note_identity(struct record *record, int fd)
{
    struct stat st;
    if (fstat(fd, &st) < 0)
        return -errno;
    record->identity = (struct record_identity){.dev = st.st_dev, .ino = st.st_ino};
    return 0;
}

static int erase(const struct record *record)
{
    const struct record_where where = record_where(record->records, &record->key);
    return record_erase(&where);
}

static int fill_file(struct record *record, int fd, const struct buf *line)
{
    int r = record_file_add(fd, false, line, &record->vouch.spec);
    r = r < 0 ? r : reserve(fd, record->vouch.spec.len + 1, DOWN_RESERVE);
    r = r < 0 ? r : note_identity(record, fd);
    if (r < 0)
        erase(record);
    return r;
}

static int begin(struct record *record, const char *spec, size_t len)
{
    struct buf line = BUF_INIT(RECORD_SPEC_MAX);
    int r = make_line(&line, spec, len);
    int fd = r < 0 ? r : make_file(record);
    r = fd < 0 ? fd : fill_file(record, fd, &line);
    if (fd >= 0)
        fd_close(&fd);
    if (r == 0)
        sha256_hex(line.at, line.len, record->vouch.spec_sha256);
    if (r == 0) {
        record_index_add(&record->records->live, record->key.incarnation, TAKE_PTR(record->run_id));
        record->listed = true;
        record_rows_start(record->records, &record->key, line.at, line.len);
    }
    buf_release(&line);
    return r;
}

static int make_room(struct records *records)
{
    const int r = record_index_reserve(&records->live, records->live.count + 1);
    return r < 0 ? r
                 : record_index_reserve(&records->index,
                                        records->index.count + records->live.count + 1);
}

int record_open(struct records *records, const char *run_id, int64_t start_ms, const void *spec,
                size_t len, struct record **ret)
{
    if (!runid_valid(run_id, strlen(run_id)))
        return -EINVAL;
    int r = make_room(records);
    if (r < 0)
        return r;
    struct record *record = calloc(1, sizeof *record);
    if (!record)
        return -ENOMEM;
    record->records = records;
    record->run_id = strdup(run_id);
    memcpy(record->key.run_id, run_id, strlen(run_id) + 1);
    record->key.incarnation = first_incarnation(records, run_id, start_ms);
    r = record->run_id ? begin(record, spec, len) : -ENOMEM;
    if (r < 0)
        record_free(record);
    else
        *ret = record;
    return r;
}

const struct record_key *record_key(const struct record *record)
{
    return &record->key;
}

int record_started_under(struct record *record, const char *start_key)
{
    memcpy(record->start_key, start_key, START_KEY_LEN);
    return start_keys_add(&record->records->start_keys, start_key, &record->key, sys.wall_ms());
}

void record_go_on_from(struct record *record, const struct record_key *elder)
{
    char name[RECORD_NAME_SIZE];
    struct record_entry *e = record_index_entry(&record->records->live, &record->key);
    record_key_format(elder, name);
    record_heirs_set(e, name);
    record_heirs_link(record->records, e);
}

/* ---- while it lives ---- */

static int open_again(const struct record *record, int flags)
{
    const struct record_where where = record_where(record->records, &record->key);
    return record_open_again(where.parent, where.name, flags, &record->identity);
}

int record_descriptor(struct record *record)
{
    int fd = open_again(record, O_WRONLY | O_APPEND);
    if (fd >= 0)
        fd_set_nonblock(fd, false);
    return fd;
}

int record_add_result(struct record *record, const struct buf *line)
{
    struct record_range range;
    if (record->vouch.result.len)
        return -EALREADY;
    if (line->len > RECORD_TEXT_MAX)
        return -EFBIG;
    int fd = open_again(record, O_RDWR | O_APPEND);
    if (fd < 0)
        return fd;
    int64_t at = 0;
    bool torn = false;
    int r = record_file_end(fd, &at, &torn);
    r = r < 0 ? r : reserve(fd, at, (int64_t)line->len + DOWN_RESERVE);
    r = r < 0 ? r : record_file_add(fd, torn, line, &range);
    fd_close(&fd);
    if (r == 0)
        record->vouch.result = range;
    return r;
}

static bool has_result(const char *text, size_t len)
{
    static const struct json_scan_spec SPEC = {.max_depth = JSON_DEPTH_CLIENT};
    struct json_scan scan;
    if (json_scan(text, len, &SPEC, &scan, NULL) < 0)
        return false;
    const bool found = scan.type == JSON_OBJECT && json_list_find(&scan.outer, "result").at;
    json_scan_release(&scan);
    return found;
}

/* In front of it, and behind it, stands a line break, and none in it. */
static bool is_line(const char *text, size_t len)
{
    return text[0] == '\n' && text[len - 1] == '\n' && !memchr(text + 1, '\n', len - 2);
}

static int read_range(const struct record *record, const struct record_range *range, char **ret)
{
    int fd = open_again(record, O_RDONLY);
    if (fd < 0)
        return fd;
    int r = record_file_read(fd, range->at, (size_t)range->len, ret);
    fd_close(&fd);
    return r;
}

int record_take_result(struct record *record, int64_t at, int64_t bytes, size_t max)
{
    _cleanup_free_ char *text = NULL;
    if (record->vouch.result.len)
        return -EALREADY;
    if (at <= record->vouch.spec.len || bytes <= 0 || (uint64_t)bytes > max ||
        bytes > RECORD_TEXT_MAX || at > INT64_MAX - bytes - 2)
        return -EBADMSG;
    const struct record_range with_breaks = {.at = at - 1, .len = bytes + 2};
    int r = read_range(record, &with_breaks, &text);
    if (r < 0)
        return r;
    if (!is_line(text, (size_t)with_breaks.len) || !has_result(text + 1, (size_t)bytes))
        return -EBADMSG;
    record->vouch.result = (struct record_range){.at = at, .len = bytes};
    return 0;
}

int record_read_result(const struct record *record, char **ret, size_t *ret_len)
{
    if (!record->vouch.result.len)
        return -ENOENT;
    *ret_len = (size_t)record->vouch.result.len;
    return read_range(record, &record->vouch.result, ret);
}

/* ---- the end ---- */

/* Out of the list of those that live, with what was known of it. False: it was not there. */
static bool close_record(struct record *record, struct record_entry *ret)
{
    struct record_index *live = &record->records->live;
    const ssize_t at = record->listed ? record_index_find(live, &record->key) : -1;
    record->listed = false;
    if (at >= 0)
        record_index_take(live, (size_t)at, ret);
    return at >= 0;
}

int record_end(struct record *record, const void *down, size_t len)
{
    struct record_entry entry;
    const struct record_ending ending = {.key = record->key,
                                         .identity = record->identity,
                                         .vouch = record->vouch,
                                         .body = down,
                                         .len = len};
    if (!close_record(record, &entry))
        return -EALREADY;
    return record_close(record->records, &ending, &entry);
}

/* Nobody is to find it any more: neither its row, nor its elder as one that has an heir. */
static void forget(struct record *record)
{
    if (record->listed) {
        start_keys_drop(&record->records->start_keys, record->start_key, &record->key);
        record_forget_live(record->records, &record->key);
    }
    record->listed = false;
}

int record_discard(struct record *record)
{
    if (!record->listed)
        return -EALREADY;
    forget(record);
    return erase(record);
}

void record_free(struct record *record)
{
    if (!record)
        return;
    forget(record);
    free(record->run_id);
    free(record);
}
