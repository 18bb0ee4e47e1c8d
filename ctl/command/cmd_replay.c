/* councilctl replay RUN_ID */
#include "common/jx.h"
#include "ctl/session/ctl.h"
#include "ctl/session/fetch.h"
#include "ctl/terminal/out.h"
#include "runner/deliberation/replay.h"
#include "story/safe_text.h"

/* What came of it. */
struct replay_verdict {
    bool agrees;
    size_t lines;
    bool derived;        /* the journal reaches the end */
    bool recorded;       /* there is a result to compare with */
    struct error reason; /* when it does not agree */
};

/* The place at which two texts part, told with what stands there. */
static void tell_difference(struct error *err, const char *a, const char *b)
{
    size_t at = 0;
    while (a[at] && a[at] == b[at])
        at++;
    size_t from = at > 40 ? at - 40 : 0;
    error_set(err, 1, "the result differs: derived ...%.80s, recorded ...%.80s", a + from,
              b + from);
}

static void compare(struct replay_verdict *v, const json_t *derived, const json_t *recorded)
{
    char *a = json_dumps(derived, JSON_COMPACT), *b = json_dumps(recorded, JSON_COMPACT);
    v->agrees = a && b && !strcmp(a, b);
    if (!v->agrees && a && b)
        tell_difference(&v->reason, a, b);
    free(a);
    free(b);
}

static bool feed(struct replay_verdict *v, struct replay *r, json_t *events)
{
    json_t *event;
    json_array_foreach (events, v->lines, event) {
        if (replay_line(r, event, &v->reason) < 0)
            return false;
    }
    return true;
}

/* derived: the result, new reference, or NULL. */
static void judge(struct replay_verdict *v, json_t *events, const json_t *recorded,
                  json_t **derived)
{
    struct replay *r = replay_new(events, &v->reason);
    if (!r)
        return;
    v->agrees = feed(v, r, events);
    *derived = json_incref(replay_result(r));
    v->derived = *derived != NULL;
    v->recorded = recorded != NULL;
    if (v->agrees && v->derived && v->recorded)
        compare(v, *derived, recorded);
    replay_free(r);
}

static void tell(const struct replay_verdict *v)
{
    struct buf *out = out_begin();
    if (!v->agrees) {
        text_add(out, "does not agree: ");
        text_escape(out, v->reason.text, strlen(v->reason.text), TEXT_LINE);
        text_add(out, "\n");
    } else if (v->derived && v->recorded) {
        text_addf(out, "agrees: %zu events give the recorded result, byte for byte\n", v->lines);
    } else if (v->derived) {
        text_addf(out, "agrees: %zu events; no result was recorded beside them\n", v->lines);
    } else {
        text_addf(out, "agrees as far as it goes: %zu events, no end\n", v->lines);
    }
    out_end(out);
}

static int run(struct ctl *ctl)
{
    json_t *events = NULL, *info = NULL, *derived = NULL;
    struct replay_verdict v = {0};
    int status = ctl_once(ctl, "run.info", ctl_run_params(ctl), &info);
    if (status == 0)
        status = fetch_events(ctl, ctl->args.operands[0], &events);
    if (status) {
        json_decref(info);
        return status;
    }
    judge(&v, events, j_get(info, "result"), &derived);
    if (ctl->json)
        out_json(derived ? derived : json_null(), true);
    else
        tell(&v);
    json_decref(derived);
    json_decref(events);
    json_decref(info);
    return v.agrees ? EXIT_COMPLETE : EXIT_FAILED;
}

const struct command cmd_replay = {
    .usage = "RUN_ID",
    .summary = "Derive a run's result from its journal again, and compare",
    .help = "The engine goes through the journal without asking anybody. Every event and the "
            "result must come\nout as they were recorded; else the exit status is 1 and the first "
            "difference is told. --json prints\nthe derived result.\n",
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
