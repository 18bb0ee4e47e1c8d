/* The parameters of run.start, out of the options that `run` and `start` share. */
#ifndef CTL_SESSION_REQUEST_H
#define CTL_SESSION_REQUEST_H

#include <jansson.h>

#include "ctl.h"

#define REQUEST_OPTIONS                                                                            \
    {"seed", 0, "TEXT", "seed of everything random in the run"},                                   \
        {"set", 0, "KEY=VALUE", "one option of the engine, like budget.max_tokens=50000"},         \
        {"option", 0, "JSON", "options of the engine as a JSON object"},                           \
        {"limits", 0, "JSON", "limits of the process, like {\"deadline_ms\": 60000}"},             \
        {"input", 0, "JSON", "any JSON as the task, in place of a question"},                      \
        {"run-id", 0, "ID", "the run's id (default: the daemon makes one)"},                       \
        {"key", 0, "KEY", "started once in 24 hours with it, however often it is asked for"},      \
        {"label", 0, "KEY=VALUE", "a label of the run; may be repeated"},                          \
    {                                                                                              \
        "shutdown", 0, "MS", "grace of a terminate: milliseconds, infinity or brutal_kill"         \
    }

/* Operand RUN_ID, the options above and --matching, on top of the engine's options of the old run
 * (or NULL). */
int request_resume_params(const struct ctl *ctl, const json_t *options, json_t **ret);

/* Operands COUNCIL [QUESTION | -] and the options above: 0 with *ret, or the exit status after
 * having told what is wrong. */
int request_params(const struct ctl *ctl, json_t **ret);

/* A shutdown value: a number if it is one, else the word. The daemon checks it. */
json_t *request_shutdown(const char *text);

#endif
