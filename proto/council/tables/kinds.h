/* The kinds that a council document can name, a row each: round types, aggregators, rules for ties,
 * templates, routers, strategies; wire formats of providers stand in format_kinds.h. Everything
 * that has to be known of a kind outside the code that does its work stands in its row. The enums,
 * the words that the checker takes, docs/council.md and the JSON Schema are made from the rows, and
 * so are the tables of whoever does the work:
 *
 *     #define ROW(ID, name, ...) extern const struct aggregator aggregator_##name;
 *     #define ALIAS(...)
 *     AGGREGATOR_ROWS(ROW, ALIAS)
 *
 *     #define ROW(ID, name, ...) [AGGREGATOR_##ID] = &aggregator_##name,
 *
 * so that a row without its struct does not link, nor one without its function compile. A new kind
 * is a row here, its opts in tables_rounds.c (or the table that the row names), and one file that
 * does the work.
 *
 * Names are compared in kind_rows.c only: everybody else looks a name up once (it gives NULL for
 * one that is no kind, which is an error and never a default) and goes on with the row or its id.
 */
#ifndef PROTO_COUNCIL_TABLES_KINDS_H
#define PROTO_COUNCIL_TABLES_KINDS_H

#include <stdbool.h>
#include <stddef.h>

struct doc_record;

/* ---- round types ---- */

/* Who is asked. */
enum round_asks {
    ASKS_MEMBERS,
    ASKS_CHAIR,   /* ends the run */
    ASKS_JUDGES,  /* the chair, a seat, or the members that do not stand in a match */
    ASKS_WRAPPED, /* plays another round again and again */
};

/* Does what comes back become the current answers of the members? */
enum round_answers {
    ANSWERS_NEVER,
    ANSWERS_ALWAYS,
    ANSWERS_REVISED, /* with opt `revise` */
    ANSWERS_WRAPPED, /* as the wrapped round */
};

/* The form of what comes back. */
enum round_form {
    GIVES_TEXT,     /* free, or the seat's own schema */
    GIVES_REVISION, /* with opt `revise` a form with the new answer in it, else free */
    GIVES_BALLOT,
    GIVES_MATCH,  /* a ballot of whoever judges */
    GIVES_CHAIRS, /* by opt `mode` */
    GIVES_WRAPPED,
};

/* What a call costs beside the answer itself: how many answers it is shown. */
enum round_cost {
    COST_ALONE,   /* none */
    COST_OTHERS,  /* those of the others */
    COST_ALL,     /* those of all */
    COST_REVISED, /* those of the others; of all with opt `revise` */
    COST_BALLOT,  /* the candidates, or what opt `show` says */
    COST_MATCH,   /* two */
    COST_WRAPPED,
};

/* What of it stands in the reports of the result. */
enum round_section {
    SECTION_NONE,
    SECTION_DISAGREEMENT,
    SECTION_FLIPS, /* also how many changed their minds */
};

enum ballot_bits { /* what an aggregator can count */
                   BALLOT_SINGLE = 1 << 0,
                   BALLOT_RANKED = 1 << 1,
                   BALLOT_APPROVAL = 1 << 2,
                   BALLOT_SCORE = 1 << 3,
};
extern const char *const BALLOT_NAMES[]; /* in the order of the bits, NULL at the end */
/* The bit of a ballot's name, 0 when there is none. */
unsigned ballot_bit(const char *name);

/* Iterations at most, when iterate or a template does not say: text in the tables, so macros. */
#define ITERATIONS_MOST 3
#define LEVELS_MOST     16 /* of an elimination, which halves the answers each time */

/* The mean confidence at which answers that were given alone need no other iteration. */
#define CONFIDENCE_ENOUGH 0.7

/* ROW and LOOP(ID, name, opts, asks, answers, form, cost, ballots, iterations, section, doc). The
 * rows of LOOP have no behaviour of their own: they play others. `ballots` 0: nothing is counted;
 * those of a vote are what its opt `ballot` says. `iterations` 0: it cannot be iterated. */
