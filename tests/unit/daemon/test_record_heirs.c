/* A record that a resumption needs, and that retention removed, takes answers with it that were
 * paid for: an elder stays as long as one of its heirs does, in every daemon that comes. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/records/record_heirs.h"
#include "daemon/records/record_store.h"
#include "record_fixture.h"

/* What councild vouches for when an heir has ended. */
static const char *down_of(const struct record_key *elder)
{
    static char text[600];
    char name[RECORD_NAME_SIZE];
    record_key_format(elder, name);
    snprintf(text, sizeof(text), "%.*s,\"resume_from\":\"%s\"}", (int)strlen(DOWN) - 1, DOWN, name);
    return text;
}

static struct record *begin_heir(const char *id, int64_t ms, const struct record_key *elder)
{
    struct record *record = begin(id, ms);
    record_go_on_from(record, elder);
    return record;
}

static struct record_key end_heir(struct record *record, const struct record_key *elder)
{
    struct record_key key = *record_key(record);
    const char *down = down_of(elder);
    assert_int_equal(record_end(record, down, strlen(down)), 0);
    record_free(record);
    return key;
}

static void it_stays_until_the_last_heir_goes(void **state)
{
    (void)state;
    const struct record_key elder = run("a", 1000);
    assert_false(record_heirs_any(records, &elder));
    struct record *live = begin_heir("b", 2000, &elder), *other = begin_heir("c", 3000, &elder);
    assert_true(record_heirs_any(records, &elder));
    const struct record_key ended = end_heir(other, &elder);
    assert_int_equal(records_remove(records, &ended), 0);
    assert_int_equal(records_remove(records, &elder), -EBUSY); /* the other one lives */
    assert_int_equal(record_discard(live), 0);
    record_free(live);
    assert_false(record_heirs_any(records, &elder));
    assert_int_equal(records_remove(records, &elder), 0);
}

static void a_chain_goes_from_its_end(void **state)
{
    (void)state;
    const struct record_key a = run("a", 1000);
    const struct record_key b = end_heir(begin_heir("b", 2000, &a), &a);
    const struct record_key c = end_heir(begin_heir("c", 3000, &b), &b);
    assert_int_equal(records_remove(records, &a), -EBUSY);
    assert_int_equal(records_remove(records, &b), -EBUSY);
    assert_int_equal(records_remove(records, &c), 0);
    assert_int_equal(records_remove(records, &a), -EBUSY);
    assert_int_equal(records_remove(records, &b), 0);
    assert_int_equal(records_remove(records, &a), 0);
}

/* The same id again, younger: only the one that was resumed has an heir. */
static void an_incarnation_is_meant_and_not_an_id(void **state)
{
    (void)state;
    const struct record_key old = run("a", 1000), young = run("a", 5000);
    const struct record_key heir = end_heir(begin_heir("b", 6000, &old), &old);
    assert_true(record_heirs_any(records, &old));
    assert_false(record_heirs_any(records, &young));
    assert_int_equal(records_remove(records, &young), 0);
    assert_int_equal(records_remove(records, &old), -EBUSY);
    assert_int_equal(records_remove(records, &heir), 0);
    assert_int_equal(records_remove(records, &old), 0);
}

static void let_it_read_everything(void)
{
    for (int i = 0; i < 1000 && records_tidy(records); i++)
        ;
}

/* With the rows that its predecessor wrote, and from the records alone. */
static void the_next_daemon_knows_it_too(void **state)
{
    (void)state;
    const struct record_key elder = run("a", 1000);
    const struct record_key heir = end_heir(begin_heir("b", 2000, &elder), &elder);
    for (int without_rows = 0; without_rows < 2; without_rows++) {
        records_free(records);
        records = NULL;
        if (without_rows)
            assert_int_equal(unlinkat(folder.fd, "index.jsonl", 0), 0);
        assert_int_equal(records_open(folder.fd, &records, NULL), 0);
        let_it_read_everything();
        assert_true(record_heirs_any(records, &elder));
        assert_int_equal(records_remove(records, &elder), -EBUSY);
    }
    assert_int_equal(records_remove(records, &heir), 0);
    assert_int_equal(records_remove(records, &elder), 0);
}

static void names_that_are_none_keep_nothing(void **state)
{
    (void)state;
    static const char *const names[] = {"", "a", "1000-a", "0000000001000-", "../0000000001000-a"};
    struct record_entry entry = {.elder = 7, .elder_hash = 7};
    const struct record_key elder = run("a", 1000);
    for (size_t i = 0; i < sizeof(names) / sizeof(names[0]); i++) {
        record_heirs_set(&entry, names[i]);
        assert_int_equal(entry.elder_hash, 0);
        record_heirs_link(records, &entry);
        assert_false(record_heirs_any(records, &elder));
    }
    /* One that is gone. */
    record_heirs_set(&entry, "0000000009000-gone");
    record_heirs_link(records, &entry);
    record_heirs_unlink(records, &entry);
    record_heirs_set(&entry, "0000000001000-a");
    record_heirs_unlink(records, &entry); /* it had none */
    assert_false(record_heirs_any(records, &elder));
    record_heirs_link(records, &entry);
    assert_true(record_heirs_any(records, &elder));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_stays_until_the_last_heir_goes),     TEST(a_chain_goes_from_its_end),
        TEST(an_incarnation_is_meant_and_not_an_id), TEST(the_next_daemon_knows_it_too),
        TEST(names_that_are_none_keep_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
