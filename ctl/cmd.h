/* The commands, one per file cmd_<name>.c. */
#ifndef CTL_CMD_H
#define CTL_CMD_H

#include "ctl.h"

extern const struct command cmd_await, cmd_call, cmd_cancel, cmd_councils, cmd_diagram, cmd_doctor,
    cmd_events, cmd_help, cmd_history, cmd_info, cmd_models, cmd_monitor, cmd_ping, cmd_providers,
    cmd_prune, cmd_replay, cmd_resume, cmd_ps, cmd_run, cmd_start, cmd_stop, cmd_terminate,
    cmd_show, cmd_terminate_all, cmd_transcript, cmd_validate;

#endif
