/* Columns that do not line up, and cells of strangers that break the table. */
#include <locale.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "heap_kept.h"
#include "story/columns.h"
#include "story/tally.h"

static void columns_line_up(void **state)
{
    (void)state;
    static const char *const heads[] = {"NAME", ">N", "LAST", NULL};
    struct table *t = table_new(heads);
    json_t *values = json_pack("[s, i, n]", "\xe4\xbd\xa0\xe5\xa5\xbd\x1b\n", 12345678, NULL);
    table_json(t, json_array_get(values, 0));
    table_count(t, json_array_get(values, 1));
    table_json(t, json_array_get(values, 2));
    table_cell(t, "a");
    table_duration(t, json_array_get(values, 2));
    table_cell(t, "b");
    struct buf out = BUF_INIT(10000);
    table_print(t, "> ", &out);
    assert_string_equal(buf_str(&out), "> NAME           N  LAST\n"
                                       "> \xe4\xbd\xa0\xe5\xa5\xbd\\x1b   12.3M  -\n"
                                       "> a              -  b\n");
    buf_release(&out);
    json_decref(values);
    table_free(t);
}

static void times_stand_in_cells(void **state)
{
    (void)state;
    static const char *const heads[] = {">T", NULL};
    struct table *t = table_new(heads);
    json_t *values = json_pack("[i, f, s]", 61000, 1500.0, "7");
    for (size_t i = 0; i < 3; i++)
        table_duration(t, json_array_get(values, i));
    struct buf out = BUF_INIT(10000);
    table_print(t, "", &out);
    assert_string_equal(buf_str(&out), "        T\n1 min 1 s\n    1.5 s\n        -\n");
    buf_release(&out);
    json_decref(values);
    table_free(t);
}

static void long_cells_are_cut(void **state)
{
    (void)state;
    static const char *const heads[] = {"A", NULL};
    struct table *t = table_new(heads);
    char text[500];
    memset(text, 'x', sizeof text - 1);
    text[sizeof text - 1] = '\0';
    table_cell(t, text);
    struct buf out = BUF_INIT(10000);
    table_print(t, "", &out);
    assert_int_equal(out.len, 2 + 72 + 3 + 1);
    buf_release(&out);
    table_free(t);
}

static void tells(const char *aggregate, const char *expected)
{
    json_t *a = json_loads(aggregate, 0, NULL);
    assert_non_null(a);
    struct buf out = BUF_INIT(10000);
    tally_add(&out, a);
    assert_string_equal(buf_str(&out), expected);
    buf_release(&out);
    json_decref(a);
}

static void a_tally_tells_winner_tie_and_nobody(void **state)
{
    (void)state;
    tells("{\"winner\": \"b\", \"tied\": [], \"order\": [[\"b\"], [\"a\", \"c\"], [\"d\"]],"
          " \"scores\": {\"a\": 0.5, \"b\": 1, \"c\": 0.5, \"d\": null},"
          " \"ballots\": {\"seats\": 4, \"cast\": 3}}",
          "  PLACE  CANDIDATE   SCORE\n"
          "      1  b          1.0000\n"
          "      2  a          0.5000\n"
          "      2  c          0.5000\n"
          "      4  d               -\n"
          "  winner: b (3 of 4 ballots)\n");
    tells("{\"winner\": null, \"tied\": [\"a\", \"\\u001b[2J\"], \"order\": []}",
          "  tied: a, \\x1b[2J\n");
    tells("{\"winner\": null, \"tied\": []}", "  no winner\n");
}

static void a_peer_ranking_has_its_report(void **state)
{
    (void)state;
    tells("{\"winner\": \"b\", \"order\": [[\"b\"], [\"a\"]], \"scores\": {\"a\": 0, \"b\": 1},"
          " \"avg_position\": {\"a\": 2, \"b\": 1.3333}, \"first_places\": {\"b\": 2},"
          " \"votes\": {\"a\": 3, \"b\": 3},"
          " \"label_to_id\": {\"Response A\": \"b\", \"Response B\": \"a\"}}",
          "  PLACE  CANDIDATE   SCORE  LABEL       MEAN POSITION  FIRST PLACES  BALLOTS\n"
          "      1  b          1.0000  Response A           1.33             2        3\n"
          "      2  a          0.0000  Response B           2.00             -        3\n"
          "  winner: b\n");
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(columns_line_up);
    assert_keeps_nothing(times_stand_in_cells);
    assert_keeps_nothing(long_cells_are_cut);
    assert_keeps_nothing(a_tally_tells_winner_tie_and_nobody);
    assert_keeps_nothing(a_peer_ranking_has_its_report);
}

int main(void)
{
    setlocale(LC_CTYPE, "C.UTF-8");
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(columns_line_up),
        cmocka_unit_test(times_stand_in_cells),
        cmocka_unit_test(long_cells_are_cut),
        cmocka_unit_test(a_tally_tells_winner_tie_and_nobody),
        cmocka_unit_test(a_peer_ranking_has_its_report),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
