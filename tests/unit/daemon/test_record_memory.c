/* What records take of memory is given back whatever they go through, and with whatever allocation
 * failing: a daemon that lives for a year keeps each byte that is left behind. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <openssl/crypto.h>

#include <cmocka.h>

#include "daemon/records/record_store.h"
#include "failing.h"
#include "log_lines.h"
#include "record_fixture.h"

#define SPEC_WHOLE SPEC_LINE "\"council_id\":\"three\",\"recorder\":\"journal\"}\n"
#define END_LINE   "{\"type\":\"result\",\"outcome\":\"complete\",\"result\":1}\n"

static void leave_folder(const char *name, const char *spec)
{
    char path[96];
    assert_int_equal(mkdirat(folder.fd, name, 0700), 0);
    snprintf(path, sizeof path, "%s/spec.json", name);
    put_file(&folder, path, spec);
    snprintf(path, sizeof path, "%s/result.json", name);
    put_file(&folder, path, END_LINE);
    snprintf(path, sizeof path, "%s/down.json", name);
    put_file(&folder, path, DOWN);
}

#define SIXTEEN "0123456789abcdef"
#define KEY     SIXTEEN SIXTEEN SIXTEEN SIXTEEN SIXTEEN SIXTEEN SIXTEEN SIXTEEN

/* What there is before: both kinds, ended and left open, with an index that knows some. */
static void fill_folder(void)
{
    assert_int_equal(mkdirat(folder.fd, "open", 0700), 0);
    assert_int_equal(mkdirat(folder.fd, "runs", 0700), 0);
    put_file(&folder, "runs/0000000000100-ended.jsonl", SPEC_WHOLE END_LINE);
    put_file(&folder, "runs/0000000000101-other.jsonl", SPEC_WHOLE);
    leave_folder("runs/0000000000102-old", SPEC);
    leave_folder("runs/0000000000101-other", SPEC); /* twice */
    put_file(&folder, "open/0000000000200-lost.jsonl", SPEC_WHOLE END_LINE);
    put_file(&folder, "open/0000000000201-torn.jsonl", SPEC_WHOLE "{\"se");
    put_file(&folder, "open/0000000000202-empty.jsonl", "");
    put_file(&folder, "open/0000000000203-none.jsonl", SPEC_LINE "\"recorder\":\"none\"}\n");
    put_file(&folder, "open/0000000000100-ended.jsonl", SPEC_WHOLE);
    put_file(&folder, "open/stray", "x");
    leave_folder("open/0000000000204-old", SPEC);
    leave_folder("open/0000000000205-gone", "{\"recorder\":\"none\"}");
    put_file(&folder, "runs/9999999999999-keyed.jsonl", SPEC_WHOLE);
    put_file(
        &folder, "index.jsonl",
        "{\"type\":\"end\",\"run_id\":\"keyed\",\"incarnation\":9999999999999,\"start_key\":\"" KEY
        "\"}\n"
        "{\"type\":\"end\",\"run_id\":\"ended\",\"incarnation\":100,\"size\":9,"
        "\"resume_from\":\"0000000000101-other\"}\n"
        "{\"type\":\"start\",\"run_id\":\"lost\",\"incarnation\":200,\"labels\":{}}\n"
        "{\"type\":\"end\",\"run_id\":\"nobody\",\"incarnation\":7}\nnonsense\n");
}

/* ---- what is done; any of it may fail ---- */

static void read_all(const struct record_key *key)
{
    struct record_end_texts end = {0};
    struct record_events events;
    char *text = NULL;
    json_t *row = NULL;
    size_t len;
    if (records_read_end(records, key, &end) == 0)
        assert_true(!end.result || end.result[0]);
    record_end_texts_release(&end);
    if (records_read_down(records, key, &text) == 0)
        free(text);
    if (records_read_spec(records, key, &text, &len) == 0)
        free(text);
    if (records_summary(records, key, &row, &len) == 0)
        json_decref(row);
    if (records_open_events(records, key, &events) == 0)
        close(events.fd);
}

static void read_and_tidy(void)
{
    struct record_key key;
    for (int r = records_after(records, NULL, &key); r == 0; r = records_after(records, &key, &key))
        read_all(&key);
    while (records_tidy(records))
        ;
    records->log.dead = 1 << 20; /* worn: it is written anew */
    while (records_tidy(records))
        ;
}

static void close_those_left(void)
{
    struct records_lost lost;
    (void)records_close_predecessor(records, &lost);
}

static void live_and_end(void)
{
    struct record *record;
    struct record_key elder;
    struct buf line = BUF_INIT(4096);
    json_t *row = NULL;
    char *text;
    size_t len;
    if (record_open(records, "young", 5000, SPEC, strlen(SPEC), &record) < 0)
        return;
    if (records_find(records, "ended", NULL, &elder) == 0)
        record_go_on_from(record, &elder);
    (void)record_started_under(record, KEY);
    (void)records_pin(records, record_key(record));
    if (records_live_row(records, record_key(record), &row, &len) == 0)
        json_decref(row);
    if (buf_add_str(&line, RESULT) == 0)
        (void)record_add_result(record, &line);
    buf_release(&line);
    if (record_read_result(record, &text, &len) == 0)
        free(text);
    (void)record_end(record, DOWN, strlen(DOWN));
    read_all(record_key(record));
    record_free(record);
}

