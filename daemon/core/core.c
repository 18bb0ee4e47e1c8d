#include "core.h"

#include "common/base64url.h"
#include "common/clock.h"
#include "common/random.h"
#include "proto/methods/shared_fields.h"

int core_init(struct core *c, struct loop *loop, struct error *err)
{
    unsigned char bytes[8];
    c->loop = loop;
    c->started_us = clock_mono_us();
    int r = random_bytes(bytes, sizeof(bytes));
    if (r < 0)
        return error_errno(err, -r, "no random bytes");
    base64url_encode(bytes, sizeof(bytes), c->epoch);
    return 0;
}

void core_release(struct core *c)
{
    timer_release(&c->watchdog);
    timer_release(&c->status);
    notify_release(&c->notify);
}

bool core_takes_starts(const struct core *c)
{
    return c->stop_level == STOP_NONE;
}

bool core_stops(const struct core *c)
{
    return c->stop_level >= STOP_ORDERLY;
}

const char *core_state_name(const struct core *c)
{
    return WORDS_DAEMON_STATE[c->stop_level < STOP_ORDERLY ? c->stop_level : STOP_ORDERLY];
}

void core_nudge(struct core *c)
{
    if (!core_takes_starts(c) && c->stopping)
        watch_note(c->stopping);
}

size_t core_open_fds(const struct core *c)
{
    return c->base_fds + c->replays + (c->conns ? *c->conns : 0);
}
