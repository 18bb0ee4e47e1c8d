/* What a run tells councild: each event that was written and no other, no key, and nothing more
 * while the link is full. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "council_run_fixture.h"

static char *journal_text(const struct world *w)
{
    enum { MOST = 1 << 20 };
    char *text = xcalloc(1, MOST);
    int fd = open(w->path, O_RDONLY | O_CLOEXEC);
    assert_true(read(fd, text, MOST - 1) >= 0);
    close(fd);
    return text;
}

static const char PAIR[] =
    "{\"schema_version\":1,\"id\":\"pair\",\"members\":[{\"id\":\"ann\",\"provider\":\"mock\","
    "\"model\":\"m\"},{\"id\":\"bob\",\"provider\":\"mock\",\"model\":\"n\"}],"
    "\"rounds\":[{\"type\":\"independent_analysis\"}]}";

static void what_is_told_is_what_was_written(void **state)
{
    (void)state;
    struct world w;
    open_run(&w, PAIR, "s", O_RDWR | O_APPEND);
    council_run_begin(w.run);
    play(&w);
    char *text = journal_text(&w), *at = text;
    size_t i;
    json_t *event;
    json_array_foreach (w.events, i, event) {
        size_t len = strcspn(at, "\n");
        json_t *written = json_loadb(at, len, 0, NULL);
        assert_true(json_equal(written, event));
        assert_int_equal(j_int(event, "seq", 0), i + 1);
        json_decref(written);
        at += len + 1;
    }
    assert_int_equal(*at, '\0');
    assert_true(json_array_size(w.events) > 6);
    assert_true(w.progress > 0);
    assert_string_equal(j_str(w.result, "outcome", ""), "complete");
    free(text);
    close_run(&w);
}

static void without_a_journal_nothing_is_told_but_the_end(void **state)
{
    (void)state;
    struct world w;
    open_run(&w, PAIR, "s", O_RDONLY);
    council_run_begin(w.run);
    play(&w);
    json_t *error = json_array_get(j_get(j_get(w.result, "result"), "errors"), 0);
    assert_int_equal(json_array_size(w.events), 0);
    assert_string_equal(j_str(w.result, "outcome", ""), "failed");
    assert_string_equal(j_str(error, "code", ""), "journal");
    close_run(&w);
}

/* The header's value is a secret of this run. It stands in what was asked, which is cleaned before
 * the engine sees it, and in the seed, which is not: the event that names it is. */
static void a_key_in_an_event_is_replaced_and_told_once(void **state)
{
    (void)state;
    static const char LEAKS[] =
        "{\"schema_version\":1,\"id\":\"leaks\",\"members\":[{\"id\":\"ann\",\"provider\":\"mock\","
        "\"model\":\"m\",\"role\":\"" KEY "\"},{\"id\":\"bob\",\"provider\":\"mock\",\"model\":"
        "\"n\"}],\"rounds\":[{\"type\":\"independent_analysis\"}]}";
    struct world w;
    size_t i, warned = 0;
    json_t *event;
    open_run(&w, LEAKS, KEY, O_RDWR | O_APPEND);
    council_run_begin(w.run);
    play(&w);
    json_array_foreach (w.events, i, event)
        warned += j_has(event, "type", "warning") && j_has(event, "code", "secret_redacted");
    char *text = journal_text(&w), *told = j_dump(w.events);
    assert_null(strstr(text, KEY));
    assert_null(strstr(told, KEY));
    assert_non_null(strstr(text, "\"seed\":\"" REDACTED_KEY));
    assert_int_equal(warned, 1);
    free(text);
    free(told);
    close_run(&w);
}

static void a_full_link_holds_the_run(void **state)
{
    (void)state;
    struct world w;
    open_run(&w, PAIR, "s", O_RDWR | O_APPEND);
    council_run_begin(w.run);
    hear_all(&w);
    size_t before = json_array_size(w.events);
    while (w.uplink.out.len <= UPLINK_STOP_MARK)
        assert_int_equal(buf_add(&w.uplink.out, (char[4096]){0}, 4096), 0);
    size_t full = w.uplink.out.len;
    assert_true(council_run_is_held(w.run));
    assert_int_equal(council_run_timeout_ms(w.run), -1);
    council_run_step(w.run);
    assert_int_equal(w.uplink.out.len, full);
    buf_clear(&w.uplink.out);
    assert_false(council_run_is_held(w.run));
    play(&w);
    assert_true(json_array_size(w.events) > before);
    close_run(&w);
}

static void a_cancelled_run_ends_as_cancelled(void **state)
{
    (void)state;
    struct world w;
    open_run(&w, PAIR, "s", O_RDWR | O_APPEND);
    council_run_begin(w.run);
    council_run_cancel(w.run, true, LINK_CAUSE_CLIENT);
    play(&w);
    assert_string_equal(j_str(w.result, "outcome", ""), "cancelled");
    close_run(&w);
}

