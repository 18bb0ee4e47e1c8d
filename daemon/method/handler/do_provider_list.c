#include "daemon/method/desk/desk.h"
#include "daemon/settings/provider_rows.h"
#include "daemon/settings/resources.h"
#include "handlers.h"

int do_provider_list(struct call *call)
{
    struct desk *desk = call_desk(call);
    json_t *list = provider_list(desk->core->resources->providers, desk->core->keys,
                                 desk->core->config->providers);
    return call_reply(call, list ? json_pack("{s:o}", "providers", list) : NULL);
}
