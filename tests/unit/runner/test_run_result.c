/* The last line that councild hears of a run: whole, short, by its place in the record, or as one
 * that failed; and what is told on the way there. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/jx.h"
#include "runner/run_result.h"
#include "tell_world.h"

#define KEY "sk-a-key-that-nobody-may-see"

static void begin_with_key(struct world *w, struct bad_disk how)
{
    begin(w, how);
    secrets_add(w->secrets, KEY);
    w->tell.longest = 10000;
}

static json_t *tree(const char *text)
{
    json_t *value = json_loads(text, 0, NULL);
    assert_non_null(value);
    return value;
}

static void was_told(struct world *w, const char *lines)
{
    assert_string_equal(w->uplink.out.len ? buf_str(&w->uplink.out) : "", lines);
    buf_clear(&w->uplink.out);
}

/* ---- which event carries the result ---- */

static void only_the_last_event_counts(void **state)
{
    (void)state;
    static const struct {
        const char *event;
        struct run_result after;
    } CASES[] = {
        {"{\"type\":\"run_completed\",\"result\":{}}", {70, 8, true}},
        {"{\"type\":\"run_failed\",\"result\":{\"rounds_omitted\":false}}", {70, 8, true}},
        {"{\"type\":\"run_completed\",\"result\":{\"rounds_omitted\":true}}", {70, 8, false}},
        {"{\"type\":\"run_failed\"}", {70, 8, true}},
        {"{\"type\":\"round_completed\",\"result\":{}}", {1, 2, true}},
        {"{\"type\":\"run_started\"}", {1, 2, true}},
        {"{\"type\":\"of_another_time\"}", {1, 2, true}},
        {"{}", {1, 2, true}},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        struct run_result r = {1, 2, true};
        json_t *event = tree(CASES[i].event);
        result_note_event(&r, event, 70, 8);
        if (r.at != CASES[i].after.at || r.bytes != CASES[i].after.bytes ||
            r.whole != CASES[i].after.whole)
            fail_msg("%s: %d %d %d", CASES[i].event, (int)r.at, (int)r.bytes, r.whole);
        json_decref(event);
    }
}

/* ---- the line that tells it ---- */

#define DOCUMENT "{\"rounds\":[1]}"
#define BROKEN                                                                                     \
    "\"errors\":[{\"kind\":\"permanent\",\"code\":\"journal\",\"message\":\"the disk is gone\","   \
    "\"context\":null}],\"status\":\"failed\",\"outcome\":\"failed\"}}\n"
#define FAILED "{\"type\":\"result\",\"outcome\":\"failed\",\"journaled\":false,\"result\":"
#define LINE   "{\"type\":\"result\",\"outcome\":\"degraded\",\"result\":" DOCUMENT "}"

static void the_line_at_the_end(void **state)
{
    (void)state;
    static const struct {
        struct run_result r;
        bool by_place;
        const char *fault, *document, *told, *trace;
    } CASES[] = {
        {{5, 9, true},
         true,
         NULL,
         DOCUMENT,
         "{\"type\":\"result\",\"outcome\":\"degraded\",\"at\":5,\"bytes\":9}\n",
         ""},
        {{5, 9, true}, false, NULL, DOCUMENT, LINE "\n", ""},
        {{5, 9, false}, false, NULL, DOCUMENT, LINE "\n", ""},
        {{0, 0, true}, true, NULL, DOCUMENT, LINE "\n", ""},
        {{5, 9, false},
         true,
         NULL,
         DOCUMENT,
         "{\"type\":\"result\",\"outcome\":\"degraded\",\"at\":0,\"bytes\":62}\n",
         "result sync "},
        {{5, 9, true}, true, "the disk is gone", DOCUMENT, FAILED "{\"rounds\":[1]," BROKEN, ""},
        {{5, 9, false}, true, "the disk is gone", "{}", FAILED "{" BROKEN, ""},
        {{5, 9, true},
         false,
         "the disk is gone",
         "{\"outcome\":\"failed\",\"errors\":[{\"code\":\"x\"},{\"code\":\"journal\"}]}",
         FAILED "{\"outcome\":\"failed\",\"errors\":[{\"code\":\"x\"},{\"code\":\"journal\"}]}}\n",
         ""},
        {{0, 0, true},
         false,
         "the disk is gone",
         "{\"errors\":[{\"code\":\"x\"}]}",
         FAILED "{\"errors\":[{\"code\":\"x\"},{\"kind\":\"permanent\",\"code\":\"journal\","
                "\"message\":\"the disk is gone\",\"context\":null}],\"status\":\"failed\","
                "\"outcome\":\"failed\"}}\n",
         ""},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        struct world w;
        struct run_result r = CASES[i].r;
        json_t *document = tree(CASES[i].document);
        begin_with_key(&w, (struct bad_disk){0});
        struct run_result_parts parts = {&w.journal, &w.tell, CASES[i].by_place, CASES[i].fault};
        result_tell(&r, &parts, OUTCOME_DEGRADED, document);
        was_told(&w, CASES[i].told);
        assert_string_equal(disk.trace, CASES[i].trace);
        json_decref(document);
        end(&w);
    }
}

