#include "families.h"

#include <ctype.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"

/* As of November 2026. */
static const struct model_family FAMILIES[] = {
    {.prefix = "o", .major = 1, .reasons = true, .counts_all = true, .samples = true},
    {.prefix = "gpt-", .major = 5, .reasons = true, .counts_all = true, .samples = true},
    {.prefix = "claude-opus-", .major = 4, .minor = 7},
    {.prefix = "claude-sonnet-", .major = 5},
    {.prefix = "claude-haiku-", .major = 5},
};
static const struct model_family OTHERS = {.prefix = "", .samples = true};

/* A number where the name goes on; -1: there is none. What is longer is a date, or no version as
 * Azure's gpt-35. */
static int version_part(const char **at)
{
    enum { LARGEST = 30 };
    char *end;
    long n = isdigit((unsigned char)**at) ? strtol(*at, &end, 10) : -1;
    if (n < 0 || n > LARGEST)
        return -1;
    *at = end;
    return (int)n;
}

static bool is_of(const struct model_family *f, const char *name)
{
    size_t len = strlen(f->prefix);
    if (strncmp(name, f->prefix, len) != 0)
        return false;
    const char *at = name + len;
    int major = version_part(&at), minor = -1;
    if (major < 0 || !strchr(".-", *at)) /* its end is in there too */
        return false;
    if (*at)
        at++, minor = version_part(&at);
    return major > f->major || (major == f->major && (minor < 0 ? 0 : minor) >= f->minor);
}

const struct model_family *model_family(const char *model)
{
    const char *slash = strrchr(model, '/');
    for (size_t i = 0; i < ARRAY_LEN(FAMILIES); i++)
        if (is_of(&FAMILIES[i], slash ? slash + 1 : model))
            return &FAMILIES[i];
    return &OTHERS;
}
