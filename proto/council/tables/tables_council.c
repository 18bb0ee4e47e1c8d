/* Council documents, and the options of run.start. */
#include "records.h"
#include "shapes.h"
#include "words.h"

/* clang-format off */
static const struct doc_shape TOOL_SHAPE = {.types = T_STRING | T_OBJECT, .record = &TOOL, .flags = S_FILLED};
static const struct doc_shape DOCUMENT_SHAPE = OBJECT(NONE, DOCUMENT);
static const struct doc_shape BUNDLE_SHAPE = OBJECT(NONE, BUNDLE);
static const struct doc_shape MEMBER_SHAPE = OBJECT(NONE, MEMBER);
static const struct doc_shape ROUND_SHAPE = OBJECT(NONE, ROUND);
static const struct doc_field TEMPLATE_FIELDS[] = {
    {"name", FILLED(NONE, 0), NULL, F_REQUIRED, "one of the templates"},
    {"opts", RAW(NONE, TEMPLATE_OPTS), "{}", 0, "its opts"},
};
const struct doc_record TEMPLATE = {"template", {NULL}, DOC_FIELDS(TEMPLATE_FIELDS)};

static const struct doc_field COUNCIL_FIELDS[] = {
    {"schema_version", INTEGER(NONE, 0, 0), NULL, F_REQUIRED, "1"},
    {"id", ID(NONE), NULL, F_REQUIRED, "in a catalogue file the file's name"},
    {"name", FILLED(NONE, 200), NULL, 0, "for people; default: the id"},
    {"description", TEXT(NONE, 4000), "\"\"", 0, "for lists and for choosing a council"},
    {"template", OBJECT(NULLABLE, TEMPLATE), "null", 0, "{name, opts}; instead of rounds"},
    {"default_profile", FILLED(NULLABLE, 0), "null", 0, "key of profiles or a catalogue profile"},
    {"profiles", MAP(NONE, BUNDLE_SHAPE, 64), "{}", 0, "name -> bundle"},
    {"members", {.types = T_ARRAY, .items = &MEMBER_SHAPE, .max_items = 64, .flags = S_FILLED}, NULL, F_REQUIRED, "the seats that answer and vote"},
    {"rounds", {.types = T_ARRAY, .items = &ROUND_SHAPE, .max_items = 32, .flags = S_FILLED}, NULL, 0, "required without a template"},
    {"chair", OBJECT(NULLABLE, CHAIR), "null", 0, "with a chair and no synthesis round, synthesis is appended"},
    {"router", RAW(T_STRING | T_NULL, ROUTER), "null", 0, "who takes part in a round; null: everybody"},
    {"tools", LIST(NONE, TOOL_SHAPE, 32), "[]", 0, "given to every seat, the chair too"},
    {"documents", LIST(NONE, DOCUMENT_SHAPE, 200), "[]", 0, "corpus of docs tools and of grounding"},
    {"grounding", OBJECT(NONE, GROUNDING), "{}", 0, "documents put under the task, fenced"},
    {"anonymity", OBJECT(NONE, ANONYMITY), "{}", 0, "labels of answers"},
    {"budget", OBJECT(NONE, BUDGET), "{}", F_NOT_ASKED, "limits of the whole run"},
    {"on_degraded", WORD(NONE, ON_DEGRADED_NAMES), "\"label\"", F_NOT_ASKED, "label a partial result as such, or refuse it"},
    {"metadata", METADATA, "{}", F_NOT_HASHED, "any content; never sent to a model"},
};
const struct doc_record COUNCIL = {"council", {NULL}, DOC_FIELDS(COUNCIL_FIELDS)};

static const char *const HISTORY_ROLES[] = {"user", "assistant", NULL};
static const struct doc_field HISTORY_FIELDS[] = {
    {"role", WORD(NONE, HISTORY_ROLES), NULL, F_REQUIRED, ""},
    {"content", TEXT(NONE, 0), NULL, F_REQUIRED, ""},
};
static const struct doc_record HISTORY = {"history", {NULL}, DOC_FIELDS(HISTORY_FIELDS)};
static const struct doc_shape HISTORY_SHAPE = OBJECT(NONE, HISTORY);
static const struct doc_field OVERRIDES_FIELDS[] = {
    {"all", OBJECT(NONE, BUNDLE), "{}", 0, "for every seat"},
    {"seats", {.types = T_OBJECT, .items = &BUNDLE_SHAPE}, "{}", 0, "id -> bundle"},
};
static const struct doc_record OVERRIDES = {"overrides", {NULL}, DOC_FIELDS(OVERRIDES_FIELDS)};
static const struct doc_shape REPORT_SHAPE = WORD(NONE, REPORT_NAMES);
static const struct doc_field OPTIONS_FIELDS[] = {
    {"seed", TEXT(NONE, 0), NULL, 0, "1 to 128 bytes; default: 64 hex digits from the kernel"},
    {"budget", OBJECT(NONE, BUDGET), "{}", 0, "of every limit the smallest given is in force"},
    {"defaults", OBJECT(NONE, BUNDLE), "{}", 0, "bundle below the council"},
    {"overrides", OBJECT(NONE, OVERRIDES), "{}", 0, "bundles above everything; outermost council only"},
    {"history", LIST(NONE, HISTORY_SHAPE, 100), "[]", 0, "put between the system message and the prompt of every call"},
    {"documents", LIST(NONE, DOCUMENT_SHAPE, 200), "[]", 0, "added to the council's"},
    {"features", FREE(T_OBJECT), "{}", 0, "features of this task for the reliability store"},
    {"reports", LIST(NONE, REPORT_SHAPE, 3), "[\"disagreement\",\"judge_bias\",\"flips\"]", 0, "reports in the result"},
    {"resume_from", FILLED(NULLABLE, 128), "null", 0, "run_id of an ended run"},
    {"resume_policy", WORD(NONE, RESUME_POLICY_NAMES), "\"strict\"", 0, ""},
    {"metadata", METADATA, "{}", 0, "handed through to the result"},
};
const struct doc_record OPTIONS = {"options", {NULL}, DOC_FIELDS(OPTIONS_FIELDS)};
/* clang-format on */
