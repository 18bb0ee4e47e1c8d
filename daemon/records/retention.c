#include "retention.h"

#include <errno.h>

#include "record_archive.h"
#include "record_store.h"

enum { COUNTING, REMOVING, DONE };
enum { COUNTED_PER_STEP = 16, REMOVED_PER_STEP = 4 };

static const int64_t DAY_MS = 24 * 3600 * (int64_t)1000;

void retention_start(struct retention *job, const struct retention_policy *policy,
                     const struct record_whose *whose)
{
    *job = (struct retention){.policy = *policy};
    if (whose)
        job->whose = *whose;
    job->phase = policy->max_bytes >= 0 || record_whose_is_some(&job->whose) ? COUNTING : REMOVING;
}

/* The record behind *at, which then is the new *at. A key of all zeros stands before all. */
static int advance(const struct records *records, struct record_key *at)
{
    struct record_key next;
    int r = records_after(records, at->run_id[0] ? at : NULL, &next);
    if (r == 0)
        *at = next;
    return r;
}

/* Sizes are remembered: only records that ended since cost a look at the disk. */
static void count_some(struct retention *job, struct records *records)
{
    const struct record_index *ix = &records->index;
    size_t at = record_index_rank(ix, &job->sized);
    if (at < ix->count && record_index_find(ix, &job->sized) >= 0)
        at++;
    for (int looked = 0; at < ix->count && looked < COUNTED_PER_STEP; at++) {
        const struct record_entry *e = &ix->entries[at];
        const bool reads = record_whose_is_some(&job->whose);
        looked += reads || e->bytes < 0;
        record_entry_key(e, &job->sized);
        if (reads && !record_is_of(records, &job->sized, &job->whose))
            continue;
        job->count++;
        job->bytes += job->policy.max_bytes >= 0 ? records_bytes(records, &job->sized) : 0;
    }
    if (at >= ix->count)
        job->phase = REMOVING;
}

/* Records come oldest first, so the first one that may stay ends the pass. Those that are kept for
 * their heirs' sake do not count: they shall not push younger ones out. */
static bool has_to_go(const struct retention *job, const struct records *records, int64_t now_ms)
{
    const struct retention_policy *p = &job->policy;
    const size_t count = record_whose_is_some(&job->whose) ? job->count : records_count(records);
    if (p->max_runs >= 0 && count > (size_t)p->max_runs + job->elders)
        return true;
    if (p->max_bytes >= 0 && job->bytes > p->max_bytes)
        return true;
    return p->max_age_days >= 0 && p->max_age_days <= INT64_MAX / DAY_MS &&
           job->at.incarnation < now_ms - p->max_age_days * DAY_MS;
}

/* With an heir its elder may go as well, so the walk begins again after one that removed any. */
static void end_walk(struct retention *job)
{
    struct retention next;
    if (!job->walk_removed || !job->elders) {
        job->phase = DONE;
        return;
    }
    retention_start(&next, &job->policy, &job->whose);
    next.removed = job->removed;
    next.error = job->error;
    *job = next;
}

static void remove_one(struct retention *job, struct records *records)
{
    const int64_t bytes = job->policy.max_bytes >= 0 ? records_bytes(records, &job->at) : 0;
    int r = records_remove(records, &job->at);
    bool elder = r == -EBUSY && !records_pinned(records, &job->at);
    job->bytes -= r == 0 || elder ? bytes : 0;
    job->elders += elder;
    if (r == 0) {
        job->count -= job->count > 0;
        job->removed++;
        job->walk_removed = true;
    } else if (r != -EBUSY && job->error == 0) {
        job->error = r;
    }
}

static void remove_some(struct retention *job, struct records *records, int64_t now_ms)
{
    for (int i = 0; i < REMOVED_PER_STEP; i++) {
        if (advance(records, &job->at) < 0 || !has_to_go(job, records, now_ms)) {
            end_walk(job);
            return;
        }
        if (!record_whose_is_some(&job->whose) || record_is_of(records, &job->at, &job->whose))
            remove_one(job, records);
    }
}

int retention_step(struct retention *job, struct records *records, int64_t now_ms)
{
    if (job->phase == COUNTING)
        count_some(job, records);
    else if (job->phase == REMOVING)
        remove_some(job, records, now_ms);
    return job->phase != DONE;
}
