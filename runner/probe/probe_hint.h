/* What to do about a failure that a probe has found: one sentence for each class. */
#ifndef RUNNER_PROBE_PROBE_HINT_H
#define RUNNER_PROBE_PROBE_HINT_H

/* code: of the table of error classes. A constant; "" when there is nothing to advise. */
const char *probe_hint(const char *code);

#endif
