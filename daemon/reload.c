#include "reload.h"

#include <errno.h>

#include "common/log.h"
#include "daemon/os/lock.h"
#include "daemon/records/keeper.h"
#include "daemon/runner/spare.h"
#include "daemon/settings/config_load.h"
#include "daemon/settings/keys.h"
#include "daemon/settings/people.h"
#include "daemon/settings/resources.h"
#include "daemon/watch/tenant_watch.h"
#include "front.h"
#include "parts.h"

static void forget_keys(struct server *s, struct keys *keys)
{
    if (keys && keys_save_variables(s->keys, keys) < 0)
        log_error("a key that was read from a variable is lost: no memory");
    keys_free(keys);
}

static void take_keys(struct server *s, struct keys *keys)
{
    keys_free(s->keys);
    s->core.keys = s->keys = keys;
}

static int load(struct server *s, struct error *err)
{
    struct config *config = NULL;
    struct resources *resources = NULL;
    struct keys *keys = NULL;
    int r = config_reload(s->config, &config, err);
    if (r == 0 && keys_copy(s->keys, &keys) < 0)
        r = error_errno(err, ENOMEM, "cannot read the keys");
    if (r == 0)
        r = resources_load(config, keys, &resources, err);
    if (r == 0 && !s->activated &&
        people_folder_mode(config->people) != people_folder_mode(s->config->people))
        r = lock_socket_directory(config->socket, people_folder_mode(config->people),
                                  config->access_gid, err);
    if (r < 0) {
        resources_free(resources);
        config_free(config);
        forget_keys(s, keys);
        return r;
    }
    take_keys(s, keys);
    config_free(s->config);
    resources_free(s->resources);
    s->core.config = s->config = config;
    s->core.resources = s->resources = resources;
    return 0;
}

int reload_root(void *server, struct error *err)
{
    return reload(server, err);
}

int reload(struct server *s, struct error *err)
{
    notify_reloading(&s->core.notify);
    int r = load(s, err);
    if (r < 0) {
        char status[sizeof(err->text) + 32];
        snprintf(status, sizeof(status), "reload failed: %s", err->text);
        notify_ready(&s->core.notify, status);
        return r;
    }
    log_set_level(s->config->log_level);
    front_reload(s);
    keeper_set_policy(s->keeper, &s->config->retention);
    spares_retire(s->spares);
    tenant_reloaded(&s->watchers);
    log_notice("reloaded");
    notify_ready(&s->core.notify, "reloaded");
    return 0;
}
