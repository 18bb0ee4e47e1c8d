/* The names of the kinds as words of the tables. */
#include "format_kinds.h"
#include "kinds.h"

#define NAME(ID, name, ...) #name,

const char *const ROUND_TYPE_NAMES[] = {ROUND_TYPE_ROWS(NAME, NAME) NULL};
const char *const TIE_RULE_NAMES[] = {TIE_RULE_ROWS(NAME) NULL};
const char *const AGGREGATOR_NAMES[] = {AGGREGATOR_ROWS(NAME, NAME) NULL};
const char *const TEMPLATE_NAMES[] = {TEMPLATE_ROWS(NAME, NAME) NULL};
const char *const ROUTER_NAMES[] = {ROUTER_ROWS(NAME) NULL};
const char *const STRATEGY_NAMES[] = {STRATEGY_ROWS(NAME, NAME) NULL};
const char *const FORMAT_NAMES[] = {FORMAT_ROWS(NAME) NULL};
