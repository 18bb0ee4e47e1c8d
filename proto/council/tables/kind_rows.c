/* The rows of kinds.h as tables, and the only place where the names of kinds are compared. */
#include <string.h>

#include "format_kinds.h"
#include "records.h"
#include "words.h"

#define SKIP(...)
/* ---- ballots ---- */

const char *const BALLOT_NAMES[] = {"single", "ranked", "approval", "score", NULL};

unsigned ballot_bit(const char *name)
{
    int i = word_index(BALLOT_NAMES, name);
    return i >= 0 ? 1U << i : 0;
}

/* ---- round types ---- */

#define ROW(ID, name, opts, asks, answers, form, cost, ballots, iterations, section, doc)          \
    [ROUND_TYPE_##ID] = {ROUND_TYPE_##ID, #name,      &opts,   asks, answers, form, cost,          \
                         ballots,         iterations, section, doc},
const struct round_kind ROUND_KINDS[ROUND_TYPE_COUNT] = {ROUND_TYPE_ROWS(ROW, ROW)};
#undef ROW

const struct round_kind *round_kind_find(const char *name)
{
    int i = word_index(ROUND_TYPE_NAMES, name);
    return i >= 0 ? &ROUND_KINDS[i] : NULL;
}

/* ---- rules for ties ---- */

#define ROW(ID, name, needs, doc) [TIE_RULE_##ID] = {TIE_RULE_##ID, #name, needs, doc},
const struct tie_kind TIE_KINDS[TIE_RULE_COUNT] = {TIE_RULE_ROWS(ROW)};
#undef ROW

const struct tie_kind *tie_kind_find(const char *name)
{
    int i = word_index(TIE_RULE_NAMES, name);
    return i >= 0 ? &TIE_KINDS[i] : NULL;
}

/* ---- aggregators ---- */

#define ROW(ID, name, ballots, uses, tie, doc)                                                     \
    [AGGREGATOR_##ID] = {AGGREGATOR_##ID, #name, ballots, uses, tie, doc},
const struct aggregator_kind AGGREGATOR_KINDS[AGGREGATOR_COUNT] = {AGGREGATOR_ROWS(ROW, SKIP)};
#undef ROW

#define ALIAS(ID, name, doc) {#name, AGGREGATOR_##ID, doc},
const struct aggregator_alias AGGREGATOR_ALIASES[] = {
    AGGREGATOR_ROWS(SKIP, ALIAS){NULL, AGGREGATOR_COUNT, NULL}};
#undef ALIAS

const struct aggregator_kind *aggregator_kind_find(const char *name)
{
    for (const struct aggregator_alias *a = AGGREGATOR_ALIASES; name && a->name; a++)
        if (strcmp(a->name, name) == 0)
            return &AGGREGATOR_KINDS[a->id];
    for (size_t i = 0; name && i < AGGREGATOR_COUNT; i++)
        if (strcmp(AGGREGATOR_KINDS[i].name, name) == 0)
            return &AGGREGATOR_KINDS[i];
    return NULL;
}

/* ---- templates ---- */

#define ROW(ID, name, opts, flags, doc) [TEMPLATE_##ID] = {TEMPLATE_##ID, #name, &opts, flags, doc},
const struct template_kind TEMPLATE_KINDS[TEMPLATE_COUNT] = {TEMPLATE_ROWS(ROW, SKIP)};
#undef ROW

#define ALIAS(ID, name, doc) {#name, TEMPLATE_##ID, doc},
const struct template_alias TEMPLATE_ALIASES[] = {
    TEMPLATE_ROWS(SKIP, ALIAS){NULL, TEMPLATE_COUNT, NULL}};
#undef ALIAS

const struct template_kind *template_kind_find(const char *name)
{
    for (const struct template_alias *a = TEMPLATE_ALIASES; name && a->name; a++)
        if (strcmp(a->name, name) == 0)
            return &TEMPLATE_KINDS[a->id];
    for (size_t i = 0; name && i < TEMPLATE_COUNT; i++)
        if (strcmp(TEMPLATE_KINDS[i].name, name) == 0)
            return &TEMPLATE_KINDS[i];
    return NULL;
}

/* ---- routers ---- */

#define ROW(ID, name, fields, doc) [ROUTER_##ID] = {ROUTER_##ID, #name, &fields, doc},
const struct router_kind ROUTER_KINDS[ROUTER_COUNT] = {ROUTER_ROWS(ROW)};
#undef ROW

const struct router_kind *router_kind_find(const char *name)
{
    int i = word_index(ROUTER_NAMES, name);
    return i >= 0 ? &ROUTER_KINDS[i] : NULL;
}

/* ---- strategies ---- */

#define ROW(ID, name, options, doc) [STRATEGY_##ID] = {STRATEGY_##ID, #name, &options, doc},
const struct strategy_kind STRATEGY_KINDS[STRATEGY_COUNT] = {STRATEGY_ROWS(ROW, ROW)};
#undef ROW

const struct strategy_kind *strategy_kind_find(const char *name)
{
    int i = word_index(STRATEGY_NAMES, name);
    return i >= 0 ? &STRATEGY_KINDS[i] : NULL;
}

/* ---- wire formats ---- */

#define ROW(ID, name, flags, doc) [FORMAT_##ID] = {FORMAT_##ID, #name, flags, doc},
const struct format_kind FORMAT_KINDS[FORMAT_COUNT] = {FORMAT_ROWS(ROW)};
#undef ROW

const struct format_kind *format_kind_find(const char *name)
{
    int i = word_index(FORMAT_NAMES, name);
    return i >= 0 ? &FORMAT_KINDS[i] : NULL;
}
