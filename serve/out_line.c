#include "out_line.h"

#include <stdlib.h>
#include <string.h>

struct out_line *out_line_new(const void *head, size_t len)
{
    struct out_line *line = malloc(sizeof(*line) + len);
    if (!line)
        return NULL;
    *line = (struct out_line){.head_len = len};
    memcpy(line->head, head, len);
    return line;
}

void out_line_free(struct out_line *line)
{
    if (!line)
        return;
    blob_drop(line->tail);
    free(line);
}

void out_line_tag(struct out_line *line, size_t from, size_t len)
{
    line->tag_from = from;
    line->tag_len = len;
}

bool out_line_has_tag(const struct out_line *line, const char *tag, size_t len)
{
    return line->tag_len == len && len && !memcmp(line->head + line->tag_from, tag, len);
}

void out_line_share(struct out_line *line, struct blob *tail)
{
    line->tail = blob_hold(tail);
}

size_t out_line_len(const struct out_line *line)
{
    return line->head_len + (line->tail ? line->tail->len : 0);
}
