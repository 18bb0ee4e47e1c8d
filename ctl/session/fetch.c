#include "fetch.h"

#include <string.h>

#include "common/jx.h"
#include "common/xalloc.h"

struct journal_fetch {
    json_t *events;
    int64_t seq; /* of the last one */
    bool ended;
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
        f->ended = true;
    }
}

static int fetch(const struct ctl *ctl, struct client *c, const char *run_id,
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
    while (!f->ended && f->seq < last) {
        int r = client_wait(c, -1, &err);
        if (r < 0)
            return ctl_tell_error(r, &err);
    }
    return 0;
}

int fetch_events(const struct ctl *ctl, const char *run_id, json_t **ret)
{
    struct journal_fetch f = {.events = xcheck(json_array())};
    struct client *c = NULL;
    int status = ctl_open(ctl, &c);
    if (status == 0) {
        client_on_notification(c, take, &f);
        status = fetch(ctl, c, run_id, &f);
        client_free(c);
    }
    if (status)
        json_decref(f.events);
    else
        *ret = f.events;
    return status;
}
