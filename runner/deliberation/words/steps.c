#include "steps.h"

bool steps_spend(int64_t *steps, size_t n)
{
    if (*steps >= 0)
        *steps = n <= (uint64_t)*steps ? *steps - (int64_t)n : -1;
    return *steps >= 0;
}
