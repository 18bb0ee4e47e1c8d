/* Seats and what stands in them, tools and documents, labels and limits. */
#include "records.h"
#include "shapes.h"
#include "words.h"

/* clang-format off */
static const struct doc_shape ID_SHAPE = ID(NONE);

static const struct doc_field RETRY_FIELDS[] = {
    {"max_attempts", INTEGER(NONE, 1, 10), "2", F_NOT_ASKED, "attempts at one entry of the chain"},
    {"base_ms", INTEGER(NONE, 0, 60000), "1000", F_NOT_ASKED, "first back-off; doubled each time, with full jitter"},
    {"max_ms", INTEGER(NONE, 0, 600000), "30000", F_NOT_ASKED, "longest back-off"},
    {"retry_after_max_ms", INTEGER(NONE, 0, 600000), "60000", F_NOT_ASKED, "a longer Retry-After ends the attempts at this entry"},
};
const struct doc_record RETRY = {"retry", {NULL}, DOC_FIELDS(RETRY_FIELDS)};

static const struct doc_field TIMEOUTS_FIELDS[] = {
    {"total_ms", INTEGER(NONE, 100, 86400000), "300000", F_NOT_ASKED, "the whole call: attempts, waits, tools, fallbacks"},
    {"attempt_ms", INTEGER(NULLABLE, 1, 86400000), "null", F_NOT_ASKED, "one attempt; null: off"},
    {"first_token_ms", INTEGER(NULLABLE, 1, 86400000), "180000", F_NOT_ASKED, "until the first token of an attempt, from its last event; null: off"},
    {"stall_ms", INTEGER(NULLABLE, 1, 86400000), "60000", F_NOT_ASKED, "between two events of the stream; null: off"},
};
const struct doc_record TIMEOUTS = {"timeouts", {NULL}, DOC_FIELDS(TIMEOUTS_FIELDS)};

static const struct doc_field PRICE_FIELDS[] = {
    {"input", NUMBER(NONE, 0, 1e9), NULL, F_REQUIRED, "USD per million input tokens"},
    {"output", NUMBER(NONE, 0, 1e9), NULL, F_REQUIRED, "USD per million output tokens"},
    {"cached_input", NUMBER(NULLABLE, 0, 1e9), "null", 0, "USD per million cached input tokens; null: as input"},
};
const struct doc_record PRICE = {"price", {NULL}, DOC_FIELDS(PRICE_FIELDS)};

static const struct doc_field FALLBACK_FIELDS[] = {
    {"provider", FILLED(NONE, 200), NULL, F_REQUIRED, "a configured provider"},
    {"model", FILLED(NONE, 200), NULL, F_REQUIRED, "the provider's name of the model"},
    {"temperature", NUMBER(NULLABLE, 0, 2), "null", 0, "null: as the seat"},
    {"max_tokens", INTEGER(NULLABLE, 1, 1000000), "null", 0, "null: as the seat"},
    {"price", OBJECT(NULLABLE, PRICE), NULL, F_NOT_ASKED, "default: the operator's table, else null = unknown"},
};
const struct doc_record FALLBACK = {"fallback", {NULL}, DOC_FIELDS(FALLBACK_FIELDS)};
static const struct doc_shape FALLBACK_SHAPE = OBJECT(NONE, FALLBACK);

static const struct doc_field ENTROPY_FIELDS[] = {
    {"samples", INTEGER(NONE, 2, 10), "5", 0, "answers in all, the first one included"},
    {"cluster", WORD(NONE, ENTROPY_CLUSTER_NAMES), "\"auto\"", 0, "how answers that mean the same are found"},
};
static const struct doc_record SEMANTIC_ENTROPY = {"semantic_entropy", {NULL}, DOC_FIELDS(ENTROPY_FIELDS)};
static const struct doc_field CONFIDENCE_FIELDS[] = {
    {"semantic_entropy", OBJECT(NONE, SEMANTIC_ENTROPY), NULL, F_REQUIRED, "confidence from the spread of several samples"},
};
static const struct doc_record CONFIDENCE = {"confidence", {NULL}, DOC_FIELDS(CONFIDENCE_FIELDS)};


