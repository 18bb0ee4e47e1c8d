/* Whose a run is: who is taken for the owner may end, resume and remove what others have paid for.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "daemon/records/record_owner.h"
#include "daemon/records/retention.h"
#include "failing.h"
#include "record_fixture.h"

#define A128                                                                                       \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa" \
    "aaaa"                                                                                         \
    "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"

static void it_is_read_of_who_started_it(void **state)
{
    (void)state;
    static const struct {
        const char *started_by;
        int64_t uid;
        const char *name;
    } CASES[] = {
        {"{\"uid\":7,\"gid\":8,\"pid\":9}", 7, ""},
        {"{\"uid\":7,\"name\":\"ann\",\"callers\":[\"bob\"]}", 7, "ann"},
        {"{\"uid\":7,\"name\":\"a\"}", 7, "a"},
        {"{\"uid\":7,\"name\":\"" A128 "\"}", 7, A128},
        {"{\"uid\":7,\"callers\":{\"name\":\"ann\"}}", 7, ""},
        /* Nobody's: it is not known whose. */
        {"{\"uid\":7,\"name\":\"" A128 "a\"}", -1, ""},
        {"{\"uid\":7,\"name\":5}", -1, ""},
        {"{\"uid\":\"7\",\"name\":\"ann\"}", -1, "ann"},
        {"{\"name\":\"ann\"}", -1, "ann"},
        {"{}", -1, ""},
        {"[]", -1, ""},
        {"{\"uid\":7", -1, ""},
        {"", -1, ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        struct record_owner owner;
        assert_int_equal(record_owner_read(CASES[i].started_by, &owner), 0);
        assert_int_equal(owner.uid, CASES[i].uid);
        assert_string_equal(owner.name, CASES[i].name);
        assert_string_equal(owner.registry, "");
    }
}

