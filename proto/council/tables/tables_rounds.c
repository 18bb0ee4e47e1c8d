/* Rounds, their opts, and templates. */
#include "kinds.h"
#include "records.h"
#include "shapes.h"
#include "words.h"

/* A number of kinds.h as JSON. */
#define NUMBER_TEXT(n)    NUMBER_LITERAL(n)
#define NUMBER_LITERAL(n) #n

/* clang-format off */
static const struct doc_shape ID_SHAPE = ID(NONE);
static const struct doc_shape STRING_SHAPE = TEXT(NONE, 0);

static const char *const RANKED[] = {"options", "answers", NULL};
static const char *const BALLOTS[] = {"single", "approval", "score", NULL};

static const struct doc_field QUORUM_FIELDS[] = {
    {"min", INTEGER(NULLABLE, 0, 1e6), "null", F_NOT_ASKED, "so many ok answers"},
    {"ratio", NUMBER(NULLABLE, 0, 1), "null", F_NOT_ASKED, "share of the seats asked"},
    {"distinct", WORD(NONE, DISTINCT_NAMES), "\"member\"", F_NOT_ASKED, "count members, providers or models"},
};
const struct doc_record QUORUM = {"quorum", {NULL}, DOC_FIELDS(QUORUM_FIELDS)};
#define QUORUM_SHAPE {.types = T_INTEGER | T_OBJECT, .min = 0, .max = 1e6, .record = &QUORUM}

static const struct doc_field ROUND_FIELDS[] = {
    {"type", FILLED(NONE, 0), NULL, F_REQUIRED, "a round type, or the name of a catalogue preset"},
    {"name", ID(NONE), NULL, 0, "default: the type; its k-th use: type + _k"},
    {"opts", RAW(NONE, ROUND_OPTS), "{}", 0, "the common opts and those of the type"},
    {"failure_mode", WORD(NONE, FAILURE_MODE_NAMES), "\"continue\"", F_NOT_ASKED, "fail_fast: the first seat that fails fails the run"},
    {"quorum", QUORUM_SHAPE, "{\"ratio\":0.5}", F_NOT_ASKED, "n or {min, ratio, distinct}"},
    {"on_quorum_lost", WORD(NONE, QUORUM_LOST_NAMES), "\"refuse\"", F_NOT_ASKED, "end the run as refused, or go on as degraded"},
    {"router", RAW(T_STRING | T_NULL, ROUTER), "null", 0, "instead of the council's"},
    {"members", {.types = T_ARRAY | T_NULL, .items = &ID_SHAPE, .max_items = 64, .flags = S_FILLED}, "null", 0, "fixed subset that the router chooses from"},
    {"deadline_ms", INTEGER(NULLABLE, 100, 86400000), "null", F_NOT_ASKED, "from the start of the round"},
    {"max_parallel", INTEGER(NULLABLE, 1, 64), "null", F_NOT_ASKED, "calls in flight; null: the operator's cap (16)"},
    {"metadata", METADATA, "{}", F_NOT_HASHED, "any content"},
};
const struct doc_record ROUND = {"round", {NULL}, DOC_FIELDS(ROUND_FIELDS)};

static const struct doc_field PRESET_FIELDS[] = {
    {"type", FILLED(NONE, 0), NULL, F_REQUIRED, "a round type"},
    {"opts", RAW(NONE, ROUND_OPTS), "{}", 0, "opts; those of the document win"},
};
const struct doc_record PRESET = {"round preset", {NULL}, DOC_FIELDS(PRESET_FIELDS)};

static const struct doc_field WRAP_FIELDS[] = {
    {"type", FILLED(NONE, 0), NULL, F_REQUIRED, "the wrapped round's type or preset"},
    {"opts", RAW(NONE, ROUND_OPTS), "{}", 0, "its opts"},
    {"quorum", QUORUM_SHAPE, NULL, F_NOT_ASKED, "default: that of the iterate round"},
    {"failure_mode", WORD(NONE, FAILURE_MODE_NAMES), NULL, F_NOT_ASKED, "default: that of the iterate round"},
};
const struct doc_record WRAP = {"wrap", {NULL}, DOC_FIELDS(WRAP_FIELDS)};

