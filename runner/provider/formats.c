#include "formats.h"

#include <string.h>

#include "common/cleanup.h"

const struct provider *provider_find(const char *type)
{
#define FORMAT(name) &provider_##name,
    static const struct provider *const ALL[] = {PROVIDER_FORMATS(FORMAT)};
#undef FORMAT
    for (size_t i = 0; i < ARRAY_LEN(ALL); i++)
        if (!strcmp(ALL[i]->type, type))
            return ALL[i];
    return NULL;
}
