#include "linkline.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"
#include "common/cleanup.h"
#include "common/log.h"
#include "daemon/core/core.h"
#include "daemon/records/record.h"
#include "daemon/settings/config.h"
#include "proto/json/json_out.h"
#include "proto/record_line.h"
#include "run_inside.h"
#include "runs.h"

void linkline_note_cause(struct run *run, struct link_up *up)
{
    if (run->cause.kind != REASON_NONE || run->machine.want != RUN_UP)
        return;
    run->cause.kind = up ? REASON_FAILED : REASON_LINK;
    if (up)
        run->cause.failed = TAKE_PTR(up->failed);
}

static bool take_event(struct run *run, const struct link_up *up)
{
    if (!run->announced)
        return false;
    bool delta = up->type == LINK_DELTA;
    struct run_news news = {.event = up->event, .seq = delta ? 0 : up->seq, .delta = delta};
    if (!delta)
        run->last_seq = up->seq;
    run_watches_event(&run->watches, run, &news);
    return true;
}

/* Keeps a copy; the old one stays when there is no memory. */
static void keep(char **at, struct json_span text)
{
    char *copy = text.at ? strndup(text.at, text.len) : NULL;
    if (!copy)
        return;
    free(*at);
    *at = copy;
}

void linkline_note_sandbox(struct run *run, const struct link_up *up)
{
    keep(&run->sandbox, up->sandbox);
}

static void keep_council_id(struct run *run, struct json_span value)
{
    char *text = NULL;
    if (!value.at || json_span_string(value, &text, NULL) < 0)
        return;
    free(run->council_id);
    run->council_id = text;
}

static bool take_progress(struct run *run, const struct link_up *up)
{
    keep(&run->phase, up->phase);
    keep(&run->usage, up->usage);
    json_span_int(up->calls, &run->calls);
    keep_council_id(run, up->council_id);
    runs_progressed(run);
    return true;
}

/* A runner that cannot write its record sends the result itself, as simple runners always do: then
 * councild writes it. Where that fails too it is kept for those who wait. */
static void write_result(struct run *run, const struct link_up *up)
{
    int r = buf_addf(&run->result, "{\"type\":\"%s\",\"outcome\":\"%s\",\"result\":",
                     record_line_name(RECORD_LINE_RESULT), outcome_name(up->outcome));
    r = r ? r : json_out_span(&run->result, up->result);
    r = r ? r : buf_add_char(&run->result, '}');
    if (r < 0)
        buf_clear(&run->result);
    r = r ? r : record_add_result(run->record, &run->result);
    if (r == 0) {
        buf_release(&run->result);
        return;
    }
    log_error("cannot write a result", LOG_S("run_id", run->run_id), LOG_S("error", strerror(-r)));
    run->record_error = run->record_error ? run->record_error : -r;
}

static bool take_result(struct run *run, const struct link_up *up)
{
    if (run->has_result || !run->announced || up->outcome == OUTCOME_NONE)
        return false;
    size_t longest = (size_t)config_link_line(run->parts->core->config);
    if (!up->result.at && record_take_result(run->record, up->at, up->bytes, longest) < 0)
        return false;
    run->has_result = true;
    run->outcome = up->outcome;
    if (up->result.at)
        write_result(run, up);
    return true;
}

bool linkline_take(struct run *run, struct link_up *up)
{
    switch (up->type) {
    case LINK_READY:
    case LINK_FAILED:
        return false; /* the first word of a runner; life.c takes that */
    case LINK_EVENT:
    case LINK_DELTA:
        return take_event(run, up);
    case LINK_PROGRESS:
        return take_progress(run, up);
    case LINK_RESULT:
        return take_result(run, up);
    }
    return false;
}
