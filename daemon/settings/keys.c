#include "keys.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/keybox.h"
#include "daemon/os/sys.h"

enum { NAME_LEN_MAX = 128, KEY_LEN_MAX = 16384 };

struct key {
    struct key *next;
    char *name;
    char *value;
    bool from_file;
};

struct keys {
    struct key *first;
    struct keybox *box; /* where the values are */
    char *directory;    /* NULL: none */
};

void keys_wipe(char *text, size_t len)
{
    if (!text)
        return;
    explicit_bzero(text, len);
    free(text);
}

int keys_new(struct keys **ret)
{
    struct keys *keys = calloc(1, sizeof *keys);
    if (!keys)
        return -ENOMEM;
    keys->box = keybox_new();
    if (!keys->box) {
        free(keys);
        return -ENOMEM;
    }
    *ret = keys;
    return 0;
}

static void key_free(struct keybox *box, struct key *key)
{
    keybox_remove(box, key->value);
    free(key->name);
    free(key);
}

void keys_free(struct keys *keys)
{
    if (!keys)
        return;
    for (struct key *key = keys->first, *next; key; key = next) {
        next = key->next;
        key_free(keys->box, key);
    }
    keybox_free(keys->box);
    free(keys->directory);
    free(keys);
}

int keys_look_in(struct keys *keys, const char *directory)
{
    char *copy = directory ? strdup(directory) : NULL;
    if (directory && !copy)
        return -ENOMEM;
    free(keys->directory);
    keys->directory = copy;
    return 0;
}

static struct key *find(const struct keys *keys, const char *name)
{
    for (struct key *key = keys->first; key; key = key->next)
        if (strcmp(key->name, name) == 0)
            return key;
    return NULL;
}

const char *keys_get(const struct keys *keys, const char *name)
{
    const struct key *key = find(keys, name);
    return key ? key->value : NULL;
}

int keys_each(const struct keys *keys, int (*take)(void *context, const char *value), void *context)
{
    int r = 0;
    for (const struct key *key = keys->first; r == 0 && key; key = key->next)
        if (key->value)
            r = take(context, key->value);
    return r;
}

static bool is_name(const char *name)
{
    static const char LETTERS[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz_0123456789";
    const size_t len = strlen(name);
    return len >= 1 && len <= NAME_LEN_MAX && strspn(name, LETTERS) == len &&
           (name[0] < '0' || name[0] > '9');
}

/* A key goes into a header line: printable ASCII only. */
static bool is_key(const char *text, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (text[i] <= ' ' || text[i] > '~')
            return false;
    return len > 0;
}

/* 1 the file is there and *text (KEY_LEN_MAX + 2 bytes) holds it, 0 there is none, -errno. */
static int read_credential(const char *directory, const char *name, char *text)
{
    char path[PATH_MAX];
    if (!directory || directory[0] != '/' ||
        snprintf(path, sizeof path, "%s/%s", directory, name) >= (int)sizeof path)
        return 0;
    const ssize_t len = sys_read_text(AT_FDCWD, path, text, KEY_LEN_MAX + 2);
    if (len == -ENOENT)
        return 0;
    if (len < 0)
        return (int)len;
    text[strcspn(text, "\r\n")] = '\0';
    return len > KEY_LEN_MAX ? -EFBIG : 1;
}

/* Nobody that councild starts, and nobody who reads /proc/PID/environ, shall find it there. */
static int take_variable(const char *name, char *text)
{
    char *value = getenv(name);
    if (!value)
        return 0;
    const size_t len = strlen(value);
    const bool fits = len <= KEY_LEN_MAX;
    if (fits)
        memcpy(text, value, len + 1);
    explicit_bzero(value, len);
    unsetenv(name);
    return fits ? 1 : -EFBIG;
}

static int store(struct keys *keys, const char *name, const char *text, bool from_file)
{
    char *copy = keybox_add(keys->box, text, strlen(text));
    if (!copy)
        return -ENOMEM;
    struct key *key = find(keys, name);
    if (!key) {
        key = calloc(1, sizeof *key);
        if (key)
            key->name = strdup(name);
        if (!key || !key->name) {
            free(key);
            keybox_remove(keys->box, copy);
            return -ENOMEM;
        }
        key->next = keys->first;
        keys->first = key;
    } else {
        keybox_remove(keys->box, key->value);
    }
    key->value = copy;
    key->from_file = from_file;
    return 0;
}

int keys_copy(const struct keys *from, struct keys **ret)
{
    struct keys *copy = NULL;
    int r = keys_new(&copy);
    r = r < 0 ? r : keys_look_in(copy, from->directory);
    for (const struct key *key = from->first; r == 0 && key; key = key->next)
        r = store(copy, key->name, key->value, key->from_file);
    if (r < 0)
        keys_free(copy);
    else
        *ret = copy;
    return r;
}

int keys_save_variables(struct keys *keys, const struct keys *copy)
{
    int r = 0;
    for (const struct key *key = copy->first; key; key = key->next)
        if (!key->from_file && !find(keys, key->name) &&
            store(keys, key->name, key->value, false) < 0)
            r = -ENOMEM;
    return r;
}

/* A key whose file is gone was taken back; one from a variable is kept, for that can be read only
 * once. 1 there is still one, 0 there is none. */
static int keep_or_drop(struct keys *keys, const char *name)
{
    struct key **at = &keys->first;
    while (*at && strcmp((*at)->name, name) != 0)
        at = &(*at)->next;
    struct key *key = *at;
    if (!key || !key->from_file)
        return key != NULL;
    *at = key->next;
    key_free(keys->box, key);
    return 0;
}

/* Nobody but the daemon and its group may read it, or write there what is read. */
static int read_own(const char *directory, const char *name, char *text)
{
    char path[PATH_MAX];
    struct stat st;
    if (directory && snprintf(path, sizeof path, "%s/%s", directory, name) < (int)sizeof path &&
        stat(path, &st) == 0 && (st.st_mode & (S_IRWXO | S_IWGRP)))
        return -EPERM;
    return read_credential(directory, name, text);
}

/* In the order in which they win. *ret_file: it came from a file. */
static int read_key(const struct keys *keys, const char *name, char *text, bool *ret_file)
{
    int r = read_own(keys->directory, name, text);
    if (r == 0)
        r = read_credential(getenv("CREDENTIALS_DIRECTORY"), name, text);
    *ret_file = r == 1;
    return r == 0 ? take_variable(name, text) : r;
}

int keys_load(struct keys *keys, const char *name, struct error *err)
{
    if (!is_name(name))
        return error_set(err, EINVAL, "key_env: %s is no variable's name", name);
    char *text = malloc(KEY_LEN_MAX + 2);
    if (!text)
        return error_errno(err, ENOMEM, "cannot read the key %s", name);
    bool from_file = false;
    int r = read_key(keys, name, text, &from_file);
    if (r == 0)
        r = keep_or_drop(keys, name) ? 2 : 0;
    if (r == -EPERM && keys->directory)
        error_set(err, EPERM, "the key %s in %s is open to others: chmod 600 it", name,
                  keys->directory);
    else if (r < 0)
        error_errno(err, -r, "cannot read the key %s", name);
    else if (r == 1 && !is_key(text, strlen(text)))
        r = error_set(err, EINVAL,
                      "the key %s is empty or has characters that cannot stand in a header", name);
    else if (r == 1 && store(keys, name, text, from_file) < 0)
        r = error_errno(err, ENOMEM, "cannot keep the key %s", name);
    keys_wipe(text, KEY_LEN_MAX + 2);
    return r < 0 ? r : r > 0;
}
