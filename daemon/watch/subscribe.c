#include "subscribe.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/container.h"
#include "daemon/core/core.h"
#include "daemon/records/record_key.h"
#include "daemon/run/run_view.h"
#include "daemon/run/runs.h"
#include "daemon/run/watch.h"
#include "event_feed.h"
#include "farewell.h"
#include "playback.h"
#include "serve/conn.h"
#include "watchers.h"

struct subscription {
    struct conn_part part;
    struct ref ref;
    struct watchers *all;
    struct event_feed feed;
    struct conn *conn;
    struct run *run;           /* NULL: the run has ended */
    struct audience *audience; /* of the run */
    bool deltas;
    int64_t after;          /* seq of the last event that was given */
    int64_t last_seq;       /* once the run has ended */
    struct playback replay; /* open: replaying; closed: live */
    struct farewell_reader farewell;
    struct subscription *prev, *next; /* of the audience */
};

/* All subscriptions of one run. */
struct audience {
    struct run_watch watch;
    struct subscription *subscriptions;
    unsigned delta_readers;
};

static const struct conn_part_ops SUBSCRIPTION;

/* ---- birth and death ---- */

static struct subscription *make(struct watchers *all, struct conn *c, const char *run_id,
                                 bool deltas)
{
    struct subscription *sub = calloc(1, sizeof(*sub));
    if (!sub)
        return NULL;
    sub->all = all;
    sub->deltas = deltas;
    sub->conn = c;
    if (refs_add(&all->refs, &sub->ref, REF_SUBSCRIPTION)) {
        free(sub);
        return NULL;
    }
    event_feed_init(&sub->feed, c, sub->ref.text, run_id);
    conn_attach(c, &sub->part, &SUBSCRIPTION);
    return sub;
}

static const struct run_watch_ops AUDIENCE;

/* The audience of a run, made when there is none. NULL: no memory. */
static struct audience *audience_of(struct run *run)
{
    struct run_watch *w = run_watch_find(run_watches(run), &AUDIENCE);
    struct audience *a = w ? CONTAINER_OF(w, struct audience, watch) : calloc(1, sizeof(*a));
    if (a && !w)
        run_watch_hang(run_watches(run), &a->watch, &AUDIENCE);
    return a;
}

void subscription_settle_deltas(struct run *run)
{
    const struct run_watch *w = run_watch_find(run_watches(run), &AUDIENCE);
    run_set_deltas(run, w && CONTAINER_OF(w, const struct audience, watch)->delta_readers > 0);
}

static int attach(struct subscription *sub, struct run *run)
{
    struct audience *a = audience_of(run);
    if (!a)
        return -ENOMEM;
    sub->run = run;
    sub->audience = a;
    DL_APPEND(a->subscriptions, sub);
    if (sub->deltas)
        a->delta_readers++;
    subscription_settle_deltas(run);
    return 0;
}

static void leave(struct subscription *sub)
{
    struct audience *a = sub->audience;
    struct run *run = sub->run;
    DL_DELETE(a->subscriptions, sub);
    if (sub->deltas)
        a->delta_readers--;
    run_set_deltas(run, a->delta_readers > 0);
    sub->run = NULL;
    sub->audience = NULL;
}

static void detach(struct subscription *sub)
{
    struct audience *a = sub->audience;
    struct run *run = sub->run;
    if (!a)
        return;
    leave(sub);
    if (a->subscriptions)
        return;
    run_watch_take(run_watches(run), &a->watch);
    free(a);
}

static int open_replay(struct subscription *sub, const struct record_key *key)
{
    return playback_open(&sub->replay, sub->all->core, sub->all->records, key);
}

const char *subscription_new_live(struct watchers *all, struct conn *c, struct run *run,
                                  bool deltas)
{
    struct subscription *sub = make(all, c, run_view(run).run_id, deltas);
    if (!sub)
        return NULL;
    sub->after = run_view(run).last_seq;
    if (attach(sub, run) < 0) {
        subscription_free(sub);
        return NULL;
    }
    return sub->ref.text;
}

int subscription_new(struct watchers *all, struct conn *c, struct run *run, int64_t after,
                     bool deltas, struct subscription **ret)
{
    const struct run_view seen = run_view(run);
    struct subscription *sub = make(all, c, seen.run_id, deltas);
    if (!sub)
        return -ENOMEM;
    sub->after = after;
    int r = after < seen.last_seq ? open_replay(sub, seen.record) : 0;
    r = r < 0 ? r : attach(sub, run);
    if (r < 0) {
        subscription_free(sub);
        return r;
    }
    playback_rest(&sub->replay);
    *ret = sub;
    return 0;
}

int subscription_new_ended(struct watchers *all, struct conn *c, const struct record_key *key,
                           int64_t after, struct subscription **ret)
{
    struct subscription *sub = make(all, c, key->run_id, false);
    if (!sub)
        return -ENOMEM;
    sub->after = after;
    int r = open_replay(sub, key);
    int64_t last_seq = r < 0 ? r : playback_last_seq(&sub->replay);
    if (last_seq < 0) {
        subscription_free(sub);
        return (int)last_seq;
    }
    sub->last_seq = last_seq;
    playback_rest(&sub->replay);
    *ret = sub;
    return 0;
}

struct subscription *subscription_find(const struct watchers *all, const char *ref)
{
    struct ref *found = refs_find(&all->refs, ref, REF_SUBSCRIPTION);
    return found ? CONTAINER_OF(found, struct subscription, ref) : NULL;
}

