/* Auto documents: how a council is chosen. */
#include "kinds.h"
#include "records.h"
#include "shapes.h"
#include "words.h"

/* clang-format off */
static const struct doc_shape TEXT_SHAPE = FILLED(NONE, 0);
static const struct doc_shape NUMBER_SHAPE = NUMBER(NONE, 0, 0);
static const char *const ALL[] = {"all", NULL};
static const char *const ERROR[] = {"error", NULL};

const struct doc_record RULES_OPTIONS = {"rules options", {NULL}, NULL, 0};

static const struct doc_field LINK_FIELDS[] = {
    {"strategy", WORD(NONE, STRATEGY_NAMES), NULL, F_REQUIRED, "any but cascade"},
    {"options", RAW(NONE, STRATEGY_OPTIONS), "{}", 0, "its options"},
};
static const struct doc_record LINK = {"link of a cascade", {NULL}, DOC_FIELDS(LINK_FIELDS)};
static const struct doc_shape LINK_SHAPE = {.types = T_STRING | T_OBJECT, .words = STRATEGY_NAMES, .record = &LINK};
static const struct doc_field CASCADE_FIELDS[] = {
    {"chain", {.types = T_ARRAY, .items = &LINK_SHAPE, .max_items = 8, .flags = S_FILLED}, NULL, F_REQUIRED, "strategies, or {strategy, options}; the first success holds"},
};
const struct doc_record CASCADE_OPTIONS = {"cascade options", {NULL}, DOC_FIELDS(CASCADE_FIELDS)};

static const struct doc_field CLASSIFY_FIELDS[] = {
    {"seat", OBJECT(NONE, MEMBER), NULL, F_REQUIRED, "who is asked"},
    {"min_confidence", NUMBER(NONE, 0, 1), "0.5", 0, "less is no match"},
    {"tags", LIST(NONE, TEXT_SHAPE, 64), "[]", 0, "only entries with one of these tags"},
};
const struct doc_record CLASSIFY_OPTIONS = {"llm_classify options", {NULL}, DOC_FIELDS(CLASSIFY_FIELDS)};

static const struct doc_field EMBEDDING_FIELDS[] = {
    {"backend", WORD(NONE, EMBEDDING_BACKEND_NAMES), NULL, 0, "provider when a provider is given, else lexical"},
    {"provider", FILLED(NULLABLE, 200), "null", 0, "of the embeddings call"},
    {"model", FILLED(NULLABLE, 200), "null", 0, "of the embeddings call"},
    {"threshold", NUMBER(NONE, 0, 1), NULL, 0, "0.72; lexical 0.15"},
    {"min_margin", NUMBER(NONE, 0, 1), "0", 0, "how far ahead of the second the best must be"},
};
const struct doc_record EMBEDDING_OPTIONS = {"embedding options", {NULL}, DOC_FIELDS(EMBEDDING_FIELDS)};

static const struct doc_field BUILD_FIELDS[] = {
    {"seat", OBJECT(NONE, MEMBER), NULL, F_REQUIRED, "who is asked"},
    {"profiles", {.types = T_ARRAY, .items = &TEXT_SHAPE, .max_items = 64, .flags = S_FILLED}, NULL, F_REQUIRED, "catalogue profiles that members may have"},
    {"templates", LIST(NONE, TEXT_SHAPE, 64), NULL, 0, "templates that may be used; default: all"},
    {"max_members", INTEGER(NONE, 2, 64), "6", 0, ""},
};
const struct doc_record BUILD_OPTIONS = {"llm_build options", {NULL}, DOC_FIELDS(BUILD_FIELDS)};

static const struct doc_field ENTRY_FIELDS[] = {
    {"council", RAW(T_STRING, COUNCIL), NULL, F_REQUIRED, "name or document"},
    {"id", ID(NONE), NULL, 0, "default: the council's"},
    {"desc", TEXT(NONE, 4000), NULL, 0, "default: the council's description"},
    {"match", RAW(T_NULL, CONDITION), "null", 0, "condition for strategy rules"},
    {"vector", {.types = T_ARRAY | T_NULL, .items = &NUMBER_SHAPE, .max_items = 8192, .flags = S_FILLED}, "null", 0, "embedding of desc"},
    {"tags", LIST(NONE, TEXT_SHAPE, 64), "[]", 0, ""},
};
const struct doc_record AUTO_ENTRY = {"entry", {NULL}, DOC_FIELDS(ENTRY_FIELDS)};
static const struct doc_shape ENTRY_SHAPE = OBJECT(NONE, AUTO_ENTRY);

static const struct doc_field NO_MATCH_FIELDS[] = {
    {"fallback", FILLED(NONE, 0), NULL, F_REQUIRED, "a council of the catalogue"},
};
static const struct doc_record NO_MATCH = {"on_no_match", {NULL}, DOC_FIELDS(NO_MATCH_FIELDS)};

static const struct doc_field AUTO_FIELDS[] = {
    {"schema_version", INTEGER(NONE, 0, 0), NULL, F_REQUIRED, "1"},
    {"id", ID(NONE), NULL, F_REQUIRED, "in a catalogue file the file's name"},
    {"name", FILLED(NONE, 200), NULL, 0, "for people; default: the id"},
    {"description", TEXT(NONE, 4000), "\"\"", 0, ""},
    {"strategy", WORD(NONE, STRATEGY_NAMES), NULL, F_REQUIRED, "how the council is chosen"},
    {"catalog", {.types = T_STRING | T_ARRAY, .words = ALL, .items = &ENTRY_SHAPE, .max_items = 256, .flags = S_FILLED}, NULL, F_REQUIRED, "all, or a list of entries"},
    {"on_no_match", {.types = T_STRING | T_OBJECT, .words = ERROR, .record = &NO_MATCH}, "\"error\"", 0, "error, or {fallback: council}"},
    {"provider_check", BOOLEAN(NONE), "false", 0, "drop entries that need a provider that is not configured"},
    {"options", RAW(NONE, STRATEGY_OPTIONS), "{}", 0, "of the strategy"},
    {"budget", {.types = T_OBJECT, .record = &BUDGET, .flags = S_SPARSE}, "{}", F_NOT_ASKED, "limits of the whole run"},
    {"metadata", METADATA, "{}", F_NOT_HASHED, "any content"},
};
const struct doc_record AUTO = {"auto", {NULL}, DOC_FIELDS(AUTO_FIELDS)};
/* clang-format on */
