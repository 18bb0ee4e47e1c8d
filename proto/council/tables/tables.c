/* Councils, seats and what stands in them: deliberation sections 1.1 to 1.4, 1.6 to 1.8. */
#include "common/cleanup.h"
#include "shapes.h"

#include <string.h>

static const struct shape ID_SHAPE = ID(NONE);

/* clang-format off */
static const struct field RETRY_FIELDS[] = {
    {"max_attempts", INTEGER(NONE, 1, 10), "2", F_NOT_ASKED, NULL, "attempts at one entry of the chain"},
    {"base_ms", INTEGER(NONE, 0, 60000), "1000", F_NOT_ASKED, NULL, "first back-off; doubled each time, with full jitter"},
    {"max_ms", INTEGER(NONE, 0, 600000), "30000", F_NOT_ASKED, NULL, "longest back-off"},
    {"retry_after_max_ms", INTEGER(NONE, 0, 600000), "60000", F_NOT_ASKED, NULL, "a longer Retry-After ends the attempts at this entry"},
};
const struct record RETRY = {"retry", {NULL}, RECORD_FIELDS(RETRY_FIELDS)};

static const struct field TIMEOUTS_FIELDS[] = {
    {"total_ms", INTEGER(NONE, 100, 86400000), "300000", F_NOT_ASKED, NULL, "the whole call: attempts, waits, tools, fallbacks"},
    {"attempt_ms", INTEGER(NULLABLE, 1, 86400000), "null", F_NOT_ASKED, NULL, "one attempt; null: off"},
    {"first_token_ms", INTEGER(NULLABLE, 1, 86400000), "180000", F_NOT_ASKED, NULL, "until the first token of an attempt; null: off"},
    {"stall_ms", INTEGER(NULLABLE, 1, 86400000), "60000", F_NOT_ASKED, NULL, "between two tokens; null: off"},
};
const struct record TIMEOUTS = {"timeouts", {NULL}, RECORD_FIELDS(TIMEOUTS_FIELDS)};

static const struct field PRICE_FIELDS[] = {
    {"input", NUMBER(NONE, 0, 1e9), NULL, F_REQUIRED, NULL, "USD per million input tokens"},
    {"output", NUMBER(NONE, 0, 1e9), NULL, F_REQUIRED, NULL, "USD per million output tokens"},
    {"cached_input", NUMBER(NULLABLE, 0, 1e9), "null", 0, NULL, "USD per million cached input tokens; null: as input"},
};
const struct record PRICE = {"price", {NULL}, RECORD_FIELDS(PRICE_FIELDS)};

static const struct field FALLBACK_FIELDS[] = {
    {"provider", FILLED(NONE, 200), NULL, F_REQUIRED, NULL, "a configured provider"},
    {"model", FILLED(NONE, 200), NULL, F_REQUIRED, NULL, "the provider's name of the model"},
    {"temperature", NUMBER(NULLABLE, 0, 2), "null", 0, NULL, "null: as the seat"},
    {"max_tokens", INTEGER(NULLABLE, 1, 1000000), "null", 0, NULL, "null: as the seat"},
    {"price", OBJECT(NULLABLE, PRICE), NULL, F_NOT_ASKED, NULL, "default: the operator's table, else null = unknown"},
};
const struct record FALLBACK = {"fallback", {NULL}, RECORD_FIELDS(FALLBACK_FIELDS)};
static const struct shape FALLBACK_SHAPE = OBJECT(NONE, FALLBACK);

static const char *const CLUSTERS[] = {"auto", "exact", "judge", "lexical", NULL};
static const struct field ENTROPY_FIELDS[] = {
    {"samples", INTEGER(NONE, 2, 10), "5", 0, NULL, "answers in all, the first one included"},
    {"cluster", WORD(NONE, CLUSTERS), "\"auto\"", 0, NULL, "how answers that mean the same are found"},
};
static const struct record SEMANTIC_ENTROPY = {"semantic_entropy", {NULL}, RECORD_FIELDS(ENTROPY_FIELDS)};
static const struct field CONFIDENCE_FIELDS[] = {
    {"semantic_entropy", OBJECT(NONE, SEMANTIC_ENTROPY), NULL, F_REQUIRED, "semantic_entropy", "confidence from the spread of several samples"},
};
static const struct record CONFIDENCE = {"confidence", {NULL}, RECORD_FIELDS(CONFIDENCE_FIELDS)};

