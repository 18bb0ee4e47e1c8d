/* The methods and notifications of the control protocol, each once: here its name, in the file of
 * its name its row. Enumerators, the table that dispatch, `rpc.discover` and docs/protocol.md are
 * made from, and the daemon's handlers are expanded from these lists, so that a name without its
 * row or its handler does not link.
 *
 * Adding a method: a line here, a file with its row beside this one, a file with its handler in
 * daemon/method/handler/, `make docs`; a struct in method_params.h if no other method has its
 * params. */
#ifndef PROTO_METHODS_METHOD_LIST_H
#define PROTO_METHODS_METHOD_LIST_H

#include "method_row.h"

/* X(ID, id, "name"): METHOD_<ID> is its number, METHOD_ROW_<ID> its row, do_<id> its handler.
 */
#define METHODS(X)                                                                                 \
    X(SUPERVISOR_INFO, supervisor_info, "supervisor.info")                                         \
    X(SUPERVISOR_WHICH_CHILDREN, supervisor_which_children, "supervisor.which_children")           \
    X(SUPERVISOR_COUNT_CHILDREN, supervisor_count_children, "supervisor.count_children")           \
    X(SUPERVISOR_STATS, supervisor_stats, "supervisor.stats")                                      \
    X(SUPERVISOR_TERMINATE_ALL, supervisor_terminate_all, "supervisor.terminate_all")              \
    X(SUPERVISOR_RELOAD, supervisor_reload, "supervisor.reload")                                   \
    X(SUPERVISOR_DRAIN, supervisor_drain, "supervisor.drain")                                      \
    X(SUPERVISOR_STOP, supervisor_stop, "supervisor.stop")                                         \
    X(SUPERVISOR_SUBSCRIBE, supervisor_subscribe, "supervisor.subscribe")                          \
    X(SUPERVISOR_UNSUBSCRIBE, supervisor_unsubscribe, "supervisor.unsubscribe")                    \
    X(RUN_START, run_start, "run.start")                                                           \
    X(RUN_INFO, run_info, "run.info")                                                              \
    X(RUN_AWAIT, run_await, "run.await")                                                           \
    X(RUN_MONITOR, run_monitor, "run.monitor")                                                     \
    X(RUN_DEMONITOR, run_demonitor, "run.demonitor")                                               \
    X(RUN_SUBSCRIBE, run_subscribe, "run.subscribe")                                               \
    X(RUN_UNSUBSCRIBE, run_unsubscribe, "run.unsubscribe")                                         \
    X(RUN_CANCEL, run_cancel, "run.cancel")                                                        \
    X(RUN_TERMINATE, run_terminate, "run.terminate")                                               \
    X(RUN_LIST, run_list, "run.list")                                                              \
    X(RUN_PRUNE, run_prune, "run.prune")                                                           \
    X(COUNCIL_VALIDATE, council_validate, "council.validate")                                      \
    X(COUNCIL_LIST, council_list, "council.list")                                                  \
    X(COUNCIL_GET, council_get, "council.get")                                                     \
    X(PROVIDER_LIST, provider_list, "provider.list")                                               \
    X(PROVIDER_CHECK, provider_check, "provider.check")                                            \
    X(PROVIDER_MODELS, provider_models, "provider.models")                                         \
    X(AUDIT_LIST, audit_list, "audit.list")                                                        \
    X(CONNECTION_ACT_AS, connection_act_as, "connection.act_as")                                   \
    X(RPC_DISCOVER, rpc_discover, "rpc.discover")

/* X(ID, "name"): NOTIFICATION_<ID> is its number, NOTIFICATION_ROW_<ID> its row. */
#define NOTIFICATIONS(X)                                                                           \
    X(RUN_EVENT, "run.event")                                                                      \
    X(RUN_GAP, "run.gap")                                                                          \
    X(RUN_END, "run.end")                                                                          \
    X(RUN_DOWN, "run.down")                                                                        \
    X(SUPERVISOR_EVENT, "supervisor.event")                                                        \
    X(SUPERVISOR_GAP, "supervisor.gap")

#define DECLARE_ROW(id, ...) extern const struct method_row METHOD_ROW_##id;
METHODS(DECLARE_ROW)
#undef DECLARE_ROW

#define DECLARE_ROW(id, ...) extern const struct notification_row NOTIFICATION_ROW_##id;
NOTIFICATIONS(DECLARE_ROW)
#undef DECLARE_ROW

#endif
