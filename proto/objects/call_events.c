#include "call_objects.h"
#include "event_rows.h"

/* ---- a call ---- */

static const struct field MEMBER_STARTED[] = {
    ROWS_LIFECYCLE("member_started"),
    ROW_INDEX,
    ROW_ITERATION,
    ROW_MEMBER,
    ROW_CALL,
    {"call_key", FIELD_STRING, ALWAYS, .doc = "of what is asked: equal where it is the same"},
    {"kind", FIELD_STRING, ALWAYS, .doc = "of the call: `member`, `chair`, `judge` ..."},
    {"provider", FIELD_STRING, ALWAYS, .doc = "that is asked; empty: a council"},
    {"model", FIELD_STRING, ALWAYS, .doc = "that is asked for; empty: a council"},
    {"presented", FIELD_ARRAY, OR_NULL, .item = &ITEM_ID, .doc = "labels that it is shown"},
    {"reserved", FIELD_OBJECT, ALWAYS, .of = &OBJECT_RESERVATION, .doc = "held back for it"},
    {"reused_from", FIELD_STRING, OR_NULL, .doc = "the run whose record has the answer"},
    {"messages", FIELD_ARRAY, SOMETIMES, .of = &OBJECT_MESSAGE, .doc = "with `verbose` only"},
    FIELDS_END};
OBJECT(EVENT_OF_MEMBER_STARTED, "MemberStartedEvent", MEMBER_STARTED, "A call begins.");

static const char *const NEXT[] = {"retry", "fallback", "give_up", NULL};
static const struct field ATTEMPT_FAILED[] = {
    ROWS_LIFECYCLE("attempt_failed"),
    ROW_CALL,
    ROW_ATTEMPT,
    ROW_PROVIDER,
    ROW_MODEL,
    {"error", FIELD_OBJECT, ALWAYS, .of = &OBJECT_CALL_ERROR, .doc = "what went wrong"},
    {"next", FIELD_WORD, ALWAYS, .words = NEXT, .doc = "what is done now"},
    {"wait_ms", FIELD_INT, OR_NULL, .doc = "until then"},
    {"charged", FIELD_OBJECT, ALWAYS, .of = &OBJECT_CHARGE, .doc = "what the budget counts"},
    FIELDS_END};
OBJECT(EVENT_OF_ATTEMPT_FAILED, "AttemptFailedEvent", ATTEMPT_FAILED,
       "A request to a provider failed.");

static const struct field EXCHANGE_COMPLETED[] = {
    ROWS_LIFECYCLE("exchange_completed"),
    ROW_CALL,
    ROW_ATTEMPT,
    {"turn", FIELD_INT, ALWAYS, .doc = "of the call: how often tools were used before"},
    ROW_PROVIDER,
    ROW_MODEL,
    {"model_served", FIELD_STRING, OR_NULL, .doc = "that answered"},
    {"finish_reason", FIELD_STRING, OR_NULL, .doc = "why the model stopped"},
    {"content", FIELD_STRING, OR_NULL, .doc = "its text"},
    {"assistant", FIELD_ANY, OR_NULL, .doc = "its message as the provider's own format has it"},
    ROW_USAGE("as reported"),
    ROW_COST,
    {"first_token_ms", FIELD_INT, OR_NULL, .doc = "until the first text came"},
    {"latency_ms", FIELD_INT, OR_NULL, .doc = "until it was whole"},
    {"structured", FIELD_ANY, SOMETIMES, .doc = "the answer by its schema"},
    {"tool_calls", FIELD_ARRAY, SOMETIMES, .of = &OBJECT_TOOL_REQUEST, .doc = "it asks for"},
    {"logprob", FIELD_NUMBER, SOMETIMES, .doc = "mean over its tokens"},
    {"charged", FIELD_OBJECT, ALWAYS, .of = &OBJECT_CHARGE, .doc = "what the budget counts"},
    {"reused", FIELD_BOOL, SOMETIMES, .doc = "true: it stands in the record gone on from"},
    FIELDS_END};