static const char *const METHODS[] = {"self_report", "logprob", NULL};
static const char *const TIERS[] = {"nano", "mini", "mid", "large", "reasoning", NULL};
static const char *const STRATEGIES[] = {"collect", "fail_fast", NULL};
static const char *const TOOL_KINDS[] = {"docs", "command", "mcp", NULL};

static const struct field DOCUMENT_FIELDS[] = {
    {"id", ID(NONE), NULL, F_REQUIRED, NULL, "unique in its list"},
    {"title", TEXT(NULLABLE, 0), "null", 0, NULL, ""},
    {"text", TEXT(NONE, 0), NULL, F_REQUIRED, NULL, ""},
    {"meta", FREE(T_ANY), "null", 0, NULL, "any content, given back with search results"},
};
const struct record DOCUMENT = {"document", {NULL}, RECORD_FIELDS(DOCUMENT_FIELDS)};
static const struct shape DOCUMENT_SHAPE = OBJECT(NONE, DOCUMENT);

static const struct field TOOL_FIELDS[] = {
    {"name", ID(NONE), NULL, F_REQUIRED, NULL, "what the model calls it by"},
    {"kind", WORD(NONE, TOOL_KINDS), NULL, F_REQUIRED, NULL, "docs: search in documents. command, mcp: only as the name of a catalogue tool"},
    {"description", TEXT(NONE, 0), "\"\"", 0, NULL, "told to the model"},
    {"parameters", RAW(T_NULL, "schema"), "null", 0, NULL, "JSON Schema of the arguments; docs tools have {query, top_k}; mcp: null takes the server's"},
    {"idempotent", BOOLEAN(NONE), "false", 0, NULL, "may it run again when a run is resumed?"},
    {"documents", LIST(NULLABLE, DOCUMENT_SHAPE, 200), "null", 0, NULL, "docs: the corpus; null: the council's documents"},
};
const struct record TOOL = {"tool", {NULL}, RECORD_FIELDS(TOOL_FIELDS)};
static const struct shape TOOL_SHAPE = {.types = T_STRING | T_OBJECT, .record = &TOOL, .flags = S_FILLED};

static const struct shape ARG_SHAPE = TEXT(NONE, 0);
static const struct field TOOL_FILE_FIELDS[] = {
    {"argv", {.types = T_ARRAY, .items = &ARG_SHAPE, .max_items = 256, .flags = S_FILLED}, NULL, 0, NULL, "command: program (absolute path) and arguments; mcp: those of a server that speaks over stdio"},
    {"tool", TEXT(NULLABLE, 200), "null", 0, NULL, "mcp: the tool's name at the server; null: the same name"},
};
/* A catalogue file; its `name` is the file's and may be left out. */
const struct record TOOL_FILE = {"tool file", {&TOOL}, RECORD_FIELDS(TOOL_FILE_FIELDS)};

