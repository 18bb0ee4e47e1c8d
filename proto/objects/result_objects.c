#include "result_objects.h"

#include "call_objects.h"
#include "round_objects.h"
#include "rows.h"

const char *const WORDS_SELECTED_KIND[] = {"static", "dynamic", "built", "fallback", NULL};

/* ---- what is missing ---- */

static const struct field HEARD[] = {{"ok", FIELD_INT, ALWAYS, .doc = "seats that answered"},
                                     {"of", FIELD_INT, ALWAYS, .doc = "seats that should have"},
                                     FIELDS_END};
static OBJECT(HEARD_SEATS, "Heard", HEARD, "How many answered, over all rounds of members.");

static const struct field DEGRADED_REASON[] = {
    {"code", FIELD_STRING, ALWAYS, .doc = "what kind of thing"},
    {"index", FIELD_INT, OR_NULL, .doc = "of the round"},
    {"iteration", FIELD_INT, OR_NULL, .doc = "of the loop"},
    {"member_id", FIELD_STRING, OR_NULL, .doc = "the seat"},
    {"detail", FIELD_STRING, OR_NULL, .doc = "more of it"},
    FIELDS_END};
static OBJECT(DEGRADED, "DegradedReason", DEGRADED_REASON, "Why an answer is not a whole one.");

static const struct field RESULT_WARNING[] = {
    {"code", FIELD_STRING, ALWAYS, .doc = "what kind of thing"},
    {"message", FIELD_STRING, ALWAYS, .doc = "for people"},
    {"index", FIELD_INT, OR_NULL, .doc = "of the round"},
    {"member_id", FIELD_STRING, OR_NULL, .doc = "the seat"},
    FIELDS_END};
static OBJECT(WARNING, "RunWarning", RESULT_WARNING, "What is doubtful in a run.");

/* ---- seats ---- */

static const struct field CURRENT_ANSWER[] = {
    ROW_INDEX,
    ROW_ITERATION,
    {"stale", FIELD_BOOL, ALWAYS, .doc = "a later round of answers failed for it"},
    FIELDS_END};
static OBJECT(CURRENT, "CurrentAnswer", CURRENT_ANSWER, "Where a seat's answer stands.");

static const struct field SEAT_SUMMARY[] = {
    {"role", FIELD_STRING, OR_NULL, .doc = "as configured"},
    {"label", FIELD_STRING, OR_NULL, .doc = "what the others know it by"},
    {"provider", FIELD_STRING, ALWAYS, .doc = "of the seat"},
    {"model", FIELD_STRING, ALWAYS, .doc = "of the seat"},
    {"calls", FIELD_INT, ALWAYS, .doc = "how often it was asked"},
    {"statuses", FIELD_ARRAY, ALWAYS, .item = &ITEM_ID, .doc = "of each round"},
    {"current_answer", FIELD_OBJECT, OR_NULL, .of = &CURRENT, .doc = "null: it has none"},
    ROW_USAGE("of all its calls"),
    ROW_COST,
    ROW_LATENCY,
    {"confidence", FIELD_NUMBER, OR_NULL, .doc = "0 to 1; null: not told"},
    FIELDS_END};
static OBJECT(SEAT, "SeatSummary", SEAT_SUMMARY, "What a seat did in the whole run.");

/* ---- measures ---- */

static const struct field DISSENT[] = {
    ROW_INDEX,
    ROW_MEMBER,
    {"kind", FIELD_STRING, ALWAYS, .doc = "of `vote`, of `ranking`, or told by the `chair`"},
    {"position", FIELD_ONE_OR_MORE, ALWAYS, .doc = "what it wants"},
    {"text", FIELD_STRING, OR_NULL, .doc = "why, cut at 4 KiB"},
    FIELDS_END};
static OBJECT(ONE_DISSENT, "Dissent", DISSENT, "A voice against what was decided.");

static const struct field CONSENSUS_SCORE[] = {
    {"value", FIELD_NUMBER, OR_NULL, .doc = "0 to 1"},
    {"method", FIELD_STRING, OR_NULL, .doc = "by `texts`, `votes` or `rankings`"},
    FIELDS_END};
static OBJECT(CONSENSUS, "ConsensusScore", CONSENSUS_SCORE, "How far a round agrees.");

