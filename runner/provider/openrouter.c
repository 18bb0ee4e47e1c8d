/* OpenRouter: OpenAI's chat completions with headers that name the caller, and the cost of each
 * answer. Its errors and its reasoning are understood by the reader of that format. */
#include "common/jx.h"
#include "error_body.h"
#include "openai_parts.h"
#include "openai_reply.h"

static int build(const struct provider_config *config, const struct provider_ask *ask,
                 struct provider_request *ret, struct error *err)
{
    (void)err;
    const char *site = j_str(config->doc, "site_url", "");
    const char *title = j_str(config->doc, "title", "");
    provider_set_url(ret, config, provider_openrouter.base_url, "/chat/completions");
    provider_add_headers(ret, &provider_openrouter, config, ask->stream);
    if (*site)
        provider_add_header(ret, "HTTP-Referer", site);
    provider_add_header(ret, "X-Title", *title ? title : "councild");
    json_t *body = openai_body(&provider_openrouter, config, ask);
    j_set(body, "usage", j_pack("{s:b}", "include", 1));
    provider_set_body(ret, body);
    return 0;
}

const struct provider provider_openrouter = {
    .id = FORMAT_OPENROUTER,
    .needs_key = true,
    .base_url = "https://openrouter.ai/api/v1",
    .models = {.path = "/models", .items = "data", .id = "id", .public = true},
    .sign = provider_sign_bearer,
    .build = build,
    .event = openai_event,
    .whole = openai_whole,
    .error = error_body_parse,
};
