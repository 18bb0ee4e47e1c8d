/* The lines of a recorded journal, one value each. */
#ifndef TESTS_UNIT_DELIBERATION_JOURNAL_LINES_H
#define TESTS_UNIT_DELIBERATION_JOURNAL_LINES_H

#include "drive.h"

static inline json_t *read_lines(const char *path)
{
    json_t *lines = json_array();
    char *line = NULL;
    size_t size = 0;
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (getline(&line, &size, file) > 0)
        assert_int_equal(json_array_append_new(lines, parse_json(line)), 0);
    free(line);
    fclose(file);
    return lines;
}

#endif