static const struct doc_field DOCUMENT_FIELDS[] = {
    {"id", ID(NONE), NULL, F_REQUIRED, "unique in its list"},
    {"title", TEXT(NULLABLE, 0), "null", 0, ""},
    {"text", TEXT(NONE, 0), NULL, F_REQUIRED, ""},
    {"meta", FREE(T_ANY), "null", 0, "any content, given back with search results"},
};
const struct doc_record DOCUMENT = {"document", {NULL}, DOC_FIELDS(DOCUMENT_FIELDS)};
static const struct doc_shape DOCUMENT_SHAPE = OBJECT(NONE, DOCUMENT);

static const struct doc_field TOOL_FIELDS[] = {
    {"name", ID(NONE), NULL, F_REQUIRED, "what the model calls it by"},
    {"kind", WORD(NONE, TOOL_KIND_NAMES), NULL, F_REQUIRED, "docs: search in documents. command, mcp: only as the name of a catalogue tool"},
    {"description", TEXT(NONE, 0), "\"\"", 0, "told to the model"},
    {"parameters", RAW(T_NULL, SCHEMA), "null", 0, "JSON Schema of the arguments; docs tools have {query, top_k}; mcp: null takes the server's"},
    {"idempotent", BOOLEAN(NONE), "false", 0, "may it run again when a run is resumed?"},
    {"documents", LIST(NULLABLE, DOCUMENT_SHAPE, 200), "null", 0, "docs: the corpus; null: the council's documents"},
};
const struct doc_record TOOL = {"tool", {NULL}, DOC_FIELDS(TOOL_FIELDS)};
static const struct doc_shape TOOL_SHAPE = {.types = T_STRING | T_OBJECT, .record = &TOOL, .flags = S_FILLED};

static const struct doc_shape ARG_SHAPE = TEXT(NONE, 0);
static const struct doc_shape PATH_SHAPE = FILLED(NONE, 4096);
static const struct doc_shape PORT_SHAPE = INTEGER(NONE, 1, 65535);
static const struct doc_field TOOL_FILE_FIELDS[] = {
    {"argv", {.types = T_ARRAY, .items = &ARG_SHAPE, .max_items = 256, .flags = S_FILLED}, NULL, 0, "command: program (absolute path) and arguments; mcp: those of a server that speaks over stdio"},
    {"env", {.types = T_OBJECT, .items = &ARG_SHAPE}, NULL, 0, "command, mcp: the environment of the program, {NAME: value}; nothing else is in it"},
    {"credentials", LIST(NONE, ARG_SHAPE, 32), NULL, 0, "command, mcp: names of the operator's credentials that the program gets, each as the variable of its environment of that name"},
    {"read", LIST(NONE, PATH_SHAPE, 64), NULL, 0, "command, mcp: absolute paths that the program may read and execute, beside the system's"},
    {"write", LIST(NONE, PATH_SHAPE, 64), NULL, 0, "command, mcp: absolute paths in which it may change everything"},
    {"network", {.types = T_BOOLEAN | T_ARRAY, .items = &PORT_SHAPE, .max_items = 16}, NULL, 0, "command, mcp: true: any; a list of TCP ports: these alone; false: none"},
    {"disk_bytes", INTEGER(NONE, 65536, 1e15), NULL, 0, "command, mcp: the size of its working directory, which goes with the program"},
    {"tool", TEXT(NULLABLE, 200), "null", 0, "mcp: the tool's name at the server; null: the same name"},
};
/* A catalogue file; its `name` is the file's and may be left out. */
const struct doc_record TOOL_FILE = {"tool file", {&TOOL}, DOC_FIELDS(TOOL_FILE_FIELDS)};

