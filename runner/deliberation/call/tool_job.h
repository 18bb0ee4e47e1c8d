/* The tools of one turn: each is a job that starts, is told (tool_call_request), and ends in one
 * way (tool_call_result). docs tools are answered here, at once; others are wanted of the caller.
 */
#ifndef RUNNER_DELIBERATION_CALL_TOOL_JOB_H
#define RUNNER_DELIBERATION_CALL_TOOL_JOB_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct seat_call;

enum { TOOL_TEXT_MAX = 64 * 1024, TOOL_CALLS_MOST = 128 };

enum tool_job_state { TOOL_JOB_QUEUED, TOOL_JOB_RUNNING, TOOL_JOB_DONE };

struct tool_job {
    char *id, *name;
    json_t *doc;  /* NULL: there is no such tool */
    json_t *raw;  /* as the model wrote the arguments */
    json_t *args; /* NULL: they do not parse */
    enum tool_job_state state;
    int64_t start_ms;
    bool ok, reused;
    char *text; /* as the model sees the result */
    struct tool_job *next;
};

struct tool_loop {
    int turn; /* of the jobs */
    struct tool_job *jobs;
    json_t *own;   /* the model's message that called them */
    int64_t steps; /* left for the checks of their arguments */
    int started;
};

/* Takes a tool call of the model's into the turn; `at` is its place among them. */
void tool_job_add(struct seat_call *c, const json_t *asked, size_t at);
/* The job of that id; NULL for none. */
struct tool_job *tool_job_of(const struct tool_loop *loop, const char *id);
/* Begins it. It may be done at once. Those beyond TOOL_CALLS_MOST of one turn fail. */
void tool_job_start(struct seat_call *c, struct tool_job *job);
/* value: the result, or the error as a string; taken over. */
void tool_job_end(struct seat_call *c, struct tool_job *job, bool ok, json_t *value,
                  int64_t latency);
void tool_job_fail(struct seat_call *c, struct tool_job *job, const char *message);
/* Tells the request of one that will never be started. */
void tool_job_tell(struct seat_call *c, const struct tool_job *job);
/* Nothing may come of it any more. */
void tool_job_abort(struct seat_call *c, struct tool_job *job);
/* Forgets the jobs of the turn. */
void tool_jobs_clear(struct tool_loop *loop);

#endif
