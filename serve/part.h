/* What hangs on a connection and goes with it: a call that waits for its answer, a subscription, a
 * monitor, whatever the owner of the connection thinks of. A part stands inside of what it is a
 * part of (common/container.h leads back to that); the connection knows nothing else about it.
 *
 *     struct thing { struct conn_part part; ... };
 *     conn_attach(c, &thing->part, &THING);
 *     ...
 *     conn_detach(&thing->part);
 *
 * A call that is NULL is not wanted; drop is never NULL. Parts of a connection are asked in the
 * order in which they came. */
#ifndef SERVE_PART_H
#define SERVE_PART_H

#include <stdbool.h>

struct conn;
struct conn_part;

struct conn_part_ops {
    /* Queue some lines, a bounded amount. Called in the output phase of a turn in which the
     * connection has something to do, while it has room for events. It may detach its own part, and
     * any that does not pull. */
    void (*pull)(struct conn_part *part);
    /* Work that takes several turns: a piece of it, until loop_share_is_over. While a part with
     * this hangs on a connection, no further line of it is read; it detaches itself when it is
     * through. */
    void (*step)(struct conn_part *part);
    /* It could go on now: another turn is made without waiting for anything. */
    bool (*more)(const struct conn_part *part);
    /* The client will say no more, and everything was sent: does this keep the connection open? */
    bool (*holds)(const struct conn_part *part);
    /* The connection goes. Detach the part and free what it stands in. Lines that are pushed now
     * are lost. */
    void (*drop)(struct conn_part *part);
};

struct conn_part {
    const struct conn_part_ops *ops;
    struct conn *conn;             /* NULL: it hangs on none */
    struct conn_part *prev, *next; /* of the connection */
};

#endif
