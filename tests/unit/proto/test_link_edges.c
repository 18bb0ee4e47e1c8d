/* The bounds of what a runner may say. One that is a byte off takes a good line for junk, and a run
 * ends for it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/buf.h"
#include "common/cleanup.h"
#include "heap_kept.h"
#include "proto/json/json_tree.h"
#include "proto/link.h"

static int up(const char *line, struct link_up *ret)
{
    struct error err = {.number = 0};
    memset(ret, 0x55, sizeof *ret);
    return link_parse_up(line, strlen(line), ret, &err);
}

static void assert_span(struct json_span span, const char *text)
{
    if (!text) {
        assert_null(span.at);
        return;
    }
    assert_non_null(span.at);
    assert_int_equal(span.len, strlen(text));
    assert_memory_equal(span.at, text, span.len);
}

/* A word with its first n letters written as escapes. */
static const char *escape(const char *word, int n, struct buf *to)
{
    buf_clear(to);
    for (; *word; word++)
        assert_int_equal(buf_addf(to, n-- > 0 ? "\\u%04x" : "%c", (unsigned char)*word), 0);
    return buf_str(to);
}

static const struct {
    const char *word;
    int escapes;
    int type;
} EVENTS[] = {
    {"run_started", 0, EVENT_RUN_STARTED},
    {"member_token", 0, EVENT_MEMBER_TOKEN},
    {"member_token", 10, EVENT_MEMBER_TOKEN}, /* 64 bytes */
    {"round_started", 10, -EINVAL},           /* 65 */
    {"run_starte", 0, -EINVAL},
    {"", 0, -EINVAL},
};

static void how_long_a_type_may_be(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(EVENTS); i++) {
        struct buf word = BUF_INIT(128);
        char line[256];
        struct link_up got;
        escape(EVENTS[i].word, EVENTS[i].escapes, &word);
        snprintf(line, sizeof line, "{\"type\":\"event\",\"event\":{\"seq\":1,\"type\":\"%s\"}}",
                 word.at);
        buf_release(&word);
        assert_int_equal(up(line, &got), 0);
        assert_int_equal(got.event_type, EVENTS[i].type);
        link_up_release(&got);
    }
}

static const struct {
    const char *word;
    int escapes;
    int outcome;
} OUTCOMES[] = {
    {"complete", 0, OUTCOME_COMPLETE},
    {"degraded", 0, OUTCOME_DEGRADED},
    {"refused", 0, OUTCOME_REFUSED},
    {"failed", 0, OUTCOME_FAILED},
    {"failed", 4, OUTCOME_FAILED},
    {"failed", 5, -EINVAL}, /* 33 bytes */
    {"cancelled", 0, OUTCOME_CANCELLED},
    {"cancelled", 4, OUTCOME_CANCELLED}, /* 31 bytes */
    {"none", 0, -EINVAL},
    {"", 0, -EINVAL},
};

static void every_outcome(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(OUTCOMES); i++) {
        struct buf word = BUF_INIT(128);
        char line[256];
        struct link_up got;
        escape(OUTCOMES[i].word, OUTCOMES[i].escapes, &word);
        snprintf(line, sizeof line, "{\"type\":\"result\",\"outcome\":\"%s\",\"result\":null}",
                 word.at);
        buf_release(&word);
        assert_int_equal(up(line, &got), OUTCOMES[i].outcome < 0 ? -EBADMSG : 0);
        if (OUTCOMES[i].outcome < 0)
            continue;
        assert_int_equal(got.outcome, OUTCOMES[i].outcome);
        assert_span(got.result, "null");
        link_up_release(&got);
    }
}

static const struct {
    const char *line, *phase, *usage, *calls, *council_id;
} PROGRESS[] = {
    {"{\"type\":\"progress\"}", NULL, NULL, NULL, NULL},
    {"{\"type\":\"progress\",\"phase\":null,\"usage\":null,\"council_id\":null}", "null", "null",
     NULL, "null"},
    {"{\"type\":\"progress\",\"phase\":\"\",\"usage\":{},\"calls\":0,\"council_id\":\"c\"}", "\"\"",
     "{}", "0", "\"c\""},
};

