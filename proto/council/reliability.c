#include "reliability.h"

#include <errno.h>
#include <stdbool.h>
#include <string.h>

#include "proto/json/canonical.h"

enum { BUCKET_DIGITS = 16 };

static bool is_count(const json_t *value)
{
    return json_is_integer(value) && json_integer_value(value) >= 0;
}

int reliability_check(const json_t *store, struct error *err)
{
    const char *key, *bucket;
    json_t *buckets, *row;
    if (!json_is_object(store))
        return error_set(err, EINVAL, "not an object");
    json_object_foreach ((json_t *)store, key, buckets) {
        if (!json_is_object(buckets))
            return error_set(err, EINVAL, "%s: not an object of buckets", key);
        json_object_foreach (buckets, bucket, row)
            if (!is_count(json_object_get(row, "successes")) ||
                !is_count(json_object_get(row, "failures")))
                return error_set(err, EINVAL, "%s: %s: needs the counts successes and failures",
                                 key, bucket);
    }
    return 0;
}

/* Does some seat of the document, on any level, go by this key? */
static bool names_key(const json_t *value, const char *wanted)
{
    const char *name;
    size_t i;
    json_t *inner;
    json_array_foreach ((json_t *)value, i, inner)
        if (names_key(inner, wanted))
            return true;
    json_object_foreach ((json_t *)value, name, inner) {
        const char *text = json_string_value(inner);
        if (strcmp(name, "metadata") == 0)
            continue;
        if (text ? strcmp(name, "reliability_key") == 0 && strcmp(text, wanted) == 0
                 : names_key(inner, wanted))
            return true;
    }
    return false;
}

static int bucket_of(const json_t *features, char ret[BUCKET_DIGITS + 1])
{
    char hash[SHA256_HEX_SIZE];
    json_t *none = json_object();
    int r = none ? json_canonical_sha256(features ? features : none, hash) : -ENOMEM;
    json_decref(none);
    if (r == 0) {
        memcpy(ret, hash, BUCKET_DIGITS);
        ret[BUCKET_DIGITS] = '\0';
    }
    return r;
}

json_t *reliability_snapshot(const json_t *store, const json_t *features, const json_t *document)
{
    char bucket[BUCKET_DIGITS + 1];
    const char *key;
    json_t *buckets, *scores = json_object();
    if (!scores || bucket_of(features, bucket) < 0) {
        json_decref(scores);
        return NULL;
    }
    json_object_foreach ((json_t *)store, key, buckets) {
        const json_t *row = json_object_get(buckets, bucket);
        if (!row || (document && !names_key(document, key)))
            continue;
        double s = (double)json_integer_value(json_object_get(row, "successes"));
        double f = (double)json_integer_value(json_object_get(row, "failures"));
        if (json_object_set_new(scores, key, json_real((s + 1) / (s + f + 2))) < 0) {
            json_decref(scores);
            return NULL;
        }
    }
    return scores;
}
