#include "addresses.h"

#include <errno.h>

#include "common/address_range.h"
#include "common/cleanup.h"
#include "proto/json/json_make.h"

int addresses_check(const json_t *list, const char *key, struct error *err)
{
    struct address_range range;
    json_t *one;
    size_t i;
    json_array_foreach ((json_t *)list, i, one)
        if (!json_is_string(one) || address_range_parse(json_string_value(one), &range) < 0)
            return error_set(err, EINVAL,
                             "%s: entry %zu must be an IP address or a range of them, such as "
                             "10.0.0.0/8",
                             key, i);
    return 0;
}

json_t *addresses_denied_by_default(void)
{
    static const char *const DENIED[] = {
        "169.254.0.0/16",   "fe80::/10",       /* link-local, and most clouds' metadata */
        "fd00:ec2::/32",    "100.100.100.200", /* Amazon's by IPv6, Alibaba's */
        "168.63.129.16/32", "fd20:ce::254/128" /* Azure's, Google's by IPv6 */
    };
    json_t *list = json_array();
    bool ok = list;
    for (size_t i = 0; ok && i < ARRAY_LEN(DENIED); i++)
        ok = json_append(list, json_string(DENIED[i]));
    return json_done(list, ok);
}
