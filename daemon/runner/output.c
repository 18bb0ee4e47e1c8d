#include "output.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fd.h"
#include "common/log.h"
#include "daemon/core/phases.h"

enum {
    OUTPUT_BOUND = 64 * 1024, /* bytes in one turn */
    LINE_MAX_SHOWN = 768,
    LINES_PER_SECOND = 20,
};

static void work(void *arg)
{
    output_read(arg);
}

int output_init(struct output *o, struct loop *loop, const struct runner_tie *tie, int *fd,
                const char *name)
{
    *o = (struct output){.tie = tie, .fd = fd, .name = name};
    buf_init(&o->line, LINE_MAX_SHOWN);
    if (watch_init(loop, &o->watch, *fd, WATCH_READ, PHASE_LINKS, work, o))
        return -ENOMEM;
    return watch_arm(&o->watch);
}

bool output_at_end(const struct output *o)
{
    return !o->fd || *o->fd < 0;
}

static bool may_log(struct output *o)
{
    int64_t now = clock_mono_us();
    if (now - o->window_us >= 1000000) {
        o->window_us = now;
        o->logged = 0;
    }
    return ++o->logged <= LINES_PER_SECOND;
}

static void show(struct output *o)
{
    const char *run_id = o->tie->run_id;
    if (!may_log(o)) {
        o->unlogged++;
        return;
    }
    if (o->unlogged)
        log_info("runner wrote more than is shown", LOG_S("run_id", run_id),
                 LOG_I("pid", o->tie->pid), LOG_I("lines", (int64_t)o->unlogged));
    o->unlogged = 0;
    log_info("runner wrote", LOG_S("run_id", run_id), LOG_I("pid", o->tie->pid),
             LOG_S("stream", o->name), LOG_N("text", o->line.at ? o->line.at : "", o->line.len));
}

static void end_line(struct output *o)
{
    if (o->line.len)
        show(o);
    buf_clear(&o->line);
    o->cutting = false;
}

static void take(struct output *o, const char *at, size_t len)
{
    while (len) {
        const char *end = memchr(at, '\n', len);
        size_t part = end ? (size_t)(end - at) : len;
        size_t room = LINE_MAX_SHOWN - o->line.len;
        if (!o->cutting && part)
            buf_add(&o->line, at, part < room ? part : room);
        o->cutting = o->cutting || part > room;
        if (end)
            end_line(o);
        part += end ? 1 : 0;
        at += part;
        len -= part;
    }
}

static void close_it(struct output *o)
{
    end_line(o);
    buf_release(&o->line);
    watch_release(&o->watch);
    fd_close(o->fd);
}

void output_release(struct output *o)
{
    if (o->tie)
        close_it(o);
}

bool output_read(struct output *o)
{
    static const size_t piece = 16 * 1024;
    char bytes[16 * 1024];
    size_t total = 0;
    while (!output_at_end(o) && total < OUTPUT_BOUND) {
        ssize_t n = read(*o->fd, bytes, piece);
        if (n > 0) {
            take(o, bytes, (size_t)n);
            total += (size_t)n;
        } else if (n == 0 || (errno != EAGAIN && errno != EINTR)) {
            close_it(o);
            return true;
        }
        if (n < (ssize_t)piece)
            break;
    }
    if (total)
        runner_tie_heard(o->tie);
    return total > 0;
}
