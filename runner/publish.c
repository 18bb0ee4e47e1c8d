#include "publish.h"

#include <string.h>

#include "common/jx.h"
#include "common/xalloc.h"

static bool cost_money(const json_t *event)
{
    json_t *result = json_object_get(event, "result");
    json_t *cost = json_object_get(result, "cost");
    if (j_bool(result, "reused", false) ||
        json_array_size(json_object_get(result, "attempts")) == 0)
        return false;
    /* What nobody could price may have cost something. */
    return !json_is_number(cost) || json_number_value(cost) > 0;
}

static bool must_reach_disk(const json_t *event)
{
    const char *name = j_str(event, "type", NULL);
    int type = name ? event_find(name, strlen(name)) : -1;
    if (type == EVENT_MEMBER_COMPLETED)
        return cost_money(event);
    return type == EVENT_ROUND_COMPLETED || (type >= 0 && event_is_terminal((enum event_type)type));
}

int publish_event(struct journal *journal, struct tell *tell, json_t *event, bool *ret_redacted,
                  struct error *err)
{
    struct buf line;
    *ret_redacted = false;
    tell_dump(tell, &line, event, ret_redacted);
    if (buf_add_char(&line, '\n') < 0)
        xcheck(NULL);
    int r = journal_append(journal, line.at, line.len, err);
    if (r == 0 && must_reach_disk(event))
        r = journal_sync(journal, err);
    buf_truncate(&line, line.len - 1);
    if (r == 0)
        tell_event(tell, &line);
    buf_release(&line);
    return r;
}
