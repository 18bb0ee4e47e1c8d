/* Rows that are drawn over each other, cut at the edge of the terminal, and gone when something
 * else is printed. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <termios.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "ctl/terminal/screen.h"
#include "ctl/view/view.h"
#include "ctl/view/view_state.h"
#include "heap_kept.h"
#include "story/safe_text.h"

struct terminal {
    int master, slave;
};

static void resize(struct terminal *t, int lines, int columns)
{
    const struct winsize size = {.ws_row = (unsigned short)lines,
                                 .ws_col = (unsigned short)columns};
    assert_int_equal(ioctl(t->slave, TIOCSWINSZ, &size), 0);
}

/* A terminal that passes on what is written as it is. */
static int setup(void **state)
{
    static struct terminal t;
    struct termios raw;
    t.master = posix_openpt(O_RDWR | O_NOCTTY | O_NONBLOCK);
    if (t.master < 0 || grantpt(t.master) < 0 || unlockpt(t.master) < 0)
        return -1;
    t.slave = open(ptsname(t.master), O_RDWR | O_NOCTTY);
    if (t.slave < 0 || tcgetattr(t.slave, &raw) < 0)
        return -1;
    cfmakeraw(&raw);
    setenv("TERM", "xterm", 1);
    unsetenv("NO_COLOR");
    *state = &t;
    return tcsetattr(t.slave, TCSANOW, &raw);
}

static int teardown(void **state)
{
    struct terminal *t = *state;
    close(t->slave);
    close(t->master);
    return 0;
}

static void shows(struct terminal *t, struct screen *s, const char *expected)
{
    static char got[65536];
    size_t len = 0;
    ssize_t n;
    screen_show(s);
    while ((n = read(t->master, got + len, sizeof got - 1 - len)) > 0)
        len += (size_t)n;
    got[len] = '\0';
    assert_string_equal(got, expected);
}

#define END "\033[0m\n"

static void rows_are_drawn_over_the_last_ones(void **state)
{
    struct terminal *t = *state;
    struct screen *s = screen_new(t->slave);
    resize(t, 24, 80);
    assert_true(screen_is_live(s));
    text_add(screen_rows(s), "one\ntwo\n");
    shows(t, s, "one" END "two" END);
    text_add(screen_out(s), "told\n");
    text_add(screen_rows(s), "three");
    shows(t, s, "\r\033[2A\033[Jtold\nthree" END);
    text_add(screen_rows(s), "\n\nfour\n");
    shows(t, s, "\r\033[1A\033[J" END END "four" END);
    shows(t, s, "\r\033[3A\033[J");
    shows(t, s, "");
    screen_free(s);
    screen_free(NULL);
}

/* One column stays free, and a terminal that became narrower has broken the rows. */
static void rows_end_at_the_edge(void **state)
{
    struct terminal *t = *state;
    struct screen *s = screen_new(t->slave);
    resize(t, 24, 11);
    assert_int_equal(screen_columns(s), 11);
    text_add(screen_rows(s), "123456789\n1234567890\n12345678901\n");
    shows(t, s, "123456789" END "1234567890" END "1234567890" END);
    resize(t, 24, 5);
    text_add(screen_rows(s), "12345\n1\n");
    shows(t, s, "\r\033[6A\033[J1234" END "1" END);
    resize(t, 24, 4);
    shows(t, s, "\r\033[2A\033[J");
    text_add(screen_rows(s), "123\n");
    shows(t, s, "123" END);
    resize(t, 24, 2);
    shows(t, s, "\r\033[2A\033[J");
    screen_free(s);
}

/* One line stays free too. */
static void rows_end_at_the_last_line(void **state)
{
    struct terminal *t = *state;
    struct screen *s = screen_new(t->slave);
    resize(t, 3, 80);
    assert_int_equal(screen_lines(s), 3);
    text_add(screen_rows(s), "1\n2\n3\n4\n");
    shows(t, s, "1" END "2" END);
    resize(t, 1, 80);
    text_add(screen_rows(s), "1\n");
    shows(t, s, "\r\033[2A\033[J");
    resize(t, 0, 0);
    assert_int_equal(screen_columns(s), 80);
    assert_int_equal(screen_lines(s), 24);
    resize(t, 300, 80);
    for (int i = 0; i < 130; i++)
        text_add(screen_rows(s), "r\n");
    screen_show(s);
    char drawn[8192];
    assert_int_equal(read(t->master, drawn, sizeof drawn), 128 * (ssize_t)strlen("r" END));
    shows(t, s, "\r\033[128A\033[J");
    screen_free(s);
}

