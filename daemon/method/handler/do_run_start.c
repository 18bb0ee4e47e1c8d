/* run.start: its checks in the order of docs/rules.md (Starting), then the order for start.c. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/fd.h"
#include "daemon/method/desk/admit.h"
#include "daemon/method/desk/audit.h"
#include "daemon/method/desk/caller.h"
#include "daemon/method/desk/desk.h"
#include "daemon/method/desk/resume_order.h"
#include "daemon/method/desk/start_again.h"
#include "daemon/method/desk/start_wait.h"
#include "daemon/method/desk/startspec.h"
#include "daemon/run/runs.h"
#include "daemon/settings/config.h"
#include "handlers.h"
#include "proto/runid.h"
#include "serve/conn.h"

struct request {
    struct call *call;
    const struct run_start_params *params;
    struct resume_order resume;
    struct council_plan plan;
    struct council_faults faults;
    struct run_limits limits;
    bool planned;
    char start_key[START_KEY_LEN + 1]; /* empty: there is none */
};

/* ---- the checks; each answers, and returns 1, when it has something against it ---- */

static int refuse_missing(struct request *q, const char *field)
{
    call_bad_field(q->call, RPC_INVALID_PARAMETER, field, "missing");
    return 1;
}

/* Before anything is told of a record or a registry that is not for this client. */
static int check_reach(struct request *q)
{
    const struct record_whose whose = caller_whose(q->call);
    struct record_key elder = {0};
    int r = admit_resumption(q->call, q->params->options, &elder, &q->resume.failed);
    if (r != 0)
        return r;
    if (elder.run_id[0])
        resume_order_open(&q->resume, call_desk(q->call)->records, &elder, &whose);
    if (admit_registry(q->call, &q->params->registry))
        return 0;
    caller_refuse(q->call, ROLE_OPERATE, "the registry is not the one of this connection");
    return 1;
}

static int check_council(struct request *q)
{
    struct json_span council = q->params->council;
    size_t values = q->call->request->council_values;
    if (!council.at && q->resume.council.at) {
        council = q->resume.council;
        values = 0; /* it was counted when it was new */
    }
    if (!council.at && q->resume.failed)
        return 0; /* what is wrong is the option */
    if (!council.at)
        return refuse_missing(q, "council");
    struct json_span input = q->params->input.at ? q->params->input : q->resume.input;
    int r = admit_council(q->call, council, values, q->params->options, input.len, &q->plan,
                          &q->faults);
    q->planned = r == 0;
    if (r != -EINVAL)
        return r;
    if (!q->faults.council.count)
        return 0; /* the options are wrong, which comes next */
    r = admit_refuse_council(q->call, &q->faults);
    return r < 0 ? r : 1;
}

static int check_options(struct request *q)
{
    struct desk *desk = call_desk(q->call);
    const char *pointer = NULL;
    struct error err = {0};
    if (q->call->fault) {
        call_fault(q->call, q->call->fault);
        return 1;
    }
    if (q->resume.failed) {
        call_bad_field(q->call, RPC_INVALID_OPTION, "/options/resume_from", q->resume.failed);
        return 1;
    }
    if (!q->params->input.at && !q->resume.input.at)
        return refuse_missing(q, "input");
    if (!q->planned) {
        call_bad_field(q->call, RPC_INVALID_OPTION,
                       q->faults.option_field ? q->faults.option_field : "options",
                       q->faults.option_message);
        return 1;
    }
    int r = run_limits_resolve(&q->params->limits, &desk->core->config->limits,
                               &desk->core->config->max_limits, desk->cgroups, &q->limits, &pointer,
                               &err);
    if (r == 0 && (r = run_limits_check_cores(&q->params->limits,
                                              &desk->core->config->sandbox_policy, &err)) < 0)
        pointer = "/limits/core_bytes";
    if (r == -EINVAL) {
        call_bad_field(q->call, RPC_INVALID_OPTION, pointer ? pointer : "limits", err.text);
        return 1;
    }
    return r;
}

static struct start_wishes wishes_of(const struct request *q)
{
    return (struct start_wishes){.monitor = q->params->monitor,
                                 .subscribe = q->params->subscribe,
                                 .warnings = q->plan.warnings};
}

/* It is started once, also when the answer to that was lost. */
static int check_key(struct request *q)
{
    struct start_wishes wishes = wishes_of(q);
    wishes.again = true;
    if (!q->params->key.at)
        return 0;
    start_key_of(q->call, admit_registry(q->call, &q->params->registry), &q->params->key,
                 q->start_key);
    return start_again(q->call, q->start_key, q->plan.council_id, &wishes);
}

