/* The rows of a probe as they are written, and what can be read from the calls it made. Private to
 * probe_sheet.c, probe_rows.c and probe_model.c. */
#ifndef RUNNER_PROBE_PROBE_SHEET_H
#define RUNNER_PROBE_PROBE_SHEET_H

#include "probe_state.h"

#define PROBE_OK      "ok"
#define PROBE_FAILED  "failed"
#define PROBE_SKIPPED "skipped"

struct sheet {
    json_t *rows;
    const char *provider, *model; /* model NULL: of the provider as a whole */
};

/* Adds a row; the detail is cut to what a table can show. */
void sheet_add(struct sheet *s, const char *check, const char *status, const char *hint,
               const char *format, ...) __attribute__((format(printf, 5, 6)));
/* The failure of a call, in its own words. */
void sheet_add_failure(struct sheet *s, const char *check, const struct probe_call *c);

json_t *probe_call_error(const struct probe_call *c);     /* NULL: it did not fail */
const char *probe_call_code(const struct probe_call *c);  /* its class, "" without a failure */
const char *probe_call_words(const struct probe_call *c); /* and its message */
bool probe_call_failed_as(const struct probe_call *c, const char *code);
bool probe_call_answered(const struct probe_call *c);

#endif
