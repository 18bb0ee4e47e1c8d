/* What the tests of records share: a folder with records in it, and runs from beginning to end.
 * Taken in behind cmocka.h, by one source of a test. */
#ifndef TESTS_UNIT_DAEMON_RECORD_FIXTURE_H
#define TESTS_UNIT_DAEMON_RECORD_FIXTURE_H

#include <errno.h>

#include "daemon/os/sys.h"
#include "daemon/records/record.h"
#include "daemon/records/record_archive.h"
#include "daemon/records/record_close.h"
#include "daemon/records/record_lost.h"
#include "daemon/records/record_read.h"
#include "daemon/records/record_row_text.h"
#include "daemon/records/record_rows.h"
#include "daemon/records/record_search.h"
#include "fixture.h"

#define SPEC                                                                                       \
    "{\"run_id\":\"a\",\"council_id\":\"three\",\"registry\":\"default\",\"started_at\":"          \
    "\"2026-11-22T18:00:00.000Z\",\"recorder\":\"journal\",\"input\":{\"deep\":[1]}}"
#define SPEC_LINE "{\"type\":\"spec\"," /* what stands before the first member of a spec */
#define DOWN                                                                                       \
    "{\"run_id\":\"a\",\"incarnation\":1000,\"council_id\":\"three\",\"registry\":\"default\","    \
    "\"started_at\":\"2026-11-22T18:00:00.000Z\",\"ended_at\":\"2026-11-22T18:00:01.000Z\","       \
    "\"outcome\":\"complete\",\"reason\":{\"kind\":\"normal\"},\"pid\":12}"
#define RESULT "{\"type\":\"result\",\"outcome\":\"complete\",\"result\":{\"n\":1}}"
#define FILE_A "0000000001000-a.jsonl"

static struct folder folder;
static struct records *records;

static inline int setup(void **state)
{
    (void)state;
    folder_make(&folder);
    return records_open(folder.fd, &records, NULL);
}

static inline int teardown(void **state)
{
    (void)state;
    sys_reset();
    records_free(records);
    folder_remove(&folder);
    return 0;
}

/* As the next daemon finds it. */
static inline void reopen(void)
{
    records_free(records);
    assert_int_equal(records_open(folder.fd, &records, NULL), 0);
}

/* And what that one says of those that its predecessor left. */
static inline struct records_lost close_lost(void)
{
    struct records_lost lost;
    reopen();
    assert_int_equal(records_close_predecessor(records, &lost), 0);
    return lost;
}

static inline struct record *begin(const char *id, int64_t ms)
{
    struct record *record;
    assert_int_equal(record_open(records, id, ms, SPEC, strlen(SPEC), &record), 0);
    return record;
}

static inline struct record_key run(const char *id, int64_t ms)
{
    struct record *record = begin(id, ms);
    struct record_key key = *record_key(record);
    assert_int_equal(record_end(record, DOWN, strlen(DOWN)), 0);
    record_free(record);
    return key;
}

static inline void append(struct record *record, const char *text)
{
    int fd = record_descriptor(record);
    assert_true(fd >= 0);
    assert_int_equal(fd_write_all(fd, text, strlen(text)), 0);
    close(fd);
}

static inline struct record_key key_of(const char *id)
{
    struct record_key key;
    assert_int_equal(records_find(records, id, NULL, &key), 0);
    return key;
}

/* For sys.write: the disk is full. */
static inline ssize_t no_write(int fd, const void *bytes, size_t len)
{
    (void)fd;
    (void)bytes;
    (void)len;
    errno = ENOSPC;
    return -1;
}

static inline int records_summary(const struct records *from, const struct record_key *key,
                                  json_t **ret, size_t *ret_len)
{
    static const struct record_search ANY = {0};
    const int r = records_search(from, key, &ANY, ret, ret_len);
    return r > 0 ? 0 : r;
}

/* The same of a live one: what was known when it began. */
static inline int records_live_row(const struct records *from, const struct record_key *key,
                                   json_t **ret, size_t *ret_len)
{
    char *row = record_rows_begun(from, key);
    *ret_len = row ? strlen(row) : 0;
    const int r = record_row_summary(row ? row : "{}", row ? *ret_len : 2, ret);
    free(row);
    return r;
}

/* A row of run.list, as text that lives until the next one. */
static inline const char *row_of(const struct record_key *key)
{
    static char *text;
    json_t *summary;
    size_t len;
    assert_int_equal(records_summary(records, key, &summary, &len), 0);
    free(text);
    text = json_dumps(summary, JSON_COMPACT);
    json_decref(summary);
    return text;
}

static inline void expect_in(const char *text, const char *part)
{
    if (!text || !strstr(text, part))
        fail_msg("%s is not in %s", part, text ? text : "(nothing)");
}

static inline void expect_down(const struct record_key *key, const char *part)
{
    struct record_end_texts end;
    assert_int_equal(records_read_end(records, key, &end), 0);
    expect_in(end.down, part);
    record_end_texts_release(&end);
}

static inline void expect_result(const struct record_key *key, const char *text)
{
    struct record_end_texts end;
    assert_int_equal(records_read_end(records, key, &end), 0);
    if (text)
        assert_string_equal(end.result ? end.result : "(none)", text);
    else
        assert_null(end.result);
    record_end_texts_release(&end);
}

#endif
