/* The commands that follow a run, or go through its journal: which events are asked for, when it is
 * over, what is shown and told at the end, and the exit status. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "played_daemon.h"

#define REFUSED      "!{\"code\":-32001,\"message\":\"no such run\",\"data\":{\"reason\":\"not_found\"}}"
#define EVENT(event) "\nrun.event {\"run_id\":\"r1\",\"event\":{" event "}}"
#define STARTED                                                                                    \
    EVENT("\"seq\":1,\"type\":\"run_started\",\"run_id\":\"r1\",\"council_id\":\"c\",\"ts\":"      \
          "\"2026-01-02T03:04:05Z\",\"options\":{\"seed\":\"s\",\"budget\":{\"max_calls\":3}},"    \
          "\"council\":{\"id\":\"c\",\"members\":[{\"id\":\"ann\"},{\"id\":\"bob\"}],\"rounds\":"  \
          "[{\"type\":\"vote\",\"name\":\"v\"}]}")
#define ROUND                                                                                      \
    EVENT("\"seq\":2,\"type\":\"round_started\",\"path\":\"\",\"index\":0,\"iteration\":0,"        \
          "\"name\":\"v\",\"round_type\":\"vote\",\"asked\":[\"ann\",\"bob\"]")
#define TOKEN                                                                                      \
    EVENT("\"type\":\"member_started\",\"member_id\":\"ann\",\"call_id\":\"x\"")                   \
    EVENT("\"type\":\"member_token\",\"call_id\":\"x\",\"text\":\"tok\"")
#define ANSWERS                                                                                    \
    EVENT("\"seq\":3,\"type\":\"member_completed\",\"path\":\"\",\"index\":0,\"iteration\":0,"     \
          "\"member_id\":\"ann\",\"result\":{\"member_id\":\"ann\",\"call_id\":\"r0i0:member:ann"  \
          "\",\"status\":\"ok\",\"content\":\"yes\\nindeed\"}")                                    \
    EVENT("\"seq\":4,\"type\":\"member_completed\",\"path\":\"\",\"index\":0,\"iteration\":0,"     \
          "\"member_id\":\"bob\",\"result\":{\"member_id\":\"bob\",\"call_id\":\"r0i0:member:bob"  \
          "\",\"status\":\"error\"}")                                                              \
    EVENT("\"seq\":5,\"type\":\"round_completed\",\"path\":\"\",\"index\":0,\"iteration\":0,"      \
          "\"status\":\"completed\",\"aggregate\":{\"winner\":\"yes\",\"order\":[[\"yes\"]],"      \
          "\"scores\":{\"yes\":1},\"ballots\":{\"cast\":1,\"seats\":2}}")
#define RESULT                                                                                     \
    "{\"outcome\":\"degraded\",\"members\":{\"ann\":{\"label\":\"A\",\"provider\":\"p\",\"model\"" \
    ":\"m\",\"statuses\":[\"error\",\"ok\"],\"usage\":{\"input_tokens\":5,\"output_tokens\":7},"   \
    "\"cost\":0.5,\"latency_ms\":1500},\"bob\":{}},\"final\":{\"content\":\"yes\"}}"
#define COMPLETED  EVENT("\"seq\":6,\"type\":\"run_completed\",\"path\":\"\",\"result\":" RESULT)
#define END        "\nrun.end {\"run_id\":\"r1\",\"outcome\":\"degraded\"}"
#define DOWN(rest) "\nrun.down {\"run_id\":\"r1\"" rest "}"
#define EXITED     ",\"reason\":{\"kind\":\"exited\",\"code\":0}"
#define SUBSCRIBED "{\"last_seq\":6}"
#define WHOLE      STARTED ROUND ANSWERS COMPLETED

/* ---- followed ---- */

