/* A run without a process around it: the mock provider needs no network, the journal is a file on a
 * disk that may fail, and what councild would hear stands in a queue. A disk that failed used to
 * take answers with it that had been paid for: of three, one was told and none was in the result.
 */
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

#include "bad_disk.h"
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
    int folder = open("/tmp", O_RDONLY | O_CLOEXEC);
    assert_int_equal(journal_init(&w->journal, open(w->path, flags | O_CLOEXEC), folder, &err), 0);
    disk = (struct bad_disk){0};
    w->journal.calls = &DISK;
}

static void take_spec(struct world *w, const char *council, const char *seed)
{
    static const char REST[] =
        ",\"input\":\"Tea or coffee?\",\"options\":{},\"limits\":{},\"catalogue\":{},"
        "\"providers\":{\"mock\":{\"type\":\"mock\",\"headers\":{\"X\":\"" KEY "\"}}},"
        "\"prices\":{},\"defaults\":{},\"tools\":{},\"keys\":{},\"records\":0}";
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

/* ---- the disk ---- */

/* The chair comes last. */
#define SEAT(id) "{\"id\":\"" id "\",\"provider\":\"mock\",\"model\":\"m\"}"
static const char TRIO[] =
    "{\"schema_version\":1,\"id\":\"trio\",\"members\":[" SEAT("ann") "," SEAT("bob") "," SEAT(
        "cy") "],\"chair\":" SEAT("dee") ",\"rounds\":[{\"type\":\"independent_analysis\"},"
                                         "{\"type\":\"synthesis\"}]}";

static void play_trio(struct world *w, struct bad_disk how)
{
    open_run(w, TRIO, "s", O_RDWR | O_APPEND);
    disk = how;
    council_run_begin(w->run);
    play(w);
}

/* Answers in the result. */
static size_t answers(json_t *document)
{
    size_t i, n = 0;
    const char *id;
    json_t *round, *member;
    json_array_foreach (j_get(document, "rounds"), i, round) {
        json_object_foreach (j_get(round, "member_results"), id, member)
            n += j_has(member, "status", "ok");
    }
    return n;
}

static size_t told(const struct world *w, const char *type)
{
    size_t i, n = 0;
    json_t *event;
    json_array_foreach (w->events, i, event)
        n += j_has(event, "type", type);
    return n;
}

/* Every time that the word stands in the trace, the other one is next. */
static void always_followed(const char *word, const char *next)
{
    size_t n = 0;
    for (const char *at = disk.trace; (at = strstr(at, word)); n++) {
        at += strlen(word);
        if (strncmp(at, next, strlen(next)) != 0)
            fail_msg("%s is not followed by %s: %s", word, next, disk.trace);
    }
    assert_true(n > 0);
}

static void the_record_is_synced_where_it_matters(void **state)
{
    (void)state;
    struct world w;
    play_trio(&w, (struct bad_disk){0});
    always_followed("round_completed ", "sync ");
    always_followed("run_completed ", "sync ");
    /* The record and its name are safe before the first request has a place. */
    char *settled = strstr(disk.trace, "sync folder "), *first = strstr(disk.trace, "reserve ");
    assert_non_null(settled);
    assert_true(settled < first);
    assert_true(settled < strstr(disk.trace, "exchange_completed "));
    assert_int_equal(disk.folder_syncs, 1);
    assert_int_equal(disk.syncs, 1 + 2 + 1); /* this provider is free: its answers need none */
    assert_int_equal(disk.reserves, 4);
    close_run(&w);
}

static void expect_failed(struct world *w, size_t at_least)
{
    json_t *document = j_get(w->result, "result"), *errors = j_get(document, "errors");
    json_t *last = json_array_get(errors, json_array_size(errors) - 1);
    assert_string_equal(j_str(w->result, "outcome", ""), "failed");
    assert_true(json_is_false(j_get(w->result, "journaled")));
    assert_string_equal(j_str(document, "outcome", ""), "failed");
    assert_string_equal(j_str(document, "status", ""), "failed");
    assert_string_equal(j_str(last, "code", ""), "journal");
    assert_string_equal(j_str(last, "kind", ""), "permanent");
    assert_true(j_str(last, "message", "")[0] != 0);
    assert_true(answers(document) >= at_least);
    /* The three members answer at the same time: all of them, or nobody was asked. */
    size_t n = answers(document);
    assert_true(n == 0 || n >= 3);
}

/* Until the disk is good enough for the whole run. How many runs failed. */
static int fail_at_every(enum bad_way way, int number)
{
    struct world w;
    size_t most_lost = 0;
    for (int k = 1;; k++) {
        play_trio(&w, (struct bad_disk){.way = way, .at = k, .number = number});
        bool good = !j_get(w.result, "journaled");
        if (!good)
            expect_failed(&w, told(&w, "exchange_completed"));
        size_t n = answers(j_get(w.result, "result")), heard = told(&w, "exchange_completed");
        if (!good && n > heard && n - heard > most_lost)
            most_lost = n - heard;
        close_run(&w);
        if (good) {
            /* Answers that nobody was told of on the way were in the result all the same. */
            assert_true(way == BAD_SYNC || most_lost >= 3);
            return k - 1;
        }
    }
}

static void a_disk_that_fails_takes_no_answer_with_it(void **state)
{
    (void)state;
    assert_true(fail_at_every(BAD_WRITE, ENOSPC) > 15);
    assert_true(fail_at_every(BAD_WRITE, EIO) > 15);
    assert_true(fail_at_every(BAD_SHORT_WRITE, 0) > 15);
    assert_int_equal(fail_at_every(BAD_SYNC, EIO), 1 + 2 + 1);
}

/* The line of the file that was told of. */
static json_t *line_told(const struct world *w)
{
    int64_t at = j_int(w->result, "at", -1), bytes = j_int(w->result, "bytes", -1);
    char *text = xcalloc(1, (size_t)bytes + 2);
    int fd = open(w->path, O_RDONLY | O_CLOEXEC);
    assert_true(at >= 0 && bytes > 0);
    assert_int_equal(pread(fd, text, (size_t)bytes + 1, at), bytes + 1);
    close(fd);
    assert_int_equal(text[bytes], '\n');
    json_t *line = json_loadb(text, (size_t)bytes, 0, NULL);
    assert_non_null(line);
    free(text);
    return line;
}

static void nobody_is_asked_when_there_is_no_room_for_an_answer(void **state)
{
    (void)state;
    struct world w;
    for (int k = 1; k <= 4; k++) {
        play_trio(&w, (struct bad_disk){.way = BAD_RESERVE, .at = k, .number = ENOSPC});
        json_t *line = line_told(&w), *document = j_get(line, "result");
        json_t *error = json_array_get(j_get(document, "errors"), 0);
        assert_string_equal(j_str(w.result, "outcome", ""), "failed");
        assert_string_equal(j_str(error, "code", ""), "journal");
        assert_non_null(strstr(j_str(error, "message", ""), "no room"));
        assert_int_equal(answers(document), k - 1);
        assert_int_equal(told(&w, "exchange_completed"), k - 1);
        assert_int_equal(told(&w, "cancel_requested"), 1);
        assert_int_equal(told(&w, "run_failed"), 1);
        json_decref(line);
        close_run(&w);
    }
}

static void room_is_kept_for_answers_under_way_and_the_end(void **state)
{
    (void)state;
    struct world w;
    open_run(&w, TRIO, "s", O_RDWR | O_APPEND);
    council_run_begin(w.run);
    int64_t three = disk.reserved;
    assert_int_equal(disk.reserves, 3);
    play(&w);
    /* The chair is asked alone, behind all that the others wrote. */
    assert_true(three > 3 * 64 * 1024);
    assert_true(w.journal.size < three);
    close_run(&w);
}

static void it_is_told_where_the_result_stands(void **state)
{
    (void)state;
    struct world w;
    play_trio(&w, (struct bad_disk){0});
    json_t *line = line_told(&w);
    assert_string_equal(j_str(line, "type", ""), "run_completed");
    assert_string_equal(j_str(j_get(line, "result"), "outcome", ""), "complete");
    assert_null(j_get(w.result, "result"));
    assert_null(j_get(w.result, "journaled"));
    json_decref(line);
    close_run(&w);
}

/* Forty answers of 15 KiB are too much for the last event. */
static char *council_of_many_words(void)
{
    enum { LONG = 15 * 1024, SEATS = 40 };
    struct buf council = BUF_INIT(1 << 20);
    char *text = xcalloc(1, LONG + 1);
    memset(text, 'x', LONG);
    int r = buf_addf(&council,
                     "{\"schema_version\":1,\"id\":\"long\",\"profiles\":{\"p\":{\"provider\":"
                     "\"mock\",\"provider_options\":{\"script\":{\"*\":[{\"text\":\"%s\"}]}}}},"
                     "\"default_profile\":\"p\",\"rounds\":[{\"type\":\"independent_analysis\"}],"
                     "\"members\":[",
                     text);
    for (int i = 0; i < SEATS && r == 0; i++)
        r = buf_addf(&council, "%s{\"id\":\"m%d\",\"model\":\"m\"}", i ? "," : "", i);
    r = r ? r : buf_add_str(&council, "]}");
    assert_int_equal(r, 0);
    free(text);
    buf_str(&council);
    return buf_take(&council);
}

static void what_the_last_event_leaves_out_stands_behind_it(void **state)
{
    (void)state;
    struct world w;
    char *council = council_of_many_words();
    open_run(&w, council, "s", O_RDWR | O_APPEND);
    council_run_begin(w.run);
    play(&w);
    json_t *line = line_told(&w);
    assert_string_equal(j_str(line, "type", ""), "result");
    assert_string_equal(j_str(line, "outcome", ""), j_str(w.result, "outcome", "?"));
    assert_int_equal(answers(j_get(line, "result")), 40);
    assert_int_equal(j_int(w.result, "at", 0) + j_int(w.result, "bytes", 0) + 1, w.journal.size);
    always_followed("result ", "sync ");
    json_decref(line);
    close_run(&w);
    free(council);
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
        cmocka_unit_test(the_record_is_synced_where_it_matters),
        cmocka_unit_test(a_disk_that_fails_takes_no_answer_with_it),
        cmocka_unit_test(nobody_is_asked_when_there_is_no_room_for_an_answer),
        cmocka_unit_test(room_is_kept_for_answers_under_way_and_the_end),
        cmocka_unit_test(it_is_told_where_the_result_stands),
        cmocka_unit_test(what_the_last_event_leaves_out_stands_behind_it),
        cmocka_unit_test(without_a_journal_nothing_is_told_but_the_end),
        cmocka_unit_test(a_key_in_an_event_is_replaced_and_told_once),
        cmocka_unit_test(a_full_link_holds_the_run),
        cmocka_unit_test(a_cancelled_run_ends_as_cancelled),
        cmocka_unit_test(the_clock_stands_still_while_it_is_held),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
