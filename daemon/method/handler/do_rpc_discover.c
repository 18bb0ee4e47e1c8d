#include "handlers.h"
#include "proto/methods/openrpc.h"

int do_rpc_discover(struct call *call)
{
    return call_reply(call, openrpc_document(COUNCILD_VERSION));
}
