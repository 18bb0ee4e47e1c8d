#include "record_line.h"

#include <errno.h>
#include <string.h>

#include "common/cleanup.h"

static const char *const NAMES[] = {
    [RECORD_LINE_SPEC] = "spec",
    [RECORD_LINE_RESULT] = "result",
    [RECORD_LINE_DOWN] = "down",
};

const char *record_line_name(enum record_line line)
{
    return NAMES[line];
}

int record_line_find(const char *type)
{
    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++)
        if (!strcmp(type, NAMES[i]))
            return (int)i;
    return -EINVAL;
}
