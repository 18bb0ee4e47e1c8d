/* AutoCouncil documents: deliberation section 6.4. */
#include "shapes.h"

/* clang-format off */
static const struct shape TEXT_SHAPE = FILLED(NONE, 0);
static const struct shape NUMBER_SHAPE = NUMBER(NONE, 0, 0);
static const char *const STRATEGIES[] = {"rules", "cascade", "llm_classify", "llm_build", "embedding", NULL};
static const char *const BACKENDS[] = {"lexical", "provider", NULL};
static const char *const ALL[] = {"all", NULL};
static const char *const ERROR[] = {"error", NULL};

static const struct record RULES_OPTIONS = {"rules options", {NULL}, NULL, 0};

static const struct field LINK_FIELDS[] = {
    {"strategy", KNOWN(NONE, STRATEGIES, NULL, "strategy"), NULL, F_REQUIRED, NULL, "any but cascade"},
    {"options", RAW(NONE, "strategy options"), "{}", 0, NULL, "its options"},
};
static const struct record LINK = {"link of a cascade", {NULL}, RECORD_FIELDS(LINK_FIELDS)};
static const struct shape LINK_SHAPE = {.types = T_STRING | T_OBJECT, .words = STRATEGIES, .feature = "strategy", .record = &LINK};
static const struct field CASCADE_FIELDS[] = {
    {"chain", {.types = T_ARRAY, .items = &LINK_SHAPE, .max_items = 8, .flags = S_FILLED}, NULL, F_REQUIRED, NULL, "strategies, or {strategy, options}; the first success holds"},
};
static const struct record CASCADE_OPTIONS = {"cascade options", {NULL}, RECORD_FIELDS(CASCADE_FIELDS)};

static const struct field CLASSIFY_FIELDS[] = {
    {"seat", OBJECT(NONE, MEMBER), NULL, F_REQUIRED, NULL, "who is asked"},
    {"min_confidence", NUMBER(NONE, 0, 1), "0.5", 0, NULL, "less is no match"},
    {"tags", LIST(NONE, TEXT_SHAPE, 64), "[]", 0, NULL, "only entries with one of these tags"},
};
static const struct record CLASSIFY_OPTIONS = {"llm_classify options", {NULL}, RECORD_FIELDS(CLASSIFY_FIELDS)};

static const struct field EMBEDDING_FIELDS[] = {
    {"backend", WORD(NONE, BACKENDS), NULL, 0, NULL, "provider when a provider is given, else lexical"},
    {"provider", FILLED(NULLABLE, 200), "null", 0, NULL, "of the embeddings call"},
    {"model", FILLED(NULLABLE, 200), "null", 0, NULL, "of the embeddings call"},
    {"threshold", NUMBER(NONE, 0, 1), NULL, 0, NULL, "0.72; lexical 0.15"},
    {"min_margin", NUMBER(NONE, 0, 1), "0", 0, NULL, "how far ahead of the second the best must be"},
};
static const struct record EMBEDDING_OPTIONS = {"embedding options", {NULL}, RECORD_FIELDS(EMBEDDING_FIELDS)};

static const struct field BUILD_FIELDS[] = {
    {"seat", OBJECT(NONE, MEMBER), NULL, F_REQUIRED, NULL, "who is asked"},
    {"profiles", {.types = T_ARRAY, .items = &TEXT_SHAPE, .max_items = 64, .flags = S_FILLED}, NULL, F_REQUIRED, NULL, "catalogue profiles that members may have"},
    {"templates", LIST(NONE, TEXT_SHAPE, 64), NULL, 0, NULL, "templates that may be used; default: all"},
    {"max_members", INTEGER(NONE, 2, 64), "6", 0, NULL, ""},
};
static const struct record BUILD_OPTIONS = {"llm_build options", {NULL}, RECORD_FIELDS(BUILD_FIELDS)};

const struct variant AUTO_STRATEGIES[] = {
    {"rules", &RULES_OPTIONS, "the first entry whose match holds"},
    {"cascade", &CASCADE_OPTIONS, "several strategies, the first success"},
    {"llm_classify", &CLASSIFY_OPTIONS, "a model chooses among the entries"},
    {"llm_build", &BUILD_OPTIONS, "a model designs a council"},
    {"embedding", &EMBEDDING_OPTIONS, "the entry nearest to the input"},
    {NULL, NULL, NULL},
};

static const struct field ENTRY_FIELDS[] = {
    {"council", RAW(T_STRING, "council"), NULL, F_REQUIRED, NULL, "name or document"},
    {"id", ID(NONE), NULL, 0, NULL, "default: the council's"},
    {"desc", TEXT(NONE, 4000), NULL, 0, NULL, "default: the council's description"},
    {"match", RAW(T_NULL, "condition"), "null", 0, NULL, "condition for strategy rules"},
    {"vector", {.types = T_ARRAY | T_NULL, .items = &NUMBER_SHAPE, .max_items = 8192, .flags = S_FILLED}, "null", 0, NULL, "embedding of desc"},
    {"tags", LIST(NONE, TEXT_SHAPE, 64), "[]", 0, NULL, ""},
};
const struct record AUTO_ENTRY = {"entry", {NULL}, RECORD_FIELDS(ENTRY_FIELDS)};
static const struct shape ENTRY_SHAPE = OBJECT(NONE, AUTO_ENTRY);

static const struct field NO_MATCH_FIELDS[] = {
    {"fallback", FILLED(NONE, 0), NULL, F_REQUIRED, NULL, "a council of the catalogue"},
};
static const struct record NO_MATCH = {"on_no_match", {NULL}, RECORD_FIELDS(NO_MATCH_FIELDS)};

static const struct field AUTO_FIELDS[] = {
    {"schema_version", INTEGER(NONE, 0, 0), NULL, F_REQUIRED, NULL, "1"},
    {"id", ID(NONE), NULL, F_REQUIRED, NULL, "in a catalogue file the file's name"},
    {"name", FILLED(NONE, 200), NULL, 0, NULL, "for people; default: the id"},
    {"description", TEXT(NONE, 4000), "\"\"", 0, NULL, ""},
    {"strategy", KNOWN(NONE, STRATEGIES, NULL, "strategy"), NULL, F_REQUIRED, NULL, "how the council is chosen"},
    {"catalog", {.types = T_STRING | T_ARRAY, .words = ALL, .items = &ENTRY_SHAPE, .max_items = 256, .flags = S_FILLED}, NULL, F_REQUIRED, NULL, "all, or a list of entries"},
    {"on_no_match", {.types = T_STRING | T_OBJECT, .words = ERROR, .record = &NO_MATCH}, "\"error\"", 0, NULL, "error, or {fallback: council}"},
    {"provider_check", BOOLEAN(NONE), "false", 0, NULL, "drop entries that need a provider that is not configured"},
    {"options", RAW(NONE, "strategy options"), "{}", 0, NULL, "of the strategy"},
    {"budget", {.types = T_OBJECT, .record = &BUDGET, .flags = S_SPARSE}, "{}", F_NOT_ASKED, NULL, "limits of the whole run"},
    {"metadata", METADATA, "{}", F_NOT_HASHED, NULL, "any content"},
};
const struct record AUTO = {"auto", {NULL}, RECORD_FIELDS(AUTO_FIELDS)};
/* clang-format on */
