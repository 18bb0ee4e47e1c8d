/* The interface as an OpenRPC document, made from the tables of methods.h. */
#ifndef PROTO_METHODS_OPENRPC_H
#define PROTO_METHODS_OPENRPC_H

#include <jansson.h>

/* A new reference; NULL when out of memory. `version` is the daemon's. */
json_t *openrpc_document(const char *version);

#endif
