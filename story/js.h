/* Looking into JSON that came from elsewhere: members that are missing or of another type are
 * simply not there. */
#ifndef STORY_JS_H
#define STORY_JS_H

#include <jansson.h>
#include <stdbool.h>
#include <string.h>

/* The member as a string, or NULL. */
static inline const char *js_str(const json_t *object, const char *key)
{
    return json_string_value(json_object_get(object, key));
}

/* The member as an integer, or the fallback. */
static inline long long js_int(const json_t *object, const char *key, long long fallback)
{
    const json_t *v = json_object_get(object, key);
    return json_is_integer(v) ? json_integer_value(v) : fallback;
}

static inline bool js_is(const json_t *object, const char *key, const char *word)
{
    const char *s = js_str(object, key);
    return s && !strcmp(s, word);
}

/* The member, NULL also when it is null. */
static inline json_t *js_get(const json_t *object, const char *key)
{
    json_t *v = json_object_get(object, key);
    return json_is_null(v) ? NULL : v;
}

#endif
