#include "auto_doc.h"

#include "common/jx.h"

bool auto_is(const json_t *doc)
{
    return j_get(doc, "strategy") != NULL;
}

json_t *auto_host(const json_t *doc)
{
    json_t *o = j_object();
    j_ref(o, "id", j_get(doc, "id"));
    j_ref(o, "name", j_get(doc, "name"));
    j_set(o, "members", j_array());
    j_set(o, "rounds", j_array());
    j_ref(o, "budget", j_get(doc, "budget"));
    return o;
}