static void a_run_is_followed_from_elsewhere(void **state)
{
    (void)state;
    static const struct played rows[] = {
        {{"events", "r1"}, {SUBSCRIBED WHOLE END}, NULL},
        {{"events", "r1", "--quiet"}, {SUBSCRIBED WHOLE END}, NULL},
        {{"events", "r1", "-j", "--after", "0"}, {SUBSCRIBED ROUND END, "{}"}, NULL},
        {{"events", "r1", "-j", "--stream"}, {SUBSCRIBED COMPLETED END}, NULL},
        {{"events", "r1", "--stream", "--after", "9"},
         {SUBSCRIBED ROUND TOKEN COMPLETED END},
         NULL},
        {{"events", "r1", "--after", "-1"}, {NULL}, NULL},
        {{"events", "r1"}, {SUBSCRIBED "\nrun.gap {\"dropped\":3}" COMPLETED END}, NULL},
        {{"events", "r1"}, {REFUSED}, NULL},
        {{"events", "r1"}, {SUBSCRIBED STARTED "\n."}, NULL},
        {{"events", "r1"}, {NULL}, NULL},
        /* no terminal event came */
        {{"events", "r1"},
         {SUBSCRIBED STARTED END,
          "{\"outcome\":\"cancelled\",\"result\":{\"outcome\":\"cancelled\"}}"},
         NULL},
        {{"events", "r1", "-j"},
         {SUBSCRIBED END, "{\"outcome\":\"cancelled\",\"result\":{\"outcome\":\"cancelled\"}}"},
         NULL},
        {{"events", "r1"}, {SUBSCRIBED END, "{\"run_id\":\"r1\"" EXITED "}"}, NULL},
        {{"events", "r1"}, {SUBSCRIBED END, REFUSED}, NULL},
        {{"events", "r1"}, {SUBSCRIBED DOWN(EXITED ",\"outcome\":\"failed\"")}, NULL},
        /* we go, the run stays */
        {{"events", "r1", "-t", "ten"}, {SUBSCRIBED STARTED "\n^2"}, NULL},
        {{"events", "r1"}, {SUBSCRIBED "\n^1"}, NULL},
    };
    COMPARE(rows, "events.txt");
}

#define NOPROC DOWN(",\"reason\":{\"kind\":\"noproc\"}")
#define RUN_ID "{\"run_id\":\"r1\"}"
#define WARNED                                                                                     \
    "{\"run_id\":\"r1\",\"warnings\":[{\"path\":\"/a\",\"code\":\"k\",\"message\":\"m\"}]}"

static void a_run_is_started_and_followed(void **state)
{
    (void)state;
    static const struct played rows[] = {
        {{"run", "c", "Why?"}, {WARNED WHOLE END DOWN(EXITED ",\"outcome\":\"degraded\"")}, NULL},
        {{"run", "c", "Why?", "-q"},
         {RUN_ID WHOLE END DOWN(EXITED ",\"outcome\":\"complete\"")},
         NULL},
        {{"run", "c", "-", "-j", "--stream"},
         {WARNED COMPLETED END DOWN(EXITED ",\"outcome\":\"refused\"")},
         "Why?\n"},
        {{"run", "c", "-r", "g"}, {RUN_ID ROUND TOKEN DOWN(EXITED), "{}"}, "Why?"},
        {{"run", "c", "Why?", "--stream"},
         {RUN_ID ROUND TOKEN DOWN(EXITED ",\"outcome\":\"failed\""),
          "{\"outcome\":\"complete\",\"result\":{\"outcome\":\"complete\"}}"},
         NULL},
        {{"run", "c", "Why?"}, {RUN_ID DOWN(EXITED ",\"outcome\":\"failed\""), REFUSED}, NULL},
        {{"run", "c", "Why?"}, {RUN_ID "\n."}, NULL},
        {{"run", "c", "Why?"}, {RUN_ID DOWN(",\"reason\":{\"kind\":\"noconnection\"}")}, NULL},
        {{"run", "c", "Why?"}, {RUN_ID "\n^2"}, NULL},
        {{"run", "c", "Why?"}, {REFUSED}, NULL},
        {{"run", "c", ""}, {NULL}, NULL},
        /* it was started before, and has ended */
        {{"run", "c", "Why?", "--key", "k"}, {RUN_ID NOPROC WHOLE END}, NULL},
        {{"run", "c", "Why?", "--key", "k"},
         {RUN_ID STARTED END NOPROC, "{\"run_id\":\"r1\"" EXITED "}"},
         NULL},
        {{"run", "c", "Why?", "--detach"}, {WARNED}, NULL},
        {{"start", "c", "Why?"}, {WARNED}, NULL},
        {{"start", "c", "Why?", "-j"}, {WARNED}, NULL},
        {{"start", "c", "Why?"}, {REFUSED}, NULL},
        {{"start", "c", ""}, {NULL}, NULL},
    };
    COMPARE(rows, "run.txt");
}

