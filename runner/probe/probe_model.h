/* What a probe says of one model: its rows in the sheet, from the calls that were made to it. */
#ifndef RUNNER_PROBE_PROBE_MODEL_H
#define RUNNER_PROBE_PROBE_MODEL_H

#include "probe_sheet.h"

void sheet_add_model(struct sheet *s, const struct probe_target *t);

#endif
