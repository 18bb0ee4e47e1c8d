#include "call_objects.h"
#include "event_rows.h"
#include "result_objects.h"

/* ---- the run ---- */

static const struct field BUDGET_GIVEN[] = {
    {"max_tokens", FIELD_INT, OR_NULL, .doc = "null: no limit"},
    {"max_cost", FIELD_NUMBER, OR_NULL, .doc = "null: no limit"},
    {"max_calls", FIELD_INT, OR_NULL, .doc = "null: no limit"},
    {"deadline_ms", FIELD_INT, ALWAYS, .doc = "from the start on"},
    {"chair_reserve", FIELD_NUMBER, ALWAYS, .doc = "the part that only the chair may use"},
    {"allow_unknown_price", FIELD_BOOL, ALWAYS, .doc = "a call without a price may be made"},
    FIELDS_END};
static OBJECT(GIVEN, "CouncilBudget", BUDGET_GIVEN, "The limits of a council.");

static const struct field SEAT[] = {
    {"id", FIELD_STRING, ALWAYS, .doc = "of the seat"},
    {"role", FIELD_STRING, OR_NULL, .doc = "as configured"},
    {"provider", FIELD_STRING, ALWAYS, .doc = "of the seat; empty: a council sits there"},
    {"model", FIELD_STRING, ALWAYS, .doc = "of the seat; empty: a council sits there"},
    {"label", FIELD_STRING, OR_NULL, .doc = "what the others know it by; null: the chair"},
    FIELDS_END};
static OBJECT(ONE_SEAT, "Seat", SEAT, "A seat of the council.");

static const struct field PLANNED_ROUND[] = {ROW_INDEX,
                                             {"name", FIELD_STRING, ALWAYS, .doc = "of the round"},
                                             {"type", FIELD_STRING, ALWAYS, .doc = "of the round"},
                                             FIELDS_END};
static OBJECT(ONE_ROUND, "PlannedRound", PLANNED_ROUND, "A round of the council.");

static const struct field RUN_COUNCIL[] = {
    {"schema_version", FIELD_INT, 0, .doc = "1"},
    {"id", FIELD_STRING, 0, .doc = "its name"},
    {"name", FIELD_STRING, 0, .doc = "for people"},
    {"description", FIELD_STRING, 0, .doc = "what it is for"},
    FIELDS_END};
static OBJECT(COUNCIL, "ResolvedCouncil", RUN_COUNCIL,
              "A council, resolved. docs/council.schema.json tells all its members.");

static const struct field RUN_OPTIONS[] = {
    {"features", FIELD_OBJECT, SOMETIMES, .doc = "of this task, for the store of reliability"},
    {"metadata", FIELD_OBJECT, SOMETIMES, .doc = "handed through to the result"},
    {"reports", FIELD_ARRAY, SOMETIMES, .item = &ITEM_ID, .doc = "asked for"},
    FIELDS_END};
static OBJECT(OPTIONS, "RunOptions", RUN_OPTIONS,
              "The options of run.start that are left when the council is resolved.");

static const struct field SELECTION_CONTEXT[] = {
    {"catalogue", FIELD_OBJECT, ALWAYS, .doc = "documents by kind and name"},
    {"providers", FIELD_OBJECT, ALWAYS, .doc = "as configured, without their secrets"},
    FIELDS_END};
static OBJECT(CONTEXT, "SelectionContext", SELECTION_CONTEXT,
              "What a council that is chosen is resolved with.");

