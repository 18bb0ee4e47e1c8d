#include "call_objects.h"

#include "rows.h"

const char *const WORDS_OUTCOME[] = {"complete", "degraded",  "refused",
                                     "failed",   "cancelled", NULL};

/* ---- tokens and money ---- */

static const struct field USAGE[] = {
    {"input_tokens", FIELD_INT, FIELD_NULLABLE, .doc = "read; null: not reported"},
    {"output_tokens", FIELD_INT, FIELD_NULLABLE, .doc = "written; null: not reported"},
    {"cached_input_tokens", FIELD_INT, FIELD_NULLABLE, .doc = "of those read, from a cache"},
    {"reasoning_tokens", FIELD_INT, FIELD_NULLABLE, .doc = "of those written, as reasoning"},
    FIELDS_END};
OBJECT(OBJECT_USAGE, "Usage", USAGE, "Tokens, as providers report them.");

static const struct field CHARGE[] = {
    {"tokens", FIELD_INT, ALWAYS, .doc = "read and written"}, ROW_COST, FIELDS_END};
OBJECT(OBJECT_CHARGE, "Charge", CHARGE, "What the budget counts.");

static const struct field RESERVATION[] = {
    {"tokens", FIELD_INT, ALWAYS, .doc = "read and written, at most"},
    ROW_COST,
    {"output_tokens", FIELD_INT, SOMETIMES, .doc = "of them written; with limits of money only"},
    {"output_cost", FIELD_NUMBER, FIELD_NULLABLE, .doc = "of them; with limits of money only"},
    FIELDS_END};
OBJECT(OBJECT_RESERVATION, "Reservation", RESERVATION, "What the budget holds back for a call.");

/* ---- a request ---- */

static const struct field MESSAGE[] = {
    {"role", FIELD_STRING, ALWAYS, .doc = "`system`, `user` or `assistant`"},
    {"content", FIELD_STRING, ALWAYS, .doc = "its text"},
    FIELDS_END};
OBJECT(OBJECT_MESSAGE, "Message", MESSAGE, "A message to a model.");

static const struct field ERROR_CONTEXT[] = {
    {"request_id", FIELD_STRING, SOMETIMES, .doc = "the provider's own"},
    {"context_tokens", FIELD_INT, SOMETIMES, .doc = "what the model has room for"},
    {"reason", FIELD_STRING, SOMETIMES, .doc = "why it was cancelled"},
    FIELDS_END};
static OBJECT(CONTEXT, "ErrorContext", ERROR_CONTEXT, "What else is known of an error.");

static const char *const ERROR_KINDS[] = {"transient", "permanent", "validation", "deadline",
                                          "budget",    "cancelled", NULL};

static const struct field CALL_ERROR[] = {
    {"kind", FIELD_WORD, ALWAYS, .words = ERROR_KINDS, .doc = "only `transient` is tried again"},
    {"code", FIELD_STRING, ALWAYS, .doc = "its class"},
    {"message", FIELD_STRING, ALWAYS, .doc = "for people; often the provider's words"},
    {"member_id", FIELD_STRING, SOMETIMES, .doc = "the seat; this and what follows: of a call"},
    {"round", FIELD_STRING, SOMETIMES, .doc = "key of the round"},
    {"call_id", FIELD_STRING, SOMETIMES, .doc = "the call"},
    {"attempt", FIELD_INT, SOMETIMES, .doc = "of the call"},
    {"provider", FIELD_STRING, SOMETIMES, .doc = "that was asked"},
    {"model", FIELD_STRING, SOMETIMES, .doc = "that was asked for"},
    {"http_status", FIELD_INT, FIELD_NULLABLE, .doc = "of its reply"},
    {"curl_code", FIELD_INT, FIELD_NULLABLE, .doc = "of the transfer"},
    {"retry_after_ms", FIELD_INT, FIELD_NULLABLE, .doc = "what the provider asks for"},
    {"context", FIELD_OBJECT, OR_NULL, .of = &CONTEXT, .doc = "what else is known"},
    FIELDS_END};
OBJECT(OBJECT_CALL_ERROR, "RunError", CALL_ERROR, "What went wrong in a run.");

static const char *const ATTEMPT_KINDS[] = {"ask", "retry", "fallback", "reask", "tool", NULL};

