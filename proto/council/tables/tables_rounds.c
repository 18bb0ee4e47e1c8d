/* Rounds, their opts, templates and routers: deliberation sections 1.5, 3.3, 4, 5, 6.1. */
#include "shapes.h"

/* clang-format off */
static const struct shape ID_SHAPE = ID(NONE);
static const struct shape STRING_SHAPE = TEXT(NONE, 0);

const char *const AGGREGATORS[] = {"plurality", "majority", "borda", "condorcet", "approval",
    "median_confidence", "confidence_weighted", "weighted_mean", "reliability_weighted",
    "mean_score", "peer_ranking", "bracket", NULL};
static const char *const FAILURE_MODES[] = {"continue", "fail_fast", NULL};
static const char *const DISTINCT[] = {"member", "provider", "model", NULL};
static const char *const LOST[] = {"refuse", "continue", NULL};
static const char *const EXCLUDES[] = {"none", "self", "same_model", "same_provider", NULL};
static const char *const ATTRIBUTIONS[] = {"ids", "labels", NULL};
static const char *const TURNS[] = {"simultaneous", "sequential", NULL};
static const char *const CANDIDATES[] = {"options", "answers", "free", NULL};
static const char *const RANKED[] = {"options", "answers", NULL};
static const char *const BALLOTS[] = {"single", "approval", "score", NULL};
static const char *const SHOWS[] = {"own", "all", "none", NULL};
static const char *const WEIGHTS[] = {"equal", "member", "confidence", "reliability", NULL};
static const char *const TRANSFORMS[] = {"linear", "log_odds", NULL};
static const char *const TIE_RULES[] = {"pairwise", "votes", "confidence", "chair", "first", "lot", "none", NULL};
static const char *const BRACKET_TIES[] = {"rank", "confidence", "lot", NULL};
static const char *const EARLY_STOPS[] = {"shadow", "stop", "off", NULL};
static const char *const NORMALISE[] = {"none", "zscore", NULL};
static const char *const PARTIAL[] = {"average", "zero", NULL};
static const char *const COMPLETIONS[] = {"none", "schulze", "ranked_pairs", "order", NULL};
static const char *const ONE_VOTE[] = {"seat", "model", "provider", NULL};
static const char *const SEEDINGS[] = {"auto", "rank", "shuffle", "document", NULL};
static const char *const RETAIN[] = {"last", "pool", NULL};
static const char *const MODES[] = {"synthesize", "select", "verdict", NULL};
static const char *const SYNTHESIS_SCOPES[] = {"auto", "all", "remaining", NULL};
static const char *const SOURCES[] = {"static", "confidence", "equal", "reliability", NULL};
static const char *const ROUTER_WORDS[] = {"all", "rules", "sample", "reliability", "llm", NULL};
static const char *const EVERYBODY[] = {"all", NULL};

static const struct field QUORUM_FIELDS[] = {
    {"min", INTEGER(NULLABLE, 0, 1e6), "null", F_NOT_ASKED, NULL, "so many ok answers"},
    {"ratio", NUMBER(NULLABLE, 0, 1), "null", F_NOT_ASKED, NULL, "share of the seats asked"},
    {"distinct", WORD(NONE, DISTINCT), "\"member\"", F_NOT_ASKED, NULL, "count members, providers or models"},
};
const struct record QUORUM = {"quorum", {NULL}, RECORD_FIELDS(QUORUM_FIELDS)};
#define QUORUM_SHAPE {.types = T_INTEGER | T_OBJECT, .min = 0, .max = 1e6, .record = &QUORUM}