OBJECT(EVENT_OF_EXCHANGE_COMPLETED, "ExchangeCompletedEvent", EXCHANGE_COMPLETED,
       "A request to a provider was answered.");

static const struct field TOOL_CALL_REQUEST[] = {
    ROWS_LIFECYCLE("tool_call_request"),
    ROW_CALL,
    {"turn", FIELD_INT, ALWAYS, .doc = "of the call"},
    {"tool_call", FIELD_OBJECT, ALWAYS, .of = &OBJECT_TOOL_REQUEST, .doc = "what is asked for"},
    FIELDS_END};
OBJECT(EVENT_OF_TOOL_CALL_REQUEST, "ToolCallRequestEvent", TOOL_CALL_REQUEST, "A tool is asked.");

static const struct field TOOL_CALL_RESULT[] = {
    ROWS_LIFECYCLE("tool_call_result"),
    ROW_CALL,
    {"turn", FIELD_INT, ALWAYS, .doc = "of the call"},
    {"id", FIELD_STRING, ALWAYS, .doc = "as in the request"},
    {"name", FIELD_STRING, ALWAYS, .doc = "of the tool"},
    {"ok", FIELD_BOOL, ALWAYS, .doc = "it gave a result"},
    {"result", FIELD_ANY, SOMETIMES, .doc = "what it gave"},
    {"error", FIELD_STRING, SOMETIMES, .doc = "why it gave none"},
    ROW_LATENCY,
    {"reused", FIELD_BOOL, SOMETIMES, .doc = "true: it stands in the record gone on from"},
    FIELDS_END};
OBJECT(EVENT_OF_TOOL_CALL_RESULT, "ToolCallResultEvent", TOOL_CALL_RESULT,
       "A tool has answered, or failed.");

static const struct field MEMBER_REASK[] = {
    ROWS_LIFECYCLE("member_reask"),
    ROW_CALL,
    {"errors", FIELD_ARRAY, ALWAYS, .item = &ITEM_ID, .doc = "what is wrong with the answer"},
    FIELDS_END};
OBJECT(EVENT_OF_MEMBER_REASK, "MemberReaskEvent", MEMBER_REASK,
       "An answer cannot be used; the seat is asked again.");

static const struct field MEMBER_COMPLETED[] = {
    ROWS_LIFECYCLE("member_completed"),
    ROW_INDEX,
    ROW_ITERATION,
    ROW_MEMBER,
    {"result", FIELD_OBJECT, ALWAYS, .of = &OBJECT_MEMBER_RESULT, .doc = "well or not"},
    FIELDS_END};
OBJECT(EVENT_OF_MEMBER_COMPLETED, "MemberCompletedEvent", MEMBER_COMPLETED,
       "A call is over, of members, judges and the chair alike.");

/* ---- pieces of answers ---- */

/* clang-format off */
#define ROWS_DELTA(TYPE)                                                                           \
    ROWS_ENVELOPE(TYPE),                                                                           \
    ROW_INDEX,                                                                                     \
    ROW_MEMBER,                                                                                    \
    ROW_CALL,                                                                                      \
    ROW_ATTEMPT,                                                                                   \
    {"after", FIELD_INT, ALWAYS, .doc = "seq of the last event before it"},                        \
    {"n", FIELD_INT, ALWAYS, .doc = "in the attempt, from 0; a hole is a drop"},                   \
    {"text", FIELD_STRING, ALWAYS, .doc = "the piece"}
/* clang-format on */
static const struct field MEMBER_TOKEN[] = {ROWS_DELTA("member_token"), FIELDS_END};
OBJECT(EVENT_OF_MEMBER_TOKEN, "MemberTokenEvent", MEMBER_TOKEN,
       "A piece of an answer; not in the journal.");
static const struct field MEMBER_REASONING[] = {ROWS_DELTA("member_reasoning"), FIELDS_END};
OBJECT(EVENT_OF_MEMBER_REASONING, "MemberReasoningEvent", MEMBER_REASONING,
       "A piece of a model's reasoning; not in the journal.");
