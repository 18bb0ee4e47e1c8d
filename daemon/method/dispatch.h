/* What clients say, from the line to its handler: the daemon's part as the owner of connections
 * (serve/owner.h). Their context is a struct desk, and so is that of every call. */
#ifndef DAEMON_METHOD_DISPATCH_H
#define DAEMON_METHOD_DISPATCH_H

#include <stddef.h>

struct conn;

void dispatch_line(struct conn *c, const char *line, size_t len);
void dispatch_torn(struct conn *c);
void dispatch_too_long(struct conn *c, size_t limit);

#endif
