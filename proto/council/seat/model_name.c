#include "model_name.h"

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

/* Goes into the body as it is. */
static bool fits_body(const char *name)
{
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
static bool fits_gemini(const char *name)
{
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

static bool is_azure(enum format_id format, const json_t *config)
{
    return format == FORMAT_OPENAI && json_is_string(json_object_get(config, "api_version"));
}

bool model_name_fits(enum format_id format, const json_t *config, const char *name)
{
    if (format == FORMAT_MOCK)
        return true;
    if (strlen(name) > MODEL_NAME_BYTES)
        return false;
    if (format == FORMAT_GEMINI)
        return fits_gemini(name);
    if (is_azure(format, config))
        return fits_segment(name, strlen(name)) && !strchr(name, '@');
    return fits_body(name);
}

const char *model_name_rule(enum format_id format, const json_t *config)
{
    if (format == FORMAT_GEMINI)
        return "a name of letters, digits, \".\", \"_\", \"@\" and \"-\", alone or behind models/, "
               "tunedModels/, endpoints/ or publishers/NAME/models/";
    if (is_azure(format, config))
        return "a deployment's name of letters, digits, \".\", \"_\" and \"-\"";
    return "a name of letters, digits, \".\", \"_\", \":\", \"/\", \"@\", \"+\", \"~\" and \"-\"";
}
