/* Starts under a key. Taken in behind cmocka.h, by one source of a test. */
#ifndef TESTS_UNIT_DAEMON_START_AGAIN_FIXTURE_H
#define TESTS_UNIT_DAEMON_START_AGAIN_FIXTURE_H

#include "desk_fixture.h"

#define WHAT        "\"council\":\"quick\",\"input\":\"why?\""
#define UNDER_K     "{" WHAT ",\"key\":\"k\",\"run_id\":\"r1\"}"
#define UNDER_K_AND "{" WHAT ",\"key\":\"k\",\"run_id\":\"r1\","
#define ALREADY(pid)                                                                               \
    "{\"run_id\":\"r1\",\"pid\":" pid ",\"council_id\":\"quick\",\"warnings\":[],\"already\":"     \
    "true}"

static inline struct run *start(int id, const char *params)
{
    request_is(id, "run.start", params);
    struct run *run = run_of("r1");
    run->pid = 4711;
    return run;
}

static inline struct run *start_ready(const char *params)
{
    struct run *run = start(1, params);
    say_ready(run);
    expect_result(1, "\"?\"");
    expect_silence();
    return run;
}

static inline void ends(struct run *run)
{
    leader_exits(run, CLD_EXITED, 0);
    turns(2);
}

#endif