static const struct field BUNDLE_FIELDS[] = {
    {"provider", FILLED(NULLABLE, 200), NULL, 0, NULL, "a configured provider; required after merging"},
    {"model", FILLED(NULLABLE, 200), NULL, 0, NULL, "the provider's name of the model; required after merging"},
    {"temperature", NUMBER(NULLABLE, 0, 2), "null", 0, NULL, "null: the provider's default"},
    {"top_p", {.types = T_NUMBER | T_NULL, .flags = S_ABOVE, .min = 0, .max = 1}, "null", 0, NULL, "null: the provider's default"},
    {"max_tokens", INTEGER(NULLABLE, 1, 1000000), "null", 0, NULL, "null is sent as 8192 when a token or cost limit is in force, otherwise left to the provider"},
    {"stream", BOOLEAN(NULLABLE), "true", F_NOT_ASKED, NULL, "send token deltas to subscribers"},
    {"tools", LIST(NULLABLE, TOOL_SHAPE, 64), "[]", 0, "tools", "names or inline tools; those of the council are added"},
    {"tool_choice", FILLED(NULLABLE, 0), "\"auto\"", 0, NULL, "auto, required, none, or a tool's name; for the first turn"},
    {"parallel_tools", BOOLEAN(NULLABLE), "true", 0, NULL, "may the model call several tools in one turn?"},
    {"parallel_tools_strategy", WORD(NULLABLE, STRATEGIES), "\"collect\"", 0, NULL, "collect: all results go back; fail_fast: the first error cancels the rest"},
    {"tool_concurrency", INTEGER(NULLABLE, 1, 32), "4", F_NOT_ASKED, NULL, "tools of one turn that run at once"},
    {"tool_timeout_ms", INTEGER(NULLABLE, 100, 600000), "30000", F_NOT_ASKED, NULL, "one tool call"},
    {"max_tool_turns", INTEGER(NULLABLE, 1, 32), "8", 0, NULL, "after the last turn the model must answer without tools"},
    {"retry", OBJECT(NULLABLE, RETRY), "{}", F_NOT_ASKED, NULL, "merged by key"},
    {"timeouts", OBJECT(NULLABLE, TIMEOUTS), "{}", F_NOT_ASKED, NULL, "merged by key"},
    {"fallback", LIST(NULLABLE, FALLBACK_SHAPE, 4), "[]", F_NOT_ASKED, NULL, "other models, tried in order"},
    {"price", OBJECT(NULLABLE, PRICE), NULL, F_NOT_ASKED, NULL, "default: the operator's table, else null = unknown, never 0"},
    {"confidence", {.types = T_STRING | T_OBJECT | T_NULL, .words = METHODS, .feature = "confidence", .record = &CONFIDENCE}, "null", 0, NULL, "how the confidence of an answer is found"},
    {"tier", WORD(NULLABLE, TIERS), "\"mid\"", F_NOT_ASKED, NULL, "for the complexity score"},
    {"provider_options", FREE(T_OBJECT | T_NULL), "{}", 0, NULL, "at most 4 KiB, merged into the request body; no field that the adapter writes itself"},
};
const struct record BUNDLE = {"bundle", {NULL}, RECORD_FIELDS(BUNDLE_FIELDS)};
static const struct shape BUNDLE_SHAPE = OBJECT(NONE, BUNDLE);

static const struct field SEAT_FIELDS[] = {
    {"role", TEXT(NULLABLE, 500), "null", 0, NULL, "\"Your role: ...\" in the system message"},
    {"system_prompt", PROMPT(NULLABLE), "null", 0, NULL, "null: the default text"},
    {"profile", FILLED(NULLABLE, 0), "null", 0, NULL, "key of profiles or a catalogue profile"},
    {"profile_overrides", {.types = T_OBJECT, .record = &BUNDLE, .flags = S_SPARSE}, "{}", 0, NULL, "layer above the profile"},
    {"output_schema", FILLED(NULLABLE, 0), "null", 0, "output_schema", "a named schema"},
    {"output_schema_inline", RAW(T_NULL, "schema"), "null", 0, "output_schema", "a JSON Schema; not together with output_schema"},
    {"weight", NUMBER(NULLABLE, 0, 1000), "null", 0, NULL, "used where weights member or source static are asked for"},
    {"reliability_key", FILLED(NULLABLE, 500), NULL, 0, NULL, "key in the reliability store; default: provider/model"},
    {"recuse", LIST(NONE, ID_SHAPE, 64), "[]", 0, NULL, "members whose answers this seat never judges"},
    {"sub_council", RAW(T_STRING | T_NULL, "council"), "null", 0, "sub_council", "name or document of a council that answers in this seat"},
    {"input_mapper", RAW(T_STRING | T_NULL, "mapper"), "null", 0, "input_mapper", "changes the task that this seat sees"},
    {"metadata", METADATA, "{}", F_NOT_HASHED, NULL, "any content; never sent to a model"},
};
static const struct record SEAT_PARTS = {"seat", {NULL}, RECORD_FIELDS(SEAT_FIELDS)};

