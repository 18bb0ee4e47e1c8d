#include "exit_status.h"

#include <string.h>

#include "common/cleanup.h"

enum exit_status exit_status_of_outcome(const char *outcome)
{
    static const struct {
        const char *outcome;
        enum exit_status status;
    } table[] = {
        {"complete", EXIT_COMPLETE}, {"degraded", EXIT_DEGRADED},   {"refused", EXIT_REFUSED},
        {"failed", EXIT_FAILED},     {"cancelled", EXIT_CANCELLED},
    };
    for (size_t i = 0; outcome && i < ARRAY_LEN(table); i++)
        if (!strcmp(outcome, table[i].outcome))
            return table[i].status;
    return EXIT_DIED;
}
