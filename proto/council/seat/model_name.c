#include "model_name.h"

#include <stdint.h>
#include <string.h>

#define ALNUM "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789"

static bool made_of(const char *text, size_t len, const char *first, const char *rest)
{
    if (len == 0 || !strchr(first, *text))
        return false;
    for (size_t i = 1; i < len; i++)
        if (!strchr(rest, text[i]))
            return false;
    return true;
}

static bool fits_all(const char *name, const json_t *config)
{
    (void)name;
    (void)config;
    return true;
}

/* Goes into the body as it is. */
static bool fits_body(const char *name, const json_t *config)
{
    (void)config;
    return made_of(name, strlen(name), ALNUM "@/~", ALNUM "._:/@+~-");
}

/* One segment of a path. */
static bool fits_segment(const char *name, size_t len)
{
    return made_of(name, len, ALNUM, ALNUM "._@-");
}

static const char *behind(const char *name, const char *prefix)
{
    size_t len = strlen(prefix);
    return strncmp(name, prefix, len) ? NULL : name + len;
}

/* A model, or one of the collections that the provider has. */
static bool fits_gemini(const char *name, const json_t *config)
{
    (void)config;
    static const char *const COLLECTIONS[] = {"models/", "tunedModels/", "endpoints/"};
    const char *rest = behind(name, "publishers/");
    if (rest) {
        const char *slash = strchr(rest, '/');
        if (!slash || !fits_segment(rest, (size_t)(slash - rest)))
            return false;
        rest = behind(slash, "/models/");
        return rest && fits_segment(rest, strlen(rest));
    }
    for (size_t i = 0; !rest && i < sizeof(COLLECTIONS) / sizeof(*COLLECTIONS); i++)
        rest = behind(name, COLLECTIONS[i]);
    name = rest ? rest : name;
    return fits_segment(name, strlen(name));
}

/* A deployment of Azure stands in the path. */
static bool is_azure(const json_t *config)
{
    return json_is_string(json_object_get(config, "api_version"));
}

static bool fits_openai(const char *name, const json_t *config)
{
    if (is_azure(config))
        return fits_segment(name, strlen(name)) && !strchr(name, '@');
    return fits_body(name, config);
}

static const char *body_rule(const json_t *config)
{
    (void)config;
    return "a name of letters, digits, \".\", \"_\", \":\", \"/\", \"@\", \"+\", \"~\" and \"-\"";
}

static const char *gemini_rule(const json_t *config)
{
    (void)config;
    return "a name of letters, digits, \".\", \"_\", \"@\" and \"-\", alone or behind models/, "
           "tunedModels/, endpoints/ or publishers/NAME/models/";
}

static const char *openai_rule(const json_t *config)
{
    if (is_azure(config))
        return "a deployment's name of letters, digits, \".\", \"_\" and \"-\"";
    return body_rule(config);
}

struct name_rule {
    bool (*fits)(const char *name, const json_t *config);
    const char *(*text)(const json_t *config);
    size_t max_bytes;
};

static const struct name_rule MOCK = {fits_all, body_rule, SIZE_MAX};
static const struct name_rule OPENAI = {fits_openai, openai_rule, MODEL_NAME_BYTES};
static const struct name_rule OPENAI_RESPONSES = {fits_body, body_rule, MODEL_NAME_BYTES};
static const struct name_rule ANTHROPIC = {fits_body, body_rule, MODEL_NAME_BYTES};
static const struct name_rule GEMINI = {fits_gemini, gemini_rule, MODEL_NAME_BYTES};
static const struct name_rule OPENROUTER = {fits_body, body_rule, MODEL_NAME_BYTES};
static const struct name_rule OLLAMA = {fits_body, body_rule, MODEL_NAME_BYTES};

#define ROW(ID, ...) [FORMAT_##ID] = &ID,
static const struct name_rule *const RULES[FORMAT_COUNT] = {FORMAT_ROWS(ROW)};
#undef ROW

bool model_name_fits(enum format_id format, const json_t *config, const char *name)
{
    return strlen(name) <= RULES[format]->max_bytes && RULES[format]->fits(name, config);
}

const char *model_name_rule(enum format_id format, const json_t *config)
{
    return RULES[format]->text(config);
}