static const struct field DISAGREEMENT[] = {
    ROW_INDEX,
    ROW_ITERATION,
    {"agreement", FIELD_NUMBER, OR_NULL, .doc = "as the round has it"},
    {"baseline", FIELD_NUMBER, OR_NULL, .doc = "how far the texts differ"},
    {"vote_entropy", FIELD_NUMBER, OR_NULL, .doc = "0: all alike, 1: all spread"},
    {"outlier", FIELD_STRING, OR_NULL, .doc = "whose text is least like the others"},
    {"consensus_score", FIELD_OBJECT, ALWAYS, .of = &CONSENSUS, .doc = "in one number"},
    FIELDS_END};
static OBJECT(DISAGREES, "Disagreement", DISAGREEMENT, "How far a round disagrees.");

static const struct field BIAS_MEASURE[] = {
    {"value", FIELD_NUMBER, OR_NULL, .doc = "null: not measurable"},
    {"n", FIELD_INT, ALWAYS, .doc = "cases that it is made of"},
    {"flagged", FIELD_BOOL, ALWAYS, .doc = "there are enough, and it is large"},
    FIELDS_END};
static OBJECT(MEASURE, "BiasMeasure", BIAS_MEASURE, "One way in which judges may be partial.");

#define ROW_MEASURE(NAME, DOC)                                                                     \
    {                                                                                              \
        NAME, FIELD_OBJECT, ALWAYS, .of = &MEASURE, .doc = (DOC)                                   \
    }
static const struct field JUDGE_BIAS[] = {
    ROW_MEASURE("position", "for what is shown early or late"),
    ROW_MEASURE("length", "for long answers"),
    ROW_MEASURE("label", "for labels"),
    ROW_MEASURE("same_provider", "for answers of the own provider"),
    ROW_MEASURE("position_inconsistent", "matches that turn with the order"),
    FIELDS_END};
static OBJECT(BIAS, "JudgeBias", JUDGE_BIAS, "Whether judges look at what they should not.");

static const struct field FLIP[] = {
    ROW_INDEX,
    ROW_ITERATION,
    ROW_MEMBER,
    {"changed", FIELD_BOOL, ALWAYS, .doc = "its answer is another one"},
    {"toward_majority", FIELD_BOOL, ALWAYS, .doc = "nearer to what the others said before"},
    FIELDS_END};
static OBJECT(ONE_FLIP, "Flip", FLIP, "Whether a seat changed its mind.");

static const struct field FLIPS[] = {
    {"members", FIELD_ARRAY, ALWAYS, .of = &ONE_FLIP, .doc = "seats, round by round"},
    {"changed", FIELD_INT, ALWAYS, .doc = "how many"},
    {"toward_majority", FIELD_INT, ALWAYS, .doc = "how many"},
    {"capitulation", FIELD_NUMBER, OR_NULL, .doc = "the second by the first"},
    FIELDS_END};
static OBJECT(ALL_FLIPS, "Flips", FLIPS, "Who changed its mind, and where to.");

static const struct field REPORTS[] = {
    {"disagreement", FIELD_ARRAY, OR_NULL, .of = &DISAGREES, .doc = "by round"},
    {"judge_bias", FIELD_OBJECT, OR_NULL, .of = &BIAS, .doc = "of all judges together"},
    {"flips", FIELD_OBJECT, OR_NULL, .of = &ALL_FLIPS, .doc = "of debate and critique"},
    FIELDS_END};
static OBJECT(ALL_REPORTS, "Reports", REPORTS, "Measures; null: not asked for.");

/* ---- accounts ---- */

static const struct field TOTAL_USAGE[] = {
    {"input_tokens", FIELD_INT, OR_NULL, .doc = "read; null: nobody reported it"},
    {"output_tokens", FIELD_INT, OR_NULL, .doc = "written; null: nobody reported it"},
    {"cached_input_tokens", FIELD_INT, OR_NULL, .doc = "of those read, from a cache"},
    {"reasoning_tokens", FIELD_INT, OR_NULL, .doc = "of those written, as reasoning"},
    {"attempts", FIELD_INT, ALWAYS, .doc = "requests to providers"},
    {"calls", FIELD_INT, ALWAYS, .doc = "seats asked"},
    {"estimated_tokens", FIELD_INT, ALWAYS, .doc = "that the budget counts and nobody reported"},
    FIELDS_END};
