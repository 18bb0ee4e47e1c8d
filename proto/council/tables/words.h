/* The closed sets of words of a council document that are no kinds: what an opt or a field may say.
 * A set is a list of words; its enum, which whoever acts on the words switches over, and the words
 * that the checker takes are made from it:
 *
 *     enum early_stop_word { EARLY_STOP_SHADOW, EARLY_STOP_STOP, EARLY_STOP_OFF };
 *     extern const char *const EARLY_STOP_NAMES[];      NULL at the end
 *     word_index(EARLY_STOP_NAMES, text)                the enum's number, -1 for no word of the
 * set
 */
#ifndef PROTO_COUNCIL_TABLES_WORDS_H
#define PROTO_COUNCIL_TABLES_WORDS_H

#define LABEL_PREFIX "Response " /* before the letter of a label, where a document says nothing */

/* clang-format off */
#define EXCLUDE_WORDS(W) W(EXCLUDE, NONE, none) W(EXCLUDE, SELF, self) W(EXCLUDE, SAME_MODEL, same_model) W(EXCLUDE, SAME_PROVIDER, same_provider)
#define ATTRIBUTION_WORDS(W) W(ATTRIBUTION, IDS, ids) W(ATTRIBUTION, LABELS, labels)
#define TURNS_WORDS(W) W(TURNS, SIMULTANEOUS, simultaneous) W(TURNS, SEQUENTIAL, sequential)
#define STANCE_WORDS(W) W(STANCE, FOR, for) W(STANCE, AGAINST, against) W(STANCE, NEUTRAL, neutral)
#define CANDIDATES_WORDS(W) W(CANDIDATES, OPTIONS, options) W(CANDIDATES, ANSWERS, answers) W(CANDIDATES, FREE, free)
#define SHOW_WORDS(W) W(SHOW, OWN, own) W(SHOW, ALL, all) W(SHOW, NONE, none)
#define WEIGHTS_WORDS(W) W(WEIGHTS, EQUAL, equal) W(WEIGHTS, MEMBER, member) W(WEIGHTS, CONFIDENCE, confidence) W(WEIGHTS, RELIABILITY, reliability)
#define TRANSFORM_WORDS(W) W(TRANSFORM, LINEAR, linear) W(TRANSFORM, LOG_ODDS, log_odds)
#define BRACKET_TIE_WORDS(W) W(BRACKET_TIE, RANK, rank) W(BRACKET_TIE, CONFIDENCE, confidence) W(BRACKET_TIE, LOT, lot)
#define EARLY_STOP_WORDS(W) W(EARLY_STOP, SHADOW, shadow) W(EARLY_STOP, STOP, stop) W(EARLY_STOP, OFF, off)
#define NORMALISE_WORDS(W) W(NORMALISE, NONE, none) W(NORMALISE, ZSCORE, zscore)
#define PARTIAL_WORDS(W) W(PARTIAL, AVERAGE, average) W(PARTIAL, ZERO, zero)
#define COMPLETION_WORDS(W) W(COMPLETION, NONE, none) W(COMPLETION, SCHULZE, schulze) W(COMPLETION, RANKED_PAIRS, ranked_pairs)
#define ONE_VOTE_WORDS(W) W(ONE_VOTE, SEAT, seat) W(ONE_VOTE, MODEL, model) W(ONE_VOTE, PROVIDER, provider)
#define SEEDING_WORDS(W) W(SEEDING, AUTO, auto) W(SEEDING, RANK, rank) W(SEEDING, SHUFFLE, shuffle) W(SEEDING, DOCUMENT, document)
#define RETAIN_WORDS(W) W(RETAIN, LAST, last) W(RETAIN, POOL, pool)
#define CHAIR_MODE_WORDS(W) W(CHAIR_MODE, SYNTHESIZE, synthesize) W(CHAIR_MODE, SELECT, select) W(CHAIR_MODE, VERDICT, verdict)
#define CHAIR_SCOPE_WORDS(W) W(CHAIR_SCOPE, AUTO, auto) W(CHAIR_SCOPE, ALL, all) W(CHAIR_SCOPE, REMAINING, remaining)
#define WEIGHT_SOURCE_WORDS(W) W(WEIGHT_SOURCE, STATIC, static) W(WEIGHT_SOURCE, CONFIDENCE, confidence) W(WEIGHT_SOURCE, EQUAL, equal) W(WEIGHT_SOURCE, RELIABILITY, reliability)
#define FAILURE_MODE_WORDS(W) W(FAILURE_MODE, CONTINUE, continue) W(FAILURE_MODE, FAIL_FAST, fail_fast)
#define DISTINCT_WORDS(W) W(DISTINCT, MEMBER, member) W(DISTINCT, PROVIDER, provider) W(DISTINCT, MODEL, model)
#define QUORUM_LOST_WORDS(W) W(QUORUM_LOST, REFUSE, refuse) W(QUORUM_LOST, CONTINUE, continue)
#define ENTROPY_CLUSTER_WORDS(W) W(ENTROPY_CLUSTER, AUTO, auto) W(ENTROPY_CLUSTER, EXACT, exact) W(ENTROPY_CLUSTER, JUDGE, judge) W(ENTROPY_CLUSTER, LEXICAL, lexical)
#define CONFIDENCE_METHOD_WORDS(W) W(CONFIDENCE_METHOD, SELF_REPORT, self_report) W(CONFIDENCE_METHOD, LOGPROB, logprob)
#define TIER_WORDS(W) W(TIER, NANO, nano) W(TIER, MINI, mini) W(TIER, MID, mid) W(TIER, LARGE, large) W(TIER, REASONING, reasoning)
#define PARALLEL_TOOLS_WORDS(W) W(PARALLEL_TOOLS, COLLECT, collect) W(PARALLEL_TOOLS, FAIL_FAST, fail_fast)
#define TOOL_KIND_WORDS(W) W(TOOL_KIND, DOCS, docs) W(TOOL_KIND, COMMAND, command) W(TOOL_KIND, MCP, mcp)
#define LAST_RESORT_WORDS(W) W(LAST_RESORT, BEST_ANSWER, best_answer) W(LAST_RESORT, NONE, none)
#define LABEL_SCOPE_WORDS(W) W(LABEL_SCOPE, RUN, run) W(LABEL_SCOPE, ROUND, round) W(LABEL_SCOPE, REVIEWER, reviewer)
#define LABEL_ASSIGN_WORDS(W) W(LABEL_ASSIGN, SHUFFLE, shuffle) W(LABEL_ASSIGN, STABLE, stable) W(LABEL_ASSIGN, AS_GIVEN, as_given)
#define LABEL_STYLE_WORDS(W) W(LABEL_STYLE, LETTERS, letters) W(LABEL_STYLE, CODES, codes) W(LABEL_STYLE, IDS, ids)
#define BLOCK_ORDER_WORDS(W) W(BLOCK_ORDER, PER_REVIEWER, per_reviewer) W(BLOCK_ORDER, SHARED, shared) W(BLOCK_ORDER, STABLE, stable)
#define GROUNDING_MODE_WORDS(W) W(GROUNDING_MODE, NONE, none) W(GROUNDING_MODE, ALL, all) W(GROUNDING_MODE, TOP_K, top_k)
#define ON_DEGRADED_WORDS(W) W(ON_DEGRADED, LABEL, label) W(ON_DEGRADED, REFUSE, refuse)
#define REPORT_WORDS(W) W(REPORT, DISAGREEMENT, disagreement) W(REPORT, JUDGE_BIAS, judge_bias) W(REPORT, FLIPS, flips)
#define RESUME_POLICY_WORDS(W) W(RESUME_POLICY, STRICT, strict) W(RESUME_POLICY, MATCHING, matching)
#define OVER_WORDS(W) W(OVER, MEMBERS, members) W(OVER, OPTIONS, options) W(OVER, FREE, free)
#define JUDGE_WORDS(W) W(JUDGE, CHAIR, chair) W(JUDGE, MEMBERS, members)
#define SHARE_OF_WORDS(W) W(SHARE_OF, SEATS, seats) W(SHARE_OF, CAST, cast)
#define EMBEDDING_BACKEND_WORDS(W) W(EMBEDDING_BACKEND, LEXICAL, lexical) W(EMBEDDING_BACKEND, PROVIDER, provider)

