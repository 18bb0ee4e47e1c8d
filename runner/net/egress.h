/* Which addresses may be connected to, looked at when they are: a name may lead anywhere. Of the
 * ranges that hold an address the narrowest decides, of two as narrow the denying one; where none
 * holds it, it may be connected to unless ranges are allowed at all. A proxy resolves elsewhere:
 * then only its own address is looked at. */
#ifndef RUNNER_NET_EGRESS_H
#define RUNNER_NET_EGRESS_H

#include <stdbool.h>
#include <stddef.h>
#include <sys/socket.h>

struct egress; /* NULL is fine everywhere: everything may be connected to */

struct egress *egress_new(void);
void egress_free(struct egress *e);
/* text: as of common/address_range.h. 0 or -EINVAL. */
int egress_add(struct egress *e, bool allow, const char *text);
bool egress_permits(const struct egress *e, const struct sockaddr *address);

#endif
