#include "auto_doc.h"

#include "common/jx.h"

bool auto_is(const json_t *doc)
{
    return j_get(doc, "strategy") != NULL;
}