/* While somebody is asked something, nothing else is written; what was told meanwhile comes later.
 */
static void a_held_screen_is_silent(void **state)
{
    struct terminal *t = *state;
    struct screen *s = screen_new(t->slave);
    resize(t, 24, 80);
    text_add(screen_rows(s), "one\n");
    shows(t, s, "one" END);
    text_add(screen_rows(s), "two\n");
    screen_hold(s, true);
    shows(t, s, "\r\033[1A\033[J");
    text_add(screen_out(s), "told\n");
    text_add(screen_rows(s), "three\n");
    shows(t, s, "");
    screen_hold(s, true);
    shows(t, s, "");
    screen_hold(s, false);
    shows(t, s, "told\n");
    text_add(screen_rows(s), "four\n");
    shows(t, s, "four" END);
    text_add(screen_rows(s), "five\n");
    text_add(screen_out(s), "last\n");
    screen_hold(s, true);
    text_add(screen_out(s), "kept\n");
    screen_free(s);
    s = screen_new(t->slave);
    shows(t, s, "\r\033[1A\033[Jlast\nkept\n");
    screen_free(s);
}

static void what_a_terminal_can_do(void **state)
{
    struct terminal *t = *state;
    static const struct {
        const char *term, *no_colour;
        bool live, colour;
    } rows[] = {
        {"xterm", NULL, true, true},  {"xterm", "", true, true},   {"xterm", "1", true, false},
        {"dumb", NULL, false, false}, {"dumb2", NULL, true, true}, {"", NULL, false, false},
        {NULL, NULL, false, false},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        rows[i].term ? setenv("TERM", rows[i].term, 1) : unsetenv("TERM");
        rows[i].no_colour ? setenv("NO_COLOR", rows[i].no_colour, 1) : unsetenv("NO_COLOR");
        struct screen *s = screen_new(t->slave);
        assert_int_equal(screen_is_live(s), rows[i].live);
        assert_string_equal(screen_style(s, STYLE_BOLD), rows[i].colour ? "\033[1m" : "");
        text_add(screen_rows(s), "row\n");
        if (!rows[i].live)
            shows(t, s, "");
        screen_free(s);
    }
}

static void each_style_has_its_sequence(void **state)
{
    struct terminal *t = *state;
    static const struct {
        enum style style;
        const char *sequence;
    } rows[] = {
        {STYLE_PLAIN, "\033[0m"}, {STYLE_BOLD, "\033[1m"},   {STYLE_DIM, "\033[2m"},
        {STYLE_RED, "\033[31m"},  {STYLE_GREEN, "\033[32m"}, {STYLE_YELLOW, "\033[33m"},
        {STYLE_CYAN, "\033[36m"},
    };
    struct screen *s = screen_new(t->slave);
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        assert_string_equal(screen_style(s, rows[i].style), rows[i].sequence);
    screen_free(s);
}

/* ---- the view on it ---- */

static void take(struct view *view, const char *event)
{
    json_t *e = json_loads(event, 0, NULL);
    assert_non_null(e);
    view_event(view, e);
    json_decref(e);
}

/* Anybody who has been at work for hours; the seconds are not told any more, so that a slow machine
 * says the same. */
static void hours_ago(struct view *view)
{
    const int64_t then = clock_mono_ms() - 90 * 60000 - 10000;
    view->begun = then;
    for (struct call_shown *call = view->calls.first; call; call = call->next)
        call->since = then;
}

/* The wheel before each call turns with the time: it is taken out. */
static void stop_wheels(char *text)
{
    for (char *at = text; (at = strstr(at, "\033[36m")); at++) {
        assert_non_null(strchr("|/-\\", at[5]));
        at[5] = '*';
    }
}

static void rows_of(struct terminal *t, struct view *view, const char *expected)
{
    static char got[65536];
    hours_ago(view);
    view_show(view);
    const ssize_t n = read(t->master, got, sizeof got - 1);
    assert_true(n > 0 || !*expected);
    got[n > 0 ? n : 0] = '\0';
    stop_wheels(got);
    assert_string_equal(got, expected);
}

#define ROUND(asked)                                                                               \
    "{\"type\":\"round_started\",\"name\":\"n\",\"round_type\":\"n\",\"asked\":[" asked "]}"
#define STARTED                                                                                    \
    "{\"type\":\"member_started\",\"member_id\":\"ann\",\"call_id\":\"x\",\"provider\":\"p\","     \
    "\"model\":\"m\"}"
#define ROW "\033[36m*\033[0m ann  \033[2mp/m\033[0m  1 h 30 min"

