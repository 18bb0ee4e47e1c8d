/* uthash that survives a failed malloc: after HASH_ADD the handle's tbl is NULL when it did not
 * work. Include this instead of uthash.h, so that every file has the same hash. */
#ifndef COMMON_HASH_H
#define COMMON_HASH_H

#define HASH_NONFATAL_OOM 1
/* Without the switch of the usual one, whose falling through clang complains about. */
#define HASH_FUNCTION(key, len, ret) HASH_FNV(key, len, ret)
#include <uthash.h>

#endif
