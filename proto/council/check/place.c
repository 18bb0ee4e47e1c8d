#include "place.h"

#include <errno.h>
#include <stdint.h>

int place_add_key(struct buf *to, const char *key)
{
    int r = buf_add_char(to, '/');
    for (; r == 0 && *key; key++) {
        if (*key == '~')
            r = buf_add_str(to, "~0");
        else if (*key == '/')
            r = buf_add_str(to, "~1");
        else
            r = buf_add_char(to, *key);
    }
    return r;
}

/* The depth of a place is bounded by that of a document and of sub-councils. */
static int print(const struct place *at, struct buf *path, struct buf *inside)
{
    if (!at)
        return 0;
    int r = print(at->up, path, inside);
    if (r < 0)
        return r;
    struct buf *to = inside->len > 0 ? inside : path;
    switch (at->kind) {
    case PLACE_KEY:
        return place_add_key(to, at->key);
    case PLACE_INDEX:
        return buf_addf(to, "/%zu", at->index);
    case PLACE_DOCUMENT:
        return buf_addf(inside, "%s %s/%s at ", inside->len > 0 ? ", in" : "In", at->folder,
                        at->key);
    }
    return 0;
}

int place_print(const struct place *at, char **ret_path, char **ret_inside)
{
    struct buf path = BUF_INIT(SIZE_MAX / 2), inside = BUF_INIT(SIZE_MAX / 2);
    int r = print(at, &path, &inside);
    if (r == 0 && inside.len > 0) {
        if (inside.at[inside.len - 1] == ' ') /* the whole of a document: no "at" */
            buf_truncate(&inside, inside.len - 4);
        r = buf_add_str(&inside, ": ");
    }
    char *p = r == 0 ? buf_take(&path) : NULL;
    char *i = p ? buf_take(&inside) : NULL;
    buf_release(&path);
    buf_release(&inside);
    if (!i) {
        free(p);
        return -ENOMEM;
    }
    *ret_path = p;
    *ret_inside = i;
    return 0;
}
