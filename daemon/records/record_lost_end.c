#include "record_lost_end.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/clock.h"
#include "daemon/os/sys.h"
#include "proto/json/json_out.h"
#include "proto/json/json_scan.h"
#include "proto/reason.h"
#include "proto/record_line.h"
#include "record_texts.h"

enum { LINES_LOOKED_AT = 16 };

/* ---- its result ---- */

/* The outcome that a line tells, if it is one that ends a run with a result; OUTCOME_NONE. A line
 * of the result has it beside that, an event inside. */
static enum outcome outcome_in(const struct json_list *line)
{
    char word[32];
    const struct json_span result = json_list_find(line, "result");
    struct json_span name = json_list_find(line, "outcome");
    if (!name.at)
        name = json_span_get(result, "outcome");
    if (!result.at || !name.at || json_span_type(name) != JSON_STRING || name.len > sizeof word)
        return OUTCOME_NONE;
    const int outcome = outcome_find(word, json_decode(json_span_text(name), word));
    return outcome < 0 ? OUTCOME_NONE : (enum outcome)outcome;
}

static bool is_terminal(const struct json_list *line)
{
    char word[64];
    const struct json_span type = json_list_find(line, "type");
    if (!type.at || json_span_type(type) != JSON_STRING || type.len > sizeof word)
        return false;
    const int event = event_find(word, json_decode(json_span_text(type), word));
    return event >= 0 && event_is_terminal((enum event_type)event);
}

/* What stands there. A terminal event may have had to leave parts of the result out; then a line of
 * its own has all of it. */
enum ending_line { ENDING_NONE, ENDING_EVENT, ENDING_RESULT };

/* enum ending_line, or -ENOMEM. */
static int look_at(const char *line, size_t len, enum outcome *ret)
{
    struct json_scan scan;
    int r = json_scan_object(line, len, &scan);
    if (r < 0)
        return r == -ENOMEM ? r : 0;
    r = ENDING_NONE;
    if (json_span_is(json_list_find(&scan.outer, "type"), record_line_name(RECORD_LINE_RESULT)))
        r = ENDING_RESULT;
    else if (is_terminal(&scan.outer))
        r = ENDING_EVENT;
    *ret = r ? outcome_in(&scan.outer) : OUTCOME_NONE;
    json_scan_release(&scan);
    return *ret == OUTCOME_NONE ? ENDING_NONE : r;
}

/* It stands at the end, but for what was torn, or written behind it by somebody else. */
int record_lost_result(int fd, int64_t size, struct record_vouch *v, enum outcome *ret)
{
    int64_t end = size;
    int best = ENDING_EVENT;
    for (int i = 0; i < LINES_LOOKED_AT && end > v->spec.len + 1; i++) {
        _cleanup_free_ char *line = NULL;
        struct record_range range;
        enum outcome outcome = OUTCOME_NONE;
        int r = record_file_last(fd, end, RECORD_TEXT_MAX, &range, &line);
        if (r < 0)
            return r == -ENOMEM ? r : 0;
        r = range.at > v->spec.len ? look_at(line, (size_t)range.len, &outcome) : 0;
        if (r < 0)
            return r;
        if (r >= best) {
            v->result = range;
            *ret = outcome;
            best = r;
        }
        end = range.at;
    }
    return 0;
}

/* ---- its end ---- */

/* Members of the row that the predecessor wrote at the start. */
static int add_begun(struct buf *to, const char *row)
{
    static const char *const MEMBERS[] = {"council_id", "registry", "started_at",
                                          "started_by", "labels",   "resume_from",
                                          "question",   "members",  "start_key"};
    struct json_scan scan;
    int r = json_scan_object(row, row ? strlen(row) : 0, &scan) == -ENOMEM ? -ENOMEM : 0;
    for (size_t i = 0; r == 0 && i < ARRAY_LEN(MEMBERS); i++) {
        const struct json_span value = json_list_find(&scan.outer, MEMBERS[i]);
        r = value.at ? json_out_member(to, MEMBERS[i], value) : 0;
    }
    json_scan_release(&scan);
    return r;
}

int record_lost_body(struct buf *to, const struct record_key *key, const char *row,
                     enum outcome outcome)
{
    char stamp[CLOCK_RFC3339_SIZE];
    const char *name = outcome_name(outcome);
    int r = buf_add_str(to, "{\"run_id\":");
    r = r ? r : json_out_string(to, key->run_id);
    r = r ? r : buf_addf(to, ",\"incarnation\":%" PRId64, key->incarnation);
    r = r ? r : add_begun(to, row);
    r = r ? r
          : buf_addf(to,
                     ",\"ended_at\":\"%s\",\"pid\":null,\"reason\":{\"kind\":\"%s\"},"
                     "\"stopped_by\":null,\"outcome\":",
                     clock_rfc3339(sys.wall_ms(), stamp), reason_kind_name(REASON_NOCONNECTION));
    r = r ? r : json_out_string(to, name);
    return r ? r : buf_add_str(to, ",\"rusage\":null,\"containment\":null}");
}

/* ---- what was asked for ---- */

bool record_lost_keeps_none(const char *spec, size_t len)
{
    struct json_scan scan;
    if (json_scan_object(spec, len, &scan) < 0)
        return false;
    const bool none = json_span_is(json_list_find(&scan.outer, "recorder"), "none");
    json_scan_release(&scan);
    return none;
}

enum outcome record_lost_outcome(const char *result)
{
    struct json_scan scan;
    if (json_scan_object(result, result ? strlen(result) : 0, &scan) < 0)
        return OUTCOME_NONE;
    const enum outcome outcome = outcome_in(&scan.outer);
    json_scan_release(&scan);
    return outcome;
}