/* clang-format off */
#define ROUND_TYPE_ROWS(ROW, LOOP)                                                                                     \
    ROW(INDEPENDENT_ANALYSIS, independent_analysis, INDEPENDENT_OPTS, ASKS_MEMBERS, ANSWERS_ALWAYS, GIVES_TEXT,          \
        COST_ALONE, 0, ITERATIONS_MOST, SECTION_DISAGREEMENT, "each member answers the task alone")                                     \
    ROW(PEER_REVIEW, peer_review, PEER_REVIEW_OPTS, ASKS_MEMBERS, ANSWERS_REVISED, GIVES_REVISION,                       \
        COST_REVISED, 0, ITERATIONS_MOST, SECTION_DISAGREEMENT, "members review the answers of the others")                             \
    ROW(ANONYMIZED_PEER_REVIEW, anonymized_peer_review, ANONYMIZED_OPTS, ASKS_MEMBERS, ANSWERS_NEVER, GIVES_BALLOT,     \
        COST_OTHERS, BALLOT_RANKED, ITERATIONS_MOST, SECTION_DISAGREEMENT, "members rank the answers of the others by label")           \
    ROW(CRITIQUE, critique, CRITIQUE_OPTS, ASKS_MEMBERS, ANSWERS_REVISED, GIVES_REVISION,                                 \
        COST_ALL, 0, ITERATIONS_MOST, SECTION_FLIPS, "members object to every answer and revise their own")                             \
    ROW(DEBATE, debate, DEBATE_OPTS, ASKS_MEMBERS, ANSWERS_ALWAYS, GIVES_TEXT,                                           \
        COST_ALL, 0, ITERATIONS_MOST, SECTION_FLIPS, "members argue and answer again")                                                  \
    ROW(VOTE, vote, VOTE_OPTS, ASKS_MEMBERS, ANSWERS_NEVER, GIVES_BALLOT,                                               \
        COST_BALLOT, BALLOT_SINGLE | BALLOT_APPROVAL | BALLOT_SCORE, ITERATIONS_MOST, SECTION_DISAGREEMENT,                             \
        "members choose among options or answers")                                                                     \
    ROW(RANKING, ranking, RANKING_OPTS, ASKS_MEMBERS, ANSWERS_NEVER, GIVES_BALLOT,                                      \
        COST_BALLOT, BALLOT_RANKED, ITERATIONS_MOST, SECTION_DISAGREEMENT, "members order options or answers")                          \
    ROW(PAIRWISE_ELIMINATION, pairwise_elimination, PAIRWISE_OPTS, ASKS_JUDGES, ANSWERS_NEVER, GIVES_MATCH,             \
        COST_MATCH, 0, LEVELS_MOST, SECTION_DISAGREEMENT, "one level of a tournament of answers")                                   \
    LOOP(ITERATE, iterate, ITERATE_OPTS, ASKS_WRAPPED, ANSWERS_WRAPPED, GIVES_WRAPPED,                                  \
        COST_WRAPPED, 0, 0, SECTION_DISAGREEMENT, "repeats a round until a condition holds")                                      \
    ROW(SYNTHESIS, synthesis, SYNTHESIS_OPTS, ASKS_CHAIR, ANSWERS_NEVER, GIVES_CHAIRS,                                   \
        COST_ALL, 0, 0, SECTION_NONE, "the chair writes the final answer")                                                \
    ROW(WEIGHTED_SYNTHESIS, weighted_synthesis, WEIGHTED_OPTS, ASKS_CHAIR, ANSWERS_NEVER, GIVES_CHAIRS,                  \
        COST_ALL, 0, 0, SECTION_NONE, "the same, with a weight for each answer")
/* clang-format on */

#define KIND_ID(ID, ...) ROUND_TYPE_##ID,
enum round_type_id { ROUND_TYPE_ROWS(KIND_ID, KIND_ID) ROUND_TYPE_COUNT };
#undef KIND_ID

struct round_kind {
    enum round_type_id id;
    const char *name;
    const struct doc_record *opts;
    enum round_asks asks;
    enum round_answers answers;
    enum round_form form;
    enum round_cost cost;
    unsigned ballots; /* enum ballot_bits */
    int iterations;   /* at most, when iterate does not say */
    enum round_section section;
    const char *doc;
};

extern const struct round_kind ROUND_KINDS[ROUND_TYPE_COUNT]; /* by id */
extern const char *const ROUND_TYPE_NAMES[];                  /* NULL at the end */
/* NULL: no round type (a preset of the catalogue, perhaps). `name` may be NULL. */
const struct round_kind *round_kind_find(const char *name);

