#include "start_again.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "audit.h"
#include "caller.h"
#include "common/cleanup.h"
#include "daemon/records/record_archive.h"
#include "daemon/records/record_rows.h"
#include "daemon/run/run_view.h"
#include "daemon/watch/monitor.h"
#include "daemon/watch/subscribe.h"
#include "daemon/watch/watchers.h"
#include "noproc.h"
#include "proto/json/json_digest.h"
#include "proto/json/json_make.h"
#include "proto/methods/method_params.h"
#include "serve/conn.h"

/* ---- by what it is known ---- */

void start_key_of(const struct call *call, const char *registry, const struct field_string *key,
                  char ret[START_KEY_LEN + 1])
{
    static const char *const LEFT_OUT[] = {"key", "registry", "monitor", "subscribe", NULL};
    char scope[32 + OWNER_NAME_MAX + OWNER_REGISTRY_MAX + START_KEY_BYTES_MAX];
    const int len =
        snprintf(scope, sizeof scope, "%lld%c%s%c%s%c", (long long)conn_peer(call->conn)->uid, 0,
                 call_caller(call)->name, 0, registry, 0);
    memcpy(scope + len, key->at, key->len);
    sha256_hex(scope, (size_t)len + key->len, ret);
    json_digest_members(&call->request->params, LEFT_OUT, ret + START_KEY_NAME_LEN);
}

/* ---- the answers ---- */

static json_t *make_result(const char *run_id, json_t *pid, const char *council_id,
                           const struct start_wishes *wishes)
{
    return json_pack("{s:s, s:o, s:s, s:O?, s:b}", "run_id", run_id, "pid", pid, "council_id",
                     council_id, "warnings", wishes->warnings, "already", 1);
}

static int watch_live(struct call *call, struct run *run, const struct start_wishes *wishes,
                      json_t *result)
{
    struct watchers *all = call_desk(call)->watchers;
    struct subscription *sub;
    const char *ref = wishes->monitor ? monitor_new(all, call->conn, run) : "";
    if (!ref || (*ref && !json_put(result, "ref", json_string(ref))))
        return -ENOMEM;
    if (wishes->subscribe == SUBSCRIBE_NONE)
        return 0;
    int r = subscription_new(all, call->conn, run, 0, wishes->subscribe == SUBSCRIBE_DELTAS, &sub);
    if (r < 0)
        return r;
    return json_put(result, "subscription", json_string(subscription_ref(sub))) ? 0 : -ENOMEM;
}

static int answer(struct call *call, json_t *result, int r)
{
    if (r < 0) {
        json_decref(result);
        return r;
    }
    call_reply(call, result);
    conn_touch(call->conn); /* a replay may begin */
    return 1;
}

static int answer_live(struct call *call, struct run *run, const struct start_wishes *wishes)
{
    const struct run_view seen = run_view(run);
    json_t *result = make_result(seen.run_id, json_integer(seen.pid), seen.council_id, wishes);
    return answer(call, result, result ? watch_live(call, run, wishes, result) : -ENOMEM);
}

static int watch_ended(struct call *call, const struct record_key *key,
                       const struct start_wishes *wishes, const char *ref, json_t *result)
{
    struct subscription *sub;
    if (wishes->monitor && !json_put(result, "ref", json_string(ref)))
        return -ENOMEM;
    if (wishes->subscribe == SUBSCRIBE_NONE)
        return 0;
    int r = subscription_new_ended(call_desk(call)->watchers, call->conn, key, 0, &sub);
    if (r < 0)
        return r;
    return json_put(result, "subscription", json_string(subscription_ref(sub))) ? 0 : -ENOMEM;
}

/* Of an ended run; malloc'ed, NULL: not known. 0 or -ENOMEM. */
static int find_council(const struct records *records, const struct record_key *key, char **ret)
{
    _cleanup_free_ char *row = NULL;
    struct json_scan scan;
    if (records_row(records, key, &row) == -ENOMEM)
        return -ENOMEM;
    int r = json_scan_object(row, row ? strlen(row) : 0, &scan);
    r = r < 0 ? r : json_span_string(json_list_find(&scan.outer, "council_id"), ret, NULL);
    json_scan_release(&scan);
    return r == -ENOMEM ? r : 0;
}

static int answer_ended(struct call *call, const struct record_key *key, const char *council_id,
                        const struct start_wishes *wishes)
{
    char ref[RUNID_GENERATED_LEN + 1];
    _cleanup_free_ char *council = NULL;
    int r = refs_invent(&call_desk(call)->watchers->refs, ref);
    r = r < 0 ? r : find_council(call_desk(call)->records, key, &council);
    json_t *result =
        r < 0 ? NULL
              : make_result(key->run_id, json_null(), council ? council : council_id, wishes);
    r = r < 0 || result ? r : -ENOMEM;
    r = answer(call, result, r < 0 ? r : watch_ended(call, key, wishes, ref, result));
    if (r == 1 && wishes->monitor)
        noproc_send(call, ref, key->run_id, strlen(key->run_id));
    return r;
}

/* ---- whichever it is ---- */

/* Starting, or alive; a younger one of the same id is another. */
static struct run *find_run(const struct call *call, const struct record_key *key)
{
    struct run *run = runs_find(call_desk(call)->runs, key->run_id, strlen(key->run_id));
    return run && run_view(run).incarnation == key->incarnation ? run : NULL;
}

static int answer_known(struct call *call, const struct record_key *key, const char *council_id,
                        const struct start_wishes *wishes)
{
    struct run *run = find_run(call, key);
    if (run && run_listed(run))
        return answer_live(call, run, wishes);
    if (records_has(call_desk(call)->records, key))
        return answer_ended(call, key, council_id, wishes);
    const int r = start_wait_again(call, run, wishes);
    return r < 0 ? r : 1;
}

int start_again(struct call *call, const char *start_key, const char *council_id,
                const struct start_wishes *wishes)
{
    struct record_key key;
    const int r = records_find_start(call_desk(call)->records, start_key, &key);
    if (r == -ENOENT)
        return 0;
    audit_note_run(call, key.run_id);
    if (r == 0)
        return answer_known(call, &key, council_id, wishes);
    call_error_data(call, RPC_KEY_REUSED, json_pack("{s:s}", "run_id", key.run_id));
    return 1;
}
