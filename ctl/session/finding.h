/* Finding runs again: the options that `history` and `ps` share, as parameters of run.list. */
#ifndef CTL_SESSION_FINDING_H
#define CTL_SESSION_FINDING_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/clock.h"
#include "ctl.h"

#define FINDING_OPTIONS                                                                            \
    {"grep", 0, "TEXT", "runs with this in their question only"},                                  \
        {"label", 0, "NAME=VALUE", "runs with this label only; may be repeated"},                  \
    {                                                                                              \
        "since", 0, "WHEN", "runs started since: 30m, 2h, 3d, 1w, 2026-11-22, or a time"           \
    }

bool finding_is_asked(const struct ctl *ctl); /* any of them was given */
/* Adds them: 0, or the exit status after having told what is wrong. */
int finding_params(const struct ctl *ctl, json_t *params);
/* What such a word means, as the daemon wants it: 30m and the like before now, a date from its
 * beginning in UTC; else the word itself. ret has CLOCK_RFC3339_SIZE bytes; -EINVAL: too long. */
int finding_time(const char *word, int64_t now_ms, char *ret);

#endif