static const struct doc_field BUNDLE_FIELDS[] = {
    {"provider", FILLED(NULLABLE, 200), NULL, 0, "a configured provider; required after merging"},
    {"model", FILLED(NULLABLE, 200), NULL, 0, "the provider's name of the model; required after merging"},
    {"temperature", NUMBER(NULLABLE, 0, 2), "null", 0, "null: the provider's default"},
    {"top_p", {.types = T_NUMBER | T_NULL, .flags = S_ABOVE, .min = 0, .max = 1}, "null", 0, "null: the provider's default"},
    {"max_tokens", INTEGER(NULLABLE, 1, 1000000), "null", 0, "null is sent as 8192 when a token or cost limit is in force, otherwise left to the provider"},
    {"stream", BOOLEAN(NULLABLE), "true", F_NOT_ASKED, "send token deltas to subscribers"},
    {"tools", LIST(NULLABLE, TOOL_SHAPE, 64), "[]", 0, "names or inline tools; those of the council are added"},
    {"tool_choice", FILLED(NULLABLE, 0), "\"auto\"", 0, "auto, required, none, or a tool's name; for the first turn"},
    {"parallel_tools", BOOLEAN(NULLABLE), "true", 0, "may the model call several tools in one turn?"},
    {"parallel_tools_strategy", WORD(NULLABLE, PARALLEL_TOOLS_NAMES), "\"collect\"", 0, "collect: all results go back; fail_fast: the first error cancels the rest"},
    {"tool_concurrency", INTEGER(NULLABLE, 1, 32), "4", F_NOT_ASKED, "tools of one turn that run at once"},
    {"tool_timeout_ms", INTEGER(NULLABLE, 100, 600000), "30000", F_NOT_ASKED, "one tool call"},
    {"max_tool_turns", INTEGER(NULLABLE, 1, 32), "8", 0, "after the last turn the model must answer without tools"},
    {"retry", OBJECT(NULLABLE, RETRY), "{}", F_NOT_ASKED, "merged by key"},
    {"timeouts", OBJECT(NULLABLE, TIMEOUTS), "{}", F_NOT_ASKED, "merged by key"},
    {"fallback", LIST(NULLABLE, FALLBACK_SHAPE, 4), "[]", F_NOT_ASKED, "other models, tried in order"},
    {"price", OBJECT(NULLABLE, PRICE), NULL, F_NOT_ASKED, "default: the operator's table, else null = unknown, never 0"},
    {"confidence", {.types = T_STRING | T_OBJECT | T_NULL, .words = CONFIDENCE_METHOD_NAMES, .record = &CONFIDENCE}, "null", 0, "how the confidence of an answer is found"},
    {"tier", WORD(NULLABLE, TIER_NAMES), "\"mid\"", F_NOT_ASKED, "for the complexity score"},
    {"provider_options", {.types = T_OBJECT | T_NULL, .flags = S_FREE, .max_bytes = 16384}, "{}", 0, "at most 4 KiB (16 KiB where no server is asked), merged into the request body: those that documents may give in this wire format"},
};
const struct doc_record BUNDLE = {"bundle", {NULL}, DOC_FIELDS(BUNDLE_FIELDS)};

static const struct doc_field SEAT_FIELDS[] = {
    {"role", TEXT(NULLABLE, 500), "null", 0, "\"Your role: ...\" in the system message"},
    {"system_prompt", PROMPT(NULLABLE), "null", 0, "null: the default text"},
    {"profile", FILLED(NULLABLE, 0), "null", 0, "key of profiles or a catalogue profile"},
    {"profile_overrides", {.types = T_OBJECT, .record = &BUNDLE, .flags = S_SPARSE}, "{}", 0, "layer above the profile"},
    {"output_schema", FILLED(NULLABLE, 0), "null", 0, "a named schema"},
    {"output_schema_inline", RAW(T_NULL, SCHEMA), "null", 0, "a JSON Schema; not together with output_schema"},
    {"weight", NUMBER(NULLABLE, 0, 1000), "null", 0, "used where weights member or source static are asked for"},
    {"reliability_key", FILLED(NULLABLE, 500), NULL, 0, "key in the reliability store; default: provider/model"},
    {"recuse", LIST(NONE, ID_SHAPE, 64), "[]", 0, "members whose answers this seat never judges"},
    {"sub_council", RAW(T_STRING | T_NULL, COUNCIL), "null", 0, "name or document of a council that answers in this seat"},
    {"input_mapper", RAW(T_STRING | T_NULL, MAPPER), "null", 0, "changes the task that this seat sees"},
    {"metadata", METADATA, "{}", F_NOT_HASHED, "any content; never sent to a model"},
};
static const struct doc_record SEAT_PARTS = {"seat", {NULL}, DOC_FIELDS(SEAT_FIELDS)};

