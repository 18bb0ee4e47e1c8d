/* What is freed is looked through for a secret, by a wrap of free() that the Makefile asks for. Set
 * `secret` and look at `freed_with_it`. Taken in behind cmocka.h, by one source of a test. */
#ifndef TESTS_UNIT_FREED_H
#define TESTS_UNIT_FREED_H

#include <malloc.h>
#include <string.h>

static const char *secret;
static int freed_with_it;

void __real_free(void *p);
void __wrap_free(void *p);

void __wrap_free(void *p)
{
    if (p && secret && memmem(p, malloc_usable_size(p), secret, strlen(secret)))
        freed_with_it++;
    __real_free(p);
}

#endif
