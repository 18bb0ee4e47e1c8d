/* provider.*: what is configured. */
#include "method.h"
#include "provider_list.h"
#include "resources.h"
#include "server.h"

int method_provider_list(struct call *call)
{
    struct server *s = call->server;
    json_t *list = provider_list(s->resources->providers, s->keys, s->config->providers);
    return call_reply(call, list ? json_pack("{s:o}", "providers", list) : NULL);
}
