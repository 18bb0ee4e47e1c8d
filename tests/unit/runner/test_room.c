/* Room that is counted too small lets an answer be paid for that cannot be kept; too large, and a
 * disk with room enough is refused. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "bad_disk.h"
#include "common/error.h"
#include "runner/room.h"

enum { KIB = 1024, END = 128 * KIB };

static void open_journal(struct journal *j, int64_t stands)
{
    struct error err = {0};
    disk = (struct bad_disk){0};
    assert_int_equal(journal_init(j, memfd_create("journal", MFD_CLOEXEC), -1, &err), 0);
    j->calls = &DISK;
    j->size = stands;
}

static int take(struct room *r, struct journal *j, const char *params, int texts, int attempt)
{
    struct error err = {0};
    struct engine_attempt ask = {.params = json_loads(params, 0, NULL)};
    if (texts)
        ask.embed = json_array();
    for (int i = 0; i < texts; i++)
        json_array_append_new(ask.embed, json_string("x"));
    int e = room_take(r, j, &ask, "r0i0:member:ann", attempt, &err);
    json_decref(ask.params);
    json_decref(ask.embed);
    return e;
}

static void what_an_answer_may_write(void **state)
{
    (void)state;
    static const struct {
        const char *params;
        int texts;
        int64_t bytes;
    } CASES[] = {
        {"{\"max_tokens\":0}", 0, 64 * KIB},
        {"{\"max_tokens\":1}", 0, 64 * KIB + 16},
        {"{\"max_tokens\":1000}", 0, 64 * KIB + 16000},
        {"{\"max_tokens\":null}", 0, (64 + 32 * 16) * KIB},
        {"{}", 0, (64 + 32 * 16) * KIB},
        {"{\"max_tokens\":1048575}", 0, 64 * KIB + 16 * 1048575},
        {"{\"max_tokens\":1048576}", 0, 64 * KIB + 16 * 1048576},
        {"{\"max_tokens\":1048577}", 0, 64 * KIB + 16 * 1048576},
        {"{\"max_tokens\":-1}", 0, 64 * KIB + 16 * 1048576},
        {"{\"max_tokens\":0}", 1, (64 + 128) * KIB},
        {"{\"max_tokens\":0}", 3, (64 + 3 * 128) * KIB},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct journal j;
        struct room r;
        open_journal(&j, 500);
        room_init(&r);
        assert_int_equal(take(&r, &j, CASES[i].params, CASES[i].texts, 1), 0);
        assert_int_equal(r.bytes, CASES[i].bytes);
        /* behind what stands: the answer, the end that says it all again, councild's last line */
        assert_int_equal(disk.reserved, 500 + CASES[i].bytes + END + 500 + JOURNAL_LAST_LINE);
        room_release(&r);
        journal_release(&j);
    }
}

/* The end says again what stands, up to a bound. */
static void what_the_end_may_write(void **state)
{
    (void)state;
    enum { MOST = 8704 * KIB };
    static const int64_t STANDS[] = {0, MOST - 1, MOST, MOST + 1, 3 * (int64_t)MOST};
    for (size_t i = 0; i < sizeof STANDS / sizeof STANDS[0]; i++) {
        struct journal j;
        struct room r;
        int64_t again = STANDS[i] < MOST ? STANDS[i] : MOST;
        open_journal(&j, STANDS[i]);
        room_init(&r);
        assert_int_equal(take(&r, &j, "{\"max_tokens\":0}", 0, 1), 0);
        assert_int_equal(disk.reserved, STANDS[i] + 64 * KIB + END + again + JOURNAL_LAST_LINE);
        room_release(&r);
        journal_release(&j);
    }
}

static void those_under_way_together(void **state)
{
    (void)state;
    struct journal j;
    struct room r;
    open_journal(&j, 0);
    room_init(&r);
    for (int attempt = 1; attempt <= 3; attempt++)
        assert_int_equal(take(&r, &j, "{\"max_tokens\":0}", 0, attempt), 0);
    assert_int_equal(r.bytes, 3 * 64 * KIB);
    assert_int_equal(disk.reserved, 3 * 64 * KIB + END + JOURNAL_LAST_LINE);
    room_give(&r, "r0i0:member:ann", 2);
    assert_int_equal(r.bytes, 2 * 64 * KIB);
    room_give(&r, "r0i0:member:ann", 2); /* given back already */
    room_give(&r, "r0i0:member:bob", 1); /* never taken */
    assert_int_equal(r.bytes, 2 * 64 * KIB);
    room_give(&r, "r0i0:member:ann", 1);
    room_give(&r, "r0i0:member:ann", 3);
    assert_int_equal(r.bytes, 0);
    assert_int_equal(json_object_size(r.open), 0);
    room_release(&r);
    assert_null(r.open);
    journal_release(&j);
}

static void nothing_is_taken_where_there_is_no_room(void **state)
{
    (void)state;
    struct journal j;
    struct room r;
    open_journal(&j, 0);
    room_init(&r);
    disk.way = BAD_RESERVE;
    disk.at = 2;
    disk.number = EDQUOT;
    assert_int_equal(take(&r, &j, "{\"max_tokens\":0}", 0, 1), 0);
    assert_int_equal(take(&r, &j, "{\"max_tokens\":0}", 0, 2), -EDQUOT);
    assert_int_equal(r.bytes, 64 * KIB);
    assert_int_equal(json_object_size(r.open), 1);
    room_release(&r);
    journal_release(&j);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_an_answer_may_write),
        cmocka_unit_test(what_the_end_may_write),
        cmocka_unit_test(those_under_way_together),
        cmocka_unit_test(nothing_is_taken_where_there_is_no_room),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
