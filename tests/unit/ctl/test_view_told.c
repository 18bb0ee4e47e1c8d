/* What the view says of each event, member by member: a clause that is lost, told of another event,
 * or told always. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "ctl/view/result_view.h"
#include "ctl/view/view.h"
#include "heap_kept.h"

struct telling {
    const char *events; /* JSON, one event after the other */
    const char *words;
};

/* What a pipe holds, without waiting for more. */
static size_t take_all(int fd, char *to, size_t size)
{
    size_t len = 0;
    ssize_t n;
    while (len < size - 1 && (n = read(fd, to + len, size - 1 - len)) > 0)
        len += (size_t)n;
    to[len] = '\0';
    return len;
}

static void told(const struct telling *row, bool stream, bool quiet)
{
    static char got[65536];
    int pair[2];
    assert_int_equal(pipe2(pair, O_NONBLOCK), 0);
    struct screen *screen = screen_new(pair[1]);
    struct view *view = view_new(screen, stream, quiet);
    for (const char *at = row->events; *at;) {
        json_error_t fault;
        json_t *event = json_loads(at, JSON_DISABLE_EOF_CHECK, &fault);
        if (!event)
            fail_msg("%s: %s", fault.text, at);
        view_event(view, event);
        json_decref(event);
        at += fault.position;
    }
    view_show(view);
    take_all(pair[0], got, sizeof got);
    assert_string_equal(got, row->words);
    view_free(view);
    screen_free(screen);
    close(pair[0]);
    close(pair[1]);
}

#define ALL_TOLD(rows)                                                                             \
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)                                                   \
    told(&(rows)[i], true, false)

#define ANN                                                                                        \
    "{\"type\":\"member_started\",\"member_id\":\"ann\",\"call_id\":\"x\",\"provider\":\"p\","     \
    "\"model\":\"m\"}"

static void events_of_the_run(void **state)
{
    (void)state;
    static const struct telling rows[] = {
        {"{\"type\":\"run_started\",\"run_id\":\"r\",\"council_id\":\"c\"}", "run r, council c\n"},
        {"{\"type\":\"run_started\",\"run_id\":\"r\",\"council_id\":\"c\",\"members\":"
         "[{\"id\":\"chief\",\"label\":null},{\"id\":\"a\",\"label\":\"A\"},{\"id\":\"b\"}]}",
         "run r, council c, chaired by chief, a, b\n"},
        {"{\"type\":\"run_resumed\",\"from_run_id\":\"old\",\"reusable_calls\":3}",
         "resumed from old, 3 answers are used again\n"},
        {"{\"type\":\"run_resumed\"}", "resumed from -, 0 answers are used again\n"},
        {"{\"type\":\"council_selected\",\"council_id\":\"c\",\"strategy\":\"rules\",\"reason\":"
         "\"short\",\"rounds\":[{},{}]}{\"type\":\"round_started\",\"index\":1,\"name\":\"n\"}",
         "council c chosen by rules: short\n\nround 2 of 2: n\n"},
        {"{\"type\":\"cancel_requested\",\"mode\":\"now\",\"reason\":\"client\"}",
         "cancel requested (now) by client\n"},
        {"{\"type\":\"warning\",\"code\":\"c\",\"message\":\"m\"}", "  warning: c: m\n"},
        {"{\"type\":\"warning\",\"member_id\":\"ann\",\"path\":\"r0:s/"
         "\",\"code\":\"c\",\"message\":\"m\"}",
         "  warning: r0:s/ ann: c: m\n"},
        {"{\"type\":\"warning\",\"member_id\":\"ann\",\"path\":\"\",\"code\":\"c\",\"message\":"
         "\"m\"}",
         "  warning: ann: c: m\n"},
        {"{\"type\":\"sub_run_started\",\"sub_path\":\"r0:s/\",\"council_id\":\"c\"}",
         "  sub-council r0:s/ c\n"},
        {"{\"type\":\"sub_run_completed\",\"sub_path\":\"r0:s/"
         "\",\"council_id\":\"c\",\"outcome\":\"complete\"}",
         "  sub-council r0:s/ c: complete\n"},
        {"{\"type\":\"sub_run_failed\",\"sub_path\":\"r0:s/"
         "\",\"council_id\":\"c\",\"outcome\":\"failed\"}",
         "  sub-council r0:s/ c: failed\n"},
        {"{\"type\":\"early_stop\",\"leader\":\"ann\",\"cast\":4,\"outstanding\":1}",
         "  ann cannot be caught any more: 4 ballots cast, 1 outstanding\n"},
        {"{\"type\":\"early_stop\",\"leader\":\"ann\"}",
         "  ann cannot be caught any more: 0 ballots cast, 0 outstanding\n"},
        {"{}{\"type\":\"none\"}{\"type\":7}", ""},
        {"{\"type\":\"run_failed\"}", "\n"},
    };
    ALL_TOLD(rows);
}