static const struct field ROUND_FIELDS[] = {
    {"type", FILLED(NONE, 0), NULL, F_REQUIRED, NULL, "a round type, or the name of a catalogue preset"},
    {"name", ID(NONE), NULL, 0, NULL, "default: the type; its k-th use: type + _k"},
    {"opts", RAW(NONE, "round opts"), "{}", 0, NULL, "the common opts and those of the type"},
    {"failure_mode", WORD(NONE, FAILURE_MODES), "\"continue\"", F_NOT_ASKED, NULL, "fail_fast: the first seat that fails fails the run"},
    {"quorum", QUORUM_SHAPE, "{\"ratio\":0.5}", F_NOT_ASKED, NULL, "n or {min, ratio, distinct}"},
    {"on_quorum_lost", WORD(NONE, LOST), "\"refuse\"", F_NOT_ASKED, NULL, "end the run as refused, or go on as degraded"},
    {"router", RAW(T_STRING | T_NULL, "router"), "null", 0, NULL, "instead of the council's"},
    {"members", {.types = T_ARRAY | T_NULL, .items = &ID_SHAPE, .max_items = 64, .flags = S_FILLED}, "null", 0, NULL, "fixed subset that the router chooses from"},
    {"deadline_ms", INTEGER(NULLABLE, 100, 86400000), "null", F_NOT_ASKED, NULL, "from the start of the round"},
    {"max_parallel", INTEGER(NULLABLE, 1, 64), "null", F_NOT_ASKED, NULL, "calls in flight; null: the operator's cap (16)"},
    {"metadata", METADATA, "{}", F_NOT_HASHED, NULL, "any content"},
};
const struct record ROUND = {"round", {NULL}, RECORD_FIELDS(ROUND_FIELDS)};

static const struct field PRESET_FIELDS[] = {
    {"type", FILLED(NONE, 0), NULL, F_REQUIRED, NULL, "a round type"},
    {"opts", RAW(NONE, "round opts"), "{}", 0, NULL, "opts; those of the document win"},
};
const struct record PRESET = {"round preset", {NULL}, RECORD_FIELDS(PRESET_FIELDS)};

static const struct field WRAP_FIELDS[] = {
    {"type", FILLED(NONE, 0), NULL, F_REQUIRED, NULL, "the wrapped round's type or preset"},
    {"opts", RAW(NONE, "round opts"), "{}", 0, NULL, "its opts"},
    {"quorum", QUORUM_SHAPE, NULL, F_NOT_ASKED, NULL, "default: that of the iterate round"},
    {"failure_mode", WORD(NONE, FAILURE_MODES), NULL, F_NOT_ASKED, NULL, "default: that of the iterate round"},
};
const struct record WRAP = {"wrap", {NULL}, RECORD_FIELDS(WRAP_FIELDS)};

static const struct field COMMON_FIELDS[] = {
    {"instructions", PROMPT(NULLABLE), "null", 0, NULL, "replaces the default instruction"},
    {"reask", INTEGER(NONE, 0, 2), "1", 0, NULL, "corrective re-asks after an unusable answer"},
    {"exclude", WORD(NONE, EXCLUDES), "\"self\"", 0, NULL, "whose answers a reviewer does not judge"},
    {"max_answer_bytes", INTEGER(NONE, 1024, 1048576), "32768", 0, NULL, "a longer block is cut in the middle"},
    {"anonymity", OBJECT(NONE, ANONYMITY), "{}", 0, NULL, "over the council's"},
};
static const struct record COMMON = {"common opts", {NULL}, RECORD_FIELDS(COMMON_FIELDS)};

static const struct shape TIE_SHAPE = KNOWN(NONE, TIE_RULES, NULL, "tie_break");
static const struct field AGGREGATOR_FIELDS[] = {
    {"aggregator", KNOWN(NONE, AGGREGATORS, "unknown_aggregator", "aggregator"), NULL, 0, NULL, "the rule of counting"},
    {"weights", KNOWN(NONE, WEIGHTS, NULL, "weights"), "\"equal\"", 0, NULL, "weights of ballots"},
    {"weight_transform", WORD(NONE, TRANSFORMS), "\"linear\"", 0, NULL, "reliability weights only"},
    {"tie_break", LIST(NONE, TIE_SHAPE, 7), NULL, 0, NULL, "rules, each narrows the tie; default by aggregator"},
    {"early_stop", KNOWN(NONE, EARLY_STOPS, NULL, "early_stop"), "\"shadow\"", 0, NULL, "shadow: only report that the leader cannot be caught"},
    {"threshold", NUMBER(NONE, 0.5, 1), "0.5", 0, NULL, "majority only"},
    {"of", WORD(NONE, ((const char *const[]){"seats", "cast", NULL})), "\"seats\"", 0, NULL, "majority only: what the threshold is a share of"},
    {"min_share", NUMBER(NONE, 0, 1), "0", 0, NULL, "approval only"},
    {"min_votes", INTEGER(NONE, 1, 64), "1", 0, NULL, "median_confidence only: options with fewer votes cannot win"},
    {"normalise", WORD(NONE, NORMALISE), "\"none\"", 0, NULL, "mean_score only"},
    {"partial", WORD(NONE, PARTIAL), "\"average\"", 0, NULL, "borda and peer_ranking: places left unranked"},
    {"completion", WORD(NONE, COMPLETIONS), "\"none\"", 0, NULL, "condorcet only"},
    {"one_vote_per", KNOWN(NONE, ONE_VOTE, NULL, "one_vote_per"), "\"seat\"", 0, NULL, "share one vote among the ballots of a model or provider"},
    {"missing_counts_as", FILLED(NULLABLE, 0), "null", 0, NULL, "option that seats without a valid ballot count for"},
};
static const struct record AGGREGATE = {"aggregator opts", {NULL}, RECORD_FIELDS(AGGREGATOR_FIELDS)};