static void a_run_is_resumed(void **state)
{
    (void)state;
    static const struct played rows[] = {
        {{"resume", "r0", "--detach"}, {"{\"last_seq\":1}" STARTED, WARNED}, NULL},
        {{"resume", "r0", "--detach"}, {"{\"last_seq\":2}" ROUND, RUN_ID}, NULL},
        {{"resume", "r0", "--detach", "--matching", "--seed", "t", "-j"},
         {"{\"last_seq\":1}" STARTED, RUN_ID},
         NULL},
        {{"resume", "r0"},
         {"{\"last_seq\":1}" STARTED, RUN_ID COMPLETED DOWN(EXITED ",\"outcome\":\"complete\"")},
         NULL},
        {{"resume", "r0"}, {REFUSED}, NULL},
        {{"resume", "r0", "--set", "x"}, {"{\"last_seq\":1}" STARTED}, NULL},
    };
    COMPARE(rows, "resume.txt");
}

/* ---- without a daemon ---- */

static void nobody_is_there(void **state)
{
    (void)state;
    static const struct played rows[] = {
        {{"stop", "-s", "none"}, {NULL}, NULL},
        {{"ping", "-s", "none"}, {NULL}, NULL},
        {{"monitor", "r1", "-s", "none"}, {NULL}, NULL},
        {{"validate", "c", "-s", "none"}, {NULL}, NULL},
        {{"events", "r1", "-s", "none"}, {NULL}, NULL},
        {{"run", "c", "Why?", "-s", "none"}, {NULL}, NULL},
        {{"start", "c", "Why?", "-s", "none"}, {NULL}, NULL},
        {{"resume", "r1", "-s", "none"}, {NULL}, NULL},
        {{"show", "r1", "-s", "none"}, {NULL}, NULL},
        {{"diagram", "c", "-s", "none"}, {NULL}, NULL},
        {{"ping", "-s", ""}, {NULL}, NULL},
        {{"ping", "-t", ""}, {NULL}, NULL},
        {{"ping", "-t", "a.b"}, {NULL}, NULL},
        {{"ping", "-t", "123456789012345678901234567890123"}, {NULL}, NULL},
        {{"ping", "-j", "-t", "12345678901234567890123456789012"}, {"{}"}, NULL},
    };
    COMPARE(rows, "nobody.txt");
}

/* ---- what was written down ---- */

#define LIVE  "{\"state\":\"running\"}"
#define ENDED "{\"state\":\"ended\"}"