static const struct field ATTEMPT[] = {
    {"n", FIELD_INT, ALWAYS, .doc = "of the call, from 1"},
    {"kind", FIELD_WORD, ALWAYS, .words = ATTEMPT_KINDS, .doc = "why it was made"},
    ROW_PROVIDER,
    ROW_MODEL,
    {"model_served", FIELD_STRING, FIELD_NULLABLE, .doc = "that answered"},
    {"started_ms", FIELD_INT, ALWAYS, .doc = "since the run's start"},
    {"first_token_ms", FIELD_INT, OR_NULL, .doc = "until the first text came"},
    {"ended_ms", FIELD_INT, ALWAYS, .doc = "since the run's start"},
    {"http_status", FIELD_INT, OR_NULL, .doc = "of its reply"},
    {"error", FIELD_OBJECT, OR_NULL, .of = &OBJECT_CALL_ERROR, .doc = "null: it was answered"},
    ROW_USAGE("as reported"),
    {"usage_estimated", FIELD_BOOL, ALWAYS, .doc = "the budget counts an estimate"},
    ROW_COST,
    FIELDS_END};
static OBJECT(ONE_ATTEMPT, "Attempt", ATTEMPT, "A request to a provider.");

/* ---- tools ---- */

static const struct field TOOL_REQUEST[] = {
    {"id", FIELD_STRING, ALWAYS, .doc = "tells the calls of a turn apart"},
    {"name", FIELD_STRING, ALWAYS, .doc = "of the tool"},
    {"args_raw", FIELD_STRING, OR_NULL, .doc = "as the model wrote them"},
    {"args", FIELD_OBJECT, FIELD_NULLABLE, .doc = "by the tool's own schema; null: not readable"},
    FIELDS_END};
OBJECT(OBJECT_TOOL_REQUEST, "ToolCall", TOOL_REQUEST, "What a model asks a tool for.");

static const struct field TOOL_USE[] = {{"turn", FIELD_INT, ALWAYS, .doc = "of the call"},
                                        {"id", FIELD_STRING, ALWAYS, .doc = "as in the request"},
                                        {"name", FIELD_STRING, ALWAYS, .doc = "of the tool"},
                                        {"ok", FIELD_BOOL, ALWAYS, .doc = "it gave a result"},
                                        ROW_LATENCY,
                                        FIELDS_END};
static OBJECT(USE, "ToolUse", TOOL_USE, "A call of a tool that is over.");

/* ---- what came of it ---- */

static const struct field CRITIQUE[] = {
    {"target", FIELD_STRING, ALWAYS, .doc = "whose answer"},
    {"severity", FIELD_STRING, ALWAYS, .doc = "`minor`, `major` or `fatal`"},
    {"point", FIELD_STRING, ALWAYS, .doc = "what is wrong"},
    FIELDS_END};
static OBJECT(ONE_CRITIQUE, "Critique", CRITIQUE, "One point against an answer.");

static const struct field BALLOT[] = {
    {"choice", FIELD_STRING, SOMETIMES, .doc = "a member, an option, or `abstain`"},
    {"ordering", FIELD_ARRAY, SOMETIMES, .item = &ITEM_ID, .doc = "the best first"},
    {"approved", FIELD_ARRAY, SOMETIMES, .item = &ITEM_ID, .doc = "all that are good enough"},
    {"scores", FIELD_MAP, SOMETIMES, .item = &ITEM_SCORE, .doc = "by member or option"},
    {"criteria", FIELD_MAP, SOMETIMES, .item = &ITEM_SCORES,
     .doc = "by member, then by criterion of the rubric"},
    {"critiques", FIELD_ARRAY, SOMETIMES, .of = &ONE_CRITIQUE, .doc = "points against answers"},
    {"members", FIELD_ARRAY, SOMETIMES, .item = &ITEM_ID, .doc = "whom a router has chosen"},
    FIELDS_END};
static OBJECT(ONE_BALLOT, "Ballot", BALLOT, "What a seat has chosen: labels are ids already.");

static const char *const SOURCES[] = {
    "chair", "fallback_chair", "aggregate", "best_answer", "single_answer", "tie", "none", NULL};

static const struct field FINAL[] = {
    {"content", FIELD_STRING, OR_NULL, .doc = "the answer; null: there is none"},
    {"parsed", FIELD_ANY, OR_NULL, .doc = "the answer by its schema"},
    {"source", FIELD_WORD, ALWAYS, .words = SOURCES, .doc = "where it comes from"},
    {"member_id", FIELD_STRING, OR_NULL, .doc = "whose answer it is"},
    {"confidence", FIELD_NUMBER, OR_NULL, .doc = "0 to 1; null: not told"},
    {"winner", FIELD_STRING, OR_NULL, .doc = "the member or option that won"},
    {"tied", FIELD_ARRAY, ALWAYS, .item = &ITEM_ID, .doc = "who lead together, without a winner"},
    {"withheld", FIELD_BOOL, ALWAYS, .doc = "there is one, which this council refuses to give"},
    FIELDS_END};