/* A line of its own that cannot be written, or synced, has failed the run. */
static void a_line_that_does_not_get_there(void **state)
{
    (void)state;
    static const struct {
        struct bad_disk how;
        const char *message;
    } CASES[] = {
        {{.way = BAD_WRITE, .at = 1, .number = EIO}, "the journal cannot be written"},
        {{.way = BAD_SYNC, .at = 1, .number = EIO}, "the journal cannot be synced"},
        {{.way = BAD_SHORT_WRITE, .at = 1}, "the journal takes only a part of a line"},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        struct world w;
        struct run_result r = {5, 9, false};
        json_t *document = tree(DOCUMENT);
        begin_with_key(&w, CASES[i].how);
        struct run_result_parts parts = {&w.journal, &w.tell, true, NULL};
        result_tell(&r, &parts, OUTCOME_COMPLETE, document);
        json_t *line = tree(buf_str(&w.uplink.out));
        json_t *error = json_array_get(j_get(j_get(line, "result"), "errors"), 0);
        assert_string_equal(j_str(line, "outcome", ""), "failed");
        assert_true(json_is_false(j_get(line, "journaled")));
        assert_memory_equal(j_str(error, "message", ""), CASES[i].message,
                            strlen(CASES[i].message));
        json_decref(line);
        json_decref(document);
        end(&w);
    }
}

/* The line of its own has 62 bytes. What is longer than a line may be stands nowhere but in the
 * event, which has left it out. */
static void a_line_that_nobody_would_read(void **state)
{
    (void)state;
    for (size_t longest = 61; longest < 64; longest++) {
        struct world w;
        struct run_result r = {5, 9, false};
        json_t *document = tree(DOCUMENT);
        begin_with_key(&w, (struct bad_disk){0});
        w.tell.longest = longest;
        struct run_result_parts parts = {&w.journal, &w.tell, true, NULL};
        result_tell(&r, &parts, OUTCOME_DEGRADED, document);
        was_told(&w, longest < 62
                         ? "{\"type\":\"result\",\"outcome\":\"degraded\",\"at\":5,\"bytes\":9}\n"
                         : "{\"type\":\"result\",\"outcome\":\"degraded\",\"at\":0,\"bytes\":62}"
                           "\n");
        assert_int_equal(w.journal.size, longest < 62 ? 0 : 63);
        json_decref(document);
        end(&w);
    }
}

/* ---- words on the way ---- */