static void a_run_is_cancelled_as_was_asked(void **state)
{
    (void)state;
    static const struct {
        bool now;
        enum link_cause cause;
        const char *mode, *reason;
    } CASES[] = {{true, LINK_CAUSE_CLIENT, "now", "client"},
                 {false, LINK_CAUSE_CLIENT, "drain", "client"},
                 {true, LINK_CAUSE_DEADLINE, "now", "deadline"},
                 {false, LINK_CAUSE_DEADLINE, "drain", "deadline"}};
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        struct world w;
        size_t k, n = 0;
        json_t *event;
        open_run(&w, PAIR, "s", O_RDWR | O_APPEND);
        council_run_begin(w.run);
        council_run_cancel(w.run, CASES[i].now, CASES[i].cause);
        assert_int_equal(council_run_timeout_ms(w.run), 0); /* it is to be taken in at once */
        play(&w);
        json_array_foreach (w.events, k, event) {
            if (!j_has(event, "type", "cancel_requested"))
                continue;
            n++;
            assert_string_equal(j_str(event, "mode", ""), CASES[i].mode);
            assert_string_equal(j_str(event, "reason", ""), CASES[i].reason);
            assert_null(j_get(event, "message"));
        }
        assert_int_equal(n, 1);
        close_run(&w);
    }
}

/* What the deltas of a call say, in the order of their numbers. */
static void expect_all_of(const struct world *w, const char *call_id, const char *content)
{
    struct buf text = BUF_INIT(1 << 20);
    size_t i;
    int64_t n = 0;
    json_t *delta;
    json_array_foreach (w->deltas, i, delta) {
        if (!j_has(delta, "call_id", call_id))
            continue;
        assert_string_equal(j_str(delta, "type", ""), "member_token");
        assert_int_equal(j_int(delta, "n", -1), n++);
        assert_int_equal(j_int(delta, "attempt", 0), 1);
        buf_addf(&text, "%s", j_str(delta, "text", ""));
    }
    assert_true(n > 1);
    assert_string_equal(buf_str(&text), content);
    buf_release(&text);
}

static void deltas_are_for_those_who_listen(void **state)
{
    (void)state;
    struct world w;
    size_t i, answers = 0;
    json_t *event;
    open_run(&w, PAIR, "s", O_RDWR | O_APPEND);
    council_run_set_deltas(w.run, true);
    council_run_begin(w.run);
    play(&w);
    json_array_foreach (w.events, i, event) {
        if (!j_has(event, "type", "exchange_completed"))
            continue;
        answers++;
        expect_all_of(&w, j_str(event, "call_id", ""), j_str(event, "content", "?"));
    }
    assert_int_equal(answers, 2);
    close_run(&w);
    open_run(&w, PAIR, "s", O_RDWR | O_APPEND);
    council_run_set_deltas(w.run, true);
    council_run_begin(w.run);
    council_run_set_deltas(w.run, false);
    play(&w);
    assert_int_equal(json_array_size(w.deltas), 0);
    close_run(&w);
}

/* A reader that is slow gets the events, and no deltas. */
static void deltas_give_way_on_a_link_that_fills(void **state)
{
    (void)state;
    for (size_t more = 0; more < 2; more++) {
        struct world w;
        open_run(&w, PAIR, "s", O_RDWR | O_APPEND);
        council_run_set_deltas(w.run, true);
        council_run_begin(w.run);
        hear_all(&w);
        struct buf filler = BUF_INIT(UPLINK_DELTA_MARK + 1);
        static const char HEAD[] = "{\"type\":\"filler\"}";
        assert_int_equal(buf_add_str(&filler, HEAD), 0);
        while (filler.len < UPLINK_DELTA_MARK - 1 + more)
            assert_int_equal(buf_add_char(&filler, ' '), 0);
        assert_int_equal(buf_add_char(&filler, '\n'), 0);
        assert_int_equal(buf_add(&w.uplink.out, filler.at, filler.len), 0);
        play(&w);
        assert_int_equal(json_array_size(w.deltas) > 0, more == 0);
        assert_string_equal(j_str(w.result, "outcome", ""), "complete");
        buf_release(&filler);
        close_run(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_told_is_what_was_written),
        cmocka_unit_test(without_a_journal_nothing_is_told_but_the_end),
        cmocka_unit_test(a_key_in_an_event_is_replaced_and_told_once),
        cmocka_unit_test(a_full_link_holds_the_run),
        cmocka_unit_test(a_cancelled_run_ends_as_cancelled),
        cmocka_unit_test(a_run_is_cancelled_as_was_asked),
        cmocka_unit_test(deltas_are_for_those_who_listen),
        cmocka_unit_test(deltas_give_way_on_a_link_that_fills),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
