/* The tool keeper as the runner sees it (keeper_process.h is the other side): from the engine's
 * want to the tool_call_result fact. Nothing blocks but the start and tool_keeper_list, and
 * whatever a tool does, and the keeper too, is an answer to the model.
 *
 *     k = tool_keeper_start(&order, &err);             before the runner closes itself in
 *     tool_keeper_hook(k, &hooks, context);
 *     tool_keeper_list(k, names, timeout_ms);          what members are told, before the run begins
 *     tool_keeper_call(k, &call);
 *     timeout = tool_keeper_wake_ms(k); n = tool_keeper_fds(k, fds, room) ... poll ...
 *     tool_keeper_step(k, now_ms);
 *     tool_keeper_free(k);
 *
 * The keeper ends a call when its time is over. One that says nothing KEEPER_GRACE_MS later is
 * given up here too. Times are the run's milliseconds. */
#ifndef RUNNER_TOOL_TOOL_KEEPER_H
#define RUNNER_TOOL_TOOL_KEEPER_H

#include <jansson.h>
#include <poll.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"
#include "tool_call.h"
#include "tool_hooks.h"

enum { KEEPER_GRACE_MS = 2000 };

struct tool_keeper;

/* What a keeper gets; everything is borrowed, and what may be NULL is none. */
struct tool_keeper_order {
    json_t *documents; /* {name: {kind, argv, ...}} */
    json_t *keys;      /* {name: value}: it gets those that `credentials` of the documents name */
    json_t *own;       /* [path]: councild's own, which no tool may use */
    bool open;         /* nothing is closed in */
    bool cores;        /* debuggers may look into the keeper */
};

/* NULL with err. */
struct tool_keeper *tool_keeper_start(const struct tool_keeper_order *order, struct error *err);
void tool_keeper_free(struct tool_keeper *k); /* ends it, and all that it has started */
void tool_keeper_hook(struct tool_keeper *k, const struct tool_hooks *hooks, void *context);
/* What holds its children, as it says itself; borrowed. NULL: it has not said so in time. */
json_t *tool_keeper_sandbox(struct tool_keeper *k, int64_t timeout_ms);

/* {name: {description?, inputSchema?}} of those servers that answered in time. A new reference. */
json_t *tool_keeper_list(struct tool_keeper *k, json_t *names, int64_t timeout_ms);

void tool_keeper_call(struct tool_keeper *k, const struct tool_call *call);
/* Ends a call without a fact. */
void tool_keeper_abort(struct tool_keeper *k, const char *call_id, int turn, const char *id);

size_t tool_keeper_fds(const struct tool_keeper *k, struct pollfd *ret, size_t room);
int64_t tool_keeper_wake_ms(const struct tool_keeper *k); /* -1: only descriptors know */
void tool_keeper_step(struct tool_keeper *k, int64_t now_ms);

#endif
