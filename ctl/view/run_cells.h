/* What lists show of a run, as cells of a table. */
#ifndef CTL_VIEW_RUN_CELLS_H
#define CTL_VIEW_RUN_CELLS_H

#include <jansson.h>

#include "story/columns.h"

void run_cells_cost(struct table *t, const json_t *run);   /* "0.0123", "-" */
void run_cells_labels(struct table *t, const json_t *run); /* "a=b c=d", "-" */

#endif
