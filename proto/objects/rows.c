#include "rows.h"

const struct field ITEM_ID = {.type = FIELD_STRING};
const struct field ITEM_IDS = {.type = FIELD_ARRAY, .item = &ITEM_ID};
const struct field ITEM_COUNT = {.type = FIELD_INT};
const struct field ITEM_NUMBER = {.type = FIELD_NUMBER};
const struct field ITEM_SCORE = {.type = FIELD_NUMBER, .flags = FIELD_NULLABLE};
const struct field ITEM_SCORES = {.type = FIELD_MAP, .item = &ITEM_SCORE};
const struct field ITEM_LABELS = {.type = FIELD_MAP, .item = &ITEM_ID};
