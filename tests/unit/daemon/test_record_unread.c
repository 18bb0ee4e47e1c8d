/* What cannot be read just now, for want of a descriptor or of memory, is not taken for something
 * else: a record for an empty one, an ended run for one that goes on, an heir for one without an
 * elder. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <openssl/crypto.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "daemon/records/record_store.h"
#include "failing.h"
#include "record_fixture.h"

#define SPEC_WHOLE SPEC_LINE "\"council_id\":\"three\",\"recorder\":\"journal\"}\n"
#define HEIR       SPEC_LINE "\"recorder\":\"journal\",\"resume_from\":\"0000000000100-x\"}\n"
#define X_FILE     "runs/0000000000100-x.jsonl"

static int number, opened;

static int no_openat(int dir, const char *path, int flags, mode_t mode)
{
    (void)dir, (void)path, (void)flags, (void)mode;
    errno = number;
    return -1;
}

static int counting_openat(int dir, const char *path, int flags, mode_t mode)
{
    opened++;
    return openat(dir, path, flags, mode);
}

static void tidy(void)
{
    for (int i = 0; records_tidy(records); i++)
        assert_true(i < 10);
}

/* ---- descriptors ---- */

static void expect_spec(const struct record_key *key)
{
    char *spec = NULL;
    size_t len;
    assert_int_equal(records_read_spec(records, key, &spec, &len), 0);
    assert_int_equal(len + 1, strlen(SPEC_WHOLE));
    free(spec);
}

static void a_record_that_cannot_be_opened_is_not_empty(void **state)
{
    (void)state;
    put_file(&folder, X_FILE, SPEC_WHOLE);
    reopen();
    const struct record_key key = key_of("x");
    const struct record_where where = record_where(records, &key);
    number = EMFILE;
    sys.openat = no_openat;
    assert_int_equal(record_bytes(&where), -EMFILE);
    assert_int_equal(record_measure(records, &records->index.entries[0]), -EMFILE);
    assert_int_equal(records_bytes(records, &key), 0);
    assert_int_equal(record_size(records, &key), -1);
    sys_reset();
    for (int pass = 0; pass < 2; pass++) {
        expect_spec(&key);
        tidy();
        reopen();
    }
    assert_int_equal(record_size(records, &key), strlen(SPEC_WHOLE));
}

/* A daemon before this one may have said so in its index. */
static void no_record_is_empty_because_its_row_says_so(void **state)
{
    (void)state;
    put_file(&folder, X_FILE, SPEC_WHOLE);
    put_file(&folder, "index.jsonl",
             "{\"type\":\"end\",\"run_id\":\"x\",\"incarnation\":100,\"size\":0}\n");
    reopen();
    const struct record_key key = key_of("x");
    expect_spec(&key);
    assert_int_equal(records_bytes(records, &key), strlen(SPEC_WHOLE));
    put_file(&folder, "index.jsonl",
             "{\"type\":\"end\",\"run_id\":\"x\",\"incarnation\":100,\"size\":1}\n");
    reopen();
    assert_int_equal(records_bytes(records, &key), 1);
}

/* An elder stays until it is known who goes on from it. What is damaged keeps no other. */
static void an_heir_that_cannot_be_read_keeps_its_elder(void **state)
{
    (void)state;
    static const int ERRORS[] = {EMFILE, ENFILE, ENOMEM, EIO};
    for (size_t i = 0; i < ARRAY_LEN(ERRORS); i++) {
        teardown(NULL);
        setup(NULL);
        put_file(&folder, X_FILE, SPEC_WHOLE);
        put_file(&folder, "runs/0000000000203-heir.jsonl", HEIR);
        reopen();
        const struct record_key elder = key_of("x"), heir = key_of("heir");
        number = ERRORS[i];
        for (int pass = 0; pass < 2; pass++) {
            sys.openat = no_openat;
            tidy();
            sys_reset();
            assert_int_equal(records->rowless, 2);
            assert_int_equal(records->unread, number == EIO ? 0 : 2);
        }
        assert_int_equal(records_remove(records, &elder), number == EIO ? 0 : -EBUSY);
        if (number == EIO)
            continue;
        tidy();
        assert_int_equal(records->rowless + records->unread, 0);
        assert_int_equal(records_remove(records, &elder), -EBUSY);
        assert_int_equal(records_remove(records, &heir), 0);
        assert_int_equal(records_remove(records, &elder), 0);
    }
}

static void one_that_turns_out_to_be_none_keeps_no_other(void **state)
{
    (void)state;
    put_file(&folder, X_FILE, SPEC_WHOLE);
    put_file(&folder, "runs/0000000000203-heir.jsonl", HEIR);
    reopen();
    const struct record_key elder = key_of("x");
    number = EMFILE;
    sys.openat = no_openat;
    tidy();
    sys_reset();
    assert_int_equal(unlinkat(folder.fd, "runs/0000000000203-heir.jsonl", 0), 0);
    assert_int_equal(symlinkat("nowhere", folder.fd, "runs/0000000000203-heir.jsonl"), 0);
    tidy();
    assert_int_equal(records_count(records), 1);
    assert_int_equal(records->unread, 0);
    assert_int_equal(records_remove(records, &elder), 0);
}

/* ---- one that is gone ---- */

