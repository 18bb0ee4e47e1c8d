#include "record.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "daemon/os/sys.h"
#include "proto/runid.h"
#include "record_store.h"

enum { INCARNATIONS_TRIED = 10000 };

struct record {
    struct records *records;
    struct record_key key;
    char *run_id; /* becomes the index' when the run ends */
    bool closed;
};

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

static int make_directory(struct records *records, struct record_key *key)
{
    char name[RECORD_NAME_SIZE];
    for (int i = 0; i < INCARNATIONS_TRIED; i++) {
        record_key_format(key, name);
        if (sys.mkdirat(records->open_fd, name, RECORD_DIR_MODE) == 0)
            return 0;
        if (errno != EEXIST)
            return -errno;
        key->incarnation++;
    }
    return -EEXIST;
}

static int write_file(const struct record *record, const char *file, const void *bytes, size_t len)
{
    char path[RECORD_PATH_SIZE];
    return sys_write_file(record->records->open_fd, record_path(&record->key, file, path), bytes,
                          len, RECORD_FILE_MODE);
}

int record_open(struct records *records, const char *run_id, int64_t start_ms, const void *spec,
                size_t len, struct record **ret)
{
    if (!runid_valid(run_id, strlen(run_id)))
        return -EINVAL;
    int r = record_index_reserve(&records->index, records->index.count + records->open + 1);
    if (r < 0)
        return r;
    struct record *record = calloc(1, sizeof *record);
    if (!record)
        return -ENOMEM;
    record->records = records;
    record->run_id = strdup(run_id);
    if (!record->run_id) {
        free(record);
        return -ENOMEM;
    }
    records->open++;
    memcpy(record->key.run_id, run_id, strlen(run_id) + 1);
    record->key.incarnation = first_incarnation(records, run_id, start_ms);
    r = make_directory(records, &record->key);
    if (r == 0) {
        r = write_file(record, RECORD_SPEC, spec, len);
        if (r < 0)
            record_erase(records->open_fd, &record->key);
    }
    if (r < 0) {
        record_free(record);
        return r;
    }
    *ret = record;
    return 0;
}

const struct record_key *record_key(const struct record *record)
{
    return &record->key;
}

int record_journal(struct record *record)
{
    char path[RECORD_PATH_SIZE];
    int fd = sys.openat(record->records->open_fd, record_path(&record->key, RECORD_JOURNAL, path),
                        O_WRONLY | O_CREAT | O_EXCL | O_APPEND | O_CLOEXEC | O_NOFOLLOW,
                        RECORD_FILE_MODE);
    return fd < 0 ? -errno : fd;
}

int record_write_result(struct record *record, const void *bytes, size_t len)
{
    return write_file(record, RECORD_RESULT, bytes, len);
}

static void close_record(struct record *record)
{
    if (!record->closed)
        record->records->open--;
    record->closed = true;
}

int record_end(struct record *record, const void *bytes, size_t len)
{
    struct records *records = record->records;
    char name[RECORD_NAME_SIZE];
    if (record->closed)
        return -EALREADY;
    int r = write_file(record, RECORD_DOWN, bytes, len);
    record_key_format(&record->key, name);
    if (sys.renameat(records->open_fd, name, records->runs_fd, name) == 0)
        record_index_add(&records->index, record->key.incarnation, TAKE_PTR(record->run_id));
    else if (r == 0)
        r = -errno;
    close_record(record);
    return r;
}

int record_discard(struct record *record)
{
    if (record->closed)
        return -EALREADY;
    close_record(record);
    return record_erase(record->records->open_fd, &record->key);
}

void record_free(struct record *record)
{
    if (!record)
        return;
    close_record(record);
    free(record->run_id);
    free(record);
}
