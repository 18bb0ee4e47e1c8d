/* What the parts that resolve a round tell each other. */
#ifndef PROTO_COUNCIL_ROUND_RESOLVE_ROUNDS_H
#define PROTO_COUNCIL_ROUND_RESOLVE_ROUNDS_H

#include "proto/council/check/work.h"

struct round_info {
    const char *type;       /* base type; static text */
    const struct place *at; /* the round, or the wrap */
    const struct place *opts;
    const json_t *pool;  /* member ids given as `members`, or NULL: everybody */
    bool answers_before; /* an answer round stands earlier */
    bool wrapped;
};

/* A type and its opts after presets: `opts` is checked, not filled. */
struct typed {
    const char *type;
    json_t *opts;
};

/* Looks the type up; false after a fault (ret->opts is NULL then). */
bool type_resolve(struct work *w, const char *name, json_t *opts, const struct place *type_at,
                  const struct place *opts_at, struct typed *ret);

/* Everything about opts that their table cannot say, and their defaults. `opts` is changed. A new
 * reference. */
json_t *opts_resolve(struct work *w, const struct round_info *info, json_t *opts);

/* aggregate.c: chooses the aggregator and checks its opts and ties; `ballot` is single, approval,
 * score, ranked, or several of them. */
void aggregate_resolve(struct work *w, const struct round_info *info, json_t *opts,
                       const char *ballot);
/* Takes the opts that the aggregator has no use for out of filled opts. */
void aggregate_prune(json_t *opts);

/* candidates.c */
/* Makes the opts' options {id, text} each; faults for doubles, bad ids and wrong numbers. */
void options_fill(struct work *w, const struct round_info *info, json_t *opts);
bool option_known(const json_t *options, const char *id);
/* Settles `candidates`; `otherwise` is what holds without options. */
void candidates_resolve(struct work *w, const struct round_info *info, json_t *opts,
                        const char *otherwise);
/* Fault when fewer than two members take part; warning when two judge each other. */
void need_two(struct work *w, const struct round_info *info);
void warn_of_two(struct work *w, const struct round_info *info, const json_t *opts);
size_t pool_size(const struct work *w, const struct round_info *info);

/* The chair is asked (synthesis and weighted_synthesis)? Does the round set current answers? */
bool is_synthesis(const char *type);
bool is_answer_round(const char *type, const json_t *opts);

#endif
