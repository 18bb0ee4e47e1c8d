#include "daemon/method/desk/desk.h"
#include "daemon/settings/resources.h"
#include "handlers.h"

int do_council_list(struct call *call)
{
    json_t *list = catalogue_list(call_desk(call)->core->resources->catalogue, CATALOGUE_COUNCILS);
    return call_reply(call, list ? json_pack("{s:o}", "councils", list) : NULL);
}