/* A run that wanted no record goes on from none when that is removed, or put aside. */
static void a_record_that_goes_leaves_its_elder(void **state)
{
    (void)state;
    put_file(&folder, X_FILE, SPEC_WHOLE);
    for (int odd = 0; odd < 2; odd++) {
        if (odd)
            assert_int_equal(symlinkat("nowhere", folder.fd, "open/0000000000203-none.jsonl"), 0);
        else
            put_file(&folder, "open/0000000000203-none.jsonl",
                     SPEC_LINE "\"recorder\":\"none\"}\n");
        put_file(&folder, "index.jsonl",
                 "{\"type\":\"start\",\"run_id\":\"none\",\"incarnation\":203,"
                 "\"resume_from\":\"0000000000100-x\"}\n");
        const struct records_lost lost = close_lost();
        assert_int_equal(lost.closed + lost.unclosed, 0);
        assert_int_equal(lost.odd, odd);
        assert_int_equal(records->index.entries[0].heirs, 0);
        assert_true(records->log.dead > 0);
        assert_int_equal(records->log.dead, records->log.size);
    }
    const struct record_key elder = key_of("x");
    assert_int_equal(records_remove(records, &elder), 0);
}

/* ---- memory ---- */

#define ASKED                                                                                      \
    "{\"council_id\":\"three\",\"registry\":\"default\",\"recorder\":\"journal\","                 \
    "\"question\":\"why\"}"

static void expect_ended(const struct record_key *key)
{
    expect_in(row_of(key), "\"question\":\"why\"");
    expect_in(row_of(key), "\"ended_at\":\"2026");
}

static void an_end_without_memory_is_an_end(void **state)
{
    (void)state;
    int n = 0;
    for (int k = 0; failing_next(&k); n++) {
        const int countdown = failing_countdown;
        failing_stop();
        struct record *record;
        char id[16];
        snprintf(id, sizeof id, "r%d", n);
        assert_int_equal(record_open(records, id, 1000 + n, ASKED, strlen(ASKED), &record), 0);
        const struct record_key key = *record_key(record);
        failing_countdown = countdown;
        (void)record_end(record, DOWN, strlen(DOWN));
        failing_stop();
        record_free(record);
        tidy();
        expect_ended(&key);
        records_close_again(records);
        tidy();
        expect_ended(&key);
        assert_int_equal(records->rowless, 0);
        OPENSSL_thread_stop();
    }
}

/* Nothing of an end is kept then: whose the run was is said by the row of its beginning alone. */
static void a_run_stays_its_owners_without_memory_and_disk(void **state)
{
    (void)state;
    static const char OWNED[] = "{\"council_id\":\"c\",\"started_by\":{\"uid\":7}}";
    struct record *record;
    if (!FAILING_WORKS) {
        print_message("not run: allocations cannot be made to fail here\n");
        skip();
    }
    assert_int_equal(record_open(records, "a", 1000, OWNED, strlen(OWNED), &record), 0);
    const struct record_key key = *record_key(record);
    sys.write = no_write;
    failing_countdown = 1;
    assert_int_equal(record_end(record, DOWN, strlen(DOWN)), -ENOMEM);
    failing_stop();
    sys_reset();
    record_free(record);
    assert_int_equal(records->rowless, 1);
    tidy();
    assert_int_equal(records->rowless + records->unread, 0);
    assert_int_equal(record_index_entry(&records->index, &key)->row.len, 0);
    expect_in(row_of(&key), "\"reason\":{\"kind\":\"unknown\"}");
    assert_int_equal(close_lost().closed, 1);
    _cleanup_free_ char *row = NULL;
    assert_int_equal(records_row(records, &key, &row), 0);
    expect_in(row, "\"started_by\":{\"uid\":7}");
}

/* ---- a row that is too long ---- */

static void a_row_that_is_too_long_is_made_once(void **state)
{
    (void)state;
    enum { ROW_MAX = 512 * 1024 };
    char *spec = malloc(ROW_MAX + 100);
    const int len = snprintf(spec, 100, "{\"council_id\":\"three\",\"question\":\"");
    memset(spec + len, 'q', ROW_MAX);
    memcpy(spec + len + ROW_MAX, "\"}", 3);
    struct record *record;
    assert_int_equal(record_open(records, "a", 1000, spec, strlen(spec), &record), 0);
    assert_int_equal(record_end(record, DOWN, strlen(DOWN)), 0);
    record_free(record);
    free(spec);
    const struct record_key key = key_of("a");
    assert_int_equal(unlinkat(folder.fd, "index.jsonl", 0), 0);
    reopen();
    assert_int_equal(records->rowless, 1);
    tidy();
    assert_int_equal(records->rowless, 0);
    records->rowless = 1; /* there is another pass */
    opened = 0;
    sys.openat = counting_openat;
    tidy();
    sys_reset();
    assert_int_equal(opened, 0);
    expect_in(row_of(&key), "\"question\":\"qqq");
    expect_in(row_of(&key), "\"outcome\":\"complete\"");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_record_that_cannot_be_opened_is_not_empty),
        TEST(no_record_is_empty_because_its_row_says_so),
        TEST(an_heir_that_cannot_be_read_keeps_its_elder),
        TEST(one_that_turns_out_to_be_none_keeps_no_other),
        TEST(a_record_that_goes_leaves_its_elder),
        TEST(an_end_without_memory_is_an_end),
        TEST(a_run_stays_its_owners_without_memory_and_disk),
        TEST(a_row_that_is_too_long_is_made_once),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
