/* What the tests of JSON texts share. Taken in behind cmocka.h. */
#ifndef TESTS_UNIT_PROTO_JSON_HELP_H
#define TESTS_UNIT_PROTO_JSON_HELP_H

#include <stdlib.h>
#include <string.h>

#include "proto/json/json_scan.h"

static const struct json_scan_spec PLAIN = {.max_depth = JSON_DEPTH_CLIENT};

static inline int scan_bytes(const char *text, size_t len)
{
    struct json_scan scan;
    struct error err = {.number = 0};
    /* An exact copy on the heap: reading one byte too far is seen by the sanitizer. */
    char *copy = malloc(len ? len : 1);
    memcpy(copy, text, len);
    int r = json_scan(copy, len, &PLAIN, &scan, &err);
    if (r == 0)
        json_scan_release(&scan);
    else
        assert_true(err.text[0] != '\0');
    free(copy);
    return r;
}

static inline void assert_span(struct json_span span, const char *text)
{
    assert_non_null(span.at);
    assert_int_equal(span.len, strlen(text));
    assert_memory_equal(span.at, text, span.len);
}

#endif
