/* Each command from its words to its exit status: what it asks the daemon, what it shows of the
 * answer, and what it tells when there is none. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "played_daemon.h"

#define REFUSED                                                                                    \
    "!{\"code\":-32001,\"message\":\"no such run\",\"data\":{\"reason\":\"not_found\","            \
    "\"run_id\":\"r1\"}}"

/* ---- one run ---- */

static void what_is_done_to_a_run(void **state)
{
    (void)state;
    static const struct played rows[] = {
        {{"cancel", "r1"}, {"{\"run_id\":\"r1\"}"}, NULL},
        {{"cancel", "r1", "--now"}, {"{}"}, NULL},
        {{"cancel", "r1", "-j"}, {"{\"run_id\":\"r1\",\"x\":[1]}"}, NULL},
        {{"cancel", "r1", "-j"}, {REFUSED}, NULL},
        {{"cancel", "r1"}, {NULL}, NULL},
        {{"cancel", "\xff"}, {"{}"}, NULL},
        {{"terminate", "r1"}, {"{\"run_id\":\"r1\"}"}, NULL},
        {{"terminate", "r1", "--shutdown", "infinity", "-j"}, {"{\"a\":1}"}, NULL},
        {{"terminate", "r1", "--shutdown", "250"}, {"{}"}, NULL},
        {{"terminate", "r1", "-j"}, {REFUSED}, NULL},
        {{"info", "r1"}, {"{\"run_id\":\"r1\",\"pid\":7}"}, NULL},
        {{"info", "r1", "-j"}, {"{\"run_id\":\"r1\",\"pid\":7}"}, NULL},
        {{"info"}, {"{\"name\":\"councild\"}"}, NULL},
        {{"info", "r1"}, {REFUSED}, NULL},
        {{"await", "r1", "-j"}, {"{\"run_id\":\"r1\",\"outcome\":\"degraded\"}"}, NULL},
        {{"await", "r1", "--timeout", "0"},
         {"{\"outcome\":\"complete\",\"result\":{\"outcome\":\"complete\"}}"},
         NULL},
        {{"await", "r1", "--timeout", "-1"}, {NULL}, NULL},
        {{"await", "r1", "--timeout", "9"}, {REFUSED}, NULL},
        {{"await", "r1"},
         {"{\"run_id\":\"r1\",\"reason\":{\"kind\":\"exited\",\"code\":3}}"},
         NULL},
    };
    COMPARE(rows, "one_run.txt");
}

/* ---- lists ---- */

#define CLOSED_IN                                                                                  \
    "{\"mode\":\"best\",\"files\":true,\"network\":true,\"scopes\":false,\"syscalls\":true,"       \
    "\"undumpable\":true,\"namespaces\":true,\"error\":null}"
#define CHILDREN                                                                                   \
    "{\"children\":[{\"run_id\":\"r1\",\"pid\":12,\"state\":\"running\",\"council_id\":\"c\","     \
    "\"phase\":\"round 1\",\"elapsed_ms\":61000,\"usage\":{\"input_tokens\":12,"                   \
    "\"output_tokens\":3400}},{\"run_id\":\"r2\",\"state\":\"running\",\"cancel\":{\"mode\":"      \
    "\"now\"}},{\"run_id\":\"r3\"}]}"
#define DENIED                                                                                     \
    "!{\"code\":-32020,\"message\":\"your role does not allow it\",\"data\":{\"reason\":"          \
    "\"permission_denied\",\"role\":\"operate\"}}"
#define AUDIT                                                                                      \
    "{\"entries\":[{\"at\":\"2026-01-02T03:04:05.000Z\",\"uid\":1000,\"pid\":12,\"role\":\"ask\"," \
    "\"name\":"                                                                                    \
    "\"ann\",\"method\":\"run.start\",\"run_id\":\"r1\",\"result\":\"done\"},{\"at\":"             \
    "\"2026-01-02T03:04:04.000Z\",\"uid\":0,\"pid\":7,\"role\":\"operate\",\"name\":null,"         \
    "\"method\":"                                                                                  \
    "\"supervisor.stop\",\"run_id\":null,\"result\":\"permission_denied\"}],\"next\":\"1-2\"}"
