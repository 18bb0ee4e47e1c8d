#include "prune.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <utlist.h>

#include "common/clock.h"
#include "common/log.h"
#include "daemon/records/retention.h"
#include "daemon/server.h"
#include "method.h"
#include "serve/conn.h"
#include "serve/pending.h"

struct prune {
    struct retention job;
    struct pending *waiters; /* the one who asked, until it goes */
    struct prune *next;
};

int method_run_prune(struct call *call)
{
    const struct run_prune_params *params = call->params;
    struct server *s = call->server;
    struct retention_policy policy = {
        .max_runs = params->keep, .max_age_days = params->older_than_days, .max_bytes = -1};
    if (params->keep < 0 && params->older_than_days < 0)
        policy = s->config->retention;
    struct prune *p = calloc(1, sizeof(*p));
    if (!p)
        return -ENOMEM;
    retention_start(&p->job, &policy);
    if (!call_wait(call, &p->waiters)) {
        free(p);
        return -ENOMEM;
    }
    LL_APPEND(s->prunes, p);
    watch_note(&s->retention_step);
    return 0;
}

static void finish(struct server *s, struct prune *p)
{
    LL_DELETE(s->prunes, p);
    if (p->job.error)
        log_warning("some records could not be removed", LOG_S("error", strerror(-p->job.error)));
    if (p->waiters) {
        json_t *result = json_pack("{s:I}", "removed", (json_int_t)p->job.removed);
        if (result)
            pending_reply(p->waiters, result);
        else
            pending_error(p->waiters, RPC_INTERNAL_ERROR, NULL);
        json_decref(result);
    }
    free(p);
}

bool prune_step(struct server *s)
{
    struct prune *p = s->prunes;
    if (p && retention_step(&p->job, s->records, clock_wall_ms()) == 0)
        finish(s, p);
    return s->prunes != NULL;
}

void prunes_drop(struct server *s)
{
    struct prune *p, *next;
    LL_FOREACH_SAFE (s->prunes, p, next) {
        while (p->waiters)
            pending_free(p->waiters);
        free(p);
    }
    s->prunes = NULL;
}
