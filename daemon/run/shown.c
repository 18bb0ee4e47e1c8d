#include "shown.h"

#include <string.h>

#include "daemon/records/record_usage.h"

int shown_members(struct buf *to, const struct run *run)
{
    const struct run_view seen = run_view(run);
    const struct json_span usage = {.at = seen.usage, .len = seen.usage ? strlen(seen.usage) : 0};
    const int r = buf_addf(to, ",\"labels\":%s,\"question\":%s,\"members\":%s", seen.labels,
                           seen.question, seen.members);
    return r ? r : record_usage_members(to, usage);
}
