/* The handlers of the control protocol, one for each row of proto/methods.h. */
#ifndef DAEMON_METHOD_METHOD_H
#define DAEMON_METHOD_METHOD_H

#include "proto/methods.h"
#include "serve/rpc_call.h"

struct server;

static inline struct server *call_server(const struct call *call)
{
    return call->context;
}

/* method_supervisor.c */
handler method_supervisor_info;
handler method_which_children;
handler method_count_children;
handler method_terminate_all;
handler method_supervisor_stop;
/* method_start.c */
handler method_run_start;
/* method_run.c */
handler method_run_await;
handler method_run_cancel;
handler method_run_terminate;
/* method_watch.c */
handler method_run_monitor;
handler method_run_demonitor;
handler method_run_subscribe;
handler method_run_unsubscribe;
/* method_info.c */
handler method_run_info;
/* method_list.c */
handler method_run_list;
/* method_prune.c */
handler method_run_prune;
/* method_council.c */
handler method_council_validate;
handler method_council_list;
handler method_council_get;
handler method_rpc_discover;
/* method_provider.c */
handler method_provider_list;
handler method_provider_check;
handler method_provider_models;

#endif