static const struct doc_field COMMON_FIELDS[] = {
    {"instructions", PROMPT(NULLABLE), "null", 0, "replaces the default instruction"},
    {"reask", INTEGER(NONE, 0, 2), "1", 0, "corrective re-asks after an unusable answer"},
    {"exclude", WORD(NONE, EXCLUDE_NAMES), "\"self\"", 0, "whose answers a reviewer does not judge"},
    {"max_answer_bytes", INTEGER(NONE, 1024, 1048576), "32768", 0, "a longer block is cut in the middle"},
    {"anonymity", OBJECT(NONE, ANONYMITY), "{}", 0, "over the council's"},
};
static const struct doc_record COMMON = {"common opts", {NULL}, DOC_FIELDS(COMMON_FIELDS)};

static const struct doc_shape TIE_SHAPE = WORD(NONE, TIE_RULE_NAMES);
static const struct doc_field AGGREGATOR_FIELDS[] = {
    {"aggregator", KNOWN(NONE, AGGREGATOR_NAMES, "unknown_aggregator"), NULL, 0, "the rule of counting"},
    {"weights", WORD(NONE, WEIGHTS_NAMES), "\"equal\"", 0, "weights of ballots"},
    {"weight_transform", WORD(NONE, TRANSFORM_NAMES), "\"linear\"", 0, "reliability weights only"},
    {"tie_break", LIST(NONE, TIE_SHAPE, 7), NULL, 0, "rules, each narrows the tie; default by aggregator"},
    {"early_stop", WORD(NONE, EARLY_STOP_NAMES), "\"shadow\"", 0, "shadow: only report that the leader cannot be caught"},
    {"threshold", NUMBER(NONE, 0.5, 1), "0.5", 0, "majority only"},
    {"of", WORD(NONE, SHARE_OF_NAMES), "\"seats\"", 0, "majority only: what the threshold is a share of"},
    {"min_share", NUMBER(NONE, 0, 1), "0", 0, "approval only"},
    {"min_votes", INTEGER(NONE, 1, 64), "1", 0, "median_confidence only: options with fewer votes cannot win"},
    {"normalise", WORD(NONE, NORMALISE_NAMES), "\"none\"", 0, "mean_score only"},
    {"partial", WORD(NONE, PARTIAL_NAMES), "\"average\"", 0, "borda and peer_ranking: places left unranked"},
    {"completion", WORD(NONE, COMPLETION_NAMES), "\"none\"", 0, "condorcet only"},
    {"one_vote_per", WORD(NONE, ONE_VOTE_NAMES), "\"seat\"", 0, "share one vote among the ballots of a model or provider"},
    {"missing_counts_as", FILLED(NULLABLE, 0), "null", 0, "option that seats without a valid ballot count for"},
};
static const struct doc_record AGGREGATE = {"aggregator opts", {NULL}, DOC_FIELDS(AGGREGATOR_FIELDS)};

static const struct doc_field SCALE_FIELDS[] = {
    {"min", NUMBER(NONE, -1e6, 1e6), "0", 0, "worst score"},
    {"max", NUMBER(NONE, -1e6, 1e6), "10", 0, "best score"},
};
const struct doc_record SCALE = {"scale", {NULL}, DOC_FIELDS(SCALE_FIELDS)};

static const struct doc_field OPTION_FIELDS[] = {
    {"id", FILLED(NONE, 200), NULL, F_REQUIRED, "an id, or the text itself"},
    {"text", FILLED(NONE, 0), NULL, F_REQUIRED, "what the option means"},
};
static const struct doc_record OPTION = {"option", {NULL}, DOC_FIELDS(OPTION_FIELDS)};
static const struct doc_shape OPTION_SHAPE = {.types = T_STRING | T_OBJECT, .max_length = 200, .flags = S_FILLED, .record = &OPTION};
#define OPTIONS_FIELD(doc) {"options", LIST(NONE, OPTION_SHAPE, 0), NULL, 0, doc}

static const struct doc_field RUBRIC_FIELDS[] = {
    {"id", ID(NONE), NULL, F_REQUIRED, "unique"},
    {"text", FILLED(NONE, 0), NULL, F_REQUIRED, "the criterion"},
    {"weight", NUMBER(NONE, 0, 1000), "1", 0, ""},
};
const struct doc_record RUBRIC = {"criterion", {NULL}, DOC_FIELDS(RUBRIC_FIELDS)};
static const struct doc_shape RUBRIC_SHAPE = OBJECT(NONE, RUBRIC);

const struct doc_record INDEPENDENT_OPTS = {"independent_analysis opts", {&COMMON}, NULL, 0};

