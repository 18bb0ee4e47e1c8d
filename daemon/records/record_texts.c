#include "record_texts.h"

#include <stdlib.h>

void record_end_texts_release(struct record_end_texts *t)
{
    free(t->down);
    free(t->result);
    *t = (struct record_end_texts){0};
}
