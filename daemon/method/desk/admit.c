#include "admit.h"

#include <errno.h>
#include <string.h>

#include "caller.h"
#include "daemon/run/run_view.h"
#include "daemon/run/runs.h"
#include "daemon/settings/config.h"
#include "daemon/settings/resources.h"
#include "desk.h"
#include "proto/json/json_tree.h"
#include "proto/runid.h"
#include "serve/conn.h"
#include "told.h"

int admit_council(struct call *call, struct json_span council, size_t values, const json_t *options,
                  size_t input_bytes, struct council_plan *ret, struct council_faults *faults)
{
    struct council_context context;
    json_t *document = NULL;
    if (values > RPC_COUNCIL_VALUES_MAX) {
        int r = faults_add(&faults->council, "", "document_too_large",
                           "the document has more than %d values", RPC_COUNCIL_VALUES_MAX);
        return r < 0 ? r : -EINVAL;
    }
    int r = json_span_load(council, &document);
    if (r < 0)
        return r;
    resources_context(call_desk(call)->core->resources, call_desk(call)->core->config, &context);
    struct council_request request = {
        .council = document, .options = options, .input_bytes = input_bytes};
    r = council_resolve(&context, &request, ret, faults);
    json_decref(document);
    return r;
}

int admit_refuse_council(struct call *call, const struct council_faults *faults)
{
    json_t *errors = faults_json(&faults->council);
    json_t *data = errors ? json_pack("{s:o}", "errors", errors) : NULL;
    return call_error_data(call, RPC_INVALID_COUNCIL, data);
}

int admit_run(struct call *call, const struct field_string *id)
{
    struct desk *desk = call_desk(call);
    if (!core_takes_starts(desk->core)) {
        call_error(call, RPC_SHUTTING_DOWN, NULL);
        return 1;
    }
    if ((int64_t)runs_count(desk->runs) >= desk->core->config->max_children) {
        call_error_data(call, RPC_MAX_CHILDREN,
                        json_pack("{s:I}", "max", (json_int_t)desk->core->config->max_children));
        return 1;
    }
    struct run *run = id && id->at ? runs_find(desk->runs, id->at, id->len) : NULL;
    if (!run)
        return 0;
    if (caller_sees(call, run_view(run).registry))
        call_error_data(call, RPC_ALREADY_STARTED, told_identity(run));
    else
        call_error_data(call, RPC_ALREADY_STARTED, json_pack("{s:s}", "run_id", id->at));
    return 1;
}

/* It owns no record of that id. */
static int refuse_resumption(struct call *call, const struct field_string *run_id,
                             const char **ret_fault)
{
    struct record_key theirs;
    int r = caller_find_record(call, run_id, &theirs);
    if (r == 0) {
        caller_refuse(call, ROLE_OPERATE, "the run that it would resume is not yours");
        return 1;
    }
    *ret_fault = "there is no record of that run";
    return r == -ENOENT ? 0 : r;
}

/* A live run of somebody else does not stand before a record of its own. */
int admit_resumption(struct call *call, const json_t *options, struct record_key *ret,
                     const char **ret_fault)
{
    const json_t *from = json_object_get(options, "resume_from");
    const struct field_string run_id = {.at = (char *)json_string_value(from),
                                        .len = json_string_length(from)};
    if (!run_id.at)
        return 0;
    const struct run *live = caller_find(call, &run_id);
    int owns = live ? caller_owns(call, run_view(live).started_by) : 0;
    int r = owns ? owns : caller_find_own_record(call, &run_id, ret);
    if (r <= 0 && r != -ENOENT)
        return r;
    if (!live)
        return refuse_resumption(call, &run_id, ret_fault);
    *ret_fault = "that run is alive";
    return 0;
}

const char *admit_registry(const struct call *call, const struct field_string *asked)
{
    const char *only = call_caller(call)->registry;
    if (!*only)
        return asked && asked->at ? asked->at : "default";
    return !asked || !asked->at || strcmp(asked->at, only) == 0 ? only : NULL;
}

int admit_choose_id(const struct desk *desk, char *ret)
{
    int r = 0;
    do {
        r = runid_generate(ret);
    } while (r == 0 && runs_find(desk->runs, ret, strlen(ret)));
    return r;
}

char *admit_started_by(const struct call *call, json_t *callers)
{
    const struct peer *peer = conn_peer(call->conn);
    const char *name = call_caller(call)->name;
    json_t *json =
        json_pack("{s:I, s:I, s:I, s:s*}", "uid", (json_int_t)peer->uid, "gid",
                  (json_int_t)peer->gid, "pid", (json_int_t)peer->pid, "name", *name ? name : NULL);
    int r = json && callers ? json_object_set(json, "callers", callers) : 0;
    char *text = json && r == 0 ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    return text;
}