static void events_of_rounds(void **state)
{
    (void)state;
    static const struct telling rows[] = {
        {"{\"type\":\"round_started\"}", "\nround 1: -\n"},
        {"{\"type\":\"round_started\",\"index\":2,\"name\":\"vote\",\"round_type\":\"vote\"}",
         "\nround 3: vote\n"},
        {"{\"type\":\"round_started\",\"name\":\"n\",\"round_type\":\"vote\",\"iteration\":0,"
         "\"asked\":[]}",
         "\nround 1: n (vote)\n"},
        {"{\"type\":\"round_started\",\"name\":\"n\",\"iteration\":2,\"asked\":[{\"id\":\"a\"},{"
         "\"id\":\"b\"}],"
         "\"quorum\":{\"need\":2,\"of\":3}}",
         "\nround 1: n, iteration 3, asking a, b, quorum 2 of 3\n"},
        {"{\"type\":\"round_completed\",\"status\":\"complete\"}", "  round complete\n"},
        {"{\"type\":\"round_completed\",\"status\":\"complete\",\"counts\":{\"ok\":3,\"error\":0,"
         "\"timeout\":1},\"quorum\":{\"met\":true,\"ok\":3,\"need\":2}}",
         "  round complete: 3 ok, 1 timeout\n"},
        {"{\"type\":\"round_completed\",\"status\":\"lost_quorum\",\"quorum\":{\"met\":false}}",
         "  round lost_quorum; quorum lost: 0 of the 0 needed\n"},
        {"{\"type\":\"round_completed\",\"status\":\"lost_quorum\",\"quorum\":{\"ok\":1,\"need\":2}"
         "}",
         "  round lost_quorum; quorum lost: 1 of the 2 needed\n"},
    };
    ALL_TOLD(rows);
}

static void events_of_calls(void **state)
{
    (void)state;
    static const struct telling rows[] = {
        {ANN, ""},
        {"{\"type\":\"attempt_failed\",\"call_id\":\"x\",\"attempt\":2,\"next\":\"none\",\"wait_"
         "ms\":0,"
         "\"error\":{\"code\":\"c\",\"message\":\"m\"}}",
         "  x: attempt 2 failed, c: m; next: none\n"},
        {ANN "{\"type\":\"attempt_failed\",\"call_id\":\"x\",\"next\":\"retry\",\"wait_ms\":1}",
         "  ann: attempt 0 failed, -: -; next: retry in 1 ms\n"},
        {ANN "{\"type\":\"tool_call_request\",\"call_id\":\"x\",\"tool_call\":{\"name\":\"look\"}}",
         "  ann uses the tool look\n"},
        {ANN "{\"type\":\"tool_call_result\",\"call_id\":\"x\",\"name\":\"look\",\"ok\":true}", ""},
        {ANN "{\"type\":\"tool_call_result\",\"call_id\":\"x\",\"name\":\"look\",\"ok\":false,"
             "\"error\":\"e\"}",
         "  ann: the tool look failed: e\n"},
        {ANN "{\"type\":\"member_reask\",\"call_id\":\"x\",\"errors\":[\"no choice\"]}",
         "  ann is asked again: [\"no choice\"]\n"},
        {"{\"type\":\"tool_call_request\",\"member_id\":\"bob\",\"path\":\"r1:s/"
         "\",\"tool_call\":{\"name\":\"t\"}}",
         "  r1:s/ bob uses the tool t\n"},
        {"{\"type\":\"member_token\",\"call_id\":\"x\",\"attempt\":1,\"text\":\"nobody's\\n\"}"
         "{\"type\":\"member_reasoning\",\"call_id\":\"x\"}{\"type\":\"member_started\"}"
         "{\"type\":\"member_token\",\"text\":\"nobody's\\n\"}{\"type\":\"member_reasoning\"}",
         ""},
        {ANN
         "{\"type\":\"member_token\",\"call_id\":\"x\",\"attempt\":1,\"text\":7}"
         "{\"type\":\"member_token\",\"call_id\":\"x\",\"attempt\":1,\"text\":\"a\\n\\nb\\nc\"}",
         "  ann | a\n  ann | \n  ann | b\n"},
    };
    ALL_TOLD(rows);
}

