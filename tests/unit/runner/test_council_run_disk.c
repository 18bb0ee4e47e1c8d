/* A run and its disk. One that failed used to take answers with it that had been paid for: of
 * three, one was told and none was in the result. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "council_run_fixture.h"

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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_record_is_synced_where_it_matters),
        cmocka_unit_test(a_disk_that_fails_takes_no_answer_with_it),
        cmocka_unit_test(nobody_is_asked_when_there_is_no_room_for_an_answer),
        cmocka_unit_test(room_is_kept_for_answers_under_way_and_the_end),
        cmocka_unit_test(it_is_told_where_the_result_stands),
        cmocka_unit_test(what_the_last_event_leaves_out_stands_behind_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
