#include "shutdown_words.h"

#include <errno.h>

static const char INFINITY_WORD[] = "infinity", BRUTAL_KILL_WORD[] = "brutal_kill";

/* More makes no difference to anybody, and sums of times stay far from overflow. */
static const int64_t SHUTDOWN_MAX = 100LL * 365 * 24 * 3600 * 1000;

int shutdown_read(struct json_span value, int64_t *ret)
{
    int64_t ms;
    if (json_span_is(value, INFINITY_WORD))
        *ret = SHUTDOWN_INFINITY;
    else if (json_span_is(value, BRUTAL_KILL_WORD))
        *ret = SHUTDOWN_BRUTAL_KILL;
    else if (json_span_int(value, &ms) < 0 || ms < 0)
        return -EINVAL;
    else
        *ret = ms < SHUTDOWN_MAX ? ms : SHUTDOWN_MAX;
    return 0;
}

json_t *shutdown_json(int64_t shutdown)
{
    if (shutdown == SHUTDOWN_INFINITY)
        return json_string(INFINITY_WORD);
    if (shutdown == SHUTDOWN_BRUTAL_KILL)
        return json_string(BRUTAL_KILL_WORD);
    return json_integer(shutdown);
}