#define REVISE(value) {"revise", BOOLEAN(NONE), value, 0, "ask for a revised answer too"}
#define ATTRIBUTION(value) {"attribution", WORD(NONE, ATTRIBUTION_NAMES), value, 0, "how authors are named"}
static const struct doc_field PEER_REVIEW_FIELDS[] = {REVISE("false"), ATTRIBUTION("\"ids\"")};
const struct doc_record PEER_REVIEW_OPTS = {"peer_review opts", {&COMMON}, DOC_FIELDS(PEER_REVIEW_FIELDS)};

#define RUBRIC_OPTS_FIELDS                                                                          \
    {"rubric", LIST(NONE, RUBRIC_SHAPE, 10), "[]", 0, "criteria; then reviewers score as well as rank"}, \
    {"scale", OBJECT(NONE, SCALE), "{}", 0, "of the rubric's scores"}, \
    {"ceiling", FILLED(NULLABLE, 0), "null", 0, "a criterion: no total above its score, and the totals make the order"}
static const struct doc_field ANONYMIZED_FIELDS[] = {RUBRIC_OPTS_FIELDS};
const struct doc_record ANONYMIZED_OPTS = {"anonymized_peer_review opts", {&COMMON, &AGGREGATE}, DOC_FIELDS(ANONYMIZED_FIELDS)};

static const struct doc_field CRITIQUE_FIELDS[] = {REVISE("true"), ATTRIBUTION("\"labels\"")};
const struct doc_record CRITIQUE_OPTS = {"critique opts", {&COMMON}, DOC_FIELDS(CRITIQUE_FIELDS)};

#define DEBATE_OPTS_FIELDS                                                                          \
    {"turns", WORD(NONE, TURNS_NAMES), "\"simultaneous\"", 0, "sequential: each sees what was said before"}, \
    {"stances", MAP(NONE, STRING_SHAPE, 64), "{}", 0, "member id -> for, against, neutral (what the task puts up) or a sentence"}
static const struct doc_field DEBATE_FIELDS[] = {DEBATE_OPTS_FIELDS, ATTRIBUTION("\"labels\"")};
const struct doc_record DEBATE_OPTS = {"debate opts", {&COMMON}, DOC_FIELDS(DEBATE_FIELDS)};

#define VOTE_OPTS_FIELDS                                                                            \
    {"question", TEXT(NULLABLE, 0), "null", 0, "null: Which option is the right answer to the task?"}, \
    {"candidates", WORD(NONE, CANDIDATES_NAMES), NULL, 0, "options when given, else free"}, \
    OPTIONS_FIELD("2 to 26 strings or {id, text}"), \
    {"ballot", WORD(NONE, BALLOTS), "\"single\"", 0, "what a ballot holds"}, \
    {"scale", OBJECT(NONE, SCALE), "{}", 0, "of score ballots"}, \
    {"allow_abstain", BOOLEAN(NONE), "false", 0, "may a member choose abstain?"}, \
    {"show", WORD(NONE, SHOW_NAMES), "\"own\"", 0, "which current answers a voter sees"}
static const struct doc_field VOTE_FIELDS[] = {VOTE_OPTS_FIELDS};
static const struct doc_record VOTE_PARTS = {"vote", {NULL}, DOC_FIELDS(VOTE_FIELDS)};
const struct doc_record VOTE_OPTS = {"vote opts", {&COMMON, &VOTE_PARTS, &AGGREGATE}, NULL, 0};

static const struct doc_field RANKING_FIELDS[] = {
    {"question", TEXT(NULLABLE, 0), "null", 0, "null: Which candidate answers the task best?"},
    {"candidates", WORD(NONE, RANKED), NULL, 0, "options when given, else answers"},
    OPTIONS_FIELD("2 to 26 strings or {id, text}"),
    {"show", WORD(NONE, SHOW_NAMES), "\"own\"", 0, "which current answers a voter sees"},
};
const struct doc_record RANKING_OPTS = {"ranking opts", {&COMMON, &AGGREGATE}, DOC_FIELDS(RANKING_FIELDS)};

static const struct doc_shape BRACKET_TIE_SHAPE = WORD(NONE, BRACKET_TIE_NAMES);
#define PAIRWISE_OPTS_FIELDS                                                                        \
    {"judge", SEAT_OR_NAME(NONE), NULL, 0, "chair, members, a member id or a seat; default: chair if there is one, else members. A match in which it stands, or which it may not judge, is judged by the other members"}, \
    {"swap", BOOLEAN(NONE), "true", 0, "judge both orders of each pair"}, \
    {"seeding", WORD(NONE, SEEDING_NAMES), "\"auto\"", 0, "auto: by the latest ranking, else shuffled"}
