/* The handlers of the control protocol, one for each method: method_run_start, method_run_info ...
 */
#ifndef DAEMON_METHOD_METHOD_H
#define DAEMON_METHOD_METHOD_H

#include "proto/methods/methods.h"
#include "serve/rpc_call.h"

#define DECLARE_HANDLER(id, name, ...) handler method_##name;
METHODS(DECLARE_HANDLER)
#undef DECLARE_HANDLER

#endif
