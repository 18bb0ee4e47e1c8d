#include "unknown.h"

#include <unistd.h>

enum { EXIT_INTERNAL = 70 };

void kind_unknown(const char *what, const char *name)
{
    dprintf(STDERR_FILENO, "internal error: there is no %s \"%s\"\n", what, name ? name : "");
    _exit(EXIT_INTERNAL);
}
