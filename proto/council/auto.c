#include "auto.h"

#include "features.h"
#include "shape.h"

json_t *auto_build(struct resolver *r, const json_t *council)
{
    struct place at = PLACE_AT_KEY(NULL, "auto");
    (void)council;
    r_fault(r, &at, "unknown_council", "This version does not choose councils by itself.");
    return NULL;
}
