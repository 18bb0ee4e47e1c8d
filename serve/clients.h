/* Who comes in: the listener, the cap on connections, and what happens when descriptors run out. */
#ifndef SERVE_CLIENTS_H
#define SERVE_CLIENTS_H

#include "common/error.h"

struct server;

/* Watches the server's listener. 0 or -errno. */
int clients_open(struct server *s, struct error *err);
/* The configuration is another one. */
void clients_reload(struct server *s);
/* No new clients from now on: closes the listener, removes the socket. */
void clients_refuse(struct server *s);
/* Closes everything that is left. */
void clients_close(struct server *s);

#endif
