#include "tenant_kept.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <utlist.h>

#include "serve/blob.h"

static void drop_first(struct tenant_kept *kept)
{
    struct tenant_end *end = kept->first;
    LL_DELETE(kept->first, end);
    kept->bytes -= end->tail->len;
    blob_drop(end->tail);
    free(end);
}

int tenant_kept_add(struct tenant_kept *kept, uint64_t number, struct blob *tail,
                    const char *registry)
{
    struct tenant_end *end = calloc(1, sizeof(*end));
    if (!end)
        return -ENOMEM;
    end->number = number;
    end->tail = blob_hold(tail);
    snprintf(end->registry, sizeof(end->registry), "%s", registry);
    LL_APPEND(kept->first, end);
    kept->bytes += tail->len;
    while (kept->bytes > TENANT_KEPT_BYTES)
        drop_first(kept);
    return 0;
}

const struct tenant_end *tenant_kept_after(const struct tenant_kept *kept, uint64_t number)
{
    const struct tenant_end *end = kept->first;
    while (end && end->number <= number)
        end = end->next;
    return end;
}

void tenant_kept_drop(struct tenant_kept *kept, uint64_t number)
{
    while (kept->first && kept->first->number <= number)
        drop_first(kept);
}