static void a_run_is_shown(void **state)
{
    (void)state;
    static const struct played rows[] = {
        {{"show", "r1"}, {LIVE, SUBSCRIBED WHOLE}, NULL},
        {{"show", "r1", "--answers"}, {ENDED, SUBSCRIBED WHOLE END}, NULL},
        {{"show", "r1", "-j"}, {ENDED, SUBSCRIBED WHOLE END}, NULL},
        {{"show", "r1"}, {LIVE, "{\"last_seq\":2}" STARTED ROUND}, NULL},
        {{"show", "r1", "-j"}, {LIVE, "{\"last_seq\":2}" STARTED ROUND}, NULL},
        {{"show", "r1"}, {LIVE, "{\"last_seq\":0}"}, NULL},
        {{"show", "r1"},
         {ENDED, "{\"last_seq\":4}" STARTED
                 "\nrun.end {\"run_id\":\"r1\",\"torn\":true,\"missing\":[[2,3]]}"},
         NULL},
        {{"show", "r1"}, {REFUSED}, NULL},
        {{"show", "r1"}, {LIVE, REFUSED}, NULL},
        {{"show", "r1"}, {LIVE, SUBSCRIBED STARTED "\n."}, NULL},
        {{"transcript", "r1"}, {LIVE, "{\"last_seq\":2}" STARTED ROUND}, NULL},
        {{"transcript", "r1", "-j"}, {LIVE, "{\"last_seq\":2}" STARTED ROUND}, NULL},
        {{"transcript", "r1", "-f", "json"}, {LIVE, "{\"last_seq\":2}" STARTED ROUND}, NULL},
        {{"transcript", "r1", "-f", "md", "-j"}, {ENDED, "{\"last_seq\":9}" STARTED END}, NULL},
        {{"transcript", "r1", "-f", "text"}, {NULL}, NULL},
        {{"transcript", "r1"}, {REFUSED}, NULL},
    };
    COMPARE(rows, "shown.txt");
}

static void a_transcript_can_be_a_page(void **state)
{
    (void)state;
    static const struct played row = {
        {"transcript", "r1", "-f", "html"}, {LIVE, "{\"last_seq\":2}" STARTED ROUND}, NULL};
    struct buf all = BUF_INIT(1 << 20);
    assert_int_equal(play(&row, &all), 0);
    assert_non_null(strstr(buf_str(&all), "\n<!doctype html>\n"));
    assert_non_null(strstr(buf_str(&all), "</html>\n= 0\n"));
    buf_release(&all);
}

#define VALID                                                                                      \
    "{\"document\":{\"id\":\"c\",\"members\":[{\"id\":\"ann\"}],\"rounds\":[{\"type\":\"vote\","   \
    "\"name\":\"plan\"}]}}"

static void a_run_or_council_is_drawn(void **state)
{
    (void)state;
    static const struct played rows[] = {
        {{"diagram", "c"}, {REFUSED, VALID}, NULL},
        {{"diagram", "c", "-f", "ascii"}, {REFUSED, VALID}, NULL},
        {{"diagram", "c", "-f", "sequence"}, {REFUSED, VALID}, NULL},
        {{"diagram", "c", "-f", "json"}, {REFUSED, VALID}, NULL},
        {{"diagram", "c", "-j"}, {REFUSED, VALID}, NULL},
        {{"diagram", "{\"id\":\"c\"}"}, {VALID}, NULL},
        {{"diagram", "./none"}, {NULL}, NULL},
        {{"diagram", "r1"}, {RUN_ID, SUBSCRIBED WHOLE}, NULL},
        {{"diagram", "r1", "-f", "sequence"}, {RUN_ID, SUBSCRIBED WHOLE}, NULL},
        {{"diagram", "r1", "--run", "-f", "ascii"}, {SUBSCRIBED WHOLE}, NULL},
        {{"diagram", "r1"}, {RUN_ID, "{\"last_seq\":2}" ROUND, VALID}, NULL},
        {{"diagram", "c", "-f", "svg"}, {NULL}, NULL},
        {{"diagram", "c"}, {NULL}, NULL},
        {{"diagram", "c"}, {REFUSED, REFUSED}, NULL},
        {{"diagram", "r1"}, {RUN_ID, REFUSED}, NULL},
    };
    COMPARE(rows, "diagram.txt");
}

/* ---- replayed ---- */

