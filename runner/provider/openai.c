/* OpenAI chat completions, and every server that speaks the same format. */
#include "common/cleanup.h"
#include "common/jx.h"
#include "common/xalloc.h"
#include "embeddings.h"
#include "error_body.h"
#include "openai_parts.h"
#include "openai_reply.h"

/* Azure has its own paths, with a version behind them, and its own header for the key. NULL: it is
 * not Azure. */
static const char *azure_version(const struct provider_config *config)
{
    return j_str(config->doc, "api_version", NULL);
}

static void sign(struct provider_request *r, const struct provider_config *config)
{
    if (!azure_version(config))
        provider_sign_bearer(r, config);
    else if (config->key)
        provider_add_header(r, "api-key", config->key);
}

static void set_models_url(struct provider_request *r, const struct provider_config *config)
{
    const char *version = azure_version(config);
    _cleanup_free_ char *azure =
        version ? xasprintf("/openai/models?api-version=%s", version) : NULL;
    provider_set_url(r, config, azure ? "" : provider_openai.base_url, azure ? azure : "/models");
}

/* what: of the two that a deployment at Azure offers. */
static void set_url(struct provider_request *r, const struct provider_config *config,
                    const char *model, const char *what)
{
    const char *version = azure_version(config);
    _cleanup_free_ char *name = provider_escape(model);
    _cleanup_free_ char *path =
        version ? xasprintf("/openai/deployments/%s%s?api-version=%s", name, what, version)
                : xstrdup(what);
    provider_set_url(r, config, version ? "" : provider_openai.base_url, path);
}

static int build(const struct provider_config *config, const struct provider_ask *ask,
                 struct provider_request *ret, struct error *err)
{
    (void)err;
    set_url(ret, config, ask->model, ask->embed ? "/embeddings" : "/chat/completions");
    provider_add_headers(ret, &provider_openai, config, ask->stream);
    provider_set_body(ret, ask->embed ? embeddings_body(ask)
                                      : openai_body(&provider_openai, config, ask));
    return 0;
}

const struct provider provider_openai = {
    .id = FORMAT_OPENAI,
    .embeds = true,
    .needs_key = true,
    .base_url = "https://api.openai.com/v1",
    .models = {.items = "data", .id = "id", .set_url = set_models_url},
    .sign = sign,
    .build = build,
    .event = openai_event,
    .whole = openai_whole,
    .error = error_body_parse,
};
