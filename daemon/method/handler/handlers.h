/* The handlers of the control protocol, one for each row of the list of methods and one in each
 * file: do_run_start in do_run_start.c. `call->params` is the struct of the method's row, checked
 * and filled; call_desk(call) is what a handler may reach. What it returns stands in
 * serve/rpc_call.h. */
#ifndef DAEMON_METHOD_HANDLER_HANDLERS_H
#define DAEMON_METHOD_HANDLER_HANDLERS_H

#include "proto/methods/methods.h"
#include "serve/rpc_call.h"

#define DECLARE_HANDLER(id, name, ...) handler do_##name;
METHODS(DECLARE_HANDLER)
#undef DECLARE_HANDLER

#endif
