#include "refs.h"

#include <errno.h>
#include <stdbool.h>

static struct ref *find(const struct refs *all, const char *text)
{
    struct ref *ref = NULL;
    HASH_FIND_STR(all->by_text, text, ref);
    return ref;
}

int refs_invent(const struct refs *all, char ret[RUNID_GENERATED_LEN + 1])
{
    int r;
    do {
        r = ref_generate(ret);
    } while (r == 0 && find(all, ret));
    return r;
}

int refs_add(struct refs *all, struct ref *ref, enum ref_kind kind)
{
    int r = refs_invent(all, ref->text);
    if (r < 0)
        return r;
    ref->kind = kind;
    HASH_ADD_STR(all->by_text, text, ref);
    return ref->hh.tbl ? 0 : -ENOMEM;
}

void refs_remove(struct refs *all, struct ref *ref)
{
    HASH_DEL(all->by_text, ref);
}

struct ref *refs_find(const struct refs *all, const char *text, enum ref_kind kind)
{
    struct ref *ref = find(all, text);
    return ref && ref->kind == kind ? ref : NULL;
}
