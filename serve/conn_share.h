/* The part that a connection has in what its user holds of the server (share.h). For conn.c and
 * conn_life.c alone. */
#ifndef SERVE_CONN_SHARE_H
#define SERVE_CONN_SHARE_H

#include <stdbool.h>

struct conn;

bool conn_share_join(struct conn *c); /* false: no memory */
void conn_share_leave(struct conn *c);
/* It holds more or less than before. When all together hold too much, the greediest connection of
 * the user that holds most is given up: this one or another. */
void conn_share_count(struct conn *c);

#endif
