#include "pointer.h"

#include <stdlib.h>

#include "strbuf.h"

/* The key of the next step of a pointer; *at moves behind it. */
static char *pointer_key(const char **at)
{
    struct strbuf key = STRBUF_INIT;
    for (++*at; **at && **at != '/'; ++*at) {
        if ((*at)[0] == '~' && ((*at)[1] == '0' || (*at)[1] == '1'))
            strbuf_str(&key, *++*at == '0' ? "~" : "/");
        else
            strbuf_add(&key, *at, 1);
    }
    return strbuf_take(&key);
}

json_t *json_pointed(json_t *value, const char *pointer)
{
    while (value && *pointer == '/') {
        char *key = pointer_key(&pointer), *end;
        if (json_is_array(value)) {
            unsigned long i = strtoul(key, &end, 10);
            value = *key && !*end ? json_array_get(value, i) : NULL;
        } else {
            value = json_object_get(value, key);
        }
        free(key);
    }
    return value;
}
