#include "jx.h"

#include <math.h>
#include <stdarg.h>
#include <string.h>

#include "buf.h"
#include "utf8.h"
#include "xalloc.h"

/* ---- readers ---- */

json_t *j_get(const json_t *o, const char *key)
{
    json_t *v = json_object_get(o, key);
    return json_is_null(v) ? NULL : v;
}

const char *j_str(const json_t *o, const char *key, const char *absent)
{
    const char *s = json_string_value(json_object_get(o, key));
    return s ? s : absent;
}

int64_t j_int(const json_t *o, const char *key, int64_t absent)
{
    json_t *v = json_object_get(o, key);
    return json_is_integer(v) ? json_integer_value(v) : absent;
}

double j_num(const json_t *o, const char *key, double absent)
{
    json_t *v = json_object_get(o, key);
    return json_is_number(v) ? json_number_value(v) : absent;
}

bool j_bool(const json_t *o, const char *key, bool absent)
{
    json_t *v = json_object_get(o, key);
    return json_is_boolean(v) ? json_is_true(v) : absent;
}

bool j_is_number(const json_t *o, const char *key)
{
    return json_is_number(json_object_get(o, key));
}

bool j_is(const json_t *value, const char *text)
{
    const char *s = json_string_value(value);
    return s && strcmp(s, text) == 0;
}

bool j_has(const json_t *o, const char *key, const char *text)
{
    return j_is(json_object_get(o, key), text);
}

bool j_array_has(const json_t *array, const char *text)
{
    size_t i;
    json_t *v;
    json_array_foreach (array, i, v) {
        if (j_is(v, text))
            return true;
    }
    return false;
}

/* ---- builders ---- */

void j_set(json_t *o, const char *key, json_t *value)
{
    if (json_object_set_new(o, key, xcheck(value)) < 0)
        xcheck(NULL);
}

void j_add(json_t *array, json_t *value)
{
    if (json_array_append_new(array, xcheck(value)) < 0)
        xcheck(NULL);
}

void j_ref(json_t *o, const char *key, json_t *value)
{
    j_set(o, key, j_null_or(value));
}

void j_keep(json_t *o, const char *key, json_t *value)
{
    if (value)
        j_set(o, key, json_incref(value));
}

json_t *j_string(const char *text)
{
    if (!text)
        return json_null();
    json_t *s = json_string(text);
    if (s)
        return s;
    return j_text(text, strlen(text));
}

json_t *j_text(const char *bytes, size_t len)
{
    struct buf clean = BUF_INIT(SIZE_MAX / 2);
    if (len && utf8_sanitize(&clean, bytes, len) < 0)
        xcheck(NULL);
    json_t *s = xcheck(json_stringn(clean.at ? clean.at : "", clean.len));
    buf_release(&clean);
    return s;
}

json_t *j_integer(int64_t n)
{
    return xcheck(json_integer(n));
}

json_t *j_real(double x)
{
    return isfinite(x) ? xcheck(json_real(x)) : json_null();
}

json_t *j_null_or(json_t *value)
{
    return value ? json_incref(value) : json_null();
}

json_t *j_object(void)
{
    return xcheck(json_object());
}

json_t *j_array(void)
{
    return xcheck(json_array());
}

json_t *j_copy(const json_t *value)
{
    return value ? xcheck(json_deep_copy(value)) : json_null();
}

json_t *j_pack(const char *format, ...)
{
    va_list args;
    va_start(args, format);
    json_t *value = json_vpack_ex(NULL, 0, format, args);
    va_end(args);
    return xcheck(value);
}

char *j_dump(const json_t *value)
{
    return xcheck(json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY));
}
