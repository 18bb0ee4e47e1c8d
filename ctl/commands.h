/* All commands, in the order of the help text. A row is X(NAME, "name"): ctl/command/cmd_NAME.c
 * defines `const struct command cmd_NAME`, and a row without that file does not link. The command's
 * name, as it is typed, stands here only. */
#ifndef CTL_COMMANDS_H
#define CTL_COMMANDS_H

#include "ctl/session/command.h"

#define COMMAND_ROWS(X)                                                                            \
    X(run, "run")                                                                                  \
    X(start, "start")                                                                              \
    X(resume, "resume")                                                                            \
    X(ps, "ps")                                                                                    \
    X(info, "info")                                                                                \
    X(await, "await")                                                                              \
    X(events, "events")                                                                            \
    X(show, "show")                                                                                \
    X(diagram, "diagram")                                                                          \
    X(transcript, "transcript")                                                                    \
    X(history, "history")                                                                          \
    X(replay, "replay")                                                                            \
    X(monitor, "monitor")                                                                          \
    X(cancel, "cancel")                                                                            \
    X(terminate, "terminate")                                                                      \
    X(terminate_all, "terminate-all")                                                              \
    X(prune, "prune")                                                                              \
    X(audit, "audit")                                                                              \
    X(validate, "validate")                                                                        \
    X(councils, "councils")                                                                        \
    X(doctor, "doctor")                                                                            \
    X(providers, "providers")                                                                      \
    X(models, "models")                                                                            \
    X(login, "login")                                                                              \
    X(tenant, "tenant")                                                                            \
    X(ping, "ping")                                                                                \
    X(reload, "reload")                                                                            \
    X(stop, "stop")                                                                                \
    X(completion, "completion")                                                                    \
    X(call, "call")                                                                                \
    X(help, "help")

/* The rows as a table; a row without a name ends it. */
extern const struct command_row COMMANDS[];

#endif
