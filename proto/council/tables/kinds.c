#include "kinds.h"

#include <string.h>

#include "records.h"

#define NAME(ID, name, ...) #name,
#define SKIP(...)
#define FIND(table, count, name)                                                                   \
    for (size_t i = 0; name && i < (count); i++)                                                   \
        if (strcmp((table)[i].name, name) == 0)                                                    \
            return &(table)[i];                                                                    \
    return NULL

/* ---- ballots ---- */

const char *const BALLOT_NAMES[] = {"single", "ranked", "approval", "score", NULL};

unsigned ballot_bit(const char *name)
{
    for (size_t i = 0; name && BALLOT_NAMES[i]; i++)
        if (strcmp(BALLOT_NAMES[i], name) == 0)
            return 1U << i;
    return 0;
}

/* ---- round types ---- */

#define ROW(ID, name, opts, asks, answers, form, cost, ballots, section, doc)                      \
    [ROUND_TYPE_##                                                                                 \
        ID] = {ROUND_TYPE_##ID, #name, &opts, asks, answers, form, cost, ballots, section, doc},
const struct round_kind ROUND_KINDS[ROUND_TYPE_COUNT] = {ROUND_TYPE_ROWS(ROW, ROW)};
#undef ROW
const char *const ROUND_TYPE_NAMES[] = {ROUND_TYPE_ROWS(NAME, NAME) NULL};

const struct round_kind *round_kind_find(const char *name)
{
    FIND(ROUND_KINDS, ROUND_TYPE_COUNT, name);
}

/* ---- rules for ties ---- */

#define ROW(ID, name, needs, doc) [TIE_RULE_##ID] = {TIE_RULE_##ID, #name, needs, doc},
const struct tie_kind TIE_KINDS[TIE_RULE_COUNT] = {TIE_RULE_ROWS(ROW)};
#undef ROW
const char *const TIE_RULE_NAMES[] = {TIE_RULE_ROWS(NAME) NULL};

const struct tie_kind *tie_kind_find(const char *name)
{
    FIND(TIE_KINDS, TIE_RULE_COUNT, name);
}

/* ---- aggregators ---- */

#define ROW(ID, name, ballots, uses, tie, doc)                                                     \
    [AGGREGATOR_##ID] = {AGGREGATOR_##ID, #name, ballots, uses, tie, doc},
const struct aggregator_kind AGGREGATOR_KINDS[AGGREGATOR_COUNT] = {AGGREGATOR_ROWS(ROW, SKIP)};
#undef ROW
const char *const AGGREGATOR_NAMES[] = {AGGREGATOR_ROWS(NAME, NAME) NULL};

#define ALIAS(ID, name, doc) {#name, AGGREGATOR_##ID, doc},
const struct aggregator_alias AGGREGATOR_ALIASES[] = {
    AGGREGATOR_ROWS(SKIP, ALIAS){NULL, AGGREGATOR_COUNT, NULL}};
#undef ALIAS

const struct aggregator_kind *aggregator_kind_find(const char *name)
{
    for (const struct aggregator_alias *a = AGGREGATOR_ALIASES; name && a->name; a++)
        if (strcmp(a->name, name) == 0)
            return &AGGREGATOR_KINDS[a->id];
    FIND(AGGREGATOR_KINDS, AGGREGATOR_COUNT, name);
}

/* ---- templates ---- */

#define ROW(ID, name, opts, flags, doc) [TEMPLATE_##ID] = {TEMPLATE_##ID, #name, &opts, flags, doc},
const struct template_kind TEMPLATE_KINDS[TEMPLATE_COUNT] = {TEMPLATE_ROWS(ROW)};
#undef ROW
const char *const TEMPLATE_NAMES[] = {TEMPLATE_ROWS(NAME) NULL};

const struct template_kind *template_kind_find(const char *name)
{
    FIND(TEMPLATE_KINDS, TEMPLATE_COUNT, name);
}

/* ---- routers ---- */

#define ROW(ID, name, fields, doc) [ROUTER_##ID] = {ROUTER_##ID, #name, &fields, doc},
const struct router_kind ROUTER_KINDS[ROUTER_COUNT] = {ROUTER_ROWS(ROW)};
#undef ROW
const char *const ROUTER_NAMES[] = {ROUTER_ROWS(NAME) NULL};

const struct router_kind *router_kind_find(const char *name)
{
    FIND(ROUTER_KINDS, ROUTER_COUNT, name);
}

/* ---- strategies ---- */

#define ROW(ID, name, options, doc) [STRATEGY_##ID] = {STRATEGY_##ID, #name, &options, doc},
const struct strategy_kind STRATEGY_KINDS[STRATEGY_COUNT] = {STRATEGY_ROWS(ROW, ROW)};
#undef ROW
const char *const STRATEGY_NAMES[] = {STRATEGY_ROWS(NAME, NAME) NULL};

const struct strategy_kind *strategy_kind_find(const char *name)
{
    FIND(STRATEGY_KINDS, STRATEGY_COUNT, name);
}

/* ---- wire formats ---- */

#define ROW(ID, name, flags, doc) [FORMAT_##ID] = {FORMAT_##ID, #name, flags, doc},
const struct format_kind FORMAT_KINDS[FORMAT_COUNT] = {FORMAT_ROWS(ROW)};
#undef ROW
const char *const FORMAT_NAMES[] = {FORMAT_ROWS(NAME) NULL};

const struct format_kind *format_kind_find(const char *name)
{
    FIND(FORMAT_KINDS, FORMAT_COUNT, name);
}