const struct conn *subscription_conn(const struct subscription *sub)
{
    return sub->conn;
}

const char *subscription_ref(const struct subscription *sub)
{
    return sub->ref.text;
}

int64_t subscription_last_seq(const struct subscription *sub)
{
    return sub->last_seq;
}

void subscription_free(struct subscription *sub)
{
    if (!sub)
        return;
    detach(sub);
    playback_close(&sub->replay);
    refs_remove(&sub->all->refs, &sub->ref);
    conn_detach(&sub->part);
    farewell_leave(&sub->farewell);
    free(sub);
}

/* ---- lines ---- */

static void lose(struct subscription *sub, int64_t events)
{
    sub->feed.dropped += events;
    stats_dropped(&sub->all->core->stats, events);
}

static void give(struct subscription *sub, struct blob *tail, const struct run_news *news)
{
    if (news->delta ? !sub->deltas : news->seq <= sub->after)
        return;
    if (playback_is_open(&sub->replay)) {
        lose(sub, news->delta); /* it stands in no journal */
        return;
    }
    if (!news->delta)
        sub->after = news->seq;
    if (!tail || !conn_takes_events(sub->conn)) {
        lose(sub, 1);
        return;
    }
    event_feed_gap(&sub->feed);
    if (event_feed_push(&sub->feed, tail) < 0)
        lose(sub, 1);
}

static void give_all(struct run_watch *w, struct run *run, const struct run_news *news)
{
    struct audience *a = CONTAINER_OF(w, struct audience, watch);
    struct subscription *sub;
    (void)run;
    struct blob *tail = event_tail(news->event);
    DL_FOREACH (a->subscriptions, sub) {
        give(sub, tail, news);
    }
    blob_drop(tail);
}

/* ---- replay ---- */

/* What could not be read back is lost like what a slow reader loses, and is told like it. */
static void count_missing(struct subscription *sub, int64_t last_seq)
{
    if (last_seq <= sub->after)
        return;
    lose(sub, last_seq - sub->after);
    sub->after = last_seq;
}

static bool has_room(const void *arg)
{
    const struct subscription *sub = arg;
    return conn_takes_events(sub->conn);
}

/* A hole in the record is told where it is: nothing comes after it that could be counted with it.
 */
static void tell_hole(struct subscription *sub, int64_t seq)
{
    if (seq - 1 > sub->after)
        event_feed_hole(&sub->feed, seq - 1 - sub->after);
    sub->after = seq - 1;
}

static int replay_event(void *arg, struct json_span event, int64_t seq)
{
    struct subscription *sub = arg;
    struct blob *tail = event_tail(event);
    tell_hole(sub, seq);
    int r = tail ? event_feed_push(&sub->feed, tail) : -ENOMEM;
    blob_drop(tail);
    if (r == 0)
        sub->after = seq;
    return r;
}

static const struct playback_sink REPLAY = {.room = has_room, .event = replay_event};

static void finish(struct subscription *sub)
{
    event_feed_gap(&sub->feed);
    event_feed_end(&sub->feed, sub->last_seq, sub->replay.torn);
    subscription_free(sub);
}

/* Gives up replaying: what is left becomes a gap; then run.end. Frees it. */
static void give_up(struct subscription *sub)
{
    count_missing(sub, sub->last_seq);
    finish(sub);
}

static void cut(struct farewell_reader *reader)
{
    give_up(CONTAINER_OF(reader, struct subscription, farewell));
}

/* ---- as a part of its connection ---- */

static void pull(struct conn_part *part)
{
    struct subscription *sub = CONTAINER_OF(part, struct subscription, part);
    int64_t last = sub->run ? run_view(sub->run).last_seq : sub->last_seq;
    if (!playback_is_open(&sub->replay) ||
        playback_step(&sub->replay, sub->after, last, &REPLAY, sub) > 0)
        return;
    playback_close(&sub->replay);
    count_missing(sub, last);
    if (!sub->run)
        finish(sub);
}

static bool has_more(const struct conn_part *part)
{
    return playback_is_open(&CONTAINER_OF(part, const struct subscription, part)->replay);
}

static void drop(struct conn_part *part)
{
    subscription_free(CONTAINER_OF(part, struct subscription, part));
}

static const struct conn_part_ops SUBSCRIPTION = {.pull = pull, .more = has_more, .drop = drop};

/* ---- the end of a run ---- */

/* run.end to those that are live, farewells for those that replay. */
static void end_all(struct run_watch *w, struct run *run)
{
    struct audience *a = CONTAINER_OF(w, struct audience, watch);
    while (a->subscriptions) {
        struct subscription *sub = a->subscriptions;
        sub->last_seq = run_view(run).last_seq;
        leave(sub);
        if (!playback_is_open(&sub->replay)) {
            finish(sub);
            continue;
        }
        struct conn *c = sub->conn;
        if (farewell_join(run_loop(run), c, run, &sub->farewell, cut) < 0)
            give_up(sub); /* and it is gone */
        conn_touch(c);
    }
    free(a);
}

/* The subscriptions go with their connections. */
static void drop_audience(struct run_watch *w)
{
    struct audience *a = CONTAINER_OF(w, struct audience, watch);
    while (a->subscriptions)
        leave(a->subscriptions);
    free(a);
}

static const struct run_watch_ops AUDIENCE = {
    .rank = RANK_SUBSCRIPTION, .event = give_all, .ended = end_all, .drop = drop_audience};
