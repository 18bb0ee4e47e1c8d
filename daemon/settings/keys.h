/* Provider keys. A key is the content of the file <key_env> in the directory of keys_look_in, else
 * in $CREDENTIALS_DIRECTORY, without a line break at its end, else the variable of that name, which
 * is unset and overwritten after reading. Names are
 * those of `key_env` in the provider configuration. Values are held in memory of their own
 * (common/keybox.h), which is wiped when it is released; they are never logged, never put
 * into an error, never into a record.
 *
 *     keys_new(&keys);
 *     keys_look_in(keys, config->credentials_dir);
 *     keys_load(keys, "OPENAI_API_KEY", &err);      for each key_env; again at reload
 *     value = keys_get(keys, "OPENAI_API_KEY");     NULL: there is none
 *     keys_free(keys);
 *
 * A variable can be read only once: at reload a key that came from one is kept, a key from a file
 * is read anew, and is gone when its file is. */
#ifndef DAEMON_SETTINGS_KEYS_H
#define DAEMON_SETTINGS_KEYS_H

#include <stddef.h>

#include "common/error.h"

struct keys;

int keys_new(struct keys **ret); /* 0 or -ENOMEM */
void keys_free(struct keys *keys);

/* For a reload that may fail: changes are made to a copy, which then takes the place of the old
 * keys or goes. 0 or -ENOMEM. */
int keys_copy(const struct keys *from, struct keys **ret);
/* Before the copy goes: what it has from variables, and these do not have, for a variable can be
 * read only once. 0 or -ENOMEM: one of them is lost. */
int keys_save_variables(struct keys *keys, const struct keys *copy);

/* An absolute path, copied; NULL: none. 0 or -ENOMEM. A file in it that others may read or write,
 * or the group may write, is refused (-EPERM) by keys_load. */
int keys_look_in(struct keys *keys, const char *directory);

/* 1 there is a key now, 0 there is none (no error), -EINVAL: the name is no variable's name
 * ([A-Za-z_][A-Za-z0-9_]*), or the key has bytes that cannot stand in a header; other -errno when
 * the file is there but cannot be read. The old value stays on failure. */
int keys_load(struct keys *keys, const char *name, struct error *err);

/* The key, valid until the next keys_load or keys_free; NULL: none. */
const char *keys_get(const struct keys *keys, const char *name);

/* Calls take with each key until one returns an error: that, or 0. */
int keys_each(const struct keys *keys, int (*take)(void *context, const char *value),
              void *context);

/* Overwrites memory in a way that the compiler keeps, then frees it. NULL is fine. */
void keys_wipe(char *text, size_t len);

#endif
