/* A JSON object per line, cut by the network wherever it likes. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "heap_kept.h"
#include "runner/net/ndjson.h"

static int collect(void *context, const char *line, size_t len)
{
    struct buf *all = context;
    return buf_addf(all, "<%.*s>", (int)len, line);
}

static int refuse(void *context, const char *line, size_t len)
{
    (void)context;
    (void)line;
    (void)len;
    return -EPROTO;
}

static void any_cut_gives_the_same_lines(void **state)
{
    (void)state;
    static const char text[] = "{\"a\":1}\n\r\n  \n{\"b\":2}\r\n{\"c\":3}";
    for (size_t piece = 1; piece < sizeof(text); piece++) {
        struct ndjson n;
        struct buf all = BUF_INIT(1000);
        ndjson_init(&n);
        for (size_t at = 0; at < sizeof(text) - 1; at += piece) {
            size_t left = sizeof(text) - 1 - at;
            assert_int_equal(ndjson_feed(&n, text + at, piece < left ? piece : left, collect, &all),
                             0);
        }
        assert_int_equal(ndjson_end(&n, collect, &all), 0);
        assert_string_equal(buf_str(&all), "<{\"a\":1}><{\"b\":2}\r><{\"c\":3}>");
        buf_release(&all);
        ndjson_release(&n);
    }
}

static void bounds_and_refusals_end_it(void **state)
{
    (void)state;
    struct ndjson n;
    struct buf all = BUF_INIT(1000);
    ndjson_init(&n);
    assert_int_equal(ndjson_feed(&n, "{}\n{}\n", 6, refuse, NULL), -EPROTO);
    ndjson_release(&n);
    ndjson_init(&n);
    char *flood = calloc(1, NDJSON_LINE_MAX);
    assert_non_null(flood);
    memset(flood, 'x', NDJSON_LINE_MAX);
    assert_int_equal(ndjson_feed(&n, flood, NDJSON_LINE_MAX, collect, &all), 0);
    assert_int_equal(ndjson_feed(&n, "x", 1, collect, &all), -EMSGSIZE);
    free(flood);
    ndjson_release(&n);
    buf_release(&all);
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(any_cut_gives_the_same_lines);
    assert_keeps_nothing(bounds_and_refusals_end_it);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_cut_gives_the_same_lines),
        cmocka_unit_test(bounds_and_refusals_end_it),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