#define DONE(members)                                                                              \
    "{\"type\":\"member_completed\",\"member_id\":\"ann\",\"result\":{" members "}}"
#define OK "\"status\":\"ok\",\"latency_ms\":5,"

static void ends_of_calls(void **state)
{
    (void)state;
    static const struct telling rows[] = {
        {DONE("\"status\":\"ok\""), "  ann ok (0 ms)\n"},
        {DONE(OK "\"usage\":{\"input_tokens\":10,\"output_tokens\":12345}"),
         "  ann ok (5 ms, tokens 10 in, 12.3k out)\n"},
        {DONE(OK "\"usage\":{\"input_tokens\":null}"), "  ann ok (5 ms, tokens - in, - out)\n"},
        {DONE(OK "\"ballot\":[\"b\",\"a\"],\"content\":\"c\""), "  ann ok (5 ms): ranks b, a\n"},
        {DONE(OK "\"ballot\":{\"ordering\":[\"b\",\"a\"]}"), "  ann ok (5 ms): ranks b, a\n"},
        {DONE(OK "\"ballot\":{\"choice\":\"b\",\"confidence\":1}"), "  ann ok (5 ms): votes b\n"},
        {DONE(OK "\"ballot\":{\"score\":3}"), "  ann ok (5 ms): votes {\"score\":3}\n"},
        {DONE(OK "\"ballot\":[]"), "  ann ok (5 ms): votes []\n"},
        {DONE(OK "\"content\":\"123456789 123456789 123456789 123456789 123456789 123456789 \""),
         "  ann ok (5 ms): 123456789 123456789 123456789 123456789 123456789 123456789 \n"},
        {DONE(OK "\"content\":\"123456789 123456789 123456789 123456789 123456789 123456789 !\""),
         "  ann ok (5 ms): 123456789 123456789 123456789 123456789 123456789 123456789 ...\n"},
        {DONE(OK "\"reason\":\"length\",\"error\":{\"code\":\"c\",\"message\":\"m\"}"),
         "  ann ok, length (5 ms)\n"},
        {DONE("\"status\":\"error\",\"content\":\"c\""), "  ann error (0 ms)\n"},
        {DONE("\"status\":\"error\",\"reason\":\"r\",\"error\":{\"code\":\"r\",\"message\":\"m\"}"),
         "  ann error, r (0 ms): m\n"},
        {DONE("\"status\":\"error\",\"reason\":\"r\",\"error\":{\"code\":\"c\",\"message\":\"m\"}"),
         "  ann error, r (0 ms): c: m\n"},
        /* The id of the call may stand in its result only. */
        {ANN "{\"type\":\"member_token\",\"call_id\":\"x\",\"attempt\":1,\"text\":\"half\"}" DONE(
             "\"status\":\"ok\",\"call_id\":\"x\"") "{\"type\":\"member_token\",\"call_id\":\"x\","
                                                    "\"attempt\":1,\"text\":\"late\\n\"}",
         "  ann | half\n  ann ok (0 ms)\n"},
    };
    ALL_TOLD(rows);
}

#define RESULT(members) "{\"type\":\"run_completed\",\"result\":{" members "}}"

