/* A run without a process around it: the mock provider needs no network, the journal is a file, and
 * what councild would hear stands in a queue. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "runner/council_run.h"
#include "runner/run_clock.h"

#define KEY "sk-a-key-that-nobody-may-see"

struct world {
    struct uplink uplink;
    struct http *http;
    struct secrets *secrets;
    struct journal journal;
    struct run_spec spec;
    struct resumption resumption;
    struct council_run *run;
    int far_end;
    char path[40];
    /* what was told, line by line */
    json_t *events, *result;
    size_t progress;
};

static void open_journal(struct world *w, int flags)
{
    struct error err = {0};
    snprintf(w->path, sizeof(w->path), "/tmp/council-run-XXXXXX");
    close(mkostemp(w->path, O_CLOEXEC));
    assert_int_equal(journal_init(&w->journal, open(w->path, flags | O_CLOEXEC), &err), 0);
}

static void take_spec(struct world *w, const char *council, const char *seed)
{
    static const char REST[] =
        ",\"input\":\"Tea or coffee?\",\"options\":{},\"limits\":{},\"catalogue\":{},"
        "\"providers\":{\"mock\":{\"type\":\"mock\",\"headers\":{\"X\":\"" KEY "\"}}},"
        "\"prices\":{},\"defaults\":{},\"tools\":{},\"keys\":{}}";
    struct spec_refusal refusal;
    struct link_down line;
    char *text = xasprintf("{\"type\":\"spec\",\"v\":1,\"run_id\":\"run_here\",\"seed\":\"%s\","
                           "\"council\":%s%s",
                           seed, council, REST);
    assert_int_equal(link_parse_down(text, strlen(text), &line, NULL), 0);
    if (run_spec_init(&w->spec, &line, w->secrets, &refusal) < 0)
        fail_msg("%s", refusal.message);
    assert_int_equal(resumption_init(&w->resumption, NULL, 0, &w->spec, &refusal), 0);
    link_down_release(&line);
    free(text);
}

static void open_run(struct world *w, const char *council, const char *seed, int journal_flags)
{
    int pair[2];
    struct error err = {0};
    *w = (struct world){.events = j_array()};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    uplink_init(&w->uplink, pair[0]);
    w->far_end = pair[1];
    w->http = http_new(NULL);
    w->secrets = secrets_new();
    open_journal(w, journal_flags);
    take_spec(w, council, seed);
    struct council_run_parts parts = {&w->uplink, w->http,    &w->journal,
                                      &w->spec,   w->secrets, &w->resumption};
    w->run = council_run_new(&parts, &err);
    assert_non_null(w->run);
}

static void close_run(struct world *w)
{
    council_run_free(w->run);
    resumption_release(&w->resumption);
    run_spec_release(&w->spec);
    http_free(w->http);
    secrets_free(w->secrets);
    journal_release(&w->journal);
    uplink_release(&w->uplink);
    close(w->far_end);
    unlink(w->path);
    json_decref(w->events);
    json_decref(w->result);
}

static void hear(struct world *w, const char *text, size_t len)
{
    json_t *line = json_loadb(text, len, 0, NULL);
    assert_non_null(line);
    assert_null(w->result); /* it is the last line */
    if (j_has(line, "type", "event"))
        j_add(w->events, json_incref(j_get(line, "event")));
    else if (j_has(line, "type", "progress"))
        w->progress++;
    else if (j_has(line, "type", "result"))
        w->result = json_incref(line);
    json_decref(line);
}

/* Takes out of the queue what councild would have read. */
static void hear_all(struct world *w)
{
    struct buf *out = &w->uplink.out;
    char *end;
    while (out->len && (end = memchr(out->at, '\n', out->len))) {
        size_t len = (size_t)(end - out->at);
        hear(w, out->at, len);
        buf_consume(out, len + 1);
    }
    assert_int_equal(out->len, 0);
}

static void play(struct world *w)
{
    for (int i = 0; i < 20000 && !council_run_is_over(w->run); i++) {
        int wait = council_run_timeout_ms(w->run);
        assert_true(wait >= 0);
        usleep((unsigned)(wait > 20 ? 20 : wait) * 1000);
        council_run_step(w->run);
    }
    assert_true(council_run_is_over(w->run));
    hear_all(w);
    assert_non_null(w->result);
}

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

static void the_clock_stands_still_while_it_is_held(void **state)
{
    (void)state;
    struct run_clock c;
    run_clock_start(&c, 1000);
    assert_int_equal(run_clock_now(&c, 1000), 0);
    assert_int_equal(run_clock_now(&c, 1250), 250);
    run_clock_hold(&c, true, 1300);
    run_clock_hold(&c, true, 1400);
    assert_int_equal(run_clock_now(&c, 9000), 300);
    run_clock_hold(&c, false, 2300);
    run_clock_hold(&c, false, 2400);
    assert_int_equal(run_clock_now(&c, 2400), 400);
    run_clock_hold(&c, true, 2500);
    run_clock_hold(&c, false, 3500);
    assert_int_equal(run_clock_now(&c, 3600), 600);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_told_is_what_was_written),
        cmocka_unit_test(without_a_journal_nothing_is_told_but_the_end),
        cmocka_unit_test(a_key_in_an_event_is_replaced_and_told_once),
        cmocka_unit_test(a_full_link_holds_the_run),
        cmocka_unit_test(a_cancelled_run_ends_as_cancelled),
        cmocka_unit_test(the_clock_stands_still_while_it_is_held),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
