/* What is written down whole in tests/golden: a change of it is a change of a file, which
 * GOLDEN_WRITE=1 (make golden) writes and a reviewer reads. */
#ifndef TESTS_UNIT_GOLDEN_TEXT_H
#define TESTS_UNIT_GOLDEN_TEXT_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/buf.h"

static inline void golden_write(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

/* Compares the text with the file, and says where they part. */
static inline void golden_compare(const char *path, struct buf *text)
{
    char *old = NULL;
    size_t size = 0, line = 1, begin = 0, at = 0;
    const char *now = buf_str(text);
    if (getenv("GOLDEN_WRITE"))
        golden_write(path, now);
    FILE *file = fopen(path, "r");
    if (!file || getdelim(&old, &size, '\0', file) < 0)
        fail_msg("%s cannot be read: make golden", path);
    fclose(file);
    for (; old[at] && old[at] == now[at]; at++) {
        line += old[at] == '\n';
        begin = old[at] == '\n' ? at + 1 : begin;
    }
    if (old[at] != now[at])
        fail_msg("%s: line %zu differs:\n  it has  %.*s\n  now is  %.*s", path, line,
                 (int)strcspn(old + begin, "\n"), old + begin, (int)strcspn(now + begin, "\n"),
                 now + begin);
    free(old);
}

#endif