static const struct field RUN_STARTED[] = {
    ROWS_LIFECYCLE("run_started"),
    {"council_id", FIELD_STRING, ALWAYS, .doc = "the council"},
    {"council_sha256", FIELD_STRING, ALWAYS, .doc = "of the resolved council"},
    {"ask_sha256", FIELD_STRING, ALWAYS, .doc = "of what of it reaches models"},
    {"input_sha256", FIELD_STRING, ALWAYS, .doc = "of the question"},
    {"input", FIELD_ANY, ALWAYS, .doc = "the question"},
    {"council", FIELD_OBJECT, ALWAYS, .of = &COUNCIL, .doc = "resolved, without secrets"},
    {"seed", FIELD_STRING, ALWAYS, .doc = "of all that is drawn by lot"},
    {"engine_version", FIELD_STRING, ALWAYS, .doc = "of the rules"},
    {"limits", FIELD_OBJECT, ALWAYS, .of = &GIVEN, .doc = "in force"},
    {"members", FIELD_ARRAY, OR_NULL, .of = &ONE_SEAT, .doc = "null: a council is chosen first"},
    {"rounds", FIELD_ARRAY, OR_NULL, .of = &ONE_ROUND, .doc = "null: a council is chosen first"},
    {"context", FIELD_OBJECT, SOMETIMES, .of = &CONTEXT, .doc = "where a council is chosen first"},
    {"reliability", FIELD_MAP, OR_NULL, .item = &ITEM_NUMBER, .doc = "as it stood at the start"},
    {"metadata", FIELD_OBJECT, ALWAYS, .doc = "what council and options hand through"},
    {"options", FIELD_OBJECT, ALWAYS, .of = &OPTIONS, .doc = "of run.start"},
    {"max_parallel", FIELD_INT, ALWAYS, .doc = "calls at a time"},
    {"verbose", FIELD_BOOL, ALWAYS, .doc = "messages to models are told"},
    FIELDS_END};
OBJECT(EVENT_OF_RUN_STARTED, "RunStartedEvent", RUN_STARTED, "The first: what is asked.");

static const struct field RUN_RESUMED[] = {
    ROWS_LIFECYCLE("run_resumed"),
    {"from_run_id", FIELD_STRING, ALWAYS, .doc = "the run that it goes on from"},
    {"reusable_calls", FIELD_INT, ALWAYS, .doc = "that have an answer there"},
    {"carried_tokens", FIELD_INT, ALWAYS, .doc = "that were used before"},
    {"carried_cost", FIELD_NUMBER, OR_NULL, .doc = "in USD"},
    {"carried_attempts", FIELD_INT, ALWAYS, .doc = "requests that were made before"},
    {"budget_carried", FIELD_OBJECT, SOMETIMES, .of = &OBJECT_CHARGE,
     .doc = "what of it counts against the limits"},
    FIELDS_END};
OBJECT(EVENT_OF_RUN_RESUMED, "RunResumedEvent", RUN_RESUMED,
       "The second of a resumption: what it begins with.");

static const struct field CARRIED_END[] = {
    ROWS_LIFECYCLE("carried_end"),
    {"from_run_id", FIELD_STRING, ALWAYS, .doc = "the run that it goes on from"},
    {"count", FIELD_INT, ALWAYS, .doc = "of `carried` events before this one"},
    FIELDS_END};
OBJECT(EVENT_OF_CARRIED_END, "CarriedEndEvent", CARRIED_END, "After the last `carried` event.");

static const struct field HASHES[] = {
    {"council_sha256", FIELD_STRING, ALWAYS, .doc = "of the resolved council"},
    {"ask_sha256", FIELD_STRING, ALWAYS, .doc = "of what of it reaches models"},
    FIELDS_END};
static OBJECT(COUNCIL_HASHES, "CouncilHashes", HASHES, "What tells councils apart.");

static const struct field COUNCIL_SELECTED[] = {
    ROWS_LIFECYCLE("council_selected"),
    ROWS_SELECTION(ALWAYS),
    {"council_id", FIELD_STRING, ALWAYS, .doc = "the council that was chosen"},
    {"council", FIELD_OBJECT, ALWAYS, .of = &COUNCIL, .doc = "resolved, without secrets"},
    {"hashes", FIELD_OBJECT, ALWAYS, .of = &COUNCIL_HASHES, .doc = "of it"},
    {"members", FIELD_ARRAY, ALWAYS, .of = &ONE_SEAT, .doc = "its seats"},
    {"rounds", FIELD_ARRAY, ALWAYS, .of = &ONE_ROUND, .doc = "its rounds"},
    FIELDS_END};
OBJECT(EVENT_OF_COUNCIL_SELECTED, "CouncilSelectedEvent", COUNCIL_SELECTED,
       "A council was chosen; it takes the place of the one that chooses.");