#define HISTORY                                                                                    \
    "{\"runs\":[{\"run_id\":\"r1\",\"council_id\":\"c\",\"started_at\":\"2026-01-02T03:04:05Z\","  \
    "\"duration_ms\":1500,\"outcome\":\"complete\",\"reason\":{\"kind\":\"exited\",\"code\":0},"   \
    "\"tokens\":1234,\"cost\":0.25,\"question\":\"Why?\"},{\"run_id\":\"r2\",\"reason\":{"         \
    "\"kind\":\"signaled\",\"signal\":\"SIGKILL\"}},{\"run_id\":\"r3\",\"reason\":{\"kind\":"      \
    "\"terminated\",\"by\":\"user\",\"signal\":\"SIGTERM\"},\"cost\":\"x\"},{\"run_id\":\"r4\","   \
    "\"reason\":{\"kind\":\"lost\"}}],\"next\":\"n1\",\"unreadable\":2}"

static void lists_of_runs(void **state)
{
    (void)state;
    static const struct played rows[] = {
        {{"ps"}, {CHILDREN}, NULL},
        {{"ps", "-r", "g", "-j"}, {CHILDREN}, NULL},
        {{"ps"}, {"{\"children\":[]}"}, NULL},
        {{"ps", "-v"},
         {"{\"children\":[{\"run_id\":\"r1\",\"sandbox\":" CLOSED_IN
          "},{\"run_id\":\"r2\",\"sandbox\":{\"files\":false}},{\"run_id\":\"r3\",\"sandbox\":"
          "null}]}"},
         NULL},
        {{"ps"}, {REFUSED}, NULL},
        {{"history"}, {HISTORY}, NULL},
        {{"history", "-j"}, {"{\"runs\":[],\"next\":null}"}, NULL},
        {{"history"}, {"{\"runs\":[],\"next\":null,\"unreadable\":0}"}, NULL},
        {{"history"}, {"{\"runs\":[],\"unreadable\":1}"}, NULL},
        {{"history", "--council", "c", "--outcome", "failed", "--state", "ended"},
         {"{\"runs\":[]}"},
         NULL},
        {{"history", "--limit", "1", "--after", "n1", "-r", "g"}, {"{\"runs\":[]}"}, NULL},
        {{"history", "-n", "500"}, {"{\"runs\":[]}"}, NULL},
        {{"history", "-n", "501"}, {NULL}, NULL},
        {{"history", "-n", "0"}, {NULL}, NULL},
        {{"history"}, {REFUSED}, NULL},
        {{"audit"}, {AUDIT}, NULL},
        {{"audit", "-j", "--after", "1-2"}, {"{\"entries\":[],\"next\":null}"}, NULL},
        {{"audit", "-n", "7"}, {"{\"entries\":[],\"next\":null}"}, NULL},
        {{"audit", "-n", "501"}, {NULL}, NULL},
        {{"audit"}, {DENIED}, NULL},
        {{"prune"}, {"{\"removed\":3}"}, NULL},
        {{"prune", "-k", "0", "--older-than", "1000000000", "-j"}, {"{\"removed\":0}"}, NULL},
        {{"prune", "-k", "1000000001"}, {NULL}, NULL},
        {{"prune", "-k", "5", "--older-than", "-1"}, {NULL}, NULL},
        {{"prune"}, {REFUSED}, NULL},
        {{"terminate-all"}, {"{\"count\":2}"}, NULL},
        {{"terminate-all", "-r", "g", "-j"}, {"{\"count\":2}"}, NULL},
        {{"terminate-all"}, {REFUSED}, NULL},
        {{"terminate-all", "-j"}, {REFUSED}, NULL},
    };
    COMPARE(rows, "lists.txt");
}