/* ---- rules for ties: each narrows what is level ---- */

enum tie_needs { TIE_NEEDS_NOTHING, TIE_NEEDS_RANKED, TIE_NEEDS_CHAIR };

/* ROW(ID, name, needs, doc) */
/* clang-format off */
#define TIE_RULE_ROWS(ROW)                                                                                             \
    ROW(PAIRWISE, pairwise, TIE_NEEDS_RANKED, "the one that beats all others that are tied (ranked ballots)")            \
    ROW(VOTES, votes, TIE_NEEDS_NOTHING, "most first choices")                                                               \
    ROW(CONFIDENCE, confidence, TIE_NEEDS_NOTHING, "greatest mean confidence of its supporters")                           \
    ROW(CHAIR, chair, TIE_NEEDS_CHAIR, "the chair's choice, one call; no effect when that fails")                                                           \
    ROW(FIRST, first, TIE_NEEDS_NOTHING, "smallest id")                                                      \
    ROW(LOT, lot, TIE_NEEDS_NOTHING, "first in the seeded lot order of the round")                                                     \
    ROW(NONE, none, TIE_NEEDS_NOTHING, "stops: nobody wins")
/* clang-format on */

#define KIND_ID(ID, ...) TIE_RULE_##ID,
enum tie_rule_id { TIE_RULE_ROWS(KIND_ID) TIE_RULE_COUNT };
#undef KIND_ID

struct tie_kind {
    enum tie_rule_id id;
    const char *name;
    enum tie_needs needs;
    const char *doc;
};

extern const struct tie_kind TIE_KINDS[TIE_RULE_COUNT];
extern const char *const TIE_RULE_NAMES[];
const struct tie_kind *tie_kind_find(const char *name);

/* ---- aggregators ---- */

enum aggregator_uses { /* opts that it has a use for */
                       USES_WEIGHTS = 1 << 0,
                       USES_THRESHOLD = 1 << 1,
                       USES_MIN_SHARE = 1 << 2,
                       USES_MIN_VOTES = 1 << 3,
                       USES_NORMALISE = 1 << 4,
                       USES_PARTIAL = 1 << 5,
                       USES_COMPLETION = 1 << 6,
                       USES_ONE_VOTE = 1 << 7,
                       USES_MISSING = 1 << 8,
                       USES_EARLY_STOP = 1 << 9,
                       USES_TRANSFORM = 1 << 10,
};

/* ROW(ID, name, ballots, uses, tie, doc): `tie` is the rule that is tried before `none` when the
 * document names none. ALIAS(ID, name, doc): another name for the kind ID. */