static void what_may_be_left_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(PROGRESS); i++) {
        struct link_up got;
        assert_int_equal(up(PROGRESS[i].line, &got), 0);
        assert_int_equal(got.type, LINK_PROGRESS);
        assert_span(got.phase, PROGRESS[i].phase);
        assert_span(got.usage, PROGRESS[i].usage);
        assert_span(got.calls, PROGRESS[i].calls);
        assert_span(got.council_id, PROGRESS[i].council_id);
        link_up_release(&got);
    }
    struct link_up got;
    assert_int_equal(up("{\"type\":\"delta\",\"event\":{}}", &got), 0);
    assert_int_equal(got.type, LINK_DELTA);
    assert_int_equal(got.seq, 0);
    assert_int_equal(got.event_type, -EINVAL);
    assert_span(got.event, "{}");
    link_up_release(&got);
    assert_int_equal(up("{\"type\":\"delta\",\"event\":{\"seq\":\"1\",\"type\":7}}", &got), 0);
    assert_int_equal(got.seq, 0);
    assert_int_equal(got.event_type, -EINVAL);
    link_up_release(&got);
    assert_int_equal(up("{\"type\":\"delta\",\"event\":{\"seq\":3}}", &got), 0);
    assert_int_equal(got.seq, 3);
    link_up_release(&got);
    assert_int_equal(up("{\"type\":\"event\",\"event\":{\"seq\":-1}}", &got), -EBADMSG);
}

/* 2048 bytes for all four of them together. */
static void how_much_progress_may_be_told(void **state)
{
    (void)state;
    static const char REST[] = ",\"usage\":{\"a\":1},\"calls\":12345,\"council_id\":\"abcd\"";
    const size_t rest = strlen("{\"a\":1}"
                               "12345"
                               "\"abcd\"");
    for (size_t len = 2040; len <= 2050; len++) {
        for (int all = 0; all < 2; all++) {
            char line[2400];
            struct link_up got;
            const size_t phase = len - (all ? rest : 0);
            int n = snprintf(line, sizeof line, "{\"type\":\"progress\",\"phase\":\"");
            memset(line + n, 'p', phase - 2);
            snprintf(line + n + phase - 2, sizeof line - (size_t)n - phase, "\"%s}",
                     all ? REST : "");
            int r = up(line, &got);
            assert_int_equal(r, len <= 2048 ? 0 : -EBADMSG);
            if (r == 0)
                link_up_release(&got);
        }
    }
}

/* What is told of a failure is cut, not refused. */
static void how_long_a_failure_may_be(void **state)
{
    (void)state;
    for (size_t len = LINK_MESSAGE_MAX - 1; len <= LINK_MESSAGE_MAX + 1; len++) {
        char *text = calloc(1, len + 1), *line = malloc(3 * len);
        struct link_up got;
        const size_t kept = len < LINK_MESSAGE_MAX ? len : LINK_MESSAGE_MAX;
        memset(text, 'm', len);
        snprintf(line, 3 * len, "{\"type\":\"failed\",\"message\":\"%s\",\"code\":\"%s\"}", text,
                 text);
        assert_int_equal(up(line, &got), 0);
        assert_int_equal(json_string_length(json_object_get(got.failed, "message")), kept);
        assert_int_equal(json_string_length(json_object_get(got.failed, "code")), kept);
        link_up_release(&got);
        assert_null(got.failed);
        free(text);
        free(line);
    }
    static const struct {
        const char *line, *failed;
    } ROWS[] = {
        {"{\"type\":\"failed\",\"message\":\"m\"}", "{\"message\":\"m\"}"},
        {"{\"type\":\"failed\",\"message\":\"\",\"code\":7,\"data\":null}",
         "{\"message\":\"\",\"data\":null}"},
        {"{\"type\":\"failed\",\"message\":\"a\\u0000b\",\"code\":\"c\",\"data\":{\"d\":[1]}}",
         "{\"message\":\"a\\u0000b\",\"code\":\"c\",\"data\":{\"d\":[1]}}"},
    };
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        struct link_up got;
        assert_int_equal(up(ROWS[i].line, &got), 0);
        assert_int_equal(got.type, LINK_FAILED);
        char *dump = json_dumps(got.failed, JSON_COMPACT);
        assert_string_equal(dump, ROWS[i].failed);
        free(dump);
        link_up_release(&got);
    }
}

/* A thousand values, and as many more as there is room for in an event or a result. */
static void how_many_values_a_line_may_hold(void **state)
{
    (void)state;
    static const struct {
        const char *head;
        size_t counted; /* beside those of the list */
        bool bounded;
    } ROWS[] = {{"{\"type\":\"ready\",\"x\":[0", 3, true},
                {"{\"type\":\"progress\",\"usage\":null,\"x\":[0", 4, true},
                {"{\"type\":\"event\",\"event\":{\"seq\":1,\"x\":[0", 0, false},
                {"{\"type\":\"result\",\"outcome\":\"failed\",\"result\":{\"x\":[0", 0, false}};
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        for (size_t n = 990; n < 1010; n++) {
            struct buf line = BUF_INIT(1 << 16);
            struct link_up got;
            assert_int_equal(buf_add_str(&line, ROWS[i].head), 0);
            for (size_t k = 1; k < n; k++)
                assert_int_equal(buf_add_str(&line, ",0"), 0);
            assert_int_equal(buf_add_str(&line, ROWS[i].bounded ? "]}" : "]}}"), 0);
            int r = up(buf_str(&line), &got);
            buf_release(&line);
            assert_int_equal(r, ROWS[i].bounded && n + ROWS[i].counted > 1000 ? -EBADMSG : 0);
            if (r == 0)
                link_up_release(&got);
        }
    }
}