static void runs_are_found(void **state)
{
    (void)state;
    static const struct played rows[] = {
        {{"history", "--grep", "why", "--label", "a=b", "--label", "c=", "--since", "2026-01-02"},
         {"{\"runs\":[]}"},
         NULL},
        {{"history", "--died", "-v"},
         {"{\"runs\":[{\"run_id\":\"r1\",\"labels\":{\"a\":\"b\",\"c\":\"\"}},{\"run_id\":\"r2\"}]"
          "}"},
         NULL},
        {{"history", "--died", "--outcome", "none"}, {NULL}, NULL},
        {{"history", "--label", "=b"}, {NULL}, NULL},
        {{"history", "--label", "b"}, {NULL}, NULL},
        {{"history", "--label", "a=\xff"}, {NULL}, NULL},
        {{"history", "--since", "17673230456789012345678901234567"}, {NULL}, NULL},
        {{"ps", "--grep", "why"},
         {CHILDREN, "{\"runs\":[{\"run_id\":\"r3\"}],\"next\":\"n\"}",
          "{\"runs\":[{\"run_id\":\"r1\"},{\"run_id\":\"gone\"}],\"next\":null}"},
         NULL},
        {{"ps", "--label", "a=b", "-j", "-r", "g"},
         {CHILDREN, "{\"runs\":[],\"next\":null}"},
         NULL},
        {{"ps", "--since", "2026-01-02"}, {CHILDREN, REFUSED}, NULL},
        {{"ps", "--label", "x"}, {CHILDREN}, NULL},
        {{"ps", "-v"},
         {"{\"children\":[{\"run_id\":\"r1\",\"labels\":{\"a\":\"b\"},\"question\":\"Why?\","
          "\"cost\":0.5}]}"},
         NULL},
    };
    COMPARE(rows, "finding.txt");
}

/* ---- what the daemon knows ---- */

#define PROVIDERS                                                                                  \
    "{\"providers\":[{\"name\":\"a\",\"type\":\"t\",\"key\":\"missing\",\"key_env\":\"A_KEY\","    \
    "\"base_url\":\"http://a\"},{\"name\":\"b\",\"key\":\"missing\"},{\"name\":\"c\",\"key\":"     \
    "\"present\"},{\"name\":\"d\",\"key\":\"none\"}]}"
#define CHECKED(more)                                                                              \
    "{\"ok\":false,\"rows\":[{\"provider\":\"p\",\"check\":\"tls\",\"status\":\"ok\",\"detail\":"  \
    "\"d1\"},{\"provider\":\"p\",\"model\":\"m\",\"check\":\"stream\",\"status\":\"failed\","      \
    "\"detail\":\"d2\",\"hint\":\"do it\"}" more "]}"

static void what_the_daemon_has(void **state)
{
    (void)state;
    static const struct played rows[] = {
        {{"providers"}, {PROVIDERS}, NULL},
        {{"providers", "-j"}, {PROVIDERS}, NULL},
        {{"providers"}, {REFUSED}, NULL},
        {{"councils"},
         {"{\"councils\":[{\"name\":\"one\",\"description\":\"first\"},{\"name\":\"two\"}]}"},
         NULL},
        {{"councils", "-j"}, {"{\"councils\":[{\"name\":\"one\"}]}"}, NULL},
        {{"councils", "one"}, {"{\"name\":\"one\",\"document\":{\"d\":1}}"}, NULL},
        {{"councils", "one", "-j"}, {"{\"name\":\"one\",\"document\":{\"d\":1}}"}, NULL},
        {{"councils", "one", "-j"}, {"{\"name\":\"one\"}"}, NULL},
        {{"councils", "\xff"}, {NULL}, NULL},
        {{"councils"}, {REFUSED}, NULL},
        {{"models", "p"}, {"{\"models\":[\"m1\",\"m2\"]}"}, NULL},
        {{"models", "p", "-j"}, {"{\"models\":[\"m1\"]}"}, NULL},
        {{"models", "p"}, {"{\"fault\":{\"message\":\"no key\",\"hint\":\"set it\"}}"}, NULL},
        {{"models", "p"}, {"{\"fault\":{\"message\":\"no key\",\"hint\":\"\"}}"}, NULL},
        {{"models", "p"}, {"{\"fault\":{\"message\":\"no key\"}}"}, NULL},
        {{"models", "p", "-j"}, {"{\"fault\":{\"message\":\"no key\"}}"}, NULL},
        {{"models", "\xff"}, {NULL}, NULL},
        {{"models", "p"}, {REFUSED}, NULL},
        {{"doctor"}, {"{\"ok\":true,\"rows\":[]}", "{\"sandbox\":" CLOSED_IN "}"}, NULL},
        {{"doctor", "-p", "p"},
         {CHECKED(""), "{\"sandbox\":{\"mode\":\"strict\",\"error\":\"why not\"}}"},
         NULL},
        {{"doctor", "--timeout", "100"},
         {CHECKED(",{\"provider\":\"q\",\"check\":\"key\",\"status\":\"failed\",\"detail\":\"d3\","
                  "\"hint\":\"\"}"),
          "{}"},
         NULL},
        {{"doctor", "c", "--timeout", "600000"},
         {"{\"ok\":true,\"rows\":[{\"provider\":\"p\",\"check\":\"tls\",\"status\":\"ok\"}]}",
          REFUSED},
         NULL},
        {{"doctor", "{\"id\":1}", "-j"}, {CHECKED("")}, NULL},
        {{"doctor", "--timeout", "99"}, {NULL}, NULL},
        {{"doctor", "--timeout", "600001"}, {NULL}, NULL},
        {{"doctor", "none.json"}, {NULL}, NULL},
        {{"doctor", "-p", "\xff"}, {NULL}, NULL},
        {{"doctor"}, {REFUSED}, NULL},
        {{"ping", "-j"}, {"{\"name\":\"councild\"}"}, NULL},
        {{"ping"}, {REFUSED}, NULL},
        {{"stop"}, {"{\"stopping\":true}\n."}, NULL},
        {{"stop"}, {REFUSED}, NULL},
        {{"stop", "--drain"}, {"{\"live\":1}"}, NULL},
        {{"stop", "--drain"}, {"{\"live\":12}"}, NULL},
        {{"stop", "--drain"}, {REFUSED}, NULL},
        {{"help"}, {NULL}, NULL},
        {{"help", "ping"}, {NULL}, NULL},
        {{"help", "pong"}, {NULL}, NULL},
        {{"call", "a.b"}, {"{\"x\":[1,2]}"}, NULL},
        {{"call", "a.b", "{\"y\":1}", "-j"}, {"{\"x\":[1,2]}"}, NULL},
        {{"call", "a.b"}, {REFUSED}, NULL},
        {{"call", "a.b", "[]"}, {NULL}, NULL},
    };
    COMPARE(rows, "daemon.txt");
}