static const struct doc_field MEMBER_FIELDS[] = {
    {"id", ID(NONE), NULL, F_REQUIRED, "unique over members and chair; not abstain, none, all"},
};
static const struct doc_record MEMBER_ID = {"id", {NULL}, DOC_FIELDS(MEMBER_FIELDS)};
const struct doc_record MEMBER = {"seat", {&MEMBER_ID, &SEAT_PARTS, &BUNDLE}, NULL, 0};

static const struct doc_shape SEAT_SHAPE = {.types = T_STRING | T_OBJECT, .record = &MEMBER, .flags = S_FILLED};
static const struct doc_field CHAIR_ID_FIELDS[] = {
    {"id", ID(NONE), "\"chair\"", 0, "unique over members and chair"},
};
static const struct doc_record CHAIR_ID = {"id", {NULL}, DOC_FIELDS(CHAIR_ID_FIELDS)};
static const struct doc_field CHAIR_FIELDS[] = {
    {"fallback_chairs", LIST(NONE, SEAT_SHAPE, 8), "[]", F_NOT_ASKED, "member ids or whole seats, tried in order"},
    {"last_resort", WORD(NONE, LAST_RESORT_NAMES), "\"best_answer\"", F_NOT_ASKED, "what is final when no chair answers"},
};
const struct doc_record CHAIR = {"chair", {&CHAIR_ID, &SEAT_PARTS, &BUNDLE}, DOC_FIELDS(CHAIR_FIELDS)};

static const struct doc_field ANONYMITY_FIELDS[] = {
    {"scope", WORD(NONE, LABEL_SCOPE_NAMES), "\"run\"", 0, "one label map for the run, for each round, or for each call"},
    {"assign", WORD(NONE, LABEL_ASSIGN_NAMES), "\"shuffle\"", 0, "order in which labels are given out"},
    {"prefix", TEXT(NONE, 64), "\"" LABEL_PREFIX "\"", 0, "before the letter or code"},
    {"style", WORD(NONE, LABEL_STYLE_NAMES), "\"letters\"", 0, "A, B ..., codes such as K7, or the ids: no anonymity"},
    {"order", WORD(NONE, BLOCK_ORDER_NAMES), "\"per_reviewer\"", 0, "order of blocks in a prompt"},
};
const struct doc_record ANONYMITY = {"anonymity", {NULL}, DOC_FIELDS(ANONYMITY_FIELDS)};

static const struct doc_field GROUNDING_FIELDS[] = {
    {"mode", WORD(NONE, GROUNDING_MODE_NAMES), "\"none\"", 0, "which documents are put under the task"},
    {"k", INTEGER(NONE, 1, 20), "4", 0, "top_k: the best documents for the input"},
};
const struct doc_record GROUNDING = {"grounding", {NULL}, DOC_FIELDS(GROUNDING_FIELDS)};

static const struct doc_field BUDGET_FIELDS[] = {
    {"max_tokens", INTEGER(NULLABLE, 1, 1e15), "null", 0, "input and output tokens of the run"},
    {"max_cost", NUMBER(NULLABLE, 0, 1e12), "null", 0, "USD"},
    {"max_calls", INTEGER(NULLABLE, 1, 1e15), "null", 0, "attempts"},
    {"deadline_ms", INTEGER(NONE, 1000, 86400000), "1800000", 0, "from the start of the run"},
    {"chair_reserve", NUMBER(NONE, 0, 0.9), NULL, 0, "share of every limit that only the chair may use; default 0.2, without a chair 0"},
    {"allow_unknown_price", BOOLEAN(NONE), "false", 0, "with max_cost: may calls without a known price be made?"},
};
const struct doc_record BUDGET = {"budget", {NULL}, DOC_FIELDS(BUDGET_FIELDS)};

static const struct doc_field MAPPER_FIELDS[] = {
    {"pointer", TEXT(NONE, 0), NULL, 0, "JSON Pointer into the input"},
    {"object", RAW(NONE, POINTERS), NULL, 0, "{key: JSON Pointer}: a new object"},
    {"template", PROMPT(NONE), NULL, 0, "text with placeholders"},
};
const struct doc_record MAPPER = {"mapper", {NULL}, DOC_FIELDS(MAPPER_FIELDS)};
/* clang-format on */