static void live_and_be_discarded(void)
{
    struct record *record;
    if (record_open(records, "young", 5000, SPEC, strlen(SPEC), &record) < 0)
        return;
    (void)record_discard(record);
    record_free(record);
}

/* The disk is full at first. */
static void end_later(bool removed)
{
    struct record *record;
    if (record_open(records, "young", 5000, SPEC, strlen(SPEC), &record) < 0)
        return;
    const struct record_key key = *record_key(record);
    sys.write = no_write;
    (void)record_end(record, DOWN, strlen(DOWN));
    (void)records_close_again(records);
    record_free(record);
    read_all(&key);
    sys_reset();
    if (removed)
        (void)records_remove(records, &key);
    (void)records_close_again(records);
    read_all(&key);
}

static void be_closed_later(void)
{
    end_later(false);
}

static void be_removed_before_that(void)
{
    end_later(true);
}

/* And the next daemon finds it so. */
static void never_be_closed(void)
{
    struct record *record;
    if (record_open(records, "young", 5000, SPEC, strlen(SPEC), &record) < 0)
        return;
    sys.write = no_write;
    (void)record_end(record, DOWN, strlen(DOWN));
    record_free(record);
    sys_reset();
}

static void all_memory_is_given_back(void **state)
{
    (void)state;
    /* The first once more: what the clock and the hash keep from then on is their own. */
    static void (*const DEEDS[])(void) = {
        close_those_left,      close_those_left, read_and_tidy,          live_and_end,
        live_and_be_discarded, be_closed_later,  be_removed_before_that, never_be_closed};
    log_lines_begin();
    for (size_t i = 0; i < sizeof DEEDS / sizeof *DEEDS; i++) {
        for (int k = 0; failing_next(&k);) {
            const int countdown = failing_countdown;
            failing_stop();
            folder_make(&folder);
            fill_folder();
            failing_countdown = countdown;
            if (records_open(folder.fd, &records, NULL) == 0) {
                DEEDS[i]();
                records_free(records);
            }
            failing_stop();
            OPENSSL_thread_stop();
            sys_reset();
            folder_remove(&folder);
        }
        assert_true(i == 0 || failing_no_leak());
    }
    log_lines_end();
}

/* ---- what is told of a record is all of it, or that there is no memory ---- */

static int read_its_end(const struct record_key *key)
{
    struct record_end_texts end = {0};
    const int r = records_read_end(records, key, &end);
    failing_stop();
    if (r == 0) {
        expect_in(end.down, "\"pid\":12");
        expect_in(end.result, "\"outcome\":\"complete\"");
    }
    record_end_texts_release(&end);
    return r;
}

static int read_its_down(const struct record_key *key)
{
    char *text = NULL;
    const int r = records_read_down(records, key, &text);
    failing_stop();
    if (r == 0)
        expect_in(text, "\"pid\":12");
    free(text);
    return r;
}

static int read_its_spec(const struct record_key *key)
{
    char *text = NULL;
    size_t len;
    const int r = records_read_spec(records, key, &text, &len);
    failing_stop();
    if (r == 0)
        expect_in(text, "\"council_id\":\"three\"");
    free(text);
    return r;
}

static int read_its_summary(const struct record_key *key)
{
    json_t *row = NULL;
    size_t len;
    const int r = records_summary(records, key, &row, &len);
    failing_stop();
    if (r == 0)
        assert_string_equal(json_string_value(json_object_get(row, "outcome")), "complete");
    json_decref(row);
    return r;
}

static int read_its_row(const struct record_key *key)
{
    char *row = NULL;
    const int r = records_row(records, key, &row);
    failing_stop();
    if (r == 0)
        expect_in(row, "\"outcome\":\"complete\"");
    free(row);
    return r;
}

static void without_memory_nothing_else_is_told(void **state)
{
    (void)state;
    static int (*const READS[])(const struct record_key *key) = {
        read_its_end, read_its_down, read_its_spec, read_its_summary, read_its_row};
    folder_make(&folder);
    assert_int_equal(records_open(folder.fd, &records, NULL), 0);
    struct record *record = begin("a", 1000);
    append(record, END_LINE);
    const int64_t at = strlen(SPEC) + strlen(SPEC_LINE);
    assert_int_equal(record_take_result(record, at, strlen(END_LINE) - 1, 1 << 20), 0);
    struct record_key keys[2] = {*record_key(record)};
    assert_int_equal(record_end(record, DOWN, strlen(DOWN)), 0);
    record_free(record);
    leave_folder("runs/0000000000102-old", SPEC);
    for (int rowless = 0; rowless < 2; rowless++) {
        if (rowless)
            put_file(&folder, "index.jsonl", "");
        reopen();
        keys[1] = key_of("old");
        for (size_t i = 0; i < 10; i++) {
            int r = 0;
            for (int k = 0; failing_next(&k);) {
                r = READS[i / 2](&keys[i % 2]);
                if (r != 0 && r != -ENOMEM)
                    fail_msg("read %zu, allocation %d: %s", i, k, strerror(-r));
            }
            assert_int_equal(r, 0);
            OPENSSL_thread_stop();
        }
    }
    records_free(records);
    folder_remove(&folder);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(all_memory_is_given_back),
                                       cmocka_unit_test(without_memory_nothing_else_is_told)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
