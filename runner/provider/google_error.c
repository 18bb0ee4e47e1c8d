#include "google_error.h"

#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/jx.h"

/* "12s" or "1.5s"; -1: it is no such text. */
static int64_t delay_ms(const char *text)
{
    char *end;
    double seconds = strtod(text, &end);
    return end != text && *end == 's' && seconds >= 0 && seconds < 1e6 ? (int64_t)(seconds * 1000)
                                                                       : -1;
}

static bool lasts(json_t *violation)
{
    return strcasestr(j_str(violation, "quotaId", ""), "PerDay") ||
           j_has(violation, "quotaValue", "0");
}

/* Its status is that of a bad request. */
static bool key_is_refused(json_t *detail)
{
    static const char *const REASONS[] = {"API_KEY_INVALID", "ACCESS_TOKEN_EXPIRED"};
    for (size_t i = 0; i < ARRAY_LEN(REASONS); i++)
        if (j_has(detail, "reason", REASONS[i]))
            return true;
    return false;
}

void google_error_read(json_t *error, struct reply_fault *fault)
{
    json_t *detail, *violation;
    size_t i, k;
    bool any = false, permanent = false;
    int64_t wait = -1;
    json_array_foreach (json_object_get(error, "details"), i, detail) {
        int64_t said = delay_ms(j_str(detail, "retryDelay", ""));
        wait = said >= 0 ? said : wait;
        if (key_is_refused(detail))
            reply_fault_set(fault, "permanent", "auth", NULL);
        json_array_foreach (json_object_get(detail, "violations"), k, violation) {
            any = true;
            permanent |= lasts(violation);
        }
    }
    fault->retry_after_ms = wait >= 0 ? wait : fault->retry_after_ms;
    if (!j_has(error, "status", "RESOURCE_EXHAUSTED") || (!any && wait < 0))
        return;
    if (permanent)
        reply_fault_set(fault, "permanent", "quota_exhausted", NULL);
    else
        reply_fault_set(fault, "", "", NULL); /* as the status has it */
}