static const struct field SCALE_FIELDS[] = {
    {"min", NUMBER(NONE, -1e6, 1e6), "0", 0, NULL, "worst score"},
    {"max", NUMBER(NONE, -1e6, 1e6), "10", 0, NULL, "best score"},
};
const struct record SCALE = {"scale", {NULL}, RECORD_FIELDS(SCALE_FIELDS)};

static const struct field OPTION_FIELDS[] = {
    {"id", FILLED(NONE, 200), NULL, F_REQUIRED, NULL, "an id, or the text itself"},
    {"text", FILLED(NONE, 0), NULL, F_REQUIRED, NULL, "what the option means"},
};
static const struct record OPTION = {"option", {NULL}, RECORD_FIELDS(OPTION_FIELDS)};
static const struct shape OPTION_SHAPE = {.types = T_STRING | T_OBJECT, .max_length = 200, .flags = S_FILLED, .record = &OPTION};
#define OPTIONS_FIELD(doc) {"options", LIST(NONE, OPTION_SHAPE, 0), NULL, 0, NULL, doc}

static const struct field RUBRIC_FIELDS[] = {
    {"id", ID(NONE), NULL, F_REQUIRED, NULL, "unique"},
    {"text", FILLED(NONE, 0), NULL, F_REQUIRED, NULL, "the criterion"},
    {"weight", NUMBER(NONE, 0, 1000), "1", 0, NULL, ""},
};
const struct record RUBRIC = {"criterion", {NULL}, RECORD_FIELDS(RUBRIC_FIELDS)};
static const struct shape RUBRIC_SHAPE = OBJECT(NONE, RUBRIC);

static const struct record INDEPENDENT_OPTS = {"independent_analysis opts", {&COMMON}, NULL, 0};

#define REVISE(value) {"revise", BOOLEAN(NONE), value, 0, NULL, "ask for a revised answer too"}
#define ATTRIBUTION(value) {"attribution", WORD(NONE, ATTRIBUTIONS), value, 0, NULL, "how authors are named"}
static const struct field PEER_REVIEW_FIELDS[] = {REVISE("false"), ATTRIBUTION("\"ids\"")};
static const struct record PEER_REVIEW_OPTS = {"peer_review opts", {&COMMON}, RECORD_FIELDS(PEER_REVIEW_FIELDS)};

static const struct field ANONYMIZED_FIELDS[] = {
    {"rubric", LIST(NONE, RUBRIC_SHAPE, 10), "[]", 0, "rubric", "criteria; then reviewers score as well as rank"},
    {"scale", OBJECT(NONE, SCALE), "{}", 0, NULL, "of the rubric's scores"},
    {"ceiling", FILLED(NULLABLE, 0), "null", 0, NULL, "a criterion: no total above its score"},
};
static const struct record ANONYMIZED_OPTS = {"anonymized_peer_review opts", {&COMMON, &AGGREGATE}, RECORD_FIELDS(ANONYMIZED_FIELDS)};

static const struct field CRITIQUE_FIELDS[] = {REVISE("true"), ATTRIBUTION("\"labels\"")};
static const struct record CRITIQUE_OPTS = {"critique opts", {&COMMON}, RECORD_FIELDS(CRITIQUE_FIELDS)};