static void what_a_shell_is_offered(void **state)
{
    (void)state;
    static const struct played rows[] = {
        {{"completion", "bash"}, {NULL}, NULL},
        {{"completion", "zsh"}, {NULL}, NULL},
        {{"completion", "fish"}, {NULL}, NULL},
        {{"completion", "dash"}, {NULL}, NULL},
        {{"completion"}, {NULL}, NULL},
        {{"completion", "bash", "zsh"}, {NULL}, NULL},
        {{"completion", "--of", "--", "c"}, {NULL}, NULL},
        {{"completion", "--of"}, {NULL}, NULL},
        {{"completion", "--of", "--", "ps", "--"}, {NULL}, NULL},
        {{"completion", "--of", "--", "await", "-"}, {NULL}, NULL},
        {{"completion", "--of", "--", "-"}, {NULL}, NULL},
        {{"completion", "--of", "--", "no", ""}, {NULL}, NULL},
        {{"completion", "--of", "--", "help", "te"}, {NULL}, NULL},
        {{"completion", "--of", "--", "completion", "z"}, {NULL}, NULL},
        {{"completion", "--of", "--", "-s", "sock", "show", "r"},
         {"{\"runs\":[{\"run_id\":\"r1\",\"question\":\"Why?\\n\\u001b[2J\"},{\"run_id\":\"r\\t2\"}"
          ",{\"run_id\":\"r\\u001b[2J\"},{\"run_id\":\"r 5\"},"
          "{\"run_id\":\"q3\"},{\"run_id\":\"r4\"},{}]}"},
         NULL},
        {{"completion", "--of", "--", "-s", "sock", "diagram", ""},
         {"{\"councils\":[{\"name\":\"c\",\"description\":\"d\"}]}", REFUSED},
         NULL},
    };
    COMPARE(rows, "completion.txt");
}

