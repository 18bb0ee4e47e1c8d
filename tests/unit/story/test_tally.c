/* Tallies as people read them: order and ties, and who was first how often. */
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "heap_kept.h"
#include "story/tally.h"

static void reads(const char *aggregate, const char *expected)
{
    struct buf out = BUF_INIT(1 << 16);
    json_t *a = json_loads(aggregate, 0, NULL);
    assert_non_null(a);
    tally_add(&out, a);
    assert_string_equal(buf_str(&out), expected);
    buf_release(&out);
    json_decref(a);
}

static void candidates_stand_in_their_order(void **state)
{
    (void)state;
    reads("{\"winner\": \"b\", \"order\": [[\"b\"], [\"a\", \"c\"], \"d\"], \"scores\": {\"a\": 1,"
          " \"b\": 2.5, \"c\": 1}, \"ballots\": {\"cast\": 3, \"seats\": 4}}",
          "  PLACE  CANDIDATE   SCORE\n"
          "      1  b          2.5000\n"
          "      2  a          1.0000\n"
          "      2  c          1.0000\n"
          "      4  d               -\n"
          "  winner: b (3 of 4 ballots)\n");
}

static void a_ranking_tells_its_report(void **state)
{
    (void)state;
    reads("{\"winner\": \"ann\", \"order\": [[\"ann\"], [\"bob\"]], \"scores\": {\"ann\": 3, "
          "\"bob\": 1},"
          " \"label_to_id\": {\"A\": \"bob\", \"B\": \"ann\"}, \"report\": {\"avg_position\":"
          " {\"ann\": 1.25, \"bob\": 1.75}, \"first_places\": {\"ann\": 3}, \"votes\": {\"ann\": "
          "4}}}",
          "  PLACE  CANDIDATE   SCORE  LABEL  MEAN POSITION  FIRST PLACES  BALLOTS\n"
          "      1  ann        3.0000  B               1.25             3        4\n"
          "      2  bob        1.0000  A               1.75             -        -\n"
          "  winner: ann\n");
}

static void ties_and_nobody(void **state)
{
    (void)state;
    reads("{\"winner\": null, \"tied\": [\"a\", \"b\\u001b\"]}", "  tied: a, b\\x1b\n");
    reads("{}", "  no winner\n");
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(candidates_stand_in_their_order);
    assert_keeps_nothing(a_ranking_tells_its_report);
    assert_keeps_nothing(ties_and_nobody);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(candidates_stand_in_their_order),
        cmocka_unit_test(a_ranking_tells_its_report),
        cmocka_unit_test(ties_and_nobody),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