static void calls_are_shown_while_they_last(void **state)
{
    struct terminal *t = *state;
    struct screen *s = screen_new(t->slave);
    struct view *view = view_new(s, false, false);
    resize(t, 24, 46);
    take(view, STARTED);
    rows_of(t, view, "");
    take(view, ROUND("\"ann\""));
    rows_of(
        t, view,
        "\n\033[1mround 1: n\033[0m, asking ann\n\033[1mround 1: n\033[0m, 1 h 30 min" END ROW END);
    take(view, "{\"type\":\"member_reasoning\",\"call_id\":\"x\"}");
    rows_of(t, view,
            "\r\033[2A\033[J\033[1mround 1: n\033[0m, 1 h 30 min" END ROW "  (thinking)" END);
    take(view, "{\"type\":\"member_token\",\"call_id\":\"x\",\"text\":\"12345678901234567890\"}");
    rows_of(t, view,
            "\r\033[2A\033[J\033[1mround 1: n\033[0m, 1 h 30 min" END ROW
            "  12345678901234567890" END);
    take(view, "{\"type\":\"member_token\",\"call_id\":\"x\",\"text\":\"!\"}");
    rows_of(t, view,
            "\r\033[2A\033[J\033[1mround 1: n\033[0m, 1 h 30 min" END ROW
            "  ...234567890123456789" END);
    resize(t, 24, 37);
    rows_of(t, view,
            "\r\033[3A\033[J\033[1mround 1: n\033[0m, 1 h 30 min" END ROW "  ...123456789" END);
    resize(t, 24, 36);
    rows_of(t, view, "\r\033[2A\033[J\033[1mround 1: n\033[0m, 1 h 30 min" END ROW END);
    take(view, "{\"type\":\"round_completed\",\"status\":\"ok\"}");
    rows_of(t, view, "\r\033[2A\033[J  round ok\n");
    view_free(view);
    screen_free(s);
}

static void a_round_of_many_counts_its_answers(void **state)
{
    struct terminal *t = *state;
    struct screen *s = screen_new(t->slave);
    struct view *view = view_new(s, false, false), *quiet = view_new(s, false, true);
    resize(t, 24, 80);
    take(view, "{\"type\":\"member_completed\",\"member_id\":\"early\"}");
    take(view, ROUND("\"a\",\"b\""));
    rows_of(t, view,
            "  \033[31mearly\033[0m - (0 ms)\n\n\033[1mround 1: n\033[0m, asking a, b\n"
            "\033[1mround 1: n\033[0m, 0 of 2 have answered, 1 h 30 min" END);
    take(view,
         "{\"type\":\"member_completed\",\"member_id\":\"a\",\"result\":{\"status\":\"ok\"}}");
    rows_of(t, view,
            "\r\033[1A\033[J  \033[32ma\033[0m ok (0 ms)\n"
            "\033[1mround 1: n\033[0m, 1 of 2 have answered, 1 h 30 min" END);
    take(view, "{\"type\":\"run_completed\",\"result\":{\"outcome\":\"degraded\"}}");
    rows_of(t, view,
            "\r\033[1A\033[J\noutcome: \033[33mdegraded\033[0m\n\033[1mno final answer\033[0m\n");
    take(quiet, ROUND("\"a\",\"b\""));
    rows_of(t, quiet, "");
    take(quiet, "{\"type\":\"run_failed\",\"result\":{\"outcome\":\"failed\",\"final\":{"
                "\"content\":\"c\"}}}");
    rows_of(t, quiet, "outcome: \033[31mfailed\033[0m\n\033[1m\nfinal answer\033[0m\n\nc\n");
    take(quiet, "{\"type\":\"run_completed\",\"result\":{\"outcome\":\"complete\"}}");
    rows_of(t, quiet, "outcome: \033[32mcomplete\033[0m\n\033[1mno final answer\033[0m\n");
    view_free(view);
    view_free(quiet);
    screen_free(s);
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(rows_are_drawn_over_the_last_ones, setup, teardown),
        cmocka_unit_test_setup_teardown(rows_end_at_the_edge, setup, teardown),
        cmocka_unit_test_setup_teardown(rows_end_at_the_last_line, setup, teardown),
        cmocka_unit_test_setup_teardown(a_held_screen_is_silent, setup, teardown),
        cmocka_unit_test_setup_teardown(what_a_terminal_can_do, setup, teardown),
        cmocka_unit_test_setup_teardown(each_style_has_its_sequence, setup, teardown),
        cmocka_unit_test_setup_teardown(calls_are_shown_while_they_last, setup, teardown),
        cmocka_unit_test_setup_teardown(a_round_of_many_counts_its_answers, setup, teardown),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
