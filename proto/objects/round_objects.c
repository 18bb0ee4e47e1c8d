#include "round_objects.h"

#include "call_objects.h"
#include "rows.h"

const char *const WORDS_ROUND_STATUS[] = {"completed", "skipped", "lost_quorum", "cancelled", NULL};
const char *const WORDS_EARLY_STOP[] = {"shadow", "stop", NULL};

/* ---- who was asked ---- */

static const struct field SKIPPED_SEAT[] = {
    {"id", FIELD_STRING, ALWAYS, .doc = "the seat"},
    {"reason", FIELD_STRING, ALWAYS, .doc = "`router_excluded` or `no_peers`"},
    FIELDS_END};
OBJECT(OBJECT_SKIPPED_SEAT, "SkippedSeat", SKIPPED_SEAT, "A seat that a round leaves out.");

static const struct field QUORUM_NEED[] = {
    {"need", FIELD_INT, ALWAYS, .doc = "answers that there have to be"},
    {"of", FIELD_INT, ALWAYS, .doc = "seats"},
    {"distinct", FIELD_STRING, ALWAYS, .doc = "what counts once: `member`, `provider`, `model`"},
    FIELDS_END};
OBJECT(OBJECT_QUORUM_NEED, "Quorum", QUORUM_NEED, "How many answers a round needs.");

static const struct field QUORUM_MET[] = {
    {"need", FIELD_INT, ALWAYS, .doc = "answers that there have to be"},
    {"of", FIELD_INT, ALWAYS, .doc = "seats"},
    {"ok", FIELD_INT, ALWAYS, .doc = "answers that there are"},
    {"met", FIELD_BOOL, ALWAYS, .doc = "they are enough"},
    FIELDS_END};
OBJECT(OBJECT_QUORUM_MET, "QuorumCount", QUORUM_MET, "Whether a round had enough answers.");

/* ---- how it was counted ---- */

static const struct field BALLOT_NUMBERS[] = {
    {"seats", FIELD_INT, ALWAYS, .doc = "that have a vote"},
    {"cast", FIELD_INT, ALWAYS, .doc = "that chose"},
    {"abstained", FIELD_INT, ALWAYS, .doc = "that chose nothing"},
    {"invalid", FIELD_INT, ALWAYS, .doc = "whose ballot cannot be read"},
    {"missing", FIELD_INT, ALWAYS, .doc = "that gave none"},
    {"carried", FIELD_INT, ALWAYS, .doc = "ballots of an iteration before"},
    FIELDS_END};
static OBJECT(NUMBERS, "BallotNumbers", BALLOT_NUMBERS, "What became of each seat's vote.");

static const struct field AGGREGATE_RAW[] = {
    {"points", FIELD_MAP, SOMETIMES, .item = &ITEM_SCORE, .doc = "borda: classic sums"},
    {"uninformative", FIELD_INT, SOMETIMES, .doc = "ballots that say nothing"},
    {"imputed", FIELD_INT, SOMETIMES, .doc = "weights that were not told and are assumed"},
    {"pairwise", FIELD_MAP, SOMETIMES, .item = &ITEM_SCORES,
     .doc = "condorcet: weight that prefers the one to the other"},
    {"cycle", FIELD_BOOL, SOMETIMES, .doc = "condorcet: they beat each other in a ring"},
    {"pairwise_tie", FIELD_BOOL, SOMETIMES, .doc = "condorcet: no winner, and no ring"},
    {"smith_set", FIELD_ARRAY, SOMETIMES, .item = &ITEM_ID,
     .doc = "condorcet: who together beat all others"},
    {"reached", FIELD_BOOL, SOMETIMES, .doc = "majority: the threshold"},
    {"threshold", FIELD_NUMBER, SOMETIMES, .doc = "majority: as configured"},
    {"denominator", FIELD_NUMBER, SOMETIMES, .doc = "majority: what it is a share of"},
    {"votes", FIELD_MAP, SOMETIMES, .item = &ITEM_COUNT, .doc = "median_confidence: heads"},
    FIELDS_END};
static OBJECT(RAW, "AggregateRaw", AGGREGATE_RAW, "What a way of counting tells of its own.");

static const struct field PEER_REPORT[] = {
    {"avg_position", FIELD_MAP, ALWAYS, .item = &ITEM_SCORE, .doc = "1 is the best"},
    {"votes", FIELD_MAP, ALWAYS, .item = &ITEM_COUNT, .doc = "judges that ranked it"},
    {"first_places", FIELD_MAP, ALWAYS, .item = &ITEM_COUNT, .doc = "judges that put it first"},
    {"judge_ballots", FIELD_MAP, ALWAYS, .item = &ITEM_IDS, .doc = "each judge's order"},
    {"rubric_means", FIELD_MAP, FIELD_NULLABLE, .item = &ITEM_SCORES, .doc = "by criterion"},
    {"label_to_id", FIELD_MAP, SOMETIMES, .item = &ITEM_ID, .doc = "who was called what"},
    {"agreement", FIELD_NUMBER, OR_NULL, .doc = "mean tau over pairs of judges"},
    {"judge_tau", FIELD_MAP, ALWAYS, .item = &ITEM_SCORE, .doc = "each judge with the outcome"},
    {"uninformative", FIELD_INT, ALWAYS, .doc = "ballots of less than two"},
    FIELDS_END};
static OBJECT(REPORT, "PeerReport", PEER_REPORT, "How the judges of a peer_ranking judged.");

static const char *const OVER[] = {"members", "options", "free", NULL};

