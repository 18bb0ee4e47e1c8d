/* Which providers provider.check and provider.models ask. */
#ifndef DAEMON_METHOD_HANDLER_PROVIDER_CHOICE_H
#define DAEMON_METHOD_HANDLER_PROVIDER_CHOICE_H

#include "daemon/method/desk/desk.h"
#include "proto/fields.h"

/* {name: configuration}: the one of that name, or with no name all of `among`; among NULL: of all
 * that are configured, and with no name those that somebody has set up. It is empty when the named
 * one is not among them. A new reference, NULL: no memory. */
json_t *provider_choice(const struct desk *desk, const json_t *among,
                        const struct field_string *name);
/* invalid_parameter about the name. 0, for the handler to return. */
int provider_choice_refuse(struct call *call, const char *why);

#endif
