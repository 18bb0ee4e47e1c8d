/* Recorded journals, and edits of JSON steered by bytes: so a few bytes reach deep. Taken in by
 * targets that read journals or what else stands in tests/fixtures. */
#ifndef TESTS_FUZZ_EDITS_H
#define TESTS_FUZZ_EDITS_H

#include <glob.h>
#include <jansson.h>
#include <stdbool.h>
#include <string.h>

#include "fuzz.h"

#define RECORDED "tests/fixtures/journals/*.jsonl"

static inline json_t *lines_of(char *text)
{
    char *save = NULL;
    json_t *lines = json_array();
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        json_t *event = json_loads(line, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
        if (event)
            json_array_append_new(lines, event);
    }
    return lines;
}

static inline char *content_of(const char *path)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = fopen(path, "r");
    HOLDS(file);
    if (getdelim(&text, &size, '\0', file) < 0)
        HOLDS(!"a recorded journal is empty");
    fclose(file);
    return text;
}

/* A copy; each is read once. */
static inline json_t *recorded(size_t which)
{
    static json_t *all;
    glob_t found;
    if (!all) {
        all = json_array();
        HOLDS(glob(RECORDED, 0, NULL, &found) == 0);
        for (size_t i = 0; i < found.gl_pathc; i++) {
            char *text = content_of(found.gl_pathv[i]);
            json_array_append_new(all, lines_of(text));
            free(text);
        }
        globfree(&found);
    }
    return json_deep_copy(json_array_get(all, which % json_array_size(all)));
}

/* ---- edits ---- */

struct bytes {
    const uint8_t *at;
    size_t left;
};

static inline size_t take(struct bytes *b)
{
    if (b->left == 0)
        return 0;
    b->left--;
    return *b->at++;
}

/* The holder of the nth member (or element) below a value, counted downwards; NULL behind the last.
 */
static inline json_t *holder_of(json_t *value, size_t *n, const char **ret_key, size_t *ret_at)
{
    const char *key;
    size_t i;
    json_t *one, *found;
    json_object_foreach (value, key, one) {
        *ret_key = key;
        if ((*n)-- == 0)
            return value;
        if ((found = holder_of(one, n, ret_key, ret_at)))
            return found;
    }
    json_array_foreach (value, i, one) {
        *ret_at = i;
        if ((*n)-- == 0)
            return value;
        if ((found = holder_of(one, n, ret_key, ret_at)))
            return found;
    }
    return NULL;
}

static inline json_t *new_value(json_t *lines, struct bytes *b)
{
    static const char *const values[] = {"null",
                                         "true",
                                         "0",
                                         "-1",
                                         "9223372036854775807",
                                         "-9223372036854775807",
                                         "1e308",
                                         "\"\"",
                                         "\"zed\"",
                                         "\"chair\"",
                                         "[]",
                                         "{}",
                                         "[{}]",
                                         "\"r0i0:member:ann\"",
                                         "\"iterate\"",
                                         "\"vote\""};
    size_t what = take(b), n = take(b) * 4, at = 0;
    const char *key = NULL;
    if (what < 192)
        return json_loads(values[what % 16], JSON_DECODE_ANY, NULL);
    json_t *line = json_array_get(lines, take(b) % json_array_size(lines));
    json_t *other = holder_of(line, &n, &key, &at);
    if (!other)
        return json_deep_copy(line);
    return json_deep_copy(json_is_object(other) ? json_object_get(other, key)
                                                : json_array_get(other, at));
}

static inline void edit_member(json_t *lines, size_t line, struct bytes *b)
{
    size_t n = take(b) * 256, at = 0;
    const char *key = NULL;
    n += take(b);
    json_t *value = new_value(lines, b);
    json_t *holder = holder_of(json_array_get(lines, line), &n, &key, &at);
    if (json_is_object(holder))
        json_object_set(holder, key, value);
    else if (holder)
        json_array_set(holder, at, value);
    json_decref(value);
}

static inline void edit(json_t *lines, struct bytes *b)
{
    size_t line = take(b) % json_array_size(lines), how = take(b) % 8;
    json_t *copy = json_deep_copy(json_array_get(lines, line));
    if (how == 0 && json_array_size(lines) > 1)
        json_array_remove(lines, line);
    else if (how == 1)
        json_array_insert(lines, take(b) % json_array_size(lines), copy);
    else
        edit_member(lines, line, b);
    json_decref(copy);
}

#endif
