#include "publish.h"

#include <string.h>

#include "common/jx.h"
#include "common/xalloc.h"

/* An answer that was paid for in this run; what nobody could price may have cost something. */
static bool cost_money(const json_t *exchange)
{
    json_t *cost = json_object_get(exchange, "cost");
    return !j_bool(exchange, "reused", false) &&
           (!json_is_number(cost) || json_number_value(cost) > 0);
}

static bool must_reach_disk(const json_t *event)
{
    const char *name = j_str(event, "type", NULL);
    int type = name ? event_find(name, strlen(name)) : -1;
    if (type == EVENT_EXCHANGE_COMPLETED)
        return cost_money(event);
    return type == EVENT_CARRIED_END || type == EVENT_ROUND_COMPLETED ||
           (type >= 0 && event_is_terminal((enum event_type)type));
}

int publish_event(struct journal *journal, struct tell *tell, json_t *event, size_t *ret_bytes,
                  bool *ret_redacted, struct error *err)
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
    *ret_bytes = line.len;
    if (r == 0)
        tell_event(tell, &line);
    buf_release(&line);
    return r;
}