/* How long it took is no matter of a golden file. */
static void a_ping_tells_who_answered(void **state)
{
    (void)state;
    static const struct played row = {{"ping"},
                                      {"{\"name\":\"councild\",\"version\":\"9\",\"tenant\":\"t\","
                                       "\"pid\":5,\"uptime_ms\":61000}"},
                                      NULL};
    static const char begin[] = "$ ping\n> supervisor.info {}\n"
                                "councild 9, tenant t, pid 5, up 1 min 1 s: answered in ";
    struct buf all = BUF_INIT(1 << 16);
    int whole = -1, part = -1, end = 0;
    assert_int_equal(play(&row, &all), 0);
    const char *text = buf_str(&all);
    assert_memory_equal(text, begin, strlen(begin));
    assert_int_equal(sscanf(text + strlen(begin), "%d.%1d ms\n= 0\n\n%n", &whole, &part, &end), 2);
    assert_int_equal(strlen(begin) + (size_t)end, strlen(text));
    assert_in_range(whole, 0, 60 * 1000);
    buf_release(&all);
}

/* ---- councils ---- */

static void whether_a_council_is_valid(void **state)
{
    (void)state;
    static const struct played rows[] = {
        {{"validate", "c"}, {"{\"council_id\":\"c\",\"warnings\":[]}"}, NULL},
        {{"validate", "c"},
         {"{\"council_id\":\"c\",\"warnings\":[{\"path\":\"/"
          "a\",\"code\":\"k\",\"message\":\"m\"}]}"},
         NULL},
        {{"validate", "c"},
         {"{\"council_id\":\"c\",\"warnings\":[{\"path\":\"\",\"code\":\"k\",\"message\":\"m\"},{}]"
          "}"},
         NULL},
        {{"validate", "c", "-x"}, {"{\"council_id\":\"c\",\"document\":{\"d\":1}}"}, NULL},
        {{"validate", "c", "-x", "-j"}, {"{\"council_id\":\"c\",\"document\":{\"d\":1}}"}, NULL},
        {{"validate", "c"},
         {"!{\"code\":1,\"message\":\"bad\",\"data\":{\"reason\":\"invalid_council\",\"errors\":[{"
          "\"path\":\"/b\",\"code\":\"e\",\"message\":\"m\"}],\"warnings\":[{},{}]}}"},
         NULL},
        {{"validate", "c"},
         {"!{\"code\":1,\"message\":\"bad\",\"data\":{\"reason\":\"invalid_council\",\"errors\":[{}"
          ","
          "{}]}}"},
         NULL},
        {{"validate", "c", "-j"},
         {"!{\"code\":1,\"message\":\"bad\",\"data\":{\"reason\":\"invalid_council\"}}"},
         NULL},
        {{"validate", "c"}, {REFUSED}, NULL},
        {{"validate", "c"}, {NULL}, NULL},
        {{"validate", "none.json"}, {NULL}, NULL},
    };
    COMPARE(rows, "validate.txt");
}

#define DOWN(id, rest) "run.down {\"run_id\":\"" id "\"," rest "}"

static void how_runs_ended(void **state)
{
    (void)state;
    static const struct played rows[] = {
        {{"monitor", "r1"},
         {"{\"ref\":\"x\"}\nrun.event {\"event\":{}}\n" DOWN(
             "r1", "\"reason\":{\"kind\":\"exited\",\"code\":0},\"outcome\":\"degraded\"")},
         NULL},
        {{"monitor", "r1", "r2", "-j"},
         {"{}\n" DOWN("r1", "\"reason\":{\"kind\":\"noproc\"}"),
          "{}\n" DOWN("r2", "\"reason\":{\"kind\":\"x\"},\"outcome\":\"complete\"")},
         NULL},
        {{"monitor", "r1", "r2"},
         {"{}", "{}\n" DOWN("r2", "\"outcome\":\"cancelled\"") "\n" DOWN(
                    "r1", "\"outcome\":\"degraded\"")},
         NULL},
        {{"monitor", "r1"}, {"{}\n."}, NULL},
        {{"monitor", "r1"}, {REFUSED}, NULL},
        {{"monitor", "\xff"}, {NULL}, NULL},
    };
    COMPARE(rows, "monitor.txt");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, played_setup, played_teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_done_to_a_run),
        TEST(lists_of_runs),
        TEST(runs_are_found),
        TEST(what_the_daemon_has),
        TEST(what_a_shell_is_offered),
        TEST(a_ping_tells_who_answered),
        TEST(whether_a_council_is_valid),
        TEST(how_runs_ended),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