/* 256 bytes are for what stands around the result. */
static void a_long_result_goes_without_its_rounds(void **state)
{
    (void)state;
    static const char WHOLE[] = "{\"rounds\":[{\"key\":\"" KEY "\"}],\"more\":1}";
    json_t *document = tree(WHOLE);
    size_t len = strlen(WHOLE) - strlen(KEY) + strlen(REDACTED_KEY);
    for (size_t i = 0; i < 3; i++) {
        struct world w;
        begin_with_key(&w, (struct bad_disk){0});
        w.tell.longest = len + 255 + i;
        tell_result(&w.tell, OUTCOME_COMPLETE, document, i != 2);
        was_told(&w, i == 0   ? "{\"type\":\"result\",\"outcome\":\"complete\",\"result\":{"
                                "\"rounds\":null,\"more\":1,\"rounds_omitted\":true}}\n"
                     : i == 1 ? "{\"type\":\"result\",\"outcome\":\"complete\",\"result\":{"
                                "\"rounds\":[{\"key\":\"" REDACTED_KEY "\"}],\"more\":1}}\n"
                              : "{\"type\":\"result\",\"outcome\":\"complete\",\"journaled\":"
                                "false,\"result\":{\"rounds\":[{\"key\":\"" REDACTED_KEY
                                "\"}],\"more\":1}}\n");
        char *after = j_dump(document);
        assert_string_equal(after, WHOLE);
        free(after);
        end(&w);
    }
    json_decref(document);
}

static void progress_is_told_when_it_is_another(void **state)
{
    (void)state;
    struct world w;
    begin_with_key(&w, (struct bad_disk){0});
    json_t *progress = tree("{\"phase\":\"vote\",\"usage\":{\"cost\":1},\"calls\":3,"
                            "\"council_id\":\"c\"}");
    static const char LINE_OF_IT[] =
        "{\"type\":\"progress\",\"phase\":\"vote\",\"usage\":{\"cost\":1},\"calls\":3,"
        "\"council_id\":\"c\"}\n";
    tell_progress(&w.tell, progress);
    was_told(&w, LINE_OF_IT);
    tell_progress(&w.tell, progress);
    tell_progress(&w.tell, progress);
    was_told(&w, "");
    j_set(progress, "calls", j_integer(4));
    tell_progress(&w.tell, progress);
    assert_true(w.uplink.out.len > 0);
    buf_clear(&w.uplink.out);
    j_set(progress, "calls", j_integer(3));
    tell_progress(&w.tell, progress);
    was_told(&w, LINE_OF_IT);
    json_decref(progress);
    end(&w);
}

static void keys_are_replaced_and_it_is_said(void **state)
{
    (void)state;
    struct world w;
    struct buf line;
    begin_with_key(&w, (struct bad_disk){0});
    json_t *bad = tree("{\"a\":\"" KEY "\"}"), *good = tree("{\"a\":\"b\"}");
    bool redacted = false;
    tell_dump(&w.tell, &line, good, &redacted);
    assert_string_equal(buf_str(&line), "{\"a\":\"b\"}");
    assert_false(redacted);
    tell_event(&w.tell, &line);
    was_told(&w, "{\"type\":\"event\",\"event\":{\"a\":\"b\"}}\n");
    buf_release(&line);
    tell_dump(&w.tell, &line, bad, &redacted);
    assert_string_equal(buf_str(&line), "{\"a\":\"" REDACTED_KEY "\"}");
    assert_true(redacted);
    buf_release(&line);
    tell_dump(&w.tell, &line, good, &redacted);
    assert_true(redacted); /* of any line so far */
    buf_release(&line);
    tell_delta(&w.tell, bad);
    was_told(&w, "{\"type\":\"delta\",\"event\":{\"a\":\"" REDACTED_KEY "\"}}\n");
    json_decref(bad);
    json_decref(good);
    end(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(only_the_last_event_counts),
        cmocka_unit_test(the_line_at_the_end),
        cmocka_unit_test(a_line_that_does_not_get_there),
        cmocka_unit_test(a_line_that_nobody_would_read),
        cmocka_unit_test(a_long_result_goes_without_its_rounds),
        cmocka_unit_test(progress_is_told_when_it_is_another),
        cmocka_unit_test(keys_are_replaced_and_it_is_said),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
