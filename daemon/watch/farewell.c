#include "farewell.h"

#include <errno.h>
#include <stdlib.h>
#include <utlist.h>

#include "common/container.h"
#include "serve/loop.h"

enum { LIMIT_MS = 1000 };

struct farewell {
    struct out_place place;
    struct conn_part part;
    struct conn *conn;
    struct farewell_reader *readers;
    struct timer limit;
};

static void forget(struct farewell *f)
{
    struct farewell_reader *reader;
    DL_FOREACH (f->readers, reader) {
        reader->farewell = NULL;
    }
    conn_detach(&f->part);
    timer_release(&f->limit);
    free(f);
}

/* The connection goes. */
static void drop(struct conn_part *part)
{
    struct farewell *f = CONTAINER_OF(part, struct farewell, part);
    conn_drop_place(f->conn, &f->place);
    forget(f);
}

static const struct conn_part_ops FAREWELL = {.drop = drop};

/* The second is over. */
static void cut(void *arg)
{
    struct farewell *f = arg;
    bool last;
    do {
        struct farewell_reader *reader = f->readers;
        last = !reader->next;
        reader->cut(reader);
    } while (!last);
}

static struct farewell *make(struct loop *loop, struct conn *c, const struct run *run)
{
    struct farewell *f = calloc(1, sizeof(*f));
    if (!f || loop_timer_init(loop, &f->limit, cut, f)) {
        free(f);
        return NULL;
    }
    f->conn = c;
    conn_attach(c, &f->part, &FAREWELL);
    conn_reserve(c, &f->place, run_view(run).number);
    loop_timer_set(loop, &f->limit, LIMIT_MS);
    return f;
}

int farewell_join(struct loop *loop, struct conn *c, const struct run *run,
                  struct farewell_reader *reader, void (*cut_reader)(struct farewell_reader *))
{
    struct out_place *place = farewell_of(c, run);
    struct farewell *f = place ? CONTAINER_OF(place, struct farewell, place) : make(loop, c, run);
    if (!f)
        return -ENOMEM;
    reader->farewell = f;
    reader->cut = cut_reader;
    DL_APPEND(f->readers, reader);
    return 0;
}

void farewell_leave(struct farewell_reader *reader)
{
    struct farewell *f = reader->farewell;
    if (!f)
        return;
    DL_DELETE(f->readers, reader);
    reader->farewell = NULL;
    if (f->readers)
        return;
    conn_open_place(f->conn, &f->place);
    forget(f);
}
