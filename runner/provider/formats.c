#include "formats.h"

const struct provider *provider_find(const char *type)
{
#define ROW(ID, name, ...) [FORMAT_##ID] = &provider_##name,
    static const struct provider *const ALL[FORMAT_COUNT] = {FORMAT_ROWS(ROW)};
#undef ROW
    const struct format_kind *kind = format_kind_find(type);
    return kind ? ALL[kind->id] : NULL;
}