#define DEBATE_OPTS_FIELDS                                                                          \
    {"turns", WORD(NONE, TURNS), "\"simultaneous\"", 0, NULL, "sequential: each sees what was said before"}, \
    {"stances", MAP(NONE, STRING_SHAPE, 64), "{}", 0, NULL, "member id -> for, against, neutral or a sentence"}
static const struct field DEBATE_FIELDS[] = {DEBATE_OPTS_FIELDS, ATTRIBUTION("\"labels\"")};
static const struct record DEBATE_OPTS = {"debate opts", {&COMMON}, RECORD_FIELDS(DEBATE_FIELDS)};

#define VOTE_OPTS_FIELDS                                                                            \
    {"question", TEXT(NULLABLE, 0), "null", 0, NULL, "null: Which option is the right answer to the task?"}, \
    {"candidates", WORD(NONE, CANDIDATES), NULL, 0, NULL, "options when given, else free"}, \
    OPTIONS_FIELD("2 to 26 strings or {id, text}"), \
    {"ballot", WORD(NONE, BALLOTS), "\"single\"", 0, NULL, "what a ballot holds"}, \
    {"scale", OBJECT(NONE, SCALE), "{}", 0, NULL, "of score ballots"}, \
    {"allow_abstain", BOOLEAN(NONE), "false", 0, NULL, "may a member choose abstain?"}, \
    {"show", WORD(NONE, SHOWS), "\"own\"", 0, NULL, "which current answers a voter sees"}
static const struct field VOTE_FIELDS[] = {VOTE_OPTS_FIELDS};
static const struct record VOTE_PARTS = {"vote", {NULL}, RECORD_FIELDS(VOTE_FIELDS)};
static const struct record VOTE_OPTS = {"vote opts", {&COMMON, &VOTE_PARTS, &AGGREGATE}, NULL, 0};

static const struct field RANKING_FIELDS[] = {
    {"question", TEXT(NULLABLE, 0), "null", 0, NULL, "null: Which candidate answers the task best?"},
    {"candidates", WORD(NONE, RANKED), NULL, 0, NULL, "options when given, else answers"},
    OPTIONS_FIELD("2 to 26 strings or {id, text}"),
    {"show", WORD(NONE, SHOWS), "\"own\"", 0, NULL, "which current answers a voter sees"},
};
static const struct record RANKING_OPTS = {"ranking opts", {&COMMON, &AGGREGATE}, RECORD_FIELDS(RANKING_FIELDS)};

static const struct shape BRACKET_TIE_SHAPE = WORD(NONE, BRACKET_TIES);
#define SEAT_OR_NAME(n) {.types = T_STRING | T_OBJECT | (n), .flags = S_FILLED, .record = &MEMBER}
#define PAIRWISE_OPTS_FIELDS                                                                        \
    {"judge", SEAT_OR_NAME(NONE), NULL, 0, NULL, "chair, members, a member id or a seat; default: chair if there is one, else members"}, \
    {"swap", BOOLEAN(NONE), "true", 0, NULL, "judge both orders of each pair"}, \
    {"seeding", WORD(NONE, SEEDINGS), "\"auto\"", 0, NULL, "auto: by the latest ranking, else shuffled"}
static const struct field PAIRWISE_FIELDS[] = {
    PAIRWISE_OPTS_FIELDS,
    {"tie_break", LIST(NONE, BRACKET_TIE_SHAPE, 3), "[\"rank\",\"confidence\",\"lot\"]", 0, NULL, "rules for a match without a winner"},
};
static const struct record PAIRWISE_OPTS = {"pairwise_elimination opts", {&COMMON}, RECORD_FIELDS(PAIRWISE_FIELDS)};

static const struct field ITERATE_FIELDS[] = {
    {"wrap", {.types = T_STRING | T_OBJECT, .flags = S_FILLED, .record = &WRAP}, NULL, F_REQUIRED, NULL, "the round to repeat"},
    {"max_iterations", INTEGER(NONE, 1, 16), NULL, 0, NULL, "default 3; 16 around pairwise_elimination"},
    {"min_iterations", INTEGER(NONE, 1, 16), "1", 0, NULL, ""},
    {"until", RAW(NONE, "until"), "{\"converged\":true}", 0, NULL, "when to stop"},
    {"blind", BOOLEAN(NONE), "false", 0, NULL, "every iteration has the prompts of the first"},
    {"retain", WORD(NONE, RETAIN), "\"last\"", 0, NULL, "pool: count the ballots of all iterations"},
};
static const struct record ITERATE_OPTS = {"iterate opts", {&COMMON}, RECORD_FIELDS(ITERATE_FIELDS)};

