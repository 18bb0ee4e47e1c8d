#include "json_keys.h"

#include "json_text.h"

#include <errno.h>

enum { FEW = 12 };

void json_keys_init(struct json_keys *keys, const char *text, size_t len)
{
    keys->text = text;
    keys->end = text + len;
    keys->at = keys->small;
    keys->n = 0;
    keys->size = JSON_KEYS_SMALL;
}

void json_keys_release(struct json_keys *keys)
{
    if (keys->at != keys->small)
        free(keys->at);
    keys->at = NULL;
}

static int grow(struct json_keys *keys)
{
    size_t size = keys->size * 2;
    struct json_key *old = keys->at == keys->small ? NULL : keys->at;
    struct json_key *at = realloc(old, size * sizeof(*at));

    if (!at)
        return -ENOMEM;
    if (!old)
        memcpy(at, keys->small, sizeof(keys->small));
    keys->at = at;
    keys->size = size;
    return 0;
}

/* FNV-1a of the decoded bytes. */
static uint32_t hash_of(const char *name, const char *end)
{
    uint32_t hash = 2166136261u;
    int c;

    for (; name < end && *name != '"' && *name != '\\'; name++)
        hash = (hash ^ (unsigned char)*name) * 16777619u;
    struct json_text text = json_text(name, end);
    while ((c = json_text_next(&text)) >= 0)
        hash = (hash ^ (uint32_t)c) * 16777619u;
    return hash;
}

int json_keys_add(struct json_keys *keys, const char *name)
{
    if (keys->n == keys->size && grow(keys) < 0)
        return -ENOMEM;
    keys->at[keys->n++] = (struct json_key){
        .offset = (uint32_t)(name - keys->text),
        .hash = hash_of(name, keys->end),
    };
    return 0;
}

static int compare(const struct json_keys *keys, struct json_key a, struct json_key b)
{
    if (a.hash != b.hash)
        return a.hash < b.hash ? -1 : 1;
    struct json_text left = json_text(keys->text + a.offset, keys->end);
    struct json_text right = json_text(keys->text + b.offset, keys->end);
    int l, r;
    do {
        l = json_text_next(&left);
        r = json_text_next(&right);
    } while (l == r && l >= 0);
    return l < r ? -1 : l > r;
}

static void sift_down(const struct json_keys *keys, struct json_key *heap, size_t at, size_t n)
{
    struct json_key moving = heap[at];

    for (size_t child = 2 * at + 1; child < n; child = 2 * at + 1) {
        if (child + 1 < n && compare(keys, heap[child], heap[child + 1]) < 0)
            child++;
        if (compare(keys, moving, heap[child]) >= 0)
            break;
        heap[at] = heap[child];
        at = child;
    }
    heap[at] = moving;
}

/* Heap sort: in place, and n log n whatever the names are. qsort may allocate as much again. */
static void sort(const struct json_keys *keys, struct json_key *heap, size_t n)
{
    for (size_t i = n / 2; i-- > 0;)
        sift_down(keys, heap, i, n);
    for (size_t i = n; i-- > 1;) {
        struct json_key top = heap[0];
        heap[0] = heap[i];
        heap[i] = top;
        sift_down(keys, heap, 0, i);
    }
}

/* Few names are compared each with each: their hashes nearly always differ. */
static const char *find_twice(const struct json_keys *keys, const struct json_key *names, size_t n)
{
    for (size_t i = 1; i < n; i++)
        for (size_t k = 0; k < i; k++)
            if (names[i].hash == names[k].hash && compare(keys, names[i], names[k]) == 0)
                return keys->text + names[i].offset;
    return NULL;
}

const char *json_keys_close(struct json_keys *keys, size_t first)
{
    struct json_key *names = keys->at + first;
    size_t n = keys->n - first;

    keys->n = first;
    if (n <= FEW)
        return find_twice(keys, names, n);
    sort(keys, names, n);
    for (size_t i = 1; i < n; i++)
        if (compare(keys, names[i - 1], names[i]) == 0)
            return keys->text + names[i].offset;
    return NULL;
}