/* clang-format off */
#define AGGREGATOR_ROWS(ROW, ALIAS)                                                                                    \
    ROW(PLURALITY, plurality, BALLOT_SINGLE, USES_WEIGHTS | USES_ONE_VOTE | USES_MISSING | USES_EARLY_STOP,            \
        TIE_RULE_NONE, "most votes")                                                                                   \
    ROW(MAJORITY, majority, BALLOT_SINGLE,                                                                             \
        USES_WEIGHTS | USES_ONE_VOTE | USES_MISSING | USES_EARLY_STOP | USES_THRESHOLD, TIE_RULE_NONE,                 \
        "most votes, and a share of them all")                                                                         \
    ROW(BORDA, borda, BALLOT_RANKED, USES_WEIGHTS | USES_ONE_VOTE | USES_EARLY_STOP | USES_PARTIAL,                    \
        TIE_RULE_PAIRWISE, "points for each place")                                                                    \
    ROW(CONDORCET, condorcet, BALLOT_RANKED, USES_WEIGHTS | USES_ONE_VOTE | USES_EARLY_STOP | USES_COMPLETION,         \
        TIE_RULE_PAIRWISE, "who beats every other one")                                                                \
    ROW(APPROVAL, approval, BALLOT_APPROVAL,                                                                           \
        USES_WEIGHTS | USES_ONE_VOTE | USES_MISSING | USES_EARLY_STOP | USES_MIN_SHARE, TIE_RULE_NONE,                 \
        "greatest share of those who could approve")                                                                   \
    ROW(MEDIAN_CONFIDENCE, median_confidence, BALLOT_SINGLE, USES_MIN_VOTES, TIE_RULE_VOTES,                           \
        "greatest median of its voters' confidences")                                                                  \
    ROW(CONFIDENCE_WEIGHTED, confidence_weighted, BALLOT_SINGLE, USES_ONE_VOTE | USES_MISSING | USES_EARLY_STOP,       \
        TIE_RULE_NONE, "plurality, each vote as heavy as its confidence")                                              \
    ALIAS(CONFIDENCE_WEIGHTED, weighted_mean, "another name for confidence_weighted")                                  \
    ROW(RELIABILITY_WEIGHTED, reliability_weighted, BALLOT_SINGLE,                                                     \
        USES_ONE_VOTE | USES_MISSING | USES_EARLY_STOP | USES_TRANSFORM, TIE_RULE_NONE,                                \
        "plurality, each vote as heavy as its member is reliable")                                                     \
    ROW(MEAN_SCORE, mean_score, BALLOT_SCORE, USES_WEIGHTS | USES_ONE_VOTE | USES_EARLY_STOP | USES_NORMALISE,         \
        TIE_RULE_NONE, "greatest mean of the scores")                                                                  \
    ROW(PEER_RANKING, peer_ranking, BALLOT_RANKED, USES_WEIGHTS | USES_ONE_VOTE | USES_EARLY_STOP | USES_PARTIAL,      \
        TIE_RULE_PAIRWISE, "borda over those whom each judge was shown")
/* clang-format on */

#define KIND_ID(ID, ...) AGGREGATOR_##ID,
#define NO_ID(...)
enum aggregator_id { AGGREGATOR_ROWS(KIND_ID, NO_ID) AGGREGATOR_COUNT };
#undef KIND_ID
#undef NO_ID

struct aggregator_kind {
    enum aggregator_id id;
    const char *name;
    unsigned ballots; /* enum ballot_bits */
    unsigned uses;    /* enum aggregator_uses */
    enum tie_rule_id tie;
    const char *doc;
};

extern const struct aggregator_kind AGGREGATOR_KINDS[AGGREGATOR_COUNT];
extern const char *const AGGREGATOR_NAMES[]; /* aliases too */

struct aggregator_alias {
    const char *name;
    enum aggregator_id id;
    const char *doc;
};
extern const struct aggregator_alias AGGREGATOR_ALIASES[]; /* a row without a name at the end */

/* By its name or an alias. */
const struct aggregator_kind *aggregator_kind_find(const char *name);

/* ---- templates: each stands for rounds ---- */

enum template_flags {
    TEMPLATE_ANALYSIS = 1 << 0,    /* independent_analysis comes first */
    TEMPLATE_SELF_REPORT = 1 << 1, /* seats without a method tell how sure they are */
};

/* ROW(ID, name, opts, flags, doc); ALIAS(ID, name, doc): another name for the kind ID. */
/* clang-format off */
#define TEMPLATE_ROWS(ROW, ALIAS)                                                                                             \
    ROW(PARALLEL_PANEL, parallel_panel, PANEL_TEMPLATE, TEMPLATE_ANALYSIS,                                             \
        "independent_analysis; synthesis if there is a chair")                                                         \
    ROW(VOTING, voting, VOTING_TEMPLATE, TEMPLATE_ANALYSIS,                                                            \
        "independent_analysis; vote; synthesis if there is a chair")                                                   \
    ROW(SPECIALIST, specialist, SPECIALIST_TEMPLATE, TEMPLATE_ANALYSIS,                                                \
        "independent_analysis; peer_review; synthesis if there is a chair")                                            \
    ROW(PEER_REVIEW, peer_review, REVIEW_TEMPLATE, TEMPLATE_ANALYSIS,                                                \
        "independent_analysis; anonymized_peer_review; synthesis if there is a chair")                                 \
    ALIAS(PEER_REVIEW, karpathy, "another name for peer_review")                                                       \
    ROW(TOURNAMENT, tournament, TOURNAMENT_TEMPLATE, TEMPLATE_ANALYSIS,                                                \
        "independent_analysis; iterate(pairwise_elimination); synthesis if there is a chair")                          \
    ROW(CONSENSUS, consensus, CONSENSUS_TEMPLATE, TEMPLATE_ANALYSIS,                                                   \
        "independent_analysis; iterate(critique); synthesis if there is a chair")                                      \
    ROW(WEIGHTED_CONSENSUS, weighted_consensus, WEIGHTED_TEMPLATE, TEMPLATE_ANALYSIS | TEMPLATE_SELF_REPORT,           \
        "independent_analysis with self_report; weighted_synthesis")                                                   \
    ROW(JURY_WITH_RETRY, jury_with_retry, JURY_TEMPLATE, TEMPLATE_SELF_REPORT,                                         \
        "the same question again, blind, until the jury is confident; synthesis if there is a chair")                  \
    ROW(DEBATE, debate, DEBATE_TEMPLATE, TEMPLATE_ANALYSIS,                                                            \
        "independent_analysis; iterate(debate); vote if options are given; synthesis if there is a chair")
