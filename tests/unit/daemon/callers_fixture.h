/* Runs of this one and that one, and what a caller is told who would do something to them. Taken in
 * behind cmocka.h, by one source of a test. */
#ifndef TESTS_UNIT_DAEMON_CALLERS_FIXTURE_H
#define TESTS_UNIT_DAEMON_CALLERS_FIXTURE_H

#include "common/cleanup.h"
#include "desk_fixture.h"

static inline struct run *run_by(const char *id, const char *started_by, const char *registry)
{
    struct run *run = some_run(id);
    free(run->started_by);
    free(run->registry);
    run->started_by = strdup(started_by);
    run->registry = strdup(registry);
    return run;
}

static inline void end(const char *id)
{
    leader_exits(run_of(id), CLD_EXITED, 0);
}

#define RUN(id) "{\"run_id\":\"" id "\"}"
#define BY_US   "{\"uid\":0,\"gid\":0,\"pid\":1}"
#define BY_ANN  "{\"uid\":0,\"gid\":0,\"pid\":1,\"name\":\"ann\"}"
#define BY_BOB  "{\"uid\":0,\"gid\":0,\"pid\":1,\"name\":\"bob\"}"
#define BY_5    "{\"uid\":5,\"gid\":0,\"pid\":1,\"name\":\"ann\"}"

static inline const char *outcome_of(const char *method, const char *params)
{
    request_is(1, method, params);
    const char *line = next_line();
    return strstr(line, "\"permission_denied\"") ? "denied"
           : strstr(line, "\"not_found\"")       ? "not found"
           : strstr(line, "\"error\"")           ? line
                                                 : "done";
}

#define START(rest) "{\"council\":\"quick\",\"input\":\"q\"" rest "}"

/* Without params, which those that are let in complain of, or do what they can without. */
static inline const char *answer_to(const char *method)
{
    kept_order = NULL;
    request_is(1, method, "{}");
    const char *line = next_line();
    while (strstr(line, "\"supervisor.event\"")) /* of a stream that was asked for before */
        line = next_line();
    if (kept_order)
        kept_order->done(kept_order);
    return kept_order ? next_line() : line;
}

#endif
