#include "wiping.h"

#include <malloc.h>
#include <stdlib.h>
#include <string.h>

void wiping_free(void *p)
{
    if (p)
        explicit_bzero(p, malloc_usable_size(p));
    free(p);
}

void *wiping_realloc(void *p, size_t size)
{
    if (!p)
        return malloc(size);
    if (size == 0) {
        wiping_free(p);
        return NULL;
    }
    const size_t had = malloc_usable_size(p);
    if (size <= had && size >= had / 2)
        return p;
    void *fresh = malloc(size);
    if (!fresh)
        return NULL;
    memcpy(fresh, p, size < had ? size : had);
    wiping_free(p);
    return fresh;
}
