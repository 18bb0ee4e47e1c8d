#include "messages.h"

#include <stdlib.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "foreign_json.h"

json_t *message_own(json_t *message, const struct provider *p)
{
    json_t *own = json_object_get(message, "assistant");
    return j_has(own, "wire", provider_type_name(p)) ? json_object_get(own, "message") : NULL;
}

json_t *message_args(json_t *call)
{
    json_t *text = json_object_get(call, "args_raw");
    json_t *value = json_is_string(text)
                        ? foreign_json(json_string_value(text), json_string_length(text))
                        : NULL;
    if (json_is_object(value))
        return value;
    json_decref(value);
    return j_object();
}

char *messages_system(json_t *messages)
{
    char *all = NULL;
    size_t i;
    json_t *message;
    json_array_foreach (messages, i, message) {
        if (!j_has(message, "role", "system"))
            continue;
        char *longer =
            xasprintf("%s%s%s", all ? all : "", all ? "\n\n" : "", j_str(message, "content", ""));
        free(all);
        all = longer;
    }
    return all;
}
