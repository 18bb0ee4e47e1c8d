#include "keeper.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <utlist.h>

#include "common/log.h"
#include "daemon/os/sys.h"
#include "record_archive.h"
#include "record_close.h"
#include "serve/loop.h"

enum { HOUR_MS = 3600 * 1000 };

struct keeper {
    struct loop *loop;
    struct records *records;
    struct retention_policy policy;
    struct retention pass; /* of the policy */
    bool passing;
    bool tidying;                /* the index, before that */
    int told;                    /* the failure that was logged last: once is enough */
    struct keeper_order *orders; /* the oldest first */
    struct timer hour;
    struct watch step;
};

static void log_failure(int error)
{
    log_warning("some records could not be removed", LOG_S("error", strerror(-error)));
}

static void end_pass(struct keeper *k)
{
    k->passing = false;
    if (k->pass.error && k->pass.error != k->told)
        log_failure(k->pass.error);
    k->told = k->pass.error;
}

static void work_orders(struct keeper *k)
{
    struct keeper_order *order = k->orders;
    if (!order || retention_step(&order->pass, k->records, sys.wall_ms()) > 0)
        return;
    LL_DELETE(k->orders, order);
    if (order->pass.error)
        log_failure(order->pass.error);
    order->done(order);
}

/* What goes on from what has to be known before anything is removed. */
static void work_step(void *arg)
{
    struct keeper *k = arg;
    k->tidying = k->tidying && records_tidy(k->records);
    if (k->tidying) {
        watch_note(&k->step);
        return;
    }
    if (k->passing && retention_step(&k->pass, k->records, sys.wall_ms()) == 0)
        end_pass(k);
    work_orders(k);
    if (k->orders || k->passing)
        watch_note(&k->step);
}

void keeper_apply(struct keeper *k)
{
    if (!k->passing)
        retention_start(&k->pass, &k->policy, NULL);
    k->passing = true;
    k->tidying = true;
    watch_note(&k->step);
}

static void close_again(struct keeper *k)
{
    const size_t left = records_close_again(k->records);
    if (left)
        log_warning("ends of runs can still not be written", LOG_I("runs", (int64_t)left));
}

static void hourly(void *arg)
{
    struct keeper *k = arg;
    close_again(k);
    keeper_apply(k);
    loop_timer_set(k->loop, &k->hour, HOUR_MS);
}

int keeper_new(struct loop *loop, struct records *records, const struct retention_policy *policy,
               struct keeper **ret)
{
    struct keeper *k = calloc(1, sizeof(*k));
    if (!k)
        return -ENOMEM;
    k->loop = loop;
    k->records = records;
    k->policy = *policy;
    if (loop_timer_init(loop, &k->hour, hourly, k) ||
        watch_init(loop, &k->step, -1, WATCH_NONE, LOOP_OUTPUT, work_step, k)) {
        keeper_free(k);
        return -ENOMEM;
    }
    hourly(k);
    *ret = k;
    return 0;
}

void keeper_free(struct keeper *k)
{
    if (!k)
        return;
    while (k->orders) {
        struct keeper_order *order = k->orders;
        LL_DELETE(k->orders, order);
        order->done(order);
    }
    timer_release(&k->hour);
    watch_release(&k->step);
    free(k);
}

void keeper_set_policy(struct keeper *k, const struct retention_policy *policy)
{
    k->policy = *policy;
}

void keeper_take(struct keeper *k, struct keeper_order *order,
                 const struct retention_policy *policy, const struct record_whose *whose)
{
    retention_start(&order->pass, policy, whose);
    k->tidying = true;
    LL_APPEND(k->orders, order);
    watch_note(&k->step);
}