static void who_owns_has_uid_and_name(void **state)
{
    (void)state;
    const struct record_owner ann = {.uid = 7, .name = "ann", .registry = "r"};
    static const struct {
        struct record_whose whose;
        bool has;
    } CASES[] = {
        {{0}, true},
        {{.uid = 8, .name = "bob"}, true}, /* of no owner in particular */
        {{.registry = "r"}, true},
        {{.registry = "s"}, false},
        {{.of_owner = true, .uid = 7, .name = "ann"}, true},
        {{.of_owner = true, .uid = 7}, false},
        {{.of_owner = true, .uid = 8, .name = "ann"}, false},
        {{.of_owner = true, .uid = 7, .name = "an"}, false},
        {{.of_owner = true, .uid = 7, .name = "ann", .registry = "r"}, true},
        {{.of_owner = true, .uid = 7, .name = "ann", .registry = "s"}, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++)
        assert_int_equal(record_whose_has(&CASES[i].whose, &ann), CASES[i].has);
    assert_false(record_whose_is_some(&CASES[1].whose));
    assert_true(record_whose_is_some(&CASES[2].whose));
    assert_true(record_whose_is_some(&CASES[4].whose));
}

static void ended(const char *id, int64_t ms, const char *spec, const char *down)
{
    struct record *record;
    assert_int_equal(record_open(records, id, ms, spec, strlen(spec), &record), 0);
    assert_int_equal(record_end(record, down, strlen(down)), 0);
    record_free(record);
}

#define BY(uid) "{\"started_by\":{\"uid\":" uid "},\"registry\":\"r" uid "\"}"

static int64_t owner_of(const char *id, int64_t ms)
{
    struct record_key key = {.incarnation = ms};
    struct record_owner owner;
    snprintf(key.run_id, sizeof key.run_id, "%s", id);
    int r = record_owner_find(records, &key, &owner);
    char registry[32];
    snprintf(registry, sizeof registry, "r%d", (int)owner.uid);
    if (r == 0)
        assert_string_equal(owner.registry, owner.uid < 0 ? "" : registry);
    return r < 0 ? r : owner.uid;
}

/* As a daemon that is killed leaves it. */
static void begun_and_lost(void)
{
    struct record *record;
    assert_int_equal(record_open(records, "a", 1000, BY("5"), strlen(BY("5")), &record), 0);
    free(record);
}

/* What the row of the start says is councild's word; what the first line of the record says may be
 * that of the run. */
static void the_first_line_of_a_record_is_not_believed(void **state)
{
    (void)state;
    ended("a", 1000, BY("5"), BY("7"));
    ended("b", 1000, BY("5"), "{}");
    assert_int_equal(owner_of("a", 1000), 7);
    assert_int_equal(owner_of("b", 1000), 5);
    assert_int_equal(owner_of("c", 1000), -ENOENT);
    assert_int_equal(unlinkat(folder.fd, "index.jsonl", 0), 0);
    reopen();
    assert_int_equal(owner_of("a", 1000), 7);
    assert_int_equal(owner_of("b", 1000), -1);
}

static void one_that_was_lost_is_whose_its_start_says(void **state)
{
    (void)state;
    begun_and_lost();
    close_lost();
    assert_int_equal(owner_of("a", 1000), 5);
    reopen();
    assert_int_equal(owner_of("a", 1000), 5);
    assert_int_equal(unlinkat(folder.fd, "index.jsonl", 0), 0);
    reopen();
    assert_int_equal(owner_of("a", 1000), 5); /* it was written into the last line */
}

static void one_that_was_lost_with_its_row_is_nobodys(void **state)
{
    (void)state;
    begun_and_lost();
    assert_int_equal(unlinkat(folder.fd, "index.jsonl", 0), 0);
    close_lost();
    assert_int_equal(owner_of("a", 1000), -1);
}

/* ---- one id for many ---- */

static int64_t newest(const struct record_whose *whose, const struct record_key *before)
{
    struct record_key key;
    int r = record_find_of(records, "a", before, whose, &key);
    if (r == 0)
        assert_string_equal(key.run_id, "a");
    return r < 0 ? r : key.incarnation;
}

static void of_one_id_the_newest_that_is_meant_is_found(void **state)
{
    static const struct record_whose ALL = {0}, FIVE = {.of_owner = true, .uid = 5},
                                     OF_SEVEN = {.registry = "r7"},
                                     NOBODY = {.of_owner = true, .uid = 9};
    const struct record_key fifth = {.incarnation = 1004, .run_id = "a"};
    (void)state;
    ended("a", 1000, "{}", BY("5"));
    ended("a", 1001, "{}", BY("7"));
    ended("a", 1002, "{}", BY("5"));
    ended("b", 1003, "{}", BY("5"));
    ended("a", 1004, "{}", BY("7"));
    assert_int_equal(newest(&ALL, NULL), 1004);
    assert_int_equal(newest(&FIVE, NULL), 1002);
    assert_int_equal(newest(&OF_SEVEN, NULL), 1004);
    assert_int_equal(newest(&OF_SEVEN, &fifth), 1001);
    assert_int_equal(newest(&ALL, &fifth), 1002);
    assert_int_equal(newest(&NOBODY, NULL), -ENOENT);
}

/* Who takes an older one, since it is not known whose the newest is, goes on from the wrong run. */
static void without_memory_no_other_one_is_found(void **state)
{
    const struct record_whose five = {.of_owner = true, .uid = 5};
    (void)state;
    ended("a", 1000, "{}", BY("5"));
    ended("a", 1001, "{}", BY("5"));
    for (int k = 0; failing_next(&k);) {
        const int64_t found = newest(&five, NULL);
        failing_stop();
        assert_int_equal(found, failing_happened ? -ENOMEM : 1001);
    }
    assert_true(failing_no_leak());
}

/* ---- removing what is one's own ---- */

static int64_t prune_by(const struct record_whose *whose, struct retention_policy policy,
                        int64_t now_ms)
{
    struct retention job;
    int steps = 0;
    retention_start(&job, &policy, whose);
    while (retention_step(&job, records, now_ms))
        assert_true(steps++ < 1000);
    assert_int_equal(job.error, 0);
    return job.removed;
}

static int64_t prune(const struct record_whose *whose, int64_t keep)
{
    return prune_by(whose, (struct retention_policy){keep, -1, -1}, 10000);
}

static size_t left(int64_t uid)
{
    const struct record_whose whose = {.of_owner = true, .uid = uid};
    struct record_key key = {0};
    size_t n = 0;
    while (records_after(records, key.run_id[0] ? &key : NULL, &key) == 0)
        n += record_is_of(records, &key, &whose);
    return n;
}

static void only_ones_own_go_and_only_they_count(void **state)
{
    (void)state;
    const struct record_whose five = {.of_owner = true, .uid = 5}, of_seven = {.registry = "r7"},
                              nobody = {.of_owner = true, .uid = 9};
    for (int i = 0; i < 60; i++)
        ended(i % 3 ? "a" : "b", 1000 + i, "{}", i % 3 ? BY("5") : BY("7"));
    assert_int_equal(prune(&nobody, 0), 0);
    assert_int_equal(prune(&five, 40), 0);
    assert_int_equal(prune(&five, 37), 3);
    assert_int_equal(left(5), 37);
    assert_int_equal(left(7), 20);
    assert_int_equal(owner_of("a", 1001), -ENOENT); /* the oldest */
    assert_int_equal(owner_of("a", 1059), 5);
    assert_int_equal(prune(&of_seven, 1), 19);
    assert_int_equal(left(7), 1);
    assert_int_equal(owner_of("b", 1057), 7);
    assert_int_equal(left(5), 37);
    assert_int_equal(prune(&five, 0), 37);
    assert_int_equal(records_count(records), 1);
}

/* It is not counted, and so it pushes nobody out and is not pushed out. */
static void what_ends_during_a_pass_is_for_the_next_one(void **state)
{
    (void)state;
    enum { DAY_MS = 24 * 3600 * 1000 };
    static const struct {
        bool one; /* there is when the pass begins */
        struct retention_policy policy;
        int64_t now_ms;
    } CASES[] = {{true, {0, -1, -1}, 10000}, {false, {5, 1, -1}, DAY_MS + 1500}};
    const struct record_whose five = {.of_owner = true, .uid = 5};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct retention job;
        teardown(NULL);
        setup(NULL);
        if (CASES[i].one)
            ended("a", 1000, "{}", BY("5"));
        retention_start(&job, &CASES[i].policy, &five);
        assert_int_equal(retention_step(&job, records, CASES[i].now_ms), 1);
        if (!CASES[i].one)
            ended("a", 1000, "{}", BY("5"));
        ended("b", 2000, "{}", BY("5"));
        for (int steps = 0; retention_step(&job, records, CASES[i].now_ms);)
            assert_true(steps++ < 100);
        assert_int_equal(job.removed, 1);
        assert_int_equal(owner_of("b", 2000), 5);
    }
}

