/* How many answers a round needs, and which of them count: one too few and a council speaks for
 * seats that were silent, one too many and it fails for nothing. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <utlist.h>

#include "common/jx.h"
#include "proto/council/tables/kinds.h"
#include "runner/deliberation/round/quorum.h"
#include "runner/deliberation/round/round_type.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat.h"
#include "runner/deliberation/state/seat_call.h"

#define COUNT(cases) (sizeof(cases) / sizeof(*(cases)))

static json_t *ids(int n)
{
    json_t *list = j_array();
    for (int i = 0; i < n; i++)
        j_add(list, json_sprintf("m%d", i));
    return list;
}

static void how_many_are_needed(void **state)
{
    (void)state;
    static const struct {
        const char *quorum;
        int asked, unavailable, need;
    } CASES[] = {
        {"{\"distinct\": \"member\"}", 3, 0, 1},
        {"{\"distinct\": \"member\", \"ratio\": null, \"min\": null}", 3, 0, 1},
        {"{\"distinct\": \"member\", \"min\": 0}", 3, 0, 1}, /* at least one */
        {"{\"distinct\": \"member\", \"min\": 2}", 3, 0, 2},
        {"{\"distinct\": \"member\", \"min\": 4}", 3, 0, 4}, /* it cannot be met */
        {"{\"distinct\": \"member\", \"ratio\": 0}", 3, 0, 1},
        {"{\"distinct\": \"member\", \"ratio\": 0.5}", 4, 0, 2},
        {"{\"distinct\": \"member\", \"ratio\": 0.5}", 5, 0, 3}, /* a part is a whole */
        {"{\"distinct\": \"member\", \"ratio\": 0.51}", 4, 0, 3},
        {"{\"distinct\": \"member\", \"ratio\": 1}", 4, 0, 4},
        {"{\"distinct\": \"member\", \"ratio\": 0.28}", 25, 0, 7}, /* 7.000000000000001 is 7 */
        {"{\"distinct\": \"member\", \"ratio\": 0.6}", 5, 0, 3},
        {"{\"distinct\": \"member\", \"ratio\": 0.5}", 2, 2, 2}, /* of all seats */
        {"{\"distinct\": \"member\", \"ratio\": 0.5}", 1, 4, 3},
        {"{\"distinct\": \"member\", \"ratio\": 0.5, \"min\": 3}", 4, 0, 3},
        {"{\"distinct\": \"member\", \"ratio\": 0.5, \"min\": 1}", 4, 0, 2},
    };
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct round_type type = {.kind = &ROUND_KINDS[ROUND_TYPE_VOTE]};
        json_t *quorum = json_loads(CASES[i].quorum, 0, NULL);
        struct round r = {.type = &type,
                          .doc = j_pack("{s:o}", "quorum", quorum),
                          .asked = ids(CASES[i].asked),
                          .unavailable = ids(CASES[i].unavailable)};
        quorum_set(&r);
        json_t *told = quorum_json(&r), *wanted = quorum_wanted(&r);
        if (r.need != CASES[i].need || j_int(told, "need", -1) != r.need)
            fail_msg("case %zu: %d", i, r.need);
        assert_int_equal(r.seats, CASES[i].asked + CASES[i].unavailable);
        assert_int_equal(j_int(told, "of", -1), r.seats);
        assert_int_equal(j_int(told, "ok", -1), 0);
        assert_int_equal(j_int(wanted, "need", -1), r.need);
        assert_int_equal(j_int(wanted, "of", -1), r.seats);
        assert_string_equal(j_str(wanted, "distinct", ""), "member");
        json_decref(told);
        json_decref(wanted);
        json_decref((json_t *)r.doc);
        json_decref(r.asked);
        json_decref(r.unavailable);
    }
}

/* ann and bob are of one house, bob and cy of one model; eve judges. */
static void which_answers_count(void **state)
{
    (void)state;
    static const struct {
        const char *distinct;
        const char *status[4];
        int ok;
    } CASES[] = {
        {"member", {"ok", "ok", "ok", "ok"}, 3},
        {"member", {"ok", "error", "ok", "ok"}, 2},
        {"member", {"error", "timeout", "ok", NULL}, 1},
        {"member", {"error", "timeout", NULL, "ok"}, 0},
        {"provider", {"ok", "ok", "ok", "ok"}, 2},
        {"provider", {"ok", "ok", "error", "ok"}, 1},
        {"provider", {"error", "ok", "ok", "ok"}, 2},
        {"model", {"ok", "ok", "ok", "ok"}, 2},
        {"model", {"error", "ok", "ok", "ok"}, 1},
        {"model", {"ok", "error", "ok", "ok"}, 2},
    };
    static const char SEATS[] =
        "[{\"id\": \"ann\", \"provider\": \"p\", \"model\": \"m\"}, {\"id\": \"bob\", "
        "\"provider\": "
        "\"p\", \"model\": \"n\"}, {\"id\": \"cy\", \"provider\": \"q\", \"model\": \"n\"}, "
        "{\"id\": \"eve\", \"provider\": \"r\", \"model\": \"o\"}]";
    for (size_t i = 0; i < COUNT(CASES); i++) {
        struct round_type type = {.kind = &ROUND_KINDS[ROUND_TYPE_VOTE]};
        json_t *docs = json_loads(SEATS, 0, NULL), *none = ids(0);
        struct round r = {.type = &type,
                          .doc = j_pack("{s:{s:s}}", "quorum", "distinct", CASES[i].distinct),
                          .asked = none,
                          .unavailable = none};
        struct seat seats[4];
        struct seat_call calls[4];
        quorum_set(&r);
        for (size_t k = 0; k < 4; k++) {
            json_t *doc = json_array_get(docs, k);
            seats[k] = (struct seat){.doc = doc, .id = j_str(doc, "id", "")};
            calls[k] = (struct seat_call){.seat = &seats[k],
                                          .kind = k == 3 ? CALL_KIND_JUDGE : CALL_KIND_MEMBER,
                                          .status = CASES[i].status[k]};
            DL_APPEND(r.calls, &calls[k]);
        }
        if (quorum_ok(&r) != CASES[i].ok)
            fail_msg("case %zu: %d", i, quorum_ok(&r));
        json_decref((json_t *)r.doc);
        json_decref(docs);
        json_decref(none);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(how_many_are_needed),
        cmocka_unit_test(which_answers_count),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
