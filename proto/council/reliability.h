/* The reliability store: how often the answers of a key were found right, told from outside. It is
 * the file reliability.json of the catalogue, written by the operator's tools and only read here:
 *
 *     {"<reliability_key>": {"<bucket>": {"successes": n, "failures": n}}}
 *
 * A bucket is the first 16 hex digits of the SHA-256 of the canonical JSON of the features object
 * of a run (options.features; {} when it has none). */
#ifndef PROTO_COUNCIL_RELIABILITY_H
#define PROTO_COUNCIL_RELIABILITY_H

#include <jansson.h>

#include "common/error.h"

/* 0, or -EINVAL with what is wrong. */
int reliability_check(const json_t *store, struct error *err);

/* {key: (successes + 1) / (successes + failures + 2)} of the bucket of these features (NULL: {}),
 * of the keys that the resolved document names, or of all with document NULL. Keys without a record
 * are left out. A new reference; NULL when out of memory. */
json_t *reliability_snapshot(const json_t *store, const json_t *features, const json_t *document);

#endif