static const struct field SYNTHESIS_FIELDS[] = {
    {"mode", KNOWN(NONE, MODES, NULL, "mode"), "\"synthesize\"", 0, NULL, "write, choose a response, or choose an option"},
    OPTIONS_FIELD("mode verdict: 2 to 26 strings or {id, text}"),
    {"scope", WORD(NONE, SYNTHESIS_SCOPES), "\"auto\"", 0, NULL, "whose answers are shown; auto: remaining after an elimination"},
    {"include_reviews", BOOLEAN(NONE), "true", 0, NULL, "show reviews to the chair"},
    {"show_roles", BOOLEAN(NONE), "true", 0, NULL, "show roles to the chair"},
    {"extract_dissent", {.types = T_BOOLEAN, .named = NULL}, "false", 0, "extract_dissent", "the chair also lists every point in dispute"},
};
static const struct record SYNTHESIS_PARTS = {"synthesis", {NULL}, RECORD_FIELDS(SYNTHESIS_FIELDS)};
static const struct record SYNTHESIS_OPTS = {"synthesis opts", {&COMMON, &SYNTHESIS_PARTS}, NULL, 0};

static const struct shape SOURCE_SHAPE = KNOWN(NONE, SOURCES, NULL, "source");
#define SOURCES_FIELD {"sources", {.types = T_ARRAY, .items = &SOURCE_SHAPE, .max_items = 4, .flags = S_FILLED}, "[\"static\",\"confidence\",\"equal\"]", 0, NULL, "the first that gives a value is used"}
static const struct field WEIGHTED_FIELDS[] = {SOURCES_FIELD};
static const struct record WEIGHTED_OPTS = {"weighted_synthesis opts", {&COMMON, &SYNTHESIS_PARTS}, RECORD_FIELDS(WEIGHTED_FIELDS)};

const struct variant ROUND_TYPES[] = {
    {"independent_analysis", &INDEPENDENT_OPTS, "each member answers the task alone"},
    {"peer_review", &PEER_REVIEW_OPTS, "members review the answers of the others"},
    {"anonymized_peer_review", &ANONYMIZED_OPTS, "members rank the answers of the others by label"},
    {"critique", &CRITIQUE_OPTS, "members object to every answer and revise their own"},
    {"debate", &DEBATE_OPTS, "members argue and answer again"},
    {"vote", &VOTE_OPTS, "members choose among options or answers"},
    {"ranking", &RANKING_OPTS, "members order options or answers"},
    {"pairwise_elimination", &PAIRWISE_OPTS, "one level of a tournament of answers"},
    {"iterate", &ITERATE_OPTS, "repeats a round until a condition holds"},
    {"synthesis", &SYNTHESIS_OPTS, "the chair writes the final answer"},
    {"weighted_synthesis", &WEIGHTED_OPTS, "the same, with a weight for each answer"},
    {NULL, NULL, NULL},
};

#define TEMPLATE_COMMON                                                                             \
    {"quorum", QUORUM_SHAPE, NULL, 0, NULL, "put on each round"}, \
    {"failure_mode", WORD(NONE, FAILURE_MODES), NULL, 0, NULL, "put on each round"}