static const struct field MEMBER_FIELDS[] = {
    {"id", ID(NONE), NULL, F_REQUIRED, NULL, "unique over members and chair; not abstain, none, all"},
};
static const struct record MEMBER_ID = {"id", {NULL}, RECORD_FIELDS(MEMBER_FIELDS)};
const struct record MEMBER = {"seat", {&MEMBER_ID, &SEAT_PARTS, &BUNDLE}, NULL, 0};

static const struct shape SEAT_SHAPE = {.types = T_STRING | T_OBJECT, .record = &MEMBER, .flags = S_FILLED};
static const char *const LAST_RESORTS[] = {"best_answer", "none", NULL};
static const struct field CHAIR_ID_FIELDS[] = {
    {"id", ID(NONE), "\"chair\"", 0, NULL, "unique over members and chair"},
};
static const struct record CHAIR_ID = {"id", {NULL}, RECORD_FIELDS(CHAIR_ID_FIELDS)};
static const struct field CHAIR_FIELDS[] = {
    {"fallback_chairs", LIST(NONE, SEAT_SHAPE, 8), "[]", F_NOT_ASKED, NULL, "member ids or whole seats, tried in order"},
    {"last_resort", WORD(NONE, LAST_RESORTS), "\"best_answer\"", F_NOT_ASKED, NULL, "what is final when no chair answers"},
};
const struct record CHAIR = {"chair", {&CHAIR_ID, &SEAT_PARTS, &BUNDLE}, RECORD_FIELDS(CHAIR_FIELDS)};

static const char *const SCOPES[] = {"run", "round", "reviewer", NULL};
static const char *const ASSIGNS[] = {"shuffle", "stable", "as_given", NULL};
static const char *const STYLES[] = {"letters", "codes", "ids", NULL};
static const char *const ORDERS[] = {"per_reviewer", "shared", "stable", NULL};
static const struct field ANONYMITY_FIELDS[] = {
    {"scope", KNOWN(NONE, SCOPES, NULL, "scope"), "\"run\"", 0, NULL, "one label map for the run, for each round, or for each call"},
    {"assign", WORD(NONE, ASSIGNS), "\"shuffle\"", 0, NULL, "order in which labels are given out"},
    {"prefix", TEXT(NONE, 64), "\"Response \"", 0, NULL, "before the letter or code"},
    {"style", WORD(NONE, STYLES), "\"letters\"", 0, NULL, "A, B ..., codes such as K7, or the ids: no anonymity"},
    {"order", WORD(NONE, ORDERS), "\"per_reviewer\"", 0, NULL, "order of blocks in a prompt"},
};
const struct record ANONYMITY = {"anonymity", {NULL}, RECORD_FIELDS(ANONYMITY_FIELDS)};

static const char *const GROUNDINGS[] = {"none", "all", "top_k", NULL};
static const struct field GROUNDING_FIELDS[] = {
    {"mode", KNOWN(NONE, GROUNDINGS, NULL, "grounding"), "\"none\"", 0, NULL, "which documents are put under the task"},
    {"k", INTEGER(NONE, 1, 20), "4", 0, NULL, "top_k: the best documents for the input"},
};
const struct record GROUNDING = {"grounding", {NULL}, RECORD_FIELDS(GROUNDING_FIELDS)};

