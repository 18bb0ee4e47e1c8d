#include <string.h>

#include "daemon/method/desk/desk.h"
#include "daemon/settings/resources.h"
#include "handlers.h"

int do_council_get(struct call *call)
{
    const struct council_get_params *p = call->params;
    json_t *document =
        catalogue_get(call_desk(call)->core->resources->catalogue, CATALOGUE_COUNCILS, p->name.at);
    if (!document || strlen(p->name.at) != p->name.len)
        return call_error(call, RPC_NOT_FOUND, NULL);
    return call_reply(call, json_pack("{s:s, s:O}", "name", p->name.at, "document", document));
}