#define WORD_SETS(SET) \
    SET(EXCLUDE, exclude) SET(ATTRIBUTION, attribution) SET(TURNS, turns) SET(STANCE, stance) \
    SET(CANDIDATES, candidates) SET(SHOW, show) SET(WEIGHTS, weights) \
    SET(TRANSFORM, transform) SET(BRACKET_TIE, bracket_tie) SET(EARLY_STOP, early_stop) \
    SET(NORMALISE, normalise) SET(PARTIAL, partial) SET(COMPLETION, completion) \
    SET(ONE_VOTE, one_vote) SET(SEEDING, seeding) SET(RETAIN, retain) \
    SET(CHAIR_MODE, chair_mode) SET(CHAIR_SCOPE, chair_scope) SET(WEIGHT_SOURCE, weight_source) \
    SET(FAILURE_MODE, failure_mode) SET(DISTINCT, distinct) SET(QUORUM_LOST, quorum_lost) \
    SET(ENTROPY_CLUSTER, entropy_cluster) SET(CONFIDENCE_METHOD, confidence_method) SET(TIER, tier) \
    SET(PARALLEL_TOOLS, parallel_tools) SET(TOOL_KIND, tool_kind) SET(LAST_RESORT, last_resort) \
    SET(LABEL_SCOPE, label_scope) SET(LABEL_ASSIGN, label_assign) SET(LABEL_STYLE, label_style) \
    SET(BLOCK_ORDER, block_order) SET(GROUNDING_MODE, grounding_mode) SET(ON_DEGRADED, on_degraded) \
    SET(OVER, over) SET(JUDGE, judge) SET(SHARE_OF, share_of) \
    SET(REPORT, report) SET(RESUME_POLICY, resume_policy) SET(EMBEDDING_BACKEND, embedding_backend)
/* clang-format on */

#define WORD_ID(SET, WORD, word) SET##_##WORD,
#define WORD_SET(SET, set)                                                                         \
    enum set##_word{SET##_WORDS(WORD_ID)};                                                         \
    extern const char *const SET##_NAMES[];
WORD_SETS(WORD_SET)
#undef WORD_SET
#undef WORD_ID

/* Where the word stands in the set, -1 when it does not. `word` may be NULL. */
int word_index(const char *const *set, const char *word);

#endif
