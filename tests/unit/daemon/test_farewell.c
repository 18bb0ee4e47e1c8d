/* A run ends while a connection is still replaying it, and perhaps does not read. What it is told
 * of the end has to follow the events, but not for ever; a reply to "stop all" has to follow every
 * DOWN; and when the client goes, all of that goes with it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "daemon/method/batch.h"
#include "daemon/method/told.h"
#include "daemon/watch/monitor.h"
#include "daemon/watch/subscribe.h"
#include "daemon/watch/watchers.h"
#include "life_fixture.h"
#include "serve/conn_life.h"

enum { EVENTS = 40, EVENT_BYTES = 100 * 1024 }; /* more than a connection and its socket take */

static struct watchers watchers;
static struct desk desk;
static struct conn_home home;
static struct conn *conn;
static int client;

static const struct conn_owner OWNER = {0}; /* nobody says a word */

static int setup_with_client(void **state)
{
    int pair[2];
    struct peer peer = {0};
    if (setup(state) || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair))
        return -1;
    watchers = (struct watchers){.core = &core, .records = records};
    desk = (struct desk){.core = &core, .records = records, .runs = runs, .watchers = &watchers};
    home = (struct conn_home){.loop = core.loop,
                              .owner = &OWNER,
                              .context = &desk,
                              .line_bytes = 1 << 16,
                              .queue_bytes = 64 << 20};
    client = pair[1];
    conn = conn_new(&home, pair[0], &peer);
    return conn ? 0 : -1;
}

static int teardown_with_client(void **state)
{
    while (home.conns)
        conn_free(home.conns);
    fd_close(&client);
    bool clean = !watchers.refs.by_text && core.replays == 0;
    return teardown(state) || !clean ? -1 : 0;
}

/* ---- what happens ---- */

static struct run *some_run(const char *run_id)
{
    struct run *run;
    struct reason cause = {0};
    order_id = run_id;
    assert_int_equal(begin_with(&run, &cause, 5000, LIMIT_NONE, true), 0);
    assert_true(say_ready(run));
    return run;
}

/* Into the journal, then up the link. */
static void tell_event(struct run *run, int journal, int64_t seq)
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

static void tell_events(struct run *run, int count)
{
    char path[64];
    int there = records_open_journal(records, record_key(run->record));
    assert_true(there >= 0);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", there);
    int journal = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    assert_true(journal >= 0);
    for (int i = 0; i < count; i++)
        tell_event(run, journal, run->last_seq + 1);
    close(journal);
    close(there);
}

static struct subscription *replay(struct run *run)
{
    struct subscription *sub = NULL;
    assert_int_equal(subscription_new(&watchers, conn, run, 0, false, &sub), 0);
    conn_touch(conn);
    for (int i = 0; i < 8; i++)
        turn();
    return sub;
}

static struct rpc_request request;

static struct call ask(const char *id)
{
    request = (struct rpc_request){.id = {.at = id, .len = strlen(id)}};
    return (struct call){.context = &desk, .conn = conn, .request = &request};
}

static void terminate(const char *id, struct run *run)
{
    struct call call = ask(id);
    assert_int_equal(told_terminate(&call, run, SHUTDOWN_DEFAULT), 0);
}

static void ends(struct run *run)
{
    leader_exits(run, CLD_EXITED, 0);
    turn();
}

/* The time of a farewell is over: it is the only timer that is left. */
static void a_second_passes(void)
{
    struct timer *t = timers_take(loop_timers(core.loop), INT64_MAX);
    assert_non_null(t);
    t->fire(t->arg);
    assert_int_equal(timers_next(loop_timers(core.loop)), INT64_MAX);
}

/* ---- what the client hears ---- */

static char words[512]; /* "run.event*40 run.end run.down result:1" */
static int64_t dropped; /* of the last gap */
static char last_word[64];
static int repeated;

static void flush_word(void)
{
    size_t at = strlen(words);
    if (repeated == 1)
        snprintf(words + at, sizeof(words) - at, "%s%s", at ? " " : "", last_word);
    else if (repeated)
        snprintf(words + at, sizeof(words) - at, "%s%s*%d", at ? " " : "", last_word, repeated);
    repeated = 0;
}

