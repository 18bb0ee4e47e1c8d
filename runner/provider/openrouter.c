/* OpenRouter: OpenAI's chat completions with headers that name the caller, and the cost of each
 * answer. Its errors and its reasoning are understood by the reader of that format. */
#include "adapters.h"
#include "common/xalloc.h"
#include "json_help.h"
#include "openai.h"

static int build(const struct provider_config *config, const struct provider_ask *ask,
                 struct provider_request *ret, struct error *err)
{
    (void)err;
    provider_set_url(ret, config, "https://openrouter.ai/api/v1", "/chat/completions");
    openai_add_headers(config, ask, ret);
    const char *site = json_help_text(config->doc, "site_url");
    const char *title = json_help_text(config->doc, "title");
    if (*site)
        provider_add_header(ret, "HTTP-Referer", site);
    provider_add_header(ret, "X-Title", *title ? title : "councild");
    json_t *body = openai_body(config, ask);
    json_object_set_new(body, "usage", xcheck(json_pack("{s:b}", "include", 1)));
    provider_set_body(ret, body);
    return 0;
}

const struct provider provider_openrouter = {
    .type = "openrouter",
    .needs_key = true,
    .build = build,
    .event = openai_event,
    .whole = openai_whole,
    .error = openai_error,
};