/* clang-format on */

#define KIND_ID(ID, ...) TEMPLATE_##ID,
#define NO_ID(...)
enum template_id { TEMPLATE_ROWS(KIND_ID, NO_ID) TEMPLATE_COUNT };
#undef KIND_ID
#undef NO_ID

struct template_kind {
    enum template_id id;
    const char *name;
    const struct doc_record *opts;
    unsigned flags; /* enum template_flags */
    const char *doc;
};

extern const struct template_kind TEMPLATE_KINDS[TEMPLATE_COUNT];
extern const char *const TEMPLATE_NAMES[]; /* aliases too */

struct template_alias {
    const char *name;
    enum template_id id;
    const char *doc;
};
extern const struct template_alias TEMPLATE_ALIASES[]; /* a row without a name at the end */

/* By its name or an alias. */
const struct template_kind *template_kind_find(const char *name);

/* ---- routers: who of the pool takes part in a round ---- */

/* ROW(ID, name, fields, doc) */
#define ROUTER_ROWS(ROW)                                                                           \
    ROW(ALL, all, ALL_ROUTER, "the pool")                                                          \
    ROW(RULES, rules, RULES_ROUTER, "by conditions")                                               \
    ROW(SAMPLE, sample, SAMPLE_ROUTER, "k at random, fresh each round")                            \
    ROW(RELIABILITY, reliability, RELIABILITY_ROUTER, "the k most reliable")                       \
    ROW(LLM, llm, LLM_ROUTER, "a model chooses")

#define KIND_ID(ID, ...) ROUTER_##ID,
enum router_id { ROUTER_ROWS(KIND_ID) ROUTER_COUNT };
#undef KIND_ID

struct router_kind {
    enum router_id id;
    const char *name;
    const struct doc_record *fields;
    const char *doc;
};

extern const struct router_kind ROUTER_KINDS[ROUTER_COUNT];
extern const char *const ROUTER_NAMES[];
const struct router_kind *router_kind_find(const char *name);

/* ---- strategies of auto documents: how a council is chosen ---- */

/* ROW and CHAIN(ID, name, options, doc): the rows of CHAIN play others. */
#define STRATEGY_ROWS(ROW, CHAIN)                                                                  \
    ROW(RULES, rules, RULES_OPTIONS, "the first entry whose match holds")                          \
    CHAIN(CASCADE, cascade, CASCADE_OPTIONS, "several strategies, the first success")              \
    ROW(LLM_CLASSIFY, llm_classify, CLASSIFY_OPTIONS, "a model chooses among the entries")         \
    ROW(LLM_BUILD, llm_build, BUILD_OPTIONS, "a model designs a council")                          \
    ROW(EMBEDDING, embedding, EMBEDDING_OPTIONS, "the entry nearest to the input")

#define KIND_ID(ID, ...) STRATEGY_##ID,
enum strategy_id { STRATEGY_ROWS(KIND_ID, KIND_ID) STRATEGY_COUNT };
#undef KIND_ID

struct strategy_kind {
    enum strategy_id id;
    const char *name;
    const struct doc_record *options;
    const char *doc;
};

extern const struct strategy_kind STRATEGY_KINDS[STRATEGY_COUNT];
extern const char *const STRATEGY_NAMES[];
const struct strategy_kind *strategy_kind_find(const char *name);

#endif