static void note_line(const char *line, size_t len)
{
    char word[64];
    json_t *json = json_loadb(line, len, 0, NULL), *gap;
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
static const char *heard(void)
{
    struct buf in = BUF_INIT(SIZE_MAX / 2);
    words[0] = '\0';
    for (int idle = 0; idle < 10;) {
        char *to = buf_reserve(&in, 1 << 16);
        assert_non_null(to);
        ssize_t n = recv(client, to, 1 << 16, 0);
        idle = n > 0 ? 0 : idle + 1;
        buf_commit(&in, n > 0 ? (size_t)n : 0);
        for (char *end; in.len && (end = memchr(in.at, '\n', in.len));) {
            note_line(in.at, (size_t)(end - in.at));
            buf_consume(&in, (size_t)(end - in.at) + 1);
        }
        turn();
    }
    assert_int_equal(in.len, 0);
    buf_release(&in);
    flush_word();
    return words;
}

/* ---- */

static void the_end_follows_the_replay(void **state)
{
    (void)state;
    struct run *run = some_run("r1");
    tell_events(run, EVENTS);
    const char *ref = monitor_new(&watchers, conn, run);
    char down[64];
    snprintf(down, sizeof(down), "%s", ref);
    terminate("1", run);
    replay(run);
    ends(run);
    assert_true(conn_has(conn, down, strlen(down))); /* it waits */
    assert_string_equal(heard(), "run.event*40 run.end run.down result:1");
    assert_int_equal(timers_next(loop_timers(core.loop)), INT64_MAX);
}

static void but_no_longer_than_a_second(void **state)
{
    (void)state;
    struct run *run = some_run("r1");
    tell_events(run, EVENTS);
    assert_non_null(monitor_new(&watchers, conn, run));
    terminate("1", run);
    replay(run);
    ends(run);
    a_second_passes();
    const char *text = heard();
    int events = 0;
    assert_int_equal(sscanf(text, "run.event*%d", &events), 1);
    assert_in_range(events, 1, EVENTS - 1);
    assert_int_equal(events + dropped, EVENTS); /* none is lost without a word */
    assert_string_equal(strchr(text, ' '), " run.gap run.end run.down result:1");
}

static void all_that_replay_it_are_waited_for(void **state)
{
    (void)state;
    struct run *run = some_run("r1");
    tell_events(run, EVENTS);
    assert_non_null(monitor_new(&watchers, conn, run));
    struct subscription *first = replay(run);
    replay(run);
    ends(run);
    subscription_free(first); /* who unsubscribes is not waited for */
    const char *text = heard();
    assert_non_null(strstr(text, "run.end run.down"));
    assert_null(strstr(text, "run.down run.event"));
}

static void both_are_cut_at_once(void **state)
{
    (void)state;
    struct run *run = some_run("r1");
    tell_events(run, EVENTS);
    assert_non_null(monitor_new(&watchers, conn, run));
    replay(run);
    replay(run);
    ends(run);
    a_second_passes();
    const char *text = heard();
    assert_string_equal(strchr(text, ' '), " run.gap run.end run.gap run.end run.down");
}

static void the_last_to_unsubscribe_lets_it_go(void **state)
{
    (void)state;
    struct run *run = some_run("r1");
    tell_events(run, EVENTS);
    assert_non_null(monitor_new(&watchers, conn, run));
    struct subscription *sub = replay(run);
    ends(run);
    subscription_free(sub);
    assert_int_equal(timers_next(loop_timers(core.loop)), INT64_MAX);
    const char *text = heard();
    assert_string_equal(strchr(text, ' '), " run.down");
}

/* The run that is not replayed ends last, and its DOWN waits for nothing. */
static void a_reply_to_all_follows_every_down(void **state)
{
    (void)state;
    struct run *slow = some_run("r1"), *quick = some_run("r2");
    tell_events(slow, EVENTS);
    assert_non_null(monitor_new(&watchers, conn, slow));
    assert_non_null(monitor_new(&watchers, conn, quick));
    replay(slow);
    struct call call = ask("7");
    struct batch *b = batch_new();
    assert_non_null(call_wait(&call, batch_waiters(b)));
    assert_int_equal(batch_add(b, slow), 0);
    assert_int_equal(batch_add(b, quick), 0);
    batch_seal(b);
    ends(slow);
    ends(quick);
    const char *text = heard();
    assert_non_null(strstr(text, "run.down run.event")); /* quick */
    assert_string_equal(strstr(text, "run.end"),
                        "run.end run.down result:7"); /* slow, then the reply */
}

static void a_client_that_goes_takes_all_with_it(void **state)
{
    (void)state;
    struct run *run = some_run("r1");
    tell_events(run, EVENTS);
    assert_non_null(monitor_new(&watchers, conn, run));
    terminate("1", run);
    replay(run);
    ends(run);
    fd_close(&client);
    turn();
    turn();
    assert_int_equal(home.count, 0);
    assert_null(watchers.refs.by_text);
    assert_int_equal(core.replays, 0);
    assert_int_equal(timers_next(loop_timers(core.loop)), INT64_MAX);
}

static void a_live_run_forgets_who_is_gone(void **state)
{
    (void)state;
    struct run *run = some_run("r1");
    tell_events(run, 2);
    assert_non_null(monitor_new(&watchers, conn, run));
    assert_non_null(subscription_new_live(&watchers, conn, run, true));
    replay(run);
    fd_close(&client);
    turn();
    turn();
    assert_null(watchers.refs.by_text);
    assert_null(run->watches.first);
    tell_events(run, 1); /* nobody hears it */
    ends(run);
}

/* ---- live ---- */

static void a_slow_reader_is_told_what_it_lost(void **state)
{
    (void)state;
    struct run *run = some_run("r1");
    assert_non_null(subscription_new_live(&watchers, conn, run, false));
    tell_events(run, EVENTS);
    const char *text = heard();
    int events = 0;
    assert_int_equal(sscanf(text, "run.event*%d", &events), 1);
    assert_in_range(events, 1, EVENTS - 1);
    tell_events(run, 1);
    assert_string_equal(heard(), "run.gap run.event");
    assert_int_equal(events + dropped, EVENTS);
    ends(run);
    assert_string_equal(heard(), "run.end");
}

static void a_replay_becomes_live_without_a_seam(void **state)
{
    (void)state;
    struct run *run = some_run("r1");
    tell_events(run, 3);
    struct subscription *sub = replay(run);
    assert_string_equal(heard(), "run.event*3");
    tell_events(run, 2);
    assert_string_equal(heard(), "run.event*2");
    assert_int_equal(core.replays, 0);
    assert_ptr_equal(subscription_find(&watchers, subscription_ref(sub)), sub);
    assert_null(monitor_find(&watchers, subscription_ref(sub)));
    ends(run);
    assert_string_equal(heard(), "run.end");
}

static void an_ended_run_is_replayed_from_its_record(void **state)
{
    (void)state;
    struct run *run = some_run("r1");
    struct record_key key;
    struct subscription *sub = NULL;
    tell_events(run, 3);
    ends(run);
    assert_int_equal(records_find(records, "r1", &key), 0);
    assert_int_equal(subscription_new_ended(&watchers, conn, &key, 1, &sub), 0);
    assert_int_equal(subscription_last_seq(sub), 3);
    conn_touch(conn);
    assert_string_equal(heard(), "run.event*2 run.end");
    assert_null(watchers.refs.by_text);
}

static void a_monitor_that_is_taken_back_does_not_fire(void **state)
{
    (void)state;
    struct run *run = some_run("r1");
    const char *ref = monitor_new(&watchers, conn, run);
    struct monitor *m = monitor_find(&watchers, ref);
    assert_non_null(m);
    assert_ptr_equal(monitor_conn(m), conn);
    assert_null(subscription_find(&watchers, ref));
    monitor_free(m);
    ends(run);
    assert_string_equal(heard(), "");
}

int main(void)
{
#define WITH_CLIENT(name)                                                                          \
    cmocka_unit_test_setup_teardown(name, setup_with_client, teardown_with_client)
    const struct CMUnitTest tests[] = {
        WITH_CLIENT(the_end_follows_the_replay),
        WITH_CLIENT(but_no_longer_than_a_second),
        WITH_CLIENT(all_that_replay_it_are_waited_for),
        WITH_CLIENT(both_are_cut_at_once),
        WITH_CLIENT(the_last_to_unsubscribe_lets_it_go),
        WITH_CLIENT(a_reply_to_all_follows_every_down),
        WITH_CLIENT(a_client_that_goes_takes_all_with_it),
        WITH_CLIENT(a_live_run_forgets_who_is_gone),
        WITH_CLIENT(a_slow_reader_is_told_what_it_lost),
        WITH_CLIENT(a_replay_becomes_live_without_a_seam),
        WITH_CLIENT(an_ended_run_is_replayed_from_its_record),
        WITH_CLIENT(a_monitor_that_is_taken_back_does_not_fire),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
