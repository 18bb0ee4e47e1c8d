/* All objects of council documents, auto documents, catalogue files and options. */
#ifndef PROTO_COUNCIL_TABLES_RECORDS_H
#define PROTO_COUNCIL_TABLES_RECORDS_H

#include "doc_table.h"
#include "kinds.h"

extern const struct doc_record COUNCIL, BUNDLE, MEMBER, CHAIR, ROUND, PRESET, ANONYMITY, TOOL,
    TOOL_FILE, BUDGET, OPTIONS, WRAP, MAPPER, QUORUM, TIMEOUTS, AUTO, AUTO_ENTRY, RETRY, PRICE,
    FALLBACK, SCALE, RUBRIC, GROUNDING, DOCUMENT, TEMPLATE;

/* Opts, fields and options of the kinds: those that the rows name. */
#define ROW(ID, name, opts, ...) extern const struct doc_record opts;
ROUND_TYPE_ROWS(ROW, ROW)
ROUTER_ROWS(ROW)
STRATEGY_ROWS(ROW, ROW)
#define ALIAS(...)
TEMPLATE_ROWS(ROW, ALIAS)
#undef ROW
#undef ALIAS

#endif