static const struct doc_field PAIRWISE_FIELDS[] = {
    PAIRWISE_OPTS_FIELDS,
    {"tie_break", LIST(NONE, BRACKET_TIE_SHAPE, 3), "[\"rank\",\"confidence\",\"lot\"]", 0, "rules for a match without a winner"},
};
const struct doc_record PAIRWISE_OPTS = {"pairwise_elimination opts", {&COMMON}, DOC_FIELDS(PAIRWISE_FIELDS)};

static const struct doc_field ITERATE_FIELDS[] = {
    {"wrap", {.types = T_STRING | T_OBJECT, .flags = S_FILLED, .record = &WRAP}, NULL, F_REQUIRED, "the round to repeat"},
    {"max_iterations", INTEGER(NONE, 1, 16), NULL, 0, "default " NUMBER_TEXT(ITERATIONS_MOST) "; " NUMBER_TEXT(LEVELS_MOST) " around pairwise_elimination"},
    {"min_iterations", INTEGER(NONE, 1, 16), "1", 0, ""},
    {"until", RAW(NONE, UNTIL), "{\"converged\":true}", 0, "when to stop"},
    {"blind", BOOLEAN(NONE), "false", 0, "every iteration has the prompts of the first"},
    {"retain", WORD(NONE, RETAIN_NAMES), "\"last\"", 0, "pool: count the ballots of all iterations"},
};
const struct doc_record ITERATE_OPTS = {"iterate opts", {&COMMON}, DOC_FIELDS(ITERATE_FIELDS)};

static const struct doc_field SYNTHESIS_FIELDS[] = {
    {"mode", WORD(NONE, CHAIR_MODE_NAMES), "\"synthesize\"", 0, "write, choose a response, or choose an option"},
    OPTIONS_FIELD("mode verdict: 2 to 26 strings or {id, text}"),
    {"scope", WORD(NONE, CHAIR_SCOPE_NAMES), "\"auto\"", 0, "whose answers are shown; auto: remaining after an elimination"},
    {"include_reviews", BOOLEAN(NONE), "true", 0, "show reviews to the chair"},
    {"show_roles", BOOLEAN(NONE), "true", 0, "show roles to the chair; mode select: never"},
    {"extract_dissent", BOOLEAN(NONE), "false", 0, "the chair also lists every point in dispute"},
};
static const struct doc_record SYNTHESIS_PARTS = {"synthesis", {NULL}, DOC_FIELDS(SYNTHESIS_FIELDS)};
const struct doc_record SYNTHESIS_OPTS = {"synthesis opts", {&COMMON, &SYNTHESIS_PARTS}, NULL, 0};

static const struct doc_shape SOURCE_SHAPE = WORD(NONE, WEIGHT_SOURCE_NAMES);
#define SOURCES_FIELD {"sources", {.types = T_ARRAY, .items = &SOURCE_SHAPE, .max_items = 4, .flags = S_FILLED}, "[\"static\",\"confidence\",\"equal\"]", 0, "the first that gives a value is used"}
static const struct doc_field WEIGHTED_FIELDS[] = {SOURCES_FIELD};
const struct doc_record WEIGHTED_OPTS = {"weighted_synthesis opts", {&COMMON, &SYNTHESIS_PARTS}, DOC_FIELDS(WEIGHTED_FIELDS)};

#define TEMPLATE_COMMON                                                                             \
    {"quorum", QUORUM_SHAPE, NULL, 0, "put on each round"}, \
    {"failure_mode", WORD(NONE, FAILURE_MODE_NAMES), NULL, 0, "put on each round"}