static const struct field PANEL_FIELDS[] = {TEMPLATE_COMMON};
static const struct record TEMPLATE_BASE = {"template", {NULL}, RECORD_FIELDS(PANEL_FIELDS)};
static const struct record PANEL = {"parallel_panel opts", {&TEMPLATE_BASE}, NULL, 0};
static const struct record VOTING = {"voting opts", {&TEMPLATE_BASE, &VOTE_PARTS, &AGGREGATE}, RECORD_FIELDS(COMMON_FIELDS)};
static const struct field SPECIALIST_FIELDS[] = {REVISE("false")};
static const struct record SPECIALIST = {"specialist opts", {&TEMPLATE_BASE}, RECORD_FIELDS(SPECIALIST_FIELDS)};
static const struct field KARPATHY_FIELDS[] = {
    {"rubric", LIST(NONE, RUBRIC_SHAPE, 10), "[]", 0, "rubric", "criteria; then reviewers score as well as rank"},
    {"weights", KNOWN(NONE, WEIGHTS, NULL, "weights"), "\"equal\"", 0, NULL, "weights of ballots"},
    {"exclude", WORD(NONE, EXCLUDES), "\"self\"", 0, NULL, "whose answers a reviewer does not judge"},
};
static const struct record KARPATHY = {"peer_review template opts", {&TEMPLATE_BASE}, RECORD_FIELDS(KARPATHY_FIELDS)};
static const struct field TOURNAMENT_FIELDS[] = {
    PAIRWISE_OPTS_FIELDS,
    {"max_iterations", INTEGER(NONE, 1, 16), "16", 0, NULL, "levels at most"},
};
static const struct record TOURNAMENT = {"tournament opts", {&TEMPLATE_BASE}, RECORD_FIELDS(TOURNAMENT_FIELDS)};
static const struct field CONSENSUS_FIELDS[] = {
    {"until", RAW(NONE, "until"), "{\"converged\":true}", 0, NULL, "when to stop"},
    {"max_iterations", INTEGER(NONE, 1, 16), "3", 0, NULL, ""},
};
static const struct record CONSENSUS = {"consensus opts", {&TEMPLATE_BASE}, RECORD_FIELDS(CONSENSUS_FIELDS)};
static const struct record WEIGHTED_CONSENSUS = {"weighted_consensus opts", {&TEMPLATE_BASE}, RECORD_FIELDS(WEIGHTED_FIELDS)};
static const struct field JURY_FIELDS[] = {
    {"threshold", NUMBER(NONE, 0, 1), "0.7", 0, NULL, "mean confidence at which the jury is done"},
    {"max_iterations", INTEGER(NONE, 1, 16), "2", 0, NULL, ""},
    VOTE_OPTS_FIELDS,
    {"aggregator", KNOWN(NONE, AGGREGATORS, "unknown_aggregator", "aggregator"), NULL, 0, NULL, "the rule of counting"},
    {"weights", KNOWN(NONE, WEIGHTS, NULL, "weights"), "\"equal\"", 0, NULL, "weights of ballots"},
    {"tie_break", LIST(NONE, TIE_SHAPE, 7), NULL, 0, NULL, "rules, each narrows the tie"},
    {"early_stop", KNOWN(NONE, EARLY_STOPS, NULL, "early_stop"), "\"shadow\"", 0, NULL, ""},
    {"weight_transform", WORD(NONE, TRANSFORMS), "\"linear\"", 0, NULL, "reliability weights only"},
    {"min_share", NUMBER(NONE, 0, 1), "0", 0, NULL, "approval only"},
    {"min_votes", INTEGER(NONE, 1, 64), "1", 0, NULL, "median_confidence only"},
    {"normalise", WORD(NONE, NORMALISE), "\"none\"", 0, NULL, "mean_score only"},
    {"one_vote_per", KNOWN(NONE, ONE_VOTE, NULL, "one_vote_per"), "\"seat\"", 0, NULL, "share one vote among the ballots of a model or provider"},
    {"missing_counts_as", FILLED(NULLABLE, 0), "null", 0, NULL, "option that seats without a valid ballot count for"},
};
static const struct record JURY = {"jury_with_retry opts", {&TEMPLATE_BASE}, RECORD_FIELDS(JURY_FIELDS)};
static const struct field DEBATING_FIELDS[] = {
    {"until", RAW(NONE, "until"), "{\"converged\":true}", 0, NULL, "when to stop"},
    {"max_iterations", INTEGER(NONE, 1, 16), "2", 0, NULL, ""},
    DEBATE_OPTS_FIELDS,
};
static const struct record DEBATING = {"debate opts", {NULL}, RECORD_FIELDS(DEBATING_FIELDS)};
static const struct record DEBATE_TEMPLATE = {"debate template opts", {&TEMPLATE_BASE, &DEBATING, &VOTE_PARTS}, RECORD_FIELDS(AGGREGATOR_FIELDS)};

