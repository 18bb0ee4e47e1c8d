/* The daemon's face to its clients: its line server, with the limits of the settings in force. */
#ifndef DAEMON_FRONT_H
#define DAEMON_FRONT_H

#include "common/error.h"

struct server;

/* Serves the server's listener from now on. s->core.base_fds has to be known. 0 or -errno. */
int front_open(struct server *s, struct error *err);
/* The settings are others. */
void front_reload(struct server *s);

#endif