/* What comes up is as deep as what a client may send, what goes down may be deeper. */
static void how_deep_a_line_may_be(void **state)
{
    (void)state;
    for (int depth = 60; depth < 132; depth++) {
        char line[400] = "{\"type\":\"ready\",\"x\":";
        struct link_up got;
        struct link_down down;
        struct error err = {.number = 0};
        const size_t n = strlen(line);
        memset(line + n, '[', (size_t)depth - 1);
        memset(line + n + (size_t)depth - 1, ']', (size_t)depth - 1);
        line[n + 2 * (size_t)(depth - 1)] = '}';
        int r = up(line, &got);
        assert_int_equal(r, depth <= JSON_DEPTH_CLIENT ? 0 : -EBADMSG);
        if (r == 0)
            link_up_release(&got);
        r = link_parse_down(line, strlen(line), &down, &err);
        assert_int_equal(r, depth <= JSON_DEPTH_MAX ? 0 : -EBADMSG);
        if (r == 0)
            link_down_release(&down);
    }
}

static const struct {
    const char *line;
    enum link_down_type type;
    int64_t v;
    int probe, now, cause, on;
} DOWN[] = {
    {"{\"type\":\"spec\",\"v\":7}", LINK_SPEC, 7, 0, 0, 0, 0},
    {"{\"type\":\"probe\",\"v\":-2,\"kind\":\"check\"}", LINK_PROBE, -2, LINK_PROBE_CHECK, 0, 0, 0},
    {"{\"type\":\"probe\",\"v\":1,\"kind\":\"models\"}", LINK_PROBE, 1, LINK_PROBE_MODELS, 0, 0, 0},
    {"{\"type\":\"cancel\",\"mode\":\"now\",\"cause\":\"client\"}", LINK_CANCEL, 0, 0, 1,
     LINK_CAUSE_CLIENT, 0},
    {"{\"type\":\"cancel\",\"mode\":\"now\",\"cause\":\"deadline\"}", LINK_CANCEL, 0, 0, 1,
     LINK_CAUSE_DEADLINE, 0},
    {"{\"type\":\"cancel\",\"mode\":\"drain\",\"cause\":\"client\"}", LINK_CANCEL, 0, 0, 0,
     LINK_CAUSE_CLIENT, 0},
    {"{\"type\":\"cancel\",\"mode\":\"drain\",\"cause\":\"deadline\"}", LINK_CANCEL, 0, 0, 0,
     LINK_CAUSE_DEADLINE, 0},
    {"{\"type\":\"deltas\",\"on\":true}", LINK_DELTAS, 0, 0, 0, 0, 1},
    {"{\"type\":\"deltas\",\"on\":false}", LINK_DELTAS, 0, 0, 0, 0, 0},
    {"{\"type\":\"Spec\"}", LINK_DOWN_UNKNOWN, 0, 0, 0, 0, 0},
    {"{\"type\":1}", LINK_DOWN_UNKNOWN, 0, 0, 0, 0, 0},
    {"{}", LINK_DOWN_UNKNOWN, 0, 0, 0, 0, 0},
    {"[]", LINK_DOWN_UNKNOWN, 0, 0, 0, 0, 0},
};

static void every_line_down(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(DOWN); i++) {
        struct link_down got;
        struct error err = {.number = 0};
        assert_int_equal(link_parse_down(DOWN[i].line, strlen(DOWN[i].line), &got, &err), 0);
        assert_int_equal(got.type, DOWN[i].type);
        assert_int_equal(got.v, DOWN[i].v);
        assert_int_equal(got.probe, DOWN[i].probe);
        assert_int_equal(got.now, DOWN[i].now);
        assert_int_equal(got.cause, DOWN[i].cause);
        assert_int_equal(got.on, DOWN[i].on);
        link_down_release(&got);
    }
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(how_long_a_type_may_be);
    assert_keeps_nothing(every_outcome);
    assert_keeps_nothing(what_may_be_left_out);
    assert_keeps_nothing(how_much_progress_may_be_told);
    assert_keeps_nothing(how_long_a_failure_may_be);
    assert_keeps_nothing(how_many_values_a_line_may_hold);
    assert_keeps_nothing(how_deep_a_line_may_be);
    assert_keeps_nothing(every_line_down);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(how_long_a_type_may_be),
        cmocka_unit_test(every_outcome),
        cmocka_unit_test(what_may_be_left_out),
        cmocka_unit_test(how_much_progress_may_be_told),
        cmocka_unit_test(how_long_a_failure_may_be),
        cmocka_unit_test(how_many_values_a_line_may_hold),
        cmocka_unit_test(how_deep_a_line_may_be),
        cmocka_unit_test(every_line_down),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
