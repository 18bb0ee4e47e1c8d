#include "replay.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/clock.h"
#include "common/error.h"
#include "common/jx.h"
#include "common/xalloc.h"

#include "engine.h"
#include "engine_spec.h"
#include "recorded_council.h"
#include "resume.h"
#include "runner/deliberation/state/state.h"
#include "runner/deliberation/state/want.h"

/* Milliseconds of a run, far above any deadline: sums with times of the clock stay small. */
static const int64_t MS_MOST = INT64_C(100000000000000);

struct replay {
    struct engine *e;
    json_t *told; /* events of the engine that no line has matched yet */
    json_t *result;
    char *outcome;
};

/* When a line was written; -1 when it does not say so. */
static int64_t ms_of(const json_t *line)
{
    int64_t ms = j_int(line, "ms", -1);
    return ms >= 0 && ms <= MS_MOST ? ms : -1;
}

static bool has_seed(const json_t *run_started)
{
    size_t len = strlen(j_str(run_started, "seed", ""));
    return len > 0 && len <= 128;
}

int replay_spec(json_t *run_started, struct engine_spec *ret, struct error *err)
{
    int64_t wall = 0;
    const char *version = j_str(run_started, "engine_version", "");
    if (strcmp(j_str(run_started, "type", ""), "run_started") != 0)
        return error_set(err, EINVAL, "the journal does not begin with run_started");
    if (strcmp(version, ENGINE_VERSION) != 0)
        return error_set(err, EINVAL,
                         "the journal was written by version %s of the engine, "
                         "this is " ENGINE_VERSION,
                         version);
    if (!has_seed(run_started) || !j_str(run_started, "run_id", NULL) ||
        !json_object_get(run_started, "input") || ms_of(run_started) < 0 ||
        clock_parse_rfc3339(j_str(run_started, "ts", ""), &wall) < 0)
        return error_set(err, EINVAL, "run_started lacks what a replay needs");
    if (recorded_council_check(run_started, err) < 0)
        return -EINVAL;
    *ret = (struct engine_spec){
        .run_id = j_str(run_started, "run_id", ""),
        .council_id = j_str(run_started, "council_id", ""),
        .council = j_get(run_started, "council"),
        .input = json_object_get(run_started, "input"),
        .options = j_get(run_started, "options"),
        .seed = j_str(run_started, "seed", ""),
        .council_sha256 = j_str(run_started, "council_sha256", NULL),
        .ask_sha256 = j_str(run_started, "ask_sha256", NULL),
        .reliability = j_get(run_started, "reliability"),
        .context = j_get(run_started, "context"),
        .max_parallel = (int)j_int(run_started, "max_parallel", 0),
        .started_wall_ms = wall - ms_of(run_started),
        .verbose = j_bool(run_started, "verbose", false),
    };
    return 0;
}

struct replay *replay_new(json_t *lines, struct error *err)
{
    struct engine_spec spec;
    struct resume resume = {0};
    if (replay_spec(json_array_get(lines, 0), &spec, err) < 0)
        return NULL;
    if (resume_of_replay(lines, &resume))
        spec.resume = &resume;
    struct replay *r = xcalloc(1, sizeof *r);
    r->e = engine_new(&spec);
    resume_release(&resume);
    r->told = j_array();
    engine_start(r->e);
    return r;
}

void replay_free(struct replay *r)
{
    if (!r)
        return;
    engine_free(r->e);
    json_decref(r->told);
    json_decref(r->result);
    free(r->outcome);
    free(r);
}

/* Takes what the engine has to say; wants are nobody's business here, but for the last one. */
static void collect(struct replay *r)
{
    json_t *event;
    const struct engine_want *want;
    while ((event = engine_next_event(r->e)))
        j_add(r->told, event);
    while ((want = engine_next_want(r->e))) {
        if (want->kind != ENGINE_FINISH)
            continue;
        r->result = json_incref(want->result);
        r->outcome = xstrdup(want->outcome);
    }
}

static int compare(struct replay *r, json_t *line, struct error *err)
{
    json_t *event = json_array_get(r->told, 0);
    char *a = j_dump(event), *b = j_dump(line);
    size_t at = 0;
    while (a[at] && a[at] == b[at])
        at++;
    bool equal = a[at] == b[at];
    if (!equal) {
        size_t from = at > 40 ? at - 40 : 0;
        error_set(err, EBADMSG,
                  "line %lld (%s) differs: the engine has ...%.100s, the journal "
                  "...%.100s",
                  (long long)j_int(line, "seq", 0), j_str(line, "type", "?"), a + from, b + from);
    }
    free(a);
    free(b);
    json_array_remove(r->told, 0);
    return equal ? 0 : -EBADMSG;
}

int replay_line(struct replay *r, json_t *line, struct error *err)
{
    int64_t ms = ms_of(line);
    if (ms < 0)
        return error_set(err, EBADMSG, "line %lld (%s) does not say when it was written",
                         (long long)j_int(line, "seq", 0), j_str(line, "type", "?"));
    collect(r);
    if (json_array_size(r->told) == 0) {
        engine_advance(r->e, ms);
        collect(r);
    }
    if (json_array_size(r->told) == 0) {
        int fed = engine_feed(r->e, ms, line);
        if (fed < 0)
            return error_set(err, EBADMSG, "line %lld (%s) is no fact that fits here",
                             (long long)j_int(line, "seq", 0), j_str(line, "type", "?"));
        collect(r);
    }
    if (json_array_size(r->told) == 0)
        return error_set(err, EBADMSG, "line %lld (%s) has nothing that it belongs to",
                         (long long)j_int(line, "seq", 0), j_str(line, "type", "?"));
    return compare(r, line, err);
}

int replay_missing(const struct replay *r)
{
    return (int)json_array_size(r->told);
}

json_t *replay_result(const struct replay *r)
{
    return r->result;
}

const char *replay_outcome(const struct replay *r)
{
    return r->outcome;
}
