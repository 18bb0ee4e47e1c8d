/* A parser that depends on where packets are cut loses or doubles pieces of an answer. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/buf.h"
#include "heap_kept.h"
#include "runner/net/sse.h"

static int note(void *context, const char *type, const char *data, size_t len)
{
    struct buf *seen = context;
    assert_int_equal(strlen(data), len);
    return buf_addf(seen, "[%s|%s]", type, data);
}

static char *parse(const char *text, size_t step)
{
    struct sse s;
    struct buf seen = BUF_INIT(100000);
    sse_init(&s);
    for (size_t at = 0, len = strlen(text); at < len; at += step)
        assert_int_equal(sse_feed(&s, text + at, at + step < len ? step : len - at, note, &seen),
                         0);
    assert_int_equal(sse_end(&s, note, &seen), 0);
    sse_release(&s);
    char *r = buf_take(&seen);
    buf_release(&seen);
    return r;
}

static void same_for_every_cut(void **state)
{
    (void)state;
    static const struct {
        const char *text, *events;
    } CASES[] = {
        {"data: a\n\ndata: b\n\n", "[|a][|b]"},
        {"data: a\r\n\r\ndata: b\r\n\r\n", "[|a][|b]"},
        {"data: a\r\rdata: b\r\r", "[|a][|b]"},
        {"data: a\r\ndata: b\r\n\r\n", "[|a\nb]"},
        {"data:a\ndata: b\ndata\n\n", "[|a\nb\n]"},
        {": ping\n\n:\n\ndata: x\n\n", "[|x]"},
        {"event: error\ndata: {\"a\": 1}\nid: 4\nretry: 10\n\n", "[error|{\"a\": 1}]"},
        {"event: lonely\n\ndata: x\n\n", "[|x]"},
        {"event: first\nevent: last\ndata: x\n\n", "[last|x]"},
        {"\xef\xbb\xbf"
         "data: bom\n\n",
         "[|bom]"},
        {"data:  two blanks\n\n", "[| two blanks]"},
        {"data: no end", "[|no end]"},
        {"data: one end\n", "[|one end]"},
        {"data: gr\xc3\xbc\xc3\x9f\n\n", "[|gr\xc3\xbc\xc3\x9f]"},
        {"nonsense\ndatax: 1\n\ndata: x\r\n\n", "[|x]"},
        {"", ""},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        for (size_t step = 1; step < 24; step++) {
            char *seen = parse(CASES[i].text, step);
            assert_string_equal(seen ? seen : "", CASES[i].events);
            free(seen);
        }
    }
}

static int refuse(void *context, const char *type, const char *data, size_t len)
{
    (void)type;
    (void)data;
    (void)len;
    ++*(int *)context;
    return -EPROTO;
}

static void stops_when_the_reader_refuses(void **state)
{
    (void)state;
    struct sse s;
    int calls = 0;
    static const char TEXT[] = "data: a\n\ndata: b\n\n";
    sse_init(&s);
    assert_int_equal(sse_feed(&s, TEXT, strlen(TEXT), refuse, &calls), -EPROTO);
    assert_int_equal(calls, 1);
    sse_release(&s);
}

static void bounds_lines_and_events(void **state)
{
    (void)state;
    struct sse s;
    struct buf seen = BUF_INIT(1000);
    static char chunk[65536];
    memset(chunk, 'x', sizeof(chunk));
    sse_init(&s);
    int r = 0;
    for (size_t sent = 0; r == 0 && sent <= 2 * (size_t)SSE_EVENT_MAX; sent += sizeof(chunk))
        r = sse_feed(&s, chunk, sizeof(chunk), note, &seen);
    assert_int_equal(r, -EMSGSIZE);
    sse_release(&s);
    sse_init(&s);
    memcpy(chunk, "data:", 5);
    chunk[sizeof(chunk) - 1] = '\n';
    r = 0;
    for (size_t sent = 0; r == 0 && sent <= 2 * (size_t)SSE_EVENT_MAX; sent += sizeof(chunk))
        r = sse_feed(&s, chunk, sizeof(chunk), note, &seen);
    assert_int_equal(r, -EMSGSIZE);
    assert_int_equal(seen.len, 0);
    sse_release(&s);
}

/* Its end makes no line of what came before it. */
static void a_line_that_is_too_long_is_none_where_it_ends_either(void **state)
{
    (void)state;
    struct sse s;
    struct buf seen = BUF_INIT(1000);
    static char begun[SSE_EVENT_MAX - 8];
    memset(begun, 'x', sizeof begun);
    sse_init(&s);
    assert_int_equal(sse_feed(&s, begun, sizeof begun, note, &seen), 0);
    assert_int_equal(sse_feed(&s, "123456789\n", 10, note, &seen), -EMSGSIZE);
    sse_release(&s);
    sse_init(&s);
    assert_int_equal(sse_feed(&s, begun, sizeof begun, note, &seen), 0);
    assert_int_equal(sse_feed(&s, "1234\n", 5, note, &seen), 0);
    assert_int_equal(seen.len, 0);
    sse_release(&s);
}

/* It is none that anybody knows; the event has its data all the same. */
static void a_type_that_is_too_long_is_no_type(void **state)
{
    (void)state;
    for (int len = 255; len <= 257; len++) {
        char text[300], events[300], type[258] = "";
        memset(type, 't', (size_t)len);
        snprintf(text, sizeof(text), "event: %s\ndata: x\n\n", type);
        snprintf(events, sizeof(events), "[%s|x]", len < 256 ? type : "");
        char *seen = parse(text, sizeof(text));
        assert_string_equal(seen, events);
        free(seen);
    }
}

/* An LF belongs to a CR only where it stands right behind it. */
static void a_line_feed_behind_more_ends_a_line(void **state)
{
    (void)state;
    static const char *const PIECES[] = {"data: a\r", "data: b", "\n", "\n"};
    struct sse s;
    int calls = 0;
    sse_init(&s);
    for (size_t i = 0; i < 3; i++)
        assert_int_equal(sse_feed(&s, PIECES[i], strlen(PIECES[i]), refuse, &calls), 0);
    assert_int_equal(calls, 0);
    assert_int_equal(sse_feed(&s, PIECES[3], strlen(PIECES[3]), refuse, &calls), -EPROTO);
    assert_int_equal(calls, 1);
    sse_release(&s);
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(same_for_every_cut);
    assert_keeps_nothing(stops_when_the_reader_refuses);
    assert_keeps_nothing(bounds_lines_and_events);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(same_for_every_cut),
        cmocka_unit_test(stops_when_the_reader_refuses),
        cmocka_unit_test(bounds_lines_and_events),
        cmocka_unit_test(a_line_that_is_too_long_is_none_where_it_ends_either),
        cmocka_unit_test(a_type_that_is_too_long_is_no_type),
        cmocka_unit_test(a_line_feed_behind_more_ends_a_line),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
