#include "start_keys.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/hash.h"

struct start_key {
    char text[START_KEY_LEN + 1];
    int64_t incarnation;
    UT_hash_handle hh;
    char run_id[];
};

static bool is_old(int64_t incarnation, int64_t now_ms)
{
    return now_ms - incarnation >= START_KEY_MS;
}

static struct start_key *find(const struct start_keys *all, const char *text)
{
    struct start_key *key = NULL;
    HASH_FIND(hh, all->by_name, text, START_KEY_NAME_LEN, key);
    return key;
}

static void drop(struct start_keys *all, struct start_key *key)
{
    HASH_DEL(all->by_name, key);
    free(key);
}

/* They stand about as they came. */
static void drop_old(struct start_keys *all, int64_t now_ms)
{
    while (all->by_name && is_old(all->by_name->incarnation, now_ms))
        drop(all, all->by_name);
}

static int add(struct start_keys *all, const char *text, const struct record_key *run)
{
    const size_t size = strlen(run->run_id) + 1;
    struct start_key *key = calloc(1, sizeof *key + size);
    if (!key)
        return -ENOMEM;
    memcpy(key->text, text, START_KEY_LEN);
    key->incarnation = run->incarnation;
    memcpy(key->run_id, run->run_id, size);
    HASH_ADD(hh, all->by_name, text, START_KEY_NAME_LEN, key);
    if (key->hh.tbl)
        return 0;
    free(key);
    return -ENOMEM;
}

int start_keys_add(struct start_keys *all, const char *text, const struct record_key *run,
                   int64_t now_ms)
{
    drop_old(all, now_ms);
    struct start_key *known = find(all, text);
    if (is_old(run->incarnation, now_ms) || (known && known->incarnation > run->incarnation))
        return 0;
    if (known)
        drop(all, known);
    return add(all, text, run);
}

int start_keys_find(const struct start_keys *all, const char *text, int64_t now_ms,
                    struct record_key *ret)
{
    const struct start_key *key = find(all, text);
    if (!key || is_old(key->incarnation, now_ms))
        return -ENOENT;
    *ret = (struct record_key){.incarnation = key->incarnation};
    memcpy(ret->run_id, key->run_id, strlen(key->run_id) + 1);
    return strcmp(key->text, text) == 0 ? 0 : -EEXIST;
}

void start_keys_drop(struct start_keys *all, const char *text, const struct record_key *run)
{
    struct start_key *key = find(all, text);
    if (key && key->incarnation == run->incarnation && strcmp(key->run_id, run->run_id) == 0)
        drop(all, key);
}

void start_keys_release(struct start_keys *all)
{
    struct start_key *key, *next;
    HASH_ITER (hh, all->by_name, key, next)
        drop(all, key);
}