static const struct field BUDGET_FIELDS[] = {
    {"max_tokens", INTEGER(NULLABLE, 1, 1e15), "null", 0, NULL, "input and output tokens of the run"},
    {"max_cost", NUMBER(NULLABLE, 0, 1e12), "null", 0, NULL, "USD"},
    {"max_calls", INTEGER(NULLABLE, 1, 1e15), "null", 0, NULL, "attempts"},
    {"deadline_ms", INTEGER(NONE, 1000, 86400000), "1800000", 0, NULL, "from the start of the run"},
    {"chair_reserve", NUMBER(NONE, 0, 0.9), NULL, 0, NULL, "share of every limit that only the chair may use; default 0.2, without a chair 0"},
    {"allow_unknown_price", BOOLEAN(NONE), "false", 0, NULL, "with max_cost: may calls without a known price be made?"},
};
const struct record BUDGET = {"budget", {NULL}, RECORD_FIELDS(BUDGET_FIELDS)};

static const char *const ON_DEGRADED[] = {"label", "refuse", NULL};
static const struct shape MEMBER_SHAPE = OBJECT(NONE, MEMBER);
static const struct shape ROUND_SHAPE = OBJECT(NONE, ROUND);
static const struct field TEMPLATE_FIELDS[] = {
    {"name", FILLED(NONE, 0), NULL, F_REQUIRED, NULL, "one of the templates"},
    {"opts", RAW(NONE, "template opts"), "{}", 0, NULL, "its opts"},
};
const struct record TEMPLATE = {"template", {NULL}, RECORD_FIELDS(TEMPLATE_FIELDS)};

static const struct field COUNCIL_FIELDS[] = {
    {"schema_version", INTEGER(NONE, 0, 0), NULL, F_REQUIRED, NULL, "1"},
    {"id", ID(NONE), NULL, F_REQUIRED, NULL, "in a catalogue file the file's name"},
    {"name", FILLED(NONE, 200), NULL, 0, NULL, "for people; default: the id"},
    {"description", TEXT(NONE, 4000), "\"\"", 0, NULL, "for lists and for choosing a council"},
    {"template", OBJECT(NULLABLE, TEMPLATE), "null", 0, NULL, "{name, opts}; instead of rounds"},
    {"default_profile", FILLED(NULLABLE, 0), "null", 0, NULL, "key of profiles or a catalogue profile"},
    {"profiles", MAP(NONE, BUNDLE_SHAPE, 64), "{}", 0, NULL, "name -> bundle"},
    {"members", {.types = T_ARRAY, .items = &MEMBER_SHAPE, .max_items = 64, .flags = S_FILLED}, NULL, F_REQUIRED, NULL, "the seats that answer and vote"},
    {"rounds", {.types = T_ARRAY, .items = &ROUND_SHAPE, .max_items = 32, .flags = S_FILLED}, NULL, 0, NULL, "required without a template"},
    {"chair", OBJECT(NULLABLE, CHAIR), "null", 0, NULL, "with a chair and no synthesis round, synthesis is appended"},
    {"router", RAW(T_STRING | T_NULL, "router"), "null", 0, NULL, "who takes part in a round; null: everybody"},
    {"tools", LIST(NONE, TOOL_SHAPE, 32), "[]", 0, "tools", "given to every seat, the chair too"},
    {"documents", LIST(NONE, DOCUMENT_SHAPE, 200), "[]", 0, "documents", "corpus of docs tools and of grounding"},
    {"grounding", OBJECT(NONE, GROUNDING), "{}", 0, NULL, "documents put under the task, fenced"},
    {"anonymity", OBJECT(NONE, ANONYMITY), "{}", 0, NULL, "labels of answers"},
    {"budget", OBJECT(NONE, BUDGET), "{}", F_NOT_ASKED, NULL, "limits of the whole run"},
    {"on_degraded", WORD(NONE, ON_DEGRADED), "\"label\"", F_NOT_ASKED, NULL, "label a partial result as such, or refuse it"},
    {"metadata", METADATA, "{}", F_NOT_HASHED, NULL, "any content; never sent to a model"},
};
const struct record COUNCIL = {"council", {NULL}, RECORD_FIELDS(COUNCIL_FIELDS)};