static const struct field WARNING_CONTEXT[] = {
    {"asked", FIELD_STRING, SOMETIMES, .doc = "the model asked for"},
    {"served", FIELD_STRING, SOMETIMES, .doc = "the model that answered"},
    {"provider", FIELD_STRING, SOMETIMES, .doc = "that is asked instead, or has no key"},
    {"model", FIELD_STRING, SOMETIMES, .doc = "that is asked instead"},
    {"found", FIELD_ARRAY, SOMETIMES, .item = &ITEM_ID, .doc = "what looks like steering"},
    FIELDS_END};
static OBJECT(MORE, "WarningContext", WARNING_CONTEXT, "What else is known of a warning.");

static const struct field WARNING[] = {
    ROWS_LIFECYCLE("warning"),
    {"code", FIELD_STRING, ALWAYS, .doc = "what kind of thing"},
    {"message", FIELD_STRING, ALWAYS, .doc = "for people"},
    {"index", FIELD_INT, OR_NULL, .doc = "of the round"},
    {"member_id", FIELD_STRING, OR_NULL, .doc = "the seat"},
    {"context", FIELD_OBJECT, OR_NULL, .of = &MORE, .doc = "what else is known"},
    FIELDS_END};
OBJECT(EVENT_OF_WARNING, "WarningEvent", WARNING, "Something is doubtful; the run goes on.");

static const char *const CANCEL_MODES[] = {"drain", "now", NULL};
static const struct field CANCEL_REQUESTED[] = {
    ROWS_LIFECYCLE("cancel_requested"),
    {"mode", FIELD_WORD, ALWAYS, .words = CANCEL_MODES, .doc = "calls under way may end, or not"},
    {"reason", FIELD_STRING, ALWAYS, .doc = "`client`, `deadline` or `journal`"},
    {"message", FIELD_STRING, SOMETIMES, .doc = "with `journal`: what was wrong with it"},
    FIELDS_END};
OBJECT(EVENT_OF_CANCEL_REQUESTED, "CancelRequestedEvent", CANCEL_REQUESTED, "The run is to end.");

static const struct field RUN_COMPLETED[] = {
    ROWS_LIFECYCLE("run_completed"),
    {"result", FIELD_OBJECT, ALWAYS, .of = &OBJECT_RESULT, .doc = "complete or degraded"},
    FIELDS_END};
OBJECT(EVENT_OF_RUN_COMPLETED, "RunCompletedEvent", RUN_COMPLETED,
       "The last: the run has an answer by its rules.");

static const struct field RUN_FAILED[] = {
    ROWS_LIFECYCLE("run_failed"),
    {"errors", FIELD_ARRAY, ALWAYS, .of = &OBJECT_CALL_ERROR, .doc = "the last says why"},
    {"result", FIELD_OBJECT, ALWAYS, .of = &OBJECT_RESULT, .doc = "what is there"},
    FIELDS_END};
OBJECT(EVENT_OF_RUN_FAILED, "RunFailedEvent", RUN_FAILED,
       "The last: refused, failed or cancelled.");

/* ---- what is taken over ---- */

static const struct object *const CARRIED_KINDS[] = {
    &EVENT_OF_MEMBER_STARTED, &EVENT_OF_EXCHANGE_COMPLETED, &EVENT_OF_TOOL_CALL_REQUEST,
    &EVENT_OF_TOOL_CALL_RESULT, NULL};
static const struct object ANY_CARRIED = {
    .title = "CarriedLine",
    .doc = "An event that a resumption takes over.",
    .variants = CARRIED_KINDS,
    .told_by_runs = true,
};
static const struct field CARRIED[] = {
    ROWS_LIFECYCLE("carried"),
    {"from_run_id", FIELD_STRING, ALWAYS, .doc = "the run that it stands in"},
    {"event", FIELD_OBJECT, ALWAYS, .of = &ANY_CARRIED, .doc = "whole"},
    FIELDS_END};
OBJECT(EVENT_OF_CARRIED, "CarriedEvent", CARRIED,
       "An event of the run that is gone on from; directly after run_resumed.");
