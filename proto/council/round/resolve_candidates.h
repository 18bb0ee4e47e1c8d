/* Who is judged or voted on: options, or the answers of members. */
#ifndef PROTO_COUNCIL_ROUND_RESOLVE_CANDIDATES_H
#define PROTO_COUNCIL_ROUND_RESOLVE_CANDIDATES_H

#include "round_info.h"

/* Makes the opts' options {id, text} each; faults for doubles, bad ids and wrong numbers. */
void options_fill(struct work *w, const struct round_info *info, json_t *opts);
bool option_known(const json_t *options, const char *id);

/* Settles `candidates`; `otherwise` is what holds without options. */
void candidates_resolve(struct work *w, const struct round_info *info, json_t *opts,
                        enum candidates_word otherwise);

/* Fault when fewer than two members take part. */
void need_two(struct work *w, const struct round_info *info);
/* Members judge each other's answers: warns when two of them have one candidate each. */
void warn_of_two(struct work *w, const struct round_info *info, const json_t *opts);

#endif
