#include "wiped_libraries.h"

#include <jansson.h>
#include <openssl/crypto.h>
#include <stdlib.h>

#include "common/wiping.h"
#include "common/xalloc.h"

static void *crypto_malloc(size_t size, const char *file, int line)
{
    (void)file, (void)line;
    return malloc(size);
}

static void *crypto_realloc(void *p, size_t size, const char *file, int line)
{
    (void)file, (void)line;
    return wiping_realloc(p, size);
}

static void crypto_free(void *p, const char *file, int line)
{
    (void)file, (void)line;
    wiping_free(p);
}

bool wiped_libraries(void)
{
    json_set_alloc_funcs(xmalloc, wiping_free);
    return CRYPTO_set_mem_functions(crypto_malloc, crypto_realloc, crypto_free) == 1;
}
