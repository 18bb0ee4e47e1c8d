/* An answer that cost money and was told, or acted upon, before it was on the disk is paid for
 * twice when the power fails: that used to be so for every turn in which a model called tools. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/jx.h"
#include "runner/publish.h"
#include "tell_world.h"

/* What the disk is asked for this event. */
static const char *asked_of(const char *text)
{
    static char trace[200];
    struct world w;
    struct error err = {0};
    size_t bytes;
    bool redacted;
    json_t *event = json_loads(text, 0, NULL);
    assert_non_null(event);
    begin(&w, (struct bad_disk){0});
    assert_int_equal(publish_event(&w.journal, &w.tell, event, &bytes, &redacted, &err), 0);
    assert_int_equal(bytes + 1, w.journal.size);
    assert_true(w.uplink.out.len > bytes);
    snprintf(trace, sizeof(trace), "%s", disk.trace);
    json_decref(event);
    end(&w);
    return trace;
}

#define EXCHANGE(more) "{\"type\":\"exchange_completed\",\"seq\":7" more "}"

static void what_cost_money_is_synced(void **state)
{
    (void)state;
    assert_string_equal(asked_of(EXCHANGE(",\"cost\":0.25")), "exchange_completed sync ");
    assert_string_equal(asked_of(EXCHANGE(",\"cost\":null")), "exchange_completed sync ");
    assert_string_equal(asked_of(EXCHANGE("")), "exchange_completed sync ");
    assert_string_equal(
        asked_of(EXCHANGE(",\"finish_reason\":\"tool_calls\",\"cost\":1e-9,\"tool_calls\":[{}]")),
        "exchange_completed sync ");
}

static void what_was_free_or_paid_for_before_is_not(void **state)
{
    (void)state;
    assert_string_equal(asked_of(EXCHANGE(",\"cost\":0.0")), "exchange_completed ");
    assert_string_equal(asked_of(EXCHANGE(",\"cost\":0.25,\"reused\":true")),
                        "exchange_completed ");
    assert_string_equal(asked_of("{\"type\":\"member_started\",\"seq\":1}"), "member_started ");
    assert_string_equal(asked_of("{\"type\":\"carried\",\"seq\":1}"), "carried ");
    assert_string_equal(asked_of("{\"type\":\"of_another_time\",\"seq\":1}"), "of_another_time ");
}

static void ends_are_synced(void **state)
{
    (void)state;
    assert_string_equal(asked_of("{\"type\":\"carried_end\",\"seq\":1}"), "carried_end sync ");
    assert_string_equal(asked_of("{\"type\":\"round_completed\",\"seq\":1}"),
                        "round_completed sync ");
    assert_string_equal(asked_of("{\"type\":\"run_completed\",\"seq\":1}"), "run_completed sync ");
    assert_string_equal(asked_of("{\"type\":\"run_failed\",\"seq\":1}"), "run_failed sync ");
}

/* Neither what could not be written nor what could not be synced is told. */
static void what_does_not_reach_the_disk_is_not_told(void **state)
{
    (void)state;
    const struct bad_disk how[] = {{.way = BAD_WRITE, .at = 1, .number = ENOSPC},
                                   {.way = BAD_SHORT_WRITE, .at = 1},
                                   {.way = BAD_SYNC, .at = 1, .number = EIO}};
    for (size_t i = 0; i < sizeof(how) / sizeof(how[0]); i++) {
        struct world w;
        struct error err = {0};
        size_t bytes;
        bool redacted;
        json_t *event = json_loads(EXCHANGE(""), 0, NULL);
        begin(&w, how[i]);
        assert_true(publish_event(&w.journal, &w.tell, event, &bytes, &redacted, &err) < 0);
        assert_int_equal(w.uplink.out.len, 0);
        assert_true(err.text[0] != 0);
        json_decref(event);
        end(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_cost_money_is_synced),
        cmocka_unit_test(what_was_free_or_paid_for_before_is_not),
        cmocka_unit_test(ends_are_synced),
        cmocka_unit_test(what_does_not_reach_the_disk_is_not_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