static const struct field AGGREGATE[] = {
    {"aggregator", FIELD_STRING, ALWAYS, .doc = "the way of counting"},
    {"over", FIELD_WORD, ALWAYS, .words = OVER, .doc = "what was chosen from"},
    {"winner", FIELD_STRING, OR_NULL, .doc = "null: there is none"},
    {"tied", FIELD_ARRAY, ALWAYS, .item = &ITEM_ID, .doc = "who lead together, without a winner"},
    {"order", FIELD_ARRAY, ALWAYS, .item = &ITEM_IDS, .doc = "from the first on; equals together"},
    {"scores", FIELD_MAP, ALWAYS, .item = &ITEM_SCORE, .doc = "null: no score"},
    {"ballots", FIELD_OBJECT, OR_NULL, .of = &NUMBERS, .doc = "null: of a tournament"},
    {"raw", FIELD_OBJECT, ALWAYS, .of = &RAW, .doc = "what this way of counting adds"},
    {"texts", FIELD_MAP, SOMETIMES, .item = &ITEM_ID, .doc = "of options"},
    {"report", FIELD_OBJECT, SOMETIMES, .of = &REPORT, .doc = "of peer_ranking"},
    FIELDS_END};
OBJECT(OBJECT_AGGREGATE, "Aggregate", AGGREGATE, "What the ballots of a round come to.");

/* ---- tournaments ---- */

static const struct field MATCH_VOTE[] = {
    {"judge", FIELD_STRING, ALWAYS, .doc = "who judged"},
    {"presented", FIELD_ARRAY, ALWAYS, .item = &ITEM_ID, .doc = "in this order"},
    {"choice", FIELD_STRING, OR_NULL, .doc = "null: none"},
    FIELDS_END};
static OBJECT(VOTE, "MatchVote", MATCH_VOTE, "One judgement of a match.");

static const struct field MATCH[] = {
    {"a", FIELD_STRING, ALWAYS, .doc = "the one"},
    {"b", FIELD_STRING, ALWAYS, .doc = "the other"},
    {"votes", FIELD_ARRAY, ALWAYS, .of = &VOTE, .doc = "what was judged"},
    {"winner", FIELD_STRING, ALWAYS, .doc = "who goes on"},
    {"method", FIELD_STRING, ALWAYS, .doc = "who decided: `judge`, `members`, `tie_rule`"},
    {"flags", FIELD_ARRAY, SOMETIMES, .item = &ITEM_ID, .doc = "`position_inconsistent`"},
    FIELDS_END};
static OBJECT(ONE_MATCH, "Match", MATCH, "Two answers against each other.");

/* ---- the round ---- */

static const struct field EARLY_STOP[] = {ROW_INDEX, ROWS_EARLY_STOP, FIELDS_END};
static OBJECT(EARLY, "EarlyStop", EARLY_STOP, "Ballots that could change nothing any more.");

static const struct field ROUND_RESULT[] = {
    ROW_INDEX,
    {"name", FIELD_STRING, ALWAYS, .doc = "of the round"},
    {"type", FIELD_STRING, ALWAYS, .doc = "of the round"},
    ROW_ITERATION,
    {"status", FIELD_WORD, ALWAYS, .words = WORDS_ROUND_STATUS, .doc = "what came of it"},
    {"reason", FIELD_STRING, OR_NULL, .doc = "of a status that is not `completed`"},
    {"asked", FIELD_ARRAY, ALWAYS, .item = &ITEM_ID, .doc = "seats"},
    {"unavailable", FIELD_ARRAY, ALWAYS, .item = &ITEM_ID, .doc = "seats that failed for good"},
    {"skipped", FIELD_ARRAY, ALWAYS, .of = &OBJECT_SKIPPED_SEAT, .doc = "seats left out"},
    {"quorum", FIELD_OBJECT, OR_NULL, .of = &OBJECT_QUORUM_MET, .doc = "null: it needs none"},
    {"member_results", FIELD_MAP, ALWAYS, .of = &OBJECT_MEMBER_RESULT, .doc = "by seat"},
    {"calls", FIELD_ARRAY, ALWAYS, .of = &OBJECT_MEMBER_RESULT,
     .doc = "of judges, routers, samples, tie-breaks, checks of consensus"},
    {"aggregate", FIELD_OBJECT, OR_NULL, .of = &OBJECT_AGGREGATE, .doc = "what was counted"},
    {"agreement", FIELD_NUMBER, OR_NULL, .doc = "how far they agree, 0 to 1"},
    {"converged", FIELD_BOOL, OR_NULL, .doc = "the loop may end; null: it is in none"},
    {"remaining", FIELD_ARRAY, OR_NULL, .item = &ITEM_ID, .doc = "of a tournament: who is left"},
    {"eliminated", FIELD_ARRAY, ALWAYS, .item = &ITEM_ID, .doc = "who is out"},
    {"matches", FIELD_ARRAY, OR_NULL, .of = &ONE_MATCH, .doc = "of a tournament"},
    {"weights", FIELD_MAP, OR_NULL, .item = &ITEM_NUMBER, .doc = "of the seats"},
    {"early_stop", FIELD_OBJECT, OR_NULL, .of = &EARLY, .doc = "if it ended the round"},
    {"started_ms", FIELD_INT, ALWAYS, .doc = "since the run's start"},
    {"ended_ms", FIELD_INT, ALWAYS, .doc = "since the run's start"},
    FIELDS_END};
OBJECT(OBJECT_ROUND_RESULT, "RoundResult", ROUND_RESULT, "What a round has come to.");
