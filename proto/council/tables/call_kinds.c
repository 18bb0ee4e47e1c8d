#include "call_kinds.h"

#define ROW(ID, name, flags, doc) [CALL_KIND_##ID] = {#name, flags, doc},
const struct call_kind_row CALL_KINDS[CALL_KIND_COUNT] = {CALL_KIND_ROWS(ROW)};