static void results(void **state)
{
    (void)state;
    static const struct telling rows[] = {
        {RESULT(""), "outcome: -\nno final answer\n"},
        {"{\"type\":\"run_failed\",\"result\":{\"outcome\":\"failed\",\"errors\":[{\"code\":\"c\","
         "\"message\":\"m\"}]}}",
         "errors:\n  c: m\noutcome: failed\nno final answer\n"},
        {RESULT("\"dissent\":[],\"errors\":[],\"degraded_reasons\":[],\"warnings\":[],\"heard\":{"
                "\"ok\":1,\"of\":3}"),
         "outcome: -, heard 1 of 3\nno final answer\n"},
        {RESULT(
             "\"dissent\":[{\"member_id\":\"bob\",\"kind\":\"vote\",\"position\":\"b\"},"
             "{\"member_id\":\"cy\",\"kind\":\"vote\",\"position\":\"c\",\"text\":\"why\\nnot\"},"
             "{\"member_id\":\"di\",\"kind\":\"vote\",\"position\":\"d\",\"text\":\"\"}]"),
         "dissent:\n  bob (vote): b\n  cy (vote): c: why not\n  di (vote): d\n"
         "outcome: -\nno final answer\n"},
        {RESULT("\"degraded_reasons\":[{\"code\":\"a\"},{\"code\":\"b\",\"member_id\":\"bob\","
                "\"index\":0,"
                "\"detail\":\"d\",\"message\":\"m\"},{\"code\":\"c\",\"round\":1}]"),
         "missing:\n  a\n  b, bob, round 1: d\n  c, round 2\noutcome: -\nno final answer\n"},
        {RESULT("\"usage\":{\"calls\":2,\"input_tokens\":9999,\"output_tokens\":1000000},\"cost\":"
                "0.25,"
                "\"timing\":{\"duration_ms\":61000}"),
         "used: 2 calls, 9999 tokens in, 1.0M out, 0.2500 USD, 1 min 1 s\noutcome: -\nno final "
         "answer\n"},
        {RESULT("\"usage\":{},\"cost\":null"),
         "used: 0 calls, - tokens in, - out, cost unknown\noutcome: -\nno final answer\n"},
        {RESULT("\"cost\":1,\"timing\":{\"duration_ms\":61000}"), "outcome: -\nno final answer\n"},
        {RESULT("\"final\":{\"content\":\"one\\ntwo\\u0007\",\"source\":\"synthesis\",\"member_"
                "id\":\"ann\"}"),
         "outcome: -\n\nfinal answer (synthesis, ann)\n\none\ntwo\\x07\n"},
        {RESULT("\"final\":{\"content\":\"one\",\"source\":\"ann\",\"member_id\":\"ann\"}"),
         "outcome: -\n\nfinal answer (ann)\n\none\n"},
        {RESULT("\"final\":{\"content\":null,\"source\":\"vote\"}"),
         "outcome: -\nno final answer (vote)\n"},
        {RESULT("\"final\":{\"content\":{},\"member_id\":\"ann\"}"),
         "outcome: -\n\nfinal answer\n"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        told(&rows[i], false, true);
}

/* A dissenting text is cut after 300 columns, and says so; one of 300 columns is whole. */
static void long_dissent_is_cut(void **state)
{
    (void)state;
    for (int n = 299; n <= 301; n++) {
        char text[302], event[600], words[600];
        memset(text, 'd', sizeof text);
        text[n] = '\0';
        snprintf(event, sizeof event, RESULT("\"dissent\":[{\"text\":\"%s\"}]"), text);
        snprintf(words, sizeof words,
                 "dissent:\n  - (-): -: %.300s%s\noutcome: -\nno final answer\n", text,
                 n > 300 ? "..." : "");
        told(&(struct telling){event, words}, false, true);
    }
}

/* A streamed line of more than 2000 bytes is broken at its last blank; one of 2000 waits for its
 * end. */
static void long_lines_are_broken_at_a_blank(void **state)
{
    (void)state;
    for (int n = 2000; n <= 2001; n++) {
        char text[2002], event[2600], words[2600];
        memset(text, 'w', sizeof text);
        text[n] = '\0';
        text[700] = text[1500] = ' ';
        snprintf(event, sizeof event,
                 ANN "{\"type\":\"member_token\",\"call_id\":\"x\",\"text\":\"%s\"}", text);
        snprintf(words, sizeof words, "  ann | %.1500s\n", text);
        told(&(struct telling){event, n > 2000 ? words : ""}, true, false);
        told(&(struct telling){event, ""}, false, false);
    }
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(events_of_the_run);
    assert_keeps_nothing(events_of_rounds);
    assert_keeps_nothing(events_of_calls);
    assert_keeps_nothing(ends_of_calls);
    assert_keeps_nothing(results);
    assert_keeps_nothing(long_dissent_is_cut);
    assert_keeps_nothing(long_lines_are_broken_at_a_blank);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(events_of_the_run),
        cmocka_unit_test(events_of_rounds),
        cmocka_unit_test(events_of_calls),
        cmocka_unit_test(ends_of_calls),
        cmocka_unit_test(results),
        cmocka_unit_test(long_dissent_is_cut),
        cmocka_unit_test(long_lines_are_broken_at_a_blank),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