static const struct doc_field PANEL_FIELDS[] = {TEMPLATE_COMMON};
static const struct doc_record TEMPLATE_BASE = {"template", {NULL}, DOC_FIELDS(PANEL_FIELDS)};
const struct doc_record PANEL_TEMPLATE = {"parallel_panel opts", {&TEMPLATE_BASE}, NULL, 0};
const struct doc_record VOTING_TEMPLATE = {"voting opts", {&TEMPLATE_BASE, &VOTE_PARTS, &AGGREGATE}, DOC_FIELDS(COMMON_FIELDS)};
static const struct doc_field SPECIALIST_FIELDS[] = {REVISE("false")};
const struct doc_record SPECIALIST_TEMPLATE = {"specialist opts", {&TEMPLATE_BASE}, DOC_FIELDS(SPECIALIST_FIELDS)};
static const struct doc_field REVIEW_FIELDS[] = {
    RUBRIC_OPTS_FIELDS,
    {"weights", WORD(NONE, WEIGHTS_NAMES), "\"equal\"", 0, "weights of ballots"},
    {"exclude", WORD(NONE, EXCLUDE_NAMES), "\"self\"", 0, "whose answers a reviewer does not judge"},
};
const struct doc_record REVIEW_TEMPLATE = {"peer_review template opts", {&TEMPLATE_BASE}, DOC_FIELDS(REVIEW_FIELDS)};
static const struct doc_field TOURNAMENT_FIELDS[] = {
    PAIRWISE_OPTS_FIELDS,
    {"max_iterations", INTEGER(NONE, 1, 16), NUMBER_TEXT(LEVELS_MOST), 0, "levels at most"},
};
const struct doc_record TOURNAMENT_TEMPLATE = {"tournament opts", {&TEMPLATE_BASE}, DOC_FIELDS(TOURNAMENT_FIELDS)};
static const struct doc_field CONSENSUS_FIELDS[] = {
    {"until", RAW(NONE, UNTIL), "{\"converged\":true}", 0, "when to stop"},
    {"max_iterations", INTEGER(NONE, 1, 16), NUMBER_TEXT(ITERATIONS_MOST), 0, ""},
};
const struct doc_record CONSENSUS_TEMPLATE = {"consensus opts", {&TEMPLATE_BASE}, DOC_FIELDS(CONSENSUS_FIELDS)};
const struct doc_record WEIGHTED_TEMPLATE = {"weighted_consensus opts", {&TEMPLATE_BASE}, DOC_FIELDS(WEIGHTED_FIELDS)};
/* Once more, where the first time did not settle it: of juries and debates. */
#define TWICE 2
static const struct doc_field JURY_FIELDS[] = {
    {"threshold", NUMBER(NONE, 0, 1), NUMBER_TEXT(CONFIDENCE_ENOUGH), 0, "mean confidence at which the jury is done"},
    {"max_iterations", INTEGER(NONE, 1, 16), NUMBER_TEXT(TWICE), 0, ""},
    VOTE_OPTS_FIELDS,
    {"aggregator", KNOWN(NONE, AGGREGATOR_NAMES, "unknown_aggregator"), NULL, 0, "the rule of counting"},
    {"weights", WORD(NONE, WEIGHTS_NAMES), "\"equal\"", 0, "weights of ballots"},
    {"tie_break", LIST(NONE, TIE_SHAPE, 7), NULL, 0, "rules, each narrows the tie"},
    {"early_stop", WORD(NONE, EARLY_STOP_NAMES), "\"shadow\"", 0, ""},
    {"weight_transform", WORD(NONE, TRANSFORM_NAMES), "\"linear\"", 0, "reliability weights only"},
    {"min_share", NUMBER(NONE, 0, 1), "0", 0, "approval only"},
    {"min_votes", INTEGER(NONE, 1, 64), "1", 0, "median_confidence only"},
    {"normalise", WORD(NONE, NORMALISE_NAMES), "\"none\"", 0, "mean_score only"},
    {"one_vote_per", WORD(NONE, ONE_VOTE_NAMES), "\"seat\"", 0, "share one vote among the ballots of a model or provider"},
    {"missing_counts_as", FILLED(NULLABLE, 0), "null", 0, "option that seats without a valid ballot count for"},
};
const struct doc_record JURY_TEMPLATE = {"jury_with_retry opts", {&TEMPLATE_BASE}, DOC_FIELDS(JURY_FIELDS)};
static const struct doc_field DEBATING_FIELDS[] = {
    {"until", RAW(NONE, UNTIL), "{\"converged\":true}", 0, "when to stop"},
    {"max_iterations", INTEGER(NONE, 1, 16), NUMBER_TEXT(TWICE), 0, ""},
    DEBATE_OPTS_FIELDS,
};
static const struct doc_record DEBATING = {"debate opts", {NULL}, DOC_FIELDS(DEBATING_FIELDS)};
const struct doc_record DEBATE_TEMPLATE = {"debate template opts", {&TEMPLATE_BASE, &DEBATING, &VOTE_PARTS}, DOC_FIELDS(AGGREGATOR_FIELDS)};
/* clang-format on */
