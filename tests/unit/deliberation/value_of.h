/* A value from a test's own text, which the caller frees. Taken in behind cmocka.h. */
#ifndef TESTS_UNIT_DELIBERATION_VALUE_OF_H
#define TESTS_UNIT_DELIBERATION_VALUE_OF_H

#include <jansson.h>

static inline json_t *value_of(const char *text)
{
    json_t *value = json_loads(text, JSON_DECODE_ANY, NULL);
    if (!value)
        fail_msg("the test's JSON: %s", text);
    return value;
}

#endif
