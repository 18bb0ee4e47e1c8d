#include "fetch.h"

#include <string.h>

#include "common/jx.h"
#include "common/xalloc.h"

struct journal_fetch {
    json_t *events;
    int64_t seq; /* of the last one */
    json_t *end; /* what run.end said */
};

static void take(void *arg, const struct client_note *note)
{
    struct journal_fetch *f = arg;
    if (!strcmp(note->method, "run.event")) {
        json_t *event = json_object_get(note->params, "event");
        f->seq = j_int(event, "seq", f->seq);
        if (event)
            j_add(f->events, json_incref(event));
    } else if (!strcmp(note->method, "run.end")) {
        json_decref(f->end);
        f->end = json_incref(note->params);
    }
}

/* Up to the newest event, or to the end. */
static int fetch(const struct ctl *ctl, struct client *c, const char *run_id, bool to_the_end,
                 struct journal_fetch *f)
{
    json_t *reply = NULL;
    struct error err = {0};
    int status = ctl_call(ctl, c, "run.subscribe",
                          json_pack("{s:s, s:i}", "run_id", run_id, "after_seq", 0), &reply);
    if (status)
        return status;
    int64_t last = j_int(reply, "last_seq", 0);
    json_decref(reply);
    while (!f->end && (to_the_end || f->seq < last)) {
        int r = client_wait(c, -1, &err);
        if (r < 0)
            return ctl_tell_error(r, &err);
    }
    return 0;
}

static int ask_whether_ended(const struct ctl *ctl, struct client *c, const char *run_id, bool *ret)
{
    json_t *info = NULL;
    int status = ctl_call(ctl, c, "run.info", json_pack("{s:s}", "run_id", run_id), &info);
    *ret = status == 0 && j_has(info, "state", "ended");
    json_decref(info);
    return status;
}

int fetch_record(const struct ctl *ctl, const char *run_id, json_t **ret, json_t **ret_end)
{
    struct journal_fetch f = {.events = xcheck(json_array())};
    struct client *c = NULL;
    bool ended = false;
    int status = ctl_open(ctl, &c);
    if (status == 0 && ret_end)
        status = ask_whether_ended(ctl, c, run_id, &ended);
    if (status == 0) {
        client_on_notification(c, take, &f);
        status = fetch(ctl, c, run_id, ended, &f);
    }
    client_free(c);
    if (status == 0)
        *ret = json_incref(f.events);
    if (status == 0 && ret_end)
        *ret_end = json_incref(f.end);
    json_decref(f.events);
    json_decref(f.end);
    return status;
}

int fetch_events(const struct ctl *ctl, const char *run_id, json_t **ret)
{
    return fetch_record(ctl, run_id, ret, NULL);
}
