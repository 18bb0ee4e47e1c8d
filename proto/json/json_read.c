#include "json_read.h"

#include <errno.h>
#include <string.h>

#include "json_scan.h"
#include "json_tree.h"

/* A scan lets it stand in a value; here it is a fault. */
static const char ESCAPED_NUL[] = "\\u0000";

/* 1; 0 for what is not, or may not be; -ENOMEM. */
static int is_good(const char *text, size_t len)
{
    static const struct json_scan_spec SPEC = {.max_depth = JSON_DEPTH_MAX};
    struct json_scan scan;
    int r = json_scan(text, len, &SPEC, &scan, NULL);
    if (r < 0)
        return r == -ENOMEM ? r : 0;
    bool is_container = scan.type == JSON_OBJECT || scan.type == JSON_ARRAY;
    json_scan_release(&scan);
    return is_container && !memmem(text, len, ESCAPED_NUL, strlen(ESCAPED_NUL));
}

int json_read(const char *text, size_t len, json_t **ret, json_error_t *ret_fault)
{
    int r = is_good(text, len);
    if (r < 0)
        return r;
    if (r > 0)
        return json_span_load((struct json_span){text, len}, ret);
    json_t *tree = json_loadb(text, len, JSON_REJECT_DUPLICATES, ret_fault);
    if (tree)
        *ret = tree;
    return tree ? 0 : *ret_fault->text ? -EINVAL : -ENOMEM;
}
