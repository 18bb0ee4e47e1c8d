/* Routers. */
#include "kinds.h"
#include "records.h"
#include "shapes.h"

/* clang-format off */
static const char *const EVERYBODY[] = {"all", NULL};
static const struct doc_shape ID_SHAPE = ID(NONE);

#define KIND_FIELD {"kind", KNOWN(NONE, ROUTER_NAMES, "unknown_router"), NULL, F_REQUIRED, "all, rules, sample, reliability or llm"}
static const struct doc_field ALL_FIELDS[] = {KIND_FIELD};
const struct doc_record ALL_ROUTER = {"router all", {NULL}, DOC_FIELDS(ALL_FIELDS)};
static const struct doc_field RULE_FIELDS[] = {
    {"when", RAW(NONE, CONDITION), NULL, F_REQUIRED, "a condition"},
    {"members", {.types = T_ARRAY, .items = &ID_SHAPE, .flags = S_FILLED}, NULL, F_REQUIRED, "member ids"},
};
static const struct doc_record RULE = {"rule", {NULL}, DOC_FIELDS(RULE_FIELDS)};
static const struct doc_shape RULE_SHAPE = OBJECT(NONE, RULE);
static const struct doc_field RULES_FIELDS[] = {
    KIND_FIELD,
    {"rules", {.types = T_ARRAY, .items = &RULE_SHAPE, .max_items = 64, .flags = S_FILLED}, NULL, F_REQUIRED, "the first whose condition holds"},
    {"otherwise", {.types = T_STRING | T_ARRAY, .words = EVERYBODY, .items = &ID_SHAPE, .flags = S_FILLED}, "\"all\"", 0, "member ids, or all"},
};
const struct doc_record RULES_ROUTER = {"router rules", {NULL}, DOC_FIELDS(RULES_FIELDS)};
static const struct doc_field SAMPLE_FIELDS[] = {
    KIND_FIELD,
    {"k", INTEGER(NONE, 1, 64), NULL, F_REQUIRED, "so many members"},
};
const struct doc_record SAMPLE_ROUTER = {"router sample", {NULL}, DOC_FIELDS(SAMPLE_FIELDS)};
const struct doc_record RELIABILITY_ROUTER = {"router reliability", {NULL}, DOC_FIELDS(SAMPLE_FIELDS)};
static const struct doc_field LLM_FIELDS[] = {
    KIND_FIELD,
    {"max", INTEGER(NONE, 1, 64), NULL, F_REQUIRED, "so many members at most"},
    {"seat", SEAT_OR_NAME(NULLABLE), "null", 0, "a member id or a seat; null: the chair"},
};
const struct doc_record LLM_ROUTER = {"router llm", {NULL}, DOC_FIELDS(LLM_FIELDS)};
/* clang-format on */
