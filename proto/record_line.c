#include "record_line.h"

static const char *const NAMES[] = {
    [RECORD_LINE_SPEC] = "spec",
    [RECORD_LINE_RESULT] = "result",
    [RECORD_LINE_DOWN] = "down",
};

const char *record_line_name(enum record_line line)
{
    return NAMES[line];
}
