#include "resources.h"

#include <errno.h>
#include <limits.h>
#include <stdlib.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "json_file.h"
#include "proto/council/reliability.h"
#include "proto/council/seat/model_family.h"
#include "tool_credentials.h"

enum { TABLE_MAX = 16 * 1024 * 1024, RELIABILITY_MAX = 16 * 1024 * 1024 };

static int load_catalogue(const struct config *config, struct resources *r, struct error *err)
{
    const char *directories[] = {config->catalogue_dir, config->system_catalogue_dir};
    int result = catalogue_load(directories, ARRAY_LEN(directories), &r->catalogue, err);
    if (result < 0)
        return result;
    const struct catalogue_fault *fault;
    for (size_t i = 0; (fault = catalogue_fault(r->catalogue, i)); i++)
        log_warning("a document of the catalogue cannot be used", LOG_S("file", fault->file),
                    LOG_S("code", fault->code), LOG_S("error", fault->message));
    return 0;
}

/* The object in a file; 0 with NULL where there is none and none was named. */
static int load_object(const char *path, bool named, json_t **ret, struct error *err)
{
    int r = path ? json_file_read(path, TABLE_MAX, ret, err) : -ENOENT;
    if (r == -ENOENT && !named)
        return 0;
    if (r < 0)
        return r;
    return json_is_object(*ret) ? 0 : error_set(err, EINVAL, "%s: not an object", path);
}

static int load_prices(const struct config *config, struct resources *r, struct error *err)
{
    int result = load_object(config->prices, config->prices_set, &r->prices, err);
    if (result == 0 && !r->prices)
        r->prices = json_object();
    return result < 0 || r->prices ? result : -ENOMEM;
}

static int check_models(const struct config *config, json_t *document, struct error *err)
{
    int r = model_families_check(document, err);
    if (r == -EINVAL)
        error_wrap(err, "models: %s", config->models);
    if (r == 0)
        log_info("families of models", LOG_S("file", config->models),
                 LOG_S("date", json_string_value(json_object_get(document, "date"))));
    return r;
}

static int load_models(const struct config *config, struct resources *r, struct error *err)
{
    json_t *document = NULL;
    int result = load_object(config->models, config->models_set, &document, err);
    if (result == 0 && document)
        result = check_models(config, document, err);
    else if (result == 0)
        log_debug("no families of models are known", LOG_S("file", config->models));
    json_t *rows = json_object_get(document, "families");
    r->families = rows ? json_incref(rows) : json_array();
    json_decref(document);
    return result < 0 || r->families ? result : -ENOMEM;
}

/* The reliability store lies in the catalogue that is searched first; most operators have none. */
static int load_reliability(const struct config *config, struct resources *r, struct error *err)
{
    char path[PATH_MAX];
    snprintf(path, sizeof(path), "%s/reliability.json", config->catalogue_dir);
    int result = json_file_read(path, RELIABILITY_MAX, &r->reliability, err);
    if (result == -ENOENT || result == -ENOTDIR)
        return 0;
    if (result < 0)
        return result;
    return reliability_check(r->reliability, err) < 0 ? error_wrap(err, "%s", path) : 0;
}

int resources_load(const struct config *config, struct keys *keys, struct resources **ret,
                   struct error *err)
{
    struct resources *r = calloc(1, sizeof(*r));
    if (!r)
        return error_errno(err, ENOMEM, "cannot load the catalogue");
    int result = load_catalogue(config, r, err);
    if (result == 0)
        result = load_prices(config, r, err);
    if (result == 0)
        result = load_models(config, r, err);
    if (result == 0)
        result = load_reliability(config, r, err);
    if (result == 0)
        result = providers_new(config->providers, &r->providers, err);
    if (result == 0)
        result = keys_look_in(keys, config->credentials_dir);
    if (result == 0)
        result = providers_load_keys(r->providers, keys, err);
    if (result == 0)
        result = tool_credentials_load(r->catalogue, keys, err);
    if (result == 0) {
        struct council_context context;
        resources_context(r, config, &context);
        result = council_check_configuration(&context, err);
    }
    if (result == -ENOMEM)
        error_errno(err, ENOMEM, "cannot load the catalogue");
    if (result < 0) {
        resources_free(r);
        return result;
    }
    *ret = r;
    return 0;
}

void resources_free(struct resources *r)
{
    if (!r)
        return;
    catalogue_free(r->catalogue);
    providers_free(r->providers);
    json_decref(r->prices);
    json_decref(r->families);
    json_decref(r->reliability);
    free(r);
}

void resources_context(const struct resources *r, const struct config *config,
                       struct council_context *ret)
{
    *ret = (struct council_context){
        .catalogue = r->catalogue,
        .providers = providers_document(r->providers),
        .prices = r->prices,
        .reliability = r->reliability,
        .defaults = config->defaults,
        .budget = config->budget,
        .allow_options = config->allow_options,
        .max_planned_calls = config->max_planned_calls,
        .max_parallel = config->max_parallel,
    };
}
