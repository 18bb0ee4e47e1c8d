#include "run_log.h"

#include "common/log.h"
#include "daemon/records/record_owner.h"
#include "down.h"
#include "proto/json/json_span.h"
#include "run_inside.h"
#include "run_view.h"

/* Who asked for it: the user, and the name that is acted for. */
struct asker {
    int64_t uid;
    char name[OWNER_NAME_MAX + 1]; /* empty: none */
};

static struct asker asker_of(const struct run *run)
{
    const struct json_span by = {.at = run->started_by, .len = strlen(run->started_by)};
    const struct json_span name = json_span_get(by, "name"), uid = json_span_get(by, "uid");
    struct asker ret = {.uid = -1};
    if (uid.at)
        json_span_int(uid, &ret.uid);
    if (name.at && json_span_type(name) == JSON_STRING)
        json_decode_cut(json_span_text(name), ret.name, sizeof(ret.name));
    return ret;
}

static const char *name_of(const struct asker *asker)
{
    return *asker->name ? asker->name : NULL;
}

void run_log_started(const struct run *run)
{
    const struct asker asker = asker_of(run);
    log_info("run started", LOG_S("run_id", run->run_id), LOG_I("pid", run->pid),
             LOG_S("council_id", run->council_id), LOG_S("registry", run->registry),
             LOG_I("uid", asker.uid), LOG_S("name", name_of(&asker)));
}

void run_log_refused(const struct run *run)
{
    const struct asker asker = asker_of(run);
    log_notice("start failed", LOG_S("run_id", run->run_id), LOG_I("pid", run->pid),
               LOG_S("reason", reason_kind_name(run->cause.kind)),
               LOG_S("council_id", run->council_id), LOG_S("registry", run->registry),
               LOG_I("uid", asker.uid), LOG_S("name", name_of(&asker)));
}

/* ---- the end ---- */

static struct log_field tokens_field(int64_t tokens)
{
    return tokens < 0 ? LOG_S("tokens", NULL) : LOG_I("tokens", tokens);
}

static struct log_field cost_field(struct json_span cost)
{
    return cost.at ? LOG_N("cost", cost.at, cost.len) : LOG_S("cost", NULL);
}

void run_log_ended(const struct run *run)
{
    const struct reason *why = &run->reason;
    const bool usual = why->kind == REASON_NORMAL || why->kind == REASON_SHUTDOWN;
    const struct record_usage used = run_used(run);
    char name[SIGNAL_NAME_SIZE] = "-";
    if (why->kind == REASON_SIGNAL)
        signal_name(why->signal, name);
    log_at(usual ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING, "run ended", LOG_S("run_id", run->run_id),
           LOG_I("pid", run->pid), LOG_S("reason", reason_kind_name(why->kind)),
           LOG_I("code", why->code), LOG_S("signal", name),
           LOG_S("by", why->kind == REASON_KILLED ? reason_by_name(why->by) : NULL),
           LOG_S("stopped_by", stopped_by_name(run->stopped_by)),
           LOG_S("outcome", outcome_name(run->outcome)), LOG_I("duration_ms", run->duration_ms),
           tokens_field(used.tokens), cost_field(used.cost), LOG_S("council_id", run->council_id),
           LOG_S("registry", run->registry));
}