const struct variant TEMPLATES[] = {
    {"parallel_panel", &PANEL, "independent_analysis; synthesis if there is a chair"},
    {"voting", &VOTING, "independent_analysis; vote; synthesis if there is a chair"},
    {"specialist", &SPECIALIST, "independent_analysis; peer_review; synthesis if there is a chair"},
    {"peer_review", &KARPATHY, "independent_analysis; anonymized_peer_review; synthesis if there is a chair"},
    {"karpathy", &KARPATHY, "another name for peer_review"},
    {"tournament", &TOURNAMENT, "independent_analysis; iterate(pairwise_elimination); synthesis if there is a chair"},
    {"consensus", &CONSENSUS, "independent_analysis; iterate(critique); synthesis if there is a chair"},
    {"weighted_consensus", &WEIGHTED_CONSENSUS, "independent_analysis with self_report; weighted_synthesis"},
    {"jury_with_retry", &JURY, "the same question again, blind, until the jury is confident; synthesis if there is a chair"},
    {"debate", &DEBATE_TEMPLATE, "independent_analysis; iterate(debate); vote if options are given; synthesis if there is a chair"},
    {NULL, NULL, NULL},
};

#define KIND_FIELD {"kind", KNOWN(NONE, ROUTER_WORDS, "unknown_router", "router"), NULL, F_REQUIRED, NULL, "all, rules, sample, reliability or llm"}
static const struct field ALL_FIELDS[] = {KIND_FIELD};
static const struct record ALL_ROUTER = {"router all", {NULL}, RECORD_FIELDS(ALL_FIELDS)};
static const struct field RULE_FIELDS[] = {
    {"when", RAW(NONE, "condition"), NULL, F_REQUIRED, NULL, "a condition"},
    {"members", {.types = T_ARRAY, .items = &ID_SHAPE, .flags = S_FILLED}, NULL, F_REQUIRED, NULL, "member ids"},
};
static const struct record RULE = {"rule", {NULL}, RECORD_FIELDS(RULE_FIELDS)};
static const struct shape RULE_SHAPE = OBJECT(NONE, RULE);
static const struct field RULES_FIELDS[] = {
    KIND_FIELD,
    {"rules", {.types = T_ARRAY, .items = &RULE_SHAPE, .max_items = 64, .flags = S_FILLED}, NULL, F_REQUIRED, NULL, "the first whose condition holds"},
    {"otherwise", {.types = T_STRING | T_ARRAY, .words = EVERYBODY, .items = &ID_SHAPE, .flags = S_FILLED}, "\"all\"", 0, NULL, "member ids, or all"},
};
static const struct record RULES_ROUTER = {"router rules", {NULL}, RECORD_FIELDS(RULES_FIELDS)};
static const struct field SAMPLE_FIELDS[] = {
    KIND_FIELD,
    {"k", INTEGER(NONE, 1, 64), NULL, F_REQUIRED, NULL, "so many members"},
};
static const struct record SAMPLE_ROUTER = {"router sample", {NULL}, RECORD_FIELDS(SAMPLE_FIELDS)};
static const struct record RELIABILITY_ROUTER = {"router reliability", {NULL}, RECORD_FIELDS(SAMPLE_FIELDS)};
static const struct field LLM_FIELDS[] = {
    KIND_FIELD,
    {"max", INTEGER(NONE, 1, 64), NULL, F_REQUIRED, NULL, "so many members at most"},
    {"seat", SEAT_OR_NAME(NULLABLE), "null", 0, NULL, "a member id or a seat; null: the chair"},
};
static const struct record LLM_ROUTER = {"router llm", {NULL}, RECORD_FIELDS(LLM_FIELDS)};

const struct variant ROUTER_KINDS[] = {
    {"all", &ALL_ROUTER, "the pool"},
    {"rules", &RULES_ROUTER, "by conditions"},
    {"sample", &SAMPLE_ROUTER, "k at random, fresh each round"},
    {"reliability", &RELIABILITY_ROUTER, "the k most reliable"},
    {"llm", &LLM_ROUTER, "a model chooses"},
    {NULL, NULL, NULL},
};
/* clang-format on */
