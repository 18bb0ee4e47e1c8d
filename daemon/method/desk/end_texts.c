#include "end_texts.h"

#include <errno.h>
#include <stdlib.h>

int end_texts_read(struct end_texts *t, const struct records *records, const struct record_key *key)
{
    size_t len;
    *t = (struct end_texts){0};
    int r = records_read(records, key, "down.json", END_TEXT_MAX, &t->down, &len);
    if (r == 0 || r == -ENOENT)
        r = records_read(records, key, "result.json", END_TEXT_MAX, &t->result, &len);
    return r == -ENOENT ? 0 : r;
}

void end_texts_release(struct end_texts *t)
{
    free(t->down);
    free(t->result);
}