static const struct field MAPPER_FIELDS[] = {
    {"pointer", TEXT(NONE, 0), NULL, 0, NULL, "JSON Pointer into the input"},
    {"object", RAW(NONE, "pointers"), NULL, 0, NULL, "{key: JSON Pointer}: a new object"},
    {"template", PROMPT(NONE), NULL, 0, NULL, "text with placeholders"},
};
const struct record MAPPER = {"mapper", {NULL}, RECORD_FIELDS(MAPPER_FIELDS)};

static const char *const HISTORY_ROLES[] = {"user", "assistant", NULL};
static const struct field HISTORY_FIELDS[] = {
    {"role", WORD(NONE, HISTORY_ROLES), NULL, F_REQUIRED, NULL, ""},
    {"content", TEXT(NONE, 0), NULL, F_REQUIRED, NULL, ""},
};
static const struct record HISTORY = {"history", {NULL}, RECORD_FIELDS(HISTORY_FIELDS)};
static const struct shape HISTORY_SHAPE = OBJECT(NONE, HISTORY);
static const struct field OVERRIDES_FIELDS[] = {
    {"all", OBJECT(NONE, BUNDLE), "{}", 0, NULL, "for every seat"},
    {"seats", {.types = T_OBJECT, .items = &BUNDLE_SHAPE}, "{}", 0, NULL, "id -> bundle"},
};
static const struct record OVERRIDES = {"overrides", {NULL}, RECORD_FIELDS(OVERRIDES_FIELDS)};
static const char *const REPORTS[] = {"disagreement", "judge_bias", "flips", NULL};
static const struct shape REPORT_SHAPE = WORD(NONE, REPORTS);
static const char *const RESUME_POLICIES[] = {"strict", "matching", NULL};
static const struct field OPTIONS_FIELDS[] = {
    {"seed", TEXT(NONE, 0), NULL, 0, NULL, "1 to 128 bytes; default: 64 hex digits from the kernel"},
    {"budget", OBJECT(NONE, BUDGET), "{}", 0, NULL, "of every limit the smallest given is in force"},
    {"defaults", OBJECT(NONE, BUNDLE), "{}", 0, NULL, "bundle below the council"},
    {"overrides", OBJECT(NONE, OVERRIDES), "{}", 0, NULL, "bundles above everything; outermost council only"},
    {"history", LIST(NONE, HISTORY_SHAPE, 100), "[]", 0, "history", "put between the system message and the prompt of every call"},
    {"documents", LIST(NONE, DOCUMENT_SHAPE, 200), "[]", 0, "documents", "added to the council's"},
    {"features", FREE(T_OBJECT), "{}", 0, "features", "features of this task for the reliability store"},
    {"reports", LIST(NONE, REPORT_SHAPE, 3), "[\"disagreement\",\"judge_bias\",\"flips\"]", 0, "reports", "reports in the result"},
    {"resume_from", FILLED(NULLABLE, 128), "null", 0, "resume", "run_id of an ended run"},
    {"resume_policy", WORD(NONE, RESUME_POLICIES), "\"strict\"", 0, "resume", ""},
    {"metadata", METADATA, "{}", 0, NULL, "handed through to the result"},
};
const struct record OPTIONS = {"options", {NULL}, RECORD_FIELDS(OPTIONS_FIELDS)};
/* clang-format on */

const struct field *record_field(const struct record *record, size_t i)
{
    for (size_t b = 0; b < ARRAY_LEN(record->base) && record->base[b]; b++) {
        if (i < record->base[b]->count)
            return &record->base[b]->fields[i];
        i -= record->base[b]->count;
    }
    return i < record->count ? &record->fields[i] : NULL;
}

const struct field *record_find(const struct record *record, const char *name)
{
    const struct field *f;
    const struct field *found = NULL;
    for (size_t i = 0; (f = record_field(record, i)); i++)
        if (strcmp(f->name, name) == 0)
            found = f;
    return found;
}

const struct record *variant_find(const struct variant *variants, const char *word)
{
    for (; variants->word; variants++)
        if (strcmp(variants->word, word) == 0)
            return variants->record;
    return NULL;
}
