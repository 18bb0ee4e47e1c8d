/* What is written down whole in tests/golden: a change of it is a change of a file, which
 * GOLDEN_WRITE=1 (make golden) writes and a reviewer reads. */
#ifndef TESTS_UNIT_GOLDEN_TEXT_H
#define TESTS_UNIT_GOLDEN_TEXT_H

#include <stdbool.h>
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

/* The text of a file, which the caller frees; NULL: it cannot be read. */
static inline char *golden_read(const char *path)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = fopen(path, "r");
    if (file && getdelim(&text, &size, '\0', file) < 0) {
        free(text);
        text = NULL;
    }
    if (file)
        fclose(file);
    return text;
}

static inline void golden_tell(const char *path, const char *old, const char *now)
{
    size_t line = 1, begin = 0, at = 0;
    for (; old[at] && old[at] == now[at]; at++) {
        line += old[at] == '\n';
        begin = old[at] == '\n' ? at + 1 : begin;
    }
    print_error("%s: line %zu differs:\n  it has  %.*s\n  now is  %.*s\n", path, line,
                (int)strcspn(old + begin, "\n"), old + begin, (int)strcspn(now + begin, "\n"),
                now + begin);
}

/* Does the text differ from the file? Then it is told where they part. A file that cannot be read
 * differs. */
static inline bool golden_differs(const char *path, const char *now)
{
    if (getenv("GOLDEN_WRITE"))
        golden_write(path, now);
    char *old = golden_read(path);
    const bool other = !old || strcmp(old, now) != 0;
    if (other)
        golden_tell(path, old ? old : "", now);
    free(old);
    return other;
}

static inline void golden_compare(const char *path, struct buf *text)
{
    if (golden_differs(path, buf_str(text)))
        fail_msg("%s: read what differs, and if it is as it should be, make golden", path);
}

#endif