OBJECT(OBJECT_FINAL, "FinalAnswer", FINAL, "What a council answers.");

static const struct field SUB_RUN[] = {
    {"path", FIELD_STRING, ALWAYS, .doc = "the `path` of its events"},
    {"council_id", FIELD_STRING, ALWAYS, .doc = "the council"},
    {"outcome", FIELD_WORD, ALWAYS, .words = WORDS_OUTCOME, .doc = "how it ended"},
    {"final", FIELD_OBJECT, OR_NULL, .of = &OBJECT_FINAL, .doc = "its answer"},
    ROW_USAGE("of all its calls"),
    ROW_COST,
    FIELDS_END};
static OBJECT(ONE_SUB_RUN, "SubRun", SUB_RUN, "A council that sits on a seat.");

static const char *const STATUSES[] = {"ok",     "error",     "timeout", "invalid_output",
                                       "budget", "cancelled", "skipped", "eliminated",
                                       NULL};

static const struct field MEMBER_RESULT[] = {
    ROW_MEMBER,
    {"call_id", FIELD_STRING, OR_NULL, .doc = "null: it was not asked"},
    {"label", FIELD_STRING, OR_NULL, .doc = "what the others know it by"},
    {"status", FIELD_WORD, ALWAYS, .words = STATUSES, .doc = "what came of it"},
    {"reason", FIELD_STRING, OR_NULL, .doc = "of a status that is not `ok`"},
    {"content", FIELD_STRING, OR_NULL, .doc = "its answer"},
    {"rebuttal", FIELD_STRING, SOMETIMES, .doc = "what it says against the others; of a debate"},
    {"parsed", FIELD_ANY, OR_NULL, .doc = "the answer by its schema"},
    {"ballot", FIELD_OBJECT, OR_NULL, .of = &ONE_BALLOT, .doc = "what it has chosen"},
    {"parse", FIELD_STRING, OR_NULL, .doc = "how it was read: `native`, `json`, `text`"},
    {"confidence", FIELD_NUMBER, OR_NULL, .doc = "0 to 1; null: not told"},
    {"confidence_method", FIELD_STRING, OR_NULL, .doc = "where that comes from"},
    {"changed", FIELD_BOOL, FIELD_NULLABLE, .doc = "it says that its answer is another one"},
    {"finish_reason", FIELD_STRING, OR_NULL, .doc = "why the model stopped"},
    {"provider", FIELD_STRING, OR_NULL, .doc = "that was asked; null: a council"},
    {"model", FIELD_STRING, OR_NULL, .doc = "that was asked for; null: a council"},
    {"model_served", FIELD_STRING, OR_NULL, .doc = "that answered"},
    {"fallback_index", FIELD_INT, OR_NULL, .doc = "which of the seat's fallbacks; null: none"},
    {"attempts", FIELD_ARRAY, ALWAYS, .of = &ONE_ATTEMPT, .doc = "all requests, in order"},
    {"tool_calls", FIELD_ARRAY, ALWAYS, .of = &USE, .doc = "all uses of tools, in order"},
    {"presented", FIELD_ARRAY, OR_NULL, .item = &ITEM_ID, .doc = "labels that it was shown"},
    ROW_USAGE("of all its attempts"),
    ROW_COST,
    ROW_LATENCY,
    {"stale", FIELD_BOOL, ALWAYS, .doc = "the answer is one of a round before"},
    {"carried", FIELD_BOOL, ALWAYS, .doc = "the ballot is one of an iteration before"},
    {"reused", FIELD_BOOL, ALWAYS, .doc = "it stands in the record that this run goes on from"},
    {"error", FIELD_OBJECT, OR_NULL, .of = &OBJECT_CALL_ERROR, .doc = "what went wrong"},
    {"sub_run", FIELD_OBJECT, OR_NULL, .of = &ONE_SUB_RUN, .doc = "of a seat that is a council"},
    {"flags", FIELD_ARRAY, ALWAYS, .item = &ITEM_ID, .doc = "`ballot_repaired`, `truncated` ..."},
    FIELDS_END};
OBJECT(OBJECT_MEMBER_RESULT, "MemberResult", MEMBER_RESULT, "What one call has come to.");