static OBJECT(TOTAL, "TotalUsage", TOTAL_USAGE, "What the whole run used.");

static const struct field BUDGET_LIMITS[] = {
    {"max_tokens", FIELD_INT, OR_NULL, .doc = "null: no limit"},
    {"max_cost", FIELD_NUMBER, OR_NULL, .doc = "null: no limit"},
    {"max_calls", FIELD_INT, OR_NULL, .doc = "null: no limit"},
    {"chair_reserve", FIELD_NUMBER, ALWAYS, .doc = "the part that only the chair may use"},
    FIELDS_END};
static OBJECT(LIMITS, "BudgetLimits", BUDGET_LIMITS, "What a run may use.");

static const struct field BUDGET[] = {
    {"limits", FIELD_OBJECT, ALWAYS, .of = &LIMITS, .doc = "in force"},
    {"charged_tokens", FIELD_INT, ALWAYS, .doc = "counted"},
    {"charged_cost", FIELD_NUMBER, ALWAYS, .doc = "counted, in USD"},
    {"peak_reserved_tokens", FIELD_INT, ALWAYS, .doc = "held back at a time, at most"},
    {"refused_calls", FIELD_INT, ALWAYS, .doc = "that the limits did not hold"},
    {"budget_carried", FIELD_OBJECT, SOMETIMES, .of = &OBJECT_CHARGE,
     .doc = "of the runs before this one, in a resumption"},
    FIELDS_END};
static OBJECT(LEDGER, "Budget", BUDGET, "What was counted against the limits.");

static const struct field TIMING[] = {
    {"started_at", FIELD_TIME, ALWAYS, .doc = "wall clock"},
    {"finished_at", FIELD_TIME, ALWAYS, .doc = "wall clock"},
    {"duration_ms", FIELD_INT, ALWAYS, .doc = "between them"},
    {"deadline_ms", FIELD_INT, ALWAYS, .doc = "that it had"},
    {"stage_ms", FIELD_ARRAY, ALWAYS, .item = &ITEM_COUNT, .doc = "of each round"},
    FIELDS_END};
static OBJECT(TIMES, "Timing", TIMING, "When it ran.");

static const struct field SELECTION_STEP[] = {
    {"strategy", FIELD_STRING, ALWAYS, .doc = "that was tried"},
    {"result", FIELD_STRING, ALWAYS, .doc = "`match` or `no_match`"},
    {"reason", FIELD_STRING, OR_NULL, .doc = "why"},
    FIELDS_END};
OBJECT(OBJECT_SELECTION_STEP, "SelectionStep", SELECTION_STEP, "One try to choose a council.");

static const struct field SELECTION[] = {ROWS_SELECTION(OR_NULL), FIELDS_END};
static OBJECT(SELECTED, "Selection", SELECTION, "How the council was chosen.");

static const struct field CALL_RANGE[] = {
    {"min", FIELD_INT, ALWAYS, .doc = "at least"},
    {"max", FIELD_INT, ALWAYS, .doc = "at most, without retries, re-asks and tools"},
    FIELDS_END};
static OBJECT(CALLS, "CallRange", CALL_RANGE, "How many calls were planned.");

static const struct field PLANNED[] = {
    {"min", FIELD_NUMBER, ALWAYS, .doc = "at least"},
    {"max", FIELD_NUMBER, ALWAYS, .doc = "at most"},
    {"calls", FIELD_OBJECT, ALWAYS, .of = &CALLS, .doc = "that make it"},
    FIELDS_END};
static OBJECT(PLAN, "PlannedEffort", PLANNED, "What a run was planned to be.");

static const struct field COMPLEXITY[] = {
    {"planned", FIELD_OBJECT, ALWAYS, .of = &PLAN, .doc = "before"},
    {"actual", FIELD_NUMBER, ALWAYS, .doc = "thousands of tokens, by tiers of models"},
    FIELDS_END};
static OBJECT(EFFORT, "Complexity", COMPLEXITY, "How much work it was; no unit, no price.");

static const struct field RESUME[] = {
    {"from", FIELD_STRING, ALWAYS, .doc = "run_id of the run that this one goes on from"},
    {"reused_calls", FIELD_INT, ALWAYS, .doc = "answers that were not bought again"},
    {"saved_tokens", FIELD_INT, ALWAYS, .doc = "in them"},
    {"saved_cost", FIELD_NUMBER, OR_NULL, .doc = "in USD"},
    FIELDS_END};
