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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_told_is_what_was_written),
        cmocka_unit_test(without_a_journal_nothing_is_told_but_the_end),
        cmocka_unit_test(a_key_in_an_event_is_replaced_and_told_once),
        cmocka_unit_test(a_full_link_holds_the_run),
        cmocka_unit_test(a_cancelled_run_ends_as_cancelled),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