static int check_room(struct request *q)
{
    return admit_run(q->call, &q->params->run_id);
}

/* ---- the order ---- */

static int choose_id(struct request *q, char ret[RUNID_MAX + 1])
{
    if (q->params->run_id.at) {
        snprintf(ret, RUNID_MAX + 1, "%s", q->params->run_id.at);
        return 0;
    }
    return admit_choose_id(call_desk(q->call), ret);
}

/* JSON text of the client's that is kept, taken over; NULL: no memory. */
static char *masked(const struct request *q, char *text)
{
    struct buf json = BUF_INIT(STARTSPEC_MAX);
    int r = text ? buf_add_str(&json, text) : -ENOMEM;
    r = r < 0 ? r : startspec_mask(&json, call_desk(q->call));
    free(text);
    text = r < 0 ? NULL : buf_take(&json);
    buf_release(&json);
    return text;
}

static char *labels_text(const struct request *q)
{
    return q->params->labels ? json_dumps(q->params->labels, JSON_COMPACT) : strdup("{}");
}

static int64_t shutdown_of(const struct request *q)
{
    return q->params->shutdown == SHUTDOWN_DEFAULT ? call_desk(q->call)->core->config->shutdown_ms
                                                   : q->params->shutdown;
}

/* The daemon's own clock on a run, where nobody set one: the council's time and a minute. The
 * operator's cap can only make it shorter. */
static void complete_limits(struct request *q)
{
    enum { GRACE_MS = 60000 };
    const int64_t usual = q->plan.deadline_ms + GRACE_MS;
    if (q->params->limits.deadline_ms != LIMIT_NONE || q->plan.deadline_ms <= 0 ||
        call_desk(q->call)->core->config->limits.deadline_ms != LIMIT_NONE)
        return;
    if (q->limits.deadline_ms == LIMIT_NONE || q->limits.deadline_ms > usual)
        q->limits.deadline_ms = usual;
}

static int start(struct request *q)
{
    const struct run_start_params *p = q->params;
    char run_id[RUNID_MAX + 1];
    _cleanup_free_ char *started_by = masked(q, admit_started_by(q->call, p->callers));
    _cleanup_free_ char *labels = masked(q, labels_text(q));
    struct buf record = BUF_INIT(STARTSPEC_MAX), link = BUF_INIT(STARTSPEC_MAX);
    complete_limits(q);
    struct start_order order = {
        .run_id = run_id,
        .council_id = q->plan.council_id,
        .registry = admit_registry(q->call, &p->registry),
        .labels = labels,
        .started_by = started_by,
        .limits = q->limits,
        .shutdown = shutdown_of(q),
        .keep_record = p->recorder == RECORDER_JOURNAL,
        .record_spec = &record,
        .link_spec = &link,
        .folder = true,
        .deltas = p->subscribe == SUBSCRIBE_DELTAS,
        .now_ms = clock_wall_ms(),
        .start_key = q->start_key[0] ? q->start_key : NULL,
    };
    resume_order_take(&q->resume, &order);
    const struct start_wishes wishes = wishes_of(q);
    int r = started_by && labels ? choose_id(q, run_id) : -ENOMEM;
    if (r == 0)
        audit_note_run(q->call, run_id);
    struct startspec spec = {
        .order = &order,
        .params = p,
        .plan = &q->plan,
        .council = p->council.at ? p->council : q->resume.council,
        .resume = &q->resume,
        .input = p->input.at ? p->input : q->resume.input,
        STARTSPEC_KEPT,
    };
    r = r < 0 ? r : startspec_keep(&spec, call_desk(q->call));
    order.question = buf_str(&spec.question);
    order.members = buf_str(&spec.members);
    r = r < 0 ? r : startspec_record(&record, &spec, call_desk(q->call));
    r = r < 0 ? r : startspec_link(&link, &spec, call_desk(q->call));
    r = r < 0 ? r : start_wait(q->call, &order, &wishes);
    start_order_release(&order);
    startspec_release(&spec);
    buf_release(&link);
    buf_release(&record);
    return r;
}

int do_run_start(struct call *call)
{
    static int (*const STEPS[])(struct request *) = {check_reach, check_council, check_options,
                                                     check_key,   check_room,    start};
    struct request q = {.call = call, .params = call->params};
    int r = 0;
    for (size_t i = 0; r == 0 && i < ARRAY_LEN(STEPS); i++)
        r = STEPS[i](&q);
    if (q.planned)
        council_plan_release(&q.plan);
    council_faults_release(&q.faults);
    resume_order_release(&q.resume);
    return r < 0 ? r : 0;
}