static OBJECT(RESUMED, "ResumeSummary", RESUME, "What a resumption did not pay for again.");

/* ---- all of it ---- */

static const char *const STATUSES[] = {"completed", "failed", "cancelled", NULL};

static const struct field RESULT[] = {
    {"schema_version", FIELD_INT, ALWAYS, .doc = "1"},
    {"engine_version", FIELD_STRING, ALWAYS, .doc = "of the rules"},
    {"run_id", FIELD_STRING, ALWAYS, .doc = "the run"},
    {"council_id", FIELD_STRING, ALWAYS, .doc = "the council"},
    {"council_name", FIELD_STRING, OR_NULL, .doc = "for people"},
    {"council_sha256", FIELD_STRING, ALWAYS, .doc = "of the resolved council"},
    {"input_sha256", FIELD_STRING, ALWAYS, .doc = "of the question"},
    {"seed", FIELD_STRING, ALWAYS, .doc = "of all that is drawn by lot"},
    {"status", FIELD_WORD, ALWAYS, .words = STATUSES, .doc = "in three words"},
    {"outcome", FIELD_WORD, ALWAYS, .words = WORDS_OUTCOME, .doc = "how it ended"},
    {"degraded", FIELD_BOOL, ALWAYS, .doc = "there are degraded reasons"},
    {"heard", FIELD_OBJECT, ALWAYS, .of = &HEARD_SEATS, .doc = "how many answered"},
    {"degraded_reasons", FIELD_ARRAY, ALWAYS, .of = &DEGRADED, .doc = "as they came"},
    {"errors", FIELD_ARRAY, ALWAYS, .of = &OBJECT_CALL_ERROR, .doc = "as they came"},
    {"warnings", FIELD_ARRAY, ALWAYS, .of = &WARNING, .doc = "as they came"},
    {"final", FIELD_OBJECT, OR_NULL, .of = &OBJECT_FINAL, .doc = "the answer"},
    {"members", FIELD_MAP, ALWAYS, .of = &SEAT, .doc = "by seat, the chair too"},
    {"labels", FIELD_MAP, ALWAYS, .item = &ITEM_ID, .doc = "who is called what in this run"},
    {"label_maps", FIELD_MAP, ALWAYS, .item = &ITEM_LABELS, .doc = "of a round or a call alone"},
    {"rounds", FIELD_ARRAY, OR_NULL, .of = &OBJECT_ROUND_RESULT,
     .doc = "each round and iteration; null: too long for an event"},
    {"rounds_omitted", FIELD_BOOL, SOMETIMES, .doc = "true: the journal's events tell the rounds"},
    {"dissent", FIELD_ARRAY, OR_NULL, .of = &ONE_DISSENT, .doc = "null: not measurable"},
    {"reports", FIELD_OBJECT, ALWAYS, .of = &ALL_REPORTS, .doc = "measures"},
    {"usage", FIELD_OBJECT, ALWAYS, .of = &TOTAL, .doc = "of all calls"},
    ROW_COST,
    {"cost_known", FIELD_BOOL, ALWAYS, .doc = "each call has a price"},
    {"unpriced_calls", FIELD_INT, ALWAYS, .doc = "that have none"},
    {"currency", FIELD_STRING, ALWAYS, .doc = "`USD`"},
    {"budget", FIELD_OBJECT, ALWAYS, .of = &LEDGER, .doc = "limits and what was counted"},
    {"timing", FIELD_OBJECT, ALWAYS, .of = &TIMES, .doc = "when it ran"},
    {"auto", FIELD_OBJECT, OR_NULL, .of = &SELECTED, .doc = "null: the council was given"},
    {"complexity", FIELD_OBJECT, OR_NULL, .of = &EFFORT, .doc = "null: no council was chosen"},
    {"resume", FIELD_OBJECT, OR_NULL, .of = &RESUMED, .doc = "null: it began anew"},
    {"metadata", FIELD_OBJECT, ALWAYS, .doc = "what council and options have handed through"},
    FIELDS_END};
OBJECT(OBJECT_RESULT, "RunResult", RESULT, "What a run has come to.");
