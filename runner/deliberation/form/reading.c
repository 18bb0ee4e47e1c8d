#include "reading.h"

#include <math.h>
#include <stdlib.h>

#include "common/jx.h"

void reading_release(struct reading *r)
{
    json_decref(r->parsed);
    json_decref(r->ballot);
    json_decref(r->flags);
    json_decref(r->errors);
    free(r->content);
    free(r->rebuttal);
    free(r->answer);
    free(r->shown);
    *r = (struct reading){.ok = false};
}

void reading_flag(struct reading *r, const char *flag)
{
    if (!j_array_has(r->flags, flag))
        j_add(r->flags, j_string(flag));
}

void reading_error(struct reading *r, const char *line)
{
    r->ok = false;
    j_add(r->errors, j_string(line));
}

double read_confidence(const json_t *value, bool *scaled)
{
    double c = json_is_number(value) ? json_number_value(value) : (double)NAN;
    if (!(c >= 0 && c <= 100))
        return (double)NAN;
    if (c <= 1)
        return c;
    if (scaled)
        *scaled = true;
    return c / 100;
}

void reading_confidence(struct reading *r, const json_t *value)
{
    bool scaled = false;
    r->confidence = read_confidence(value, &scaled);
    if (scaled)
        reading_flag(r, "confidence_scaled");
}
