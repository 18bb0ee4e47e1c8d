#include "field_text.h"

#include <stdio.h>
#include <string.h>

static void add(char *to, size_t size, const char *text)
{
    size_t n = strlen(to);

    snprintf(to + n, size - n, "%s", text);
}

static void int_text(const struct field *field, char *ret, size_t size)
{
    char range[64] = "";

    if (field->max != INT64_MAX && field->max != 0)
        snprintf(range, sizeof(range), " %jd..%jd", (intmax_t)field->min, (intmax_t)field->max);
    else if (field->min != INT64_MIN)
        snprintf(range, sizeof(range), " >= %jd", (intmax_t)field->min);
    snprintf(ret, size, "integer%s", range);
}

static void string_text(const struct field *field, char *ret, size_t size)
{
    if (field->form)
        snprintf(ret, size, "%s", field->form->text);
    else if (field->max > 0 && field->min == 0)
        snprintf(ret, size, "string of up to %jd bytes", (intmax_t)field->max);
    else if (field->max > 0)
        snprintf(ret, size, "string of %jd..%jd bytes", (intmax_t)field->min, (intmax_t)field->max);
    else
        snprintf(ret, size, "string");
}

static void words_text(const struct field *field, char *ret, size_t size)
{
    *ret = '\0';
    for (size_t i = 0; field->words[i]; i++) {
        add(ret, size, i ? ", \"" : "\"");
        add(ret, size, field->words[i]);
        add(ret, size, "\"");
    }
}

static void array_of_words_text(const struct field *field, char *ret, size_t size)
{
    char words[256];

    words_text(field, words, sizeof(words));
    snprintf(ret, size, "array of %s", words);
}

static void span_text(const struct field *field, char *ret, size_t size)
{
    if (field->max > 0)
        snprintf(ret, size, "any JSON up to %jd bytes", (intmax_t)field->max);
    else
        snprintf(ret, size, "any JSON");
}

static void strings_text(const struct field *field, char *ret, size_t size)
{
    const char *type = field->type == FIELD_STRINGS ? "array" : "object";

    if (field->max > 0)
        snprintf(ret, size, "%s of strings of up to %jd bytes", type, (intmax_t)field->max);
    else
        snprintf(ret, size, "%s of strings", type);
}

static void object_text(const struct field *field, char *ret, size_t size)
{
    static const char *const BARE[] = {
        [FIELD_OBJECT] = "object", [FIELD_ARRAY] = "array", [FIELD_MAP] = "object"};
    bool parts = field->type != FIELD_OBJECT && (field->of || field->item);
    size_t n;

    snprintf(ret, size, "%s%s", parts || !field->of ? BARE[field->type] : "", parts ? " of " : "");
    n = strlen(ret);
    if (field->of)
        add(ret, size, field->of->title);
    else if (field->item)
        field_type_text(field->item, ret + n, size - n);
}

static const char *const TEXT[FIELD_TYPE_COUNT] = {
    [FIELD_NUMBER] = "number",
    [FIELD_BOOL] = "boolean",
    [FIELD_ANY] = "any JSON",
    [FIELD_SHUTDOWN] = "integer >= 0, \"infinity\" or \"brutal_kill\"",
    [FIELD_SUBSCRIBE] = "boolean or {deltas: boolean}",
    [FIELD_VERBOSE] = "false or \"debug\"",
    [FIELD_TIME] = "time",
    [FIELD_ONE_OR_MORE] = "string or array of strings",
};

char *field_type_text(const struct field *field, char *ret, size_t size)
{
    if (field->type == FIELD_INT || field->type == FIELD_BOUND)
        int_text(field, ret, size);
    else if (field->type == FIELD_STRING || field->type == FIELD_TEXT)
        string_text(field, ret, size);
    else if (field->type == FIELD_WORD)
        words_text(field, ret, size);
    else if (field->type == FIELD_WORDS)
        array_of_words_text(field, ret, size);
    else if (field->type == FIELD_SPAN)
        span_text(field, ret, size);
    else if (field->type == FIELD_STRINGS || field->type == FIELD_STRING_MAP)
        strings_text(field, ret, size);
    else if (field->type == FIELD_OBJECT || field->type == FIELD_ARRAY || field->type == FIELD_MAP)
        object_text(field, ret, size);
    else
        snprintf(ret, size, "%s", TEXT[field->type]);
    if ((field->flags & FIELD_NULLABLE) || field->type == FIELD_BOUND)
        add(ret, size, " or null");
    return ret;
}
