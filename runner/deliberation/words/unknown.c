#include "unknown.h"

#include <unistd.h>

enum { EXIT_INTERNAL = 70 };

void kind_unknown(const char *what, const char *name)
{
    dprintf(STDERR_FILENO, "internal error: there is no %s \"%s\"\n", what, name ? name : "");
    _exit(EXIT_INTERNAL);
}

void key_unknown(const char *what, const json_t *object)
{
    kind_unknown(what, json_object_iter_key(json_object_iter((json_t *)object)));
}

void member_missing(const char *key)
{
    dprintf(STDERR_FILENO, "internal error: the resolved document has no fitting \"%s\"\n", key);
    _exit(EXIT_INTERNAL);
}
