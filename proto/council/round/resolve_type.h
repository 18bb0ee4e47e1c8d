/* The type of a round: the name of a kind, or of a preset of the catalogue. */
#ifndef PROTO_COUNCIL_ROUND_RESOLVE_TYPE_H
#define PROTO_COUNCIL_ROUND_RESOLVE_TYPE_H

#include "proto/council/check/work.h"

/* A kind and the opts after presets: `opts` is checked, not filled; a reference of the caller. */
struct typed {
    const struct round_kind *kind;
    json_t *opts;
};

/* Looks the type up; false after a fault (ret->opts is NULL then). */
bool type_resolve(struct work *w, const char *name, json_t *opts, const struct place *type_at,
                  const struct place *opts_at, struct typed *ret);

#endif