/* Others may keep as much as they like, and for as long. */
static void neither_bytes_nor_age_of_others_count(void **state)
{
    (void)state;
    enum { DAY_MS = 24 * 3600 * 1000, EACH = 20 };
    const struct record_whose five = {.of_owner = true, .uid = 5};
    int64_t bytes = 0;
    for (int i = 0; i < 2 * EACH; i++) {
        const char *id = i % 2 ? "mine" : "others";
        ended(id, 1000 + i, "{}", i % 2 ? BY("5") : BY("7"));
        const struct record_key key = key_of(id);
        bytes += i % 2 ? records_bytes(records, &key) : 0;
    }
    assert_int_equal(prune_by(&five, (struct retention_policy){-1, -1, bytes}, 10000), 0);
    assert_int_equal(prune_by(&five, (struct retention_policy){-1, -1, bytes - 1}, 10000), 1);
    assert_int_equal(owner_of("mine", 1001), -ENOENT); /* the oldest */
    assert_int_equal(left(7), EACH);
    const struct retention_policy day = {-1, 1, -1};
    assert_int_equal(prune_by(&five, day, DAY_MS + 1003), 0);
    assert_int_equal(prune_by(&five, day, DAY_MS + 1008), 3); /* of 1003, 1005 and 1007 */
    assert_int_equal(left(5), EACH - 4);
    assert_int_equal(left(7), EACH);
}

static void an_elder_goes_with_its_heir(void **state)
{
    (void)state;
    const struct record_whose five = {.of_owner = true, .uid = 5};
    struct record *record;
    struct record_key elder = {.incarnation = 1000, .run_id = "a"};
    ended("a", 1000, "{}", BY("5"));
    ended("b", 1001, "{}", BY("7"));
    assert_int_equal(record_open(records, "c", 1002, "{}", 2, &record), 0);
    record_go_on_from(record, &elder);
    assert_int_equal(record_end(record, BY("5"), strlen(BY("5"))), 0);
    record_free(record);
    assert_int_equal(prune(&five, 1), 0); /* the elder does not count */
    assert_int_equal(prune(&five, 0), 2);
    assert_int_equal(records_count(records), 1);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_is_read_of_who_started_it),
        TEST(who_owns_has_uid_and_name),
        TEST(the_first_line_of_a_record_is_not_believed),
        TEST(one_that_was_lost_is_whose_its_start_says),
        TEST(one_that_was_lost_with_its_row_is_nobodys),
        TEST(of_one_id_the_newest_that_is_meant_is_found),
        TEST(without_memory_no_other_one_is_found),
        TEST(only_ones_own_go_and_only_they_count),
        TEST(what_ends_during_a_pass_is_for_the_next_one),
        TEST(neither_bytes_nor_age_of_others_count),
        TEST(an_elder_goes_with_its_heir),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