/* What is said of a journal: all of its lines but the last `but`. */
static char *said(const char *path, size_t but)
{
    struct buf all = BUF_INIT(1 << 22), lines = BUF_INIT(1 << 22);
    char *text = golden_read(path), *at = text;
    size_t n = 0, last;
    assert_non_null(text);
    for (char *c = text; *c; c++)
        n += *c == '\n';
    last = n - but;
    for (size_t i = 0; i < last; i++) {
        const size_t len = strcspn(at, "\n");
        buf_addf(&lines, "\nrun.event {\"run_id\":\"r1\",\"event\":%.*s}", (int)len, at);
        at += len + 1;
    }
    buf_addf(&all, "{\"last_seq\":%zu}%s", last, buf_str(&lines));
    char *whole = buf_take(&all);
    assert_non_null(whole);
    buf_release(&lines);
    free(text);
    return whole;
}

static void replayed(const char *info, size_t but, const char *option, const char *told)
{
    char *says = said(FIXTURES "/journals/voting.jsonl", but);
    struct played row = {{"replay", "r1", option}, {info, says}, NULL};
    struct buf all = BUF_INIT(1 << 22);
    assert_int_equal(play(&row, &all), 0);
    const char *text = strstr(buf_str(&all), "run.subscribe");
    assert_non_null(text);
    assert_string_equal(strchr(text, '\n') + 1, told);
    buf_release(&all);
    free(says);
}

static void a_journal_is_gone_through_again(void **state)
{
    (void)state;
    char told[512];
    size_t events = 0;
    char *whole = said(FIXTURES "/journals/voting.jsonl", 0);
    char *info = golden_read(FIXTURES "/journals/voting.json");
    assert_non_null(info);
    info[strcspn(info, "\n")] = '\0';
    for (const char *at = whole; (at = strstr(at, "\nrun.event ")); at++)
        events++;
    snprintf(told, sizeof told,
             "agrees: %zu events give the recorded result, byte for byte\n= 0\n\n", events);
    replayed(info, 0, NULL, told);
    snprintf(told, sizeof told, "agrees: %zu events; no result was recorded beside them\n= 0\n\n",
             events);
    replayed("{}", 0, NULL, told);
    snprintf(told, sizeof told, "agrees as far as it goes: %zu events, no end\n= 0\n\n",
             events - 20);
    replayed(info, 20, NULL, told);
    replayed(info, 20, "-j", "null\n= 0\n\n");
    free(whole);
    free(info);
}

static void where_a_replay_parts_is_told(void **state)
{
    (void)state;
    static const struct played rows[] = {
        {{"replay", "r1"}, {RUN_ID, "{\"last_seq\":2}" ROUND}, NULL},
        {{"replay", "r1", "-j"}, {RUN_ID, "{\"last_seq\":2}" ROUND}, NULL},
        {{"replay", "r1"}, {REFUSED}, NULL},
        {{"replay", "r1"}, {RUN_ID, REFUSED}, NULL},
    };
    char *says = said(FIXTURES "/journals/voting.jsonl", 0);
    struct buf all = BUF_INIT(1 << 22);
    struct played row = {{"replay", "r1"}, {"{\"result\":{\"schema_version\":2}}", says}, NULL};
    assert_int_equal(play(&row, &all), 0);
    assert_non_null(strstr(buf_str(&all), "\ndoes not agree: the result differs: derived "
                                          "...{\"schema_version\":1,\"engine_version\":"));
    assert_non_null(strstr(buf_str(&all), ", recorded ...{\"schema_version\":2}\n= 1\n\n"));
    buf_release(&all);
    free(says);
    COMPARE(rows, "replay.txt");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, played_setup, played_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(a_run_is_followed_from_elsewhere),
        TEST(a_run_is_started_and_followed),
        TEST(a_run_is_resumed),
        TEST(nobody_is_there),
        TEST(a_run_is_shown),
        TEST(a_transcript_can_be_a_page),
        TEST(a_run_or_council_is_drawn),
        TEST(a_journal_is_gone_through_again),
        TEST(where_a_replay_parts_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
