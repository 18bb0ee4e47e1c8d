#include "json_help.h"

#include <string.h>

#include "common/xalloc.h"

bool json_help_is(json_t *value, const char *text)
{
    const char *s = json_string_value(value);
    return s && !strcmp(s, text);
}

const char *json_help_text(json_t *object, const char *name)
{
    const char *s = json_string_value(json_object_get(object, name));
    return s ? s : "";
}

int64_t json_help_integer(json_t *object, const char *name, int64_t otherwise)
{
    json_t *value = json_object_get(object, name);
    return json_is_integer(value) ? json_integer_value(value) : otherwise;
}

void json_help_copy_number(json_t *body, json_t *params, const char *name, const char *as)
{
    json_t *value = json_object_get(params, name);
    if (json_is_number(value))
        json_object_set(body, as, value);
}

json_t *json_help_object(json_t *text)
{
    json_t *value =
        json_is_string(text)
            ? json_loadb(json_string_value(text), json_string_length(text), JSON_ALLOW_NUL, NULL)
            : NULL;
    if (json_is_object(value))
        return value;
    json_decref(value);
    return xcheck(json_object());
}

json_t *json_help_own_message(json_t *message, const char *wire)
{
    json_t *own = json_object_get(message, "assistant");
    return json_help_is(json_object_get(own, "wire"), wire) ? json_object_get(own, "message")
                                                            : NULL;
}

char *json_help_system(json_t *messages)
{
    char *all = NULL;
    size_t i;
    json_t *message;
    json_array_foreach (messages, i, message) {
        if (!json_help_is(json_object_get(message, "role"), "system"))
            continue;
        char *longer = xasprintf("%s%s%s", all ? all : "", all ? "\n\n" : "",
                                 json_help_text(message, "content"));
        free(all);
        all = longer;
    }
    return all;
}
