/* A client that does not read unless the test lets it: runs that fill their journals, and what it
 * hears in words. Taken in behind cmocka.h, by one source of a test.
 */
#ifndef TESTS_UNIT_DAEMON_WATCH_FIXTURE_H
#define TESTS_UNIT_DAEMON_WATCH_FIXTURE_H

#include "client_fixture.h"
#include "hear_lines.h"

enum { EVENTS = 40, EVENT_BYTES = 100 * 1024 }; /* more than a connection and its socket take */

/* ---- what happens ---- */

/* Into the journal, then up the link. */
static inline void tell_event(struct run *run, int journal, int64_t seq)
{
    struct buf line = BUF_INIT(EVENT_BYTES + 100);
    char *pad = malloc(EVENT_BYTES);
    assert_non_null(pad);
    memset(pad, 'x', EVENT_BYTES);
    assert_int_equal(buf_addf(&line, "{\"seq\":%d,\"pad\":\"%.*s\"}\n", (int)seq, EVENT_BYTES, pad),
                     0);
    assert_int_equal(fd_write_all(journal, line.at, line.len), 0);
    struct link_up up = {.type = LINK_EVENT, .seq = seq, .event = {line.at, line.len - 1}};
    assert_true(say(run, up));
    buf_release(&line);
    free(pad);
}

static inline void tell_events(struct run *run, int count)
{
    int journal = record_descriptor(run->record);
    assert_true(journal >= 0);
    for (int i = 0; i < count; i++)
        tell_event(run, journal, run->last_seq + 1);
    close(journal);
}

static inline struct subscription *replay(struct run *run)
{
    struct subscription *sub = NULL;
    assert_int_equal(subscription_new(&watchers, conn, run, 0, false, &sub), 0);
    conn_touch(conn);
    for (int i = 0; i < 8; i++)
        turn();
    return sub;
}

static inline void ends(struct run *run)
{
    leader_exits(run, CLD_EXITED, 0);
    turn();
}

/* The time of a farewell is over: it is the only timer that is left. */
static inline void a_second_passes(void)
{
    struct timer *t = timers_take(loop_timers(core.loop), INT64_MAX);
    assert_non_null(t);
    assert_true(t->due_us - loop_now_us(core.loop) <= 1000 * 1000);
    t->fire(t->arg);
    assert_int_equal(timers_next(loop_timers(core.loop)), INT64_MAX);
}

/* What is left of that time is an hour: on a busy machine a second is over before all is heard. */
static inline void the_second_is_long(void)
{
    struct timer *t = timers_take(loop_timers(core.loop), INT64_MAX);
    assert_non_null(t);
    loop_timer_set(core.loop, t, 3600 * 1000);
}

/* ---- what the client hears ---- */

static char words[512]; /* "run.event*40 run.end run.down result:1" */
static int64_t dropped; /* of the last gap */
static char last_word[64];
static char last_line[1024]; /* the beginning of it */
static int repeated;

static inline void flush_word(void)
{
    size_t at = strlen(words);
    if (repeated == 1)
        snprintf(words + at, sizeof(words) - at, "%s%s", at ? " " : "", last_word);
    else if (repeated)
        snprintf(words + at, sizeof(words) - at, "%s%s*%d", at ? " " : "", last_word, repeated);
    repeated = 0;
}

static inline void note_line(const char *line, size_t len)
{
    char word[64];
    json_t *json = json_loadb(line, len, 0, NULL), *gap;
    snprintf(last_line, sizeof(last_line), "%.*s", (int)len, line);
    assert_non_null(json);
    const char *method = json_string_value(json_object_get(json, "method"));
    int id = (int)json_integer_value(json_object_get(json, "id"));
    gap = json_object_get(json_object_get(json, "params"), "dropped");
    dropped = gap ? json_integer_value(gap) : dropped;
    if (method)
        snprintf(word, sizeof(word), "%s", method);
    else
        snprintf(word, sizeof(word), "%s:%d", json_object_get(json, "error") ? "error" : "result",
                 id);
    json_decref(json);
    if (strcmp(word, last_word))
        flush_word();
    memcpy(last_word, word, sizeof(word));
    repeated++;
}

/* Reads until nothing more comes. */
static inline const char *heard(void)
{
    words[0] = '\0';
    hear_lines(client, note_line, turn);
    flush_word();
    return words;
}

#endif
