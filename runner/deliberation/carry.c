#include "carry.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/jx.h"
#include "common/xalloc.h"

#include "runner/deliberation/state/usage.h"

static const int64_t AMOUNT_MAX = INT64_C(1000000000000000);

void carry_init(struct carry *c)
{
    *c = (struct carry){
        .entries = j_array(), .calls = j_object(), .asked = j_object(), .open = j_object()};
}

void carry_release(struct carry *c)
{
    json_decref(c->entries);
    json_decref(c->calls);
    json_decref(c->asked);
    json_decref(c->open);
    *c = (struct carry){0};
}

/* ---- money. What stands in a journal may be anything. ---- */

static int64_t amount(const json_t *o, const char *key)
{
    int64_t n = j_int(o, key, 0);
    return n < 0 ? 0 : n > AMOUNT_MAX ? AMOUNT_MAX : n;
}

static double money(const json_t *o, const char *key)
{
    double x = j_num(o, key, 0);
    return x > 0 ? fmin(x, (double)AMOUNT_MAX) : 0;
}

static void add(struct carry_sum *sum, struct carry_sum more)
{
    sum->tokens += more.tokens;
    if (sum->tokens > AMOUNT_MAX)
        sum->tokens = AMOUNT_MAX;
    sum->cost += more.cost;
}

static struct carry_sum sum_of(const json_t *o)
{
    return (struct carry_sum){amount(o, "tokens"), money(o, "cost")};
}

/* What the ended run had brought with it stands in its own second line. */
static void take_carried(struct carry *c, const json_t *line)
{
    c->charged = (struct carry_sum){amount(line, "carried_tokens"), money(line, "carried_cost")};
    c->attempts = amount(line, "carried_attempts");
    c->spared = sum_of(j_get(line, "budget_carried"));
}

static void charge(struct carry *c, const json_t *line)
{
    if (!j_has(line, "type", "exchange_completed") && !j_has(line, "type", "attempt_failed"))
        return;
    add(&c->charged, sum_of(j_get(line, "charged")));
    c->attempts += !j_bool(line, "reused", false);
}

/* The input of a request, and as much output as its like had on average. */
static struct carry_sum expected(const struct carry *c, const json_t *reserved)
{
    struct carry_sum sum = sum_of(reserved);
    int64_t most = amount(reserved, "output_tokens");
    double cost = money(reserved, "output_cost");
    int64_t likely = c->exchanges ? c->outputs / c->exchanges : most / 4;
    if (most == 0 || most > sum.tokens || likely >= most)
        return sum;
    sum.tokens -= most - likely;
    sum.cost = fmax(0, sum.cost - cost * (double)(most - likely) / (double)most);
    return sum;
}

void carry_close(struct carry *c, bool outage)
{
    const char *id;
    json_t *reserved;
    struct carry_sum spared = {0};
    bool spare = outage && c->spared.tokens == 0 && c->spared.cost <= 0;
    json_object_foreach (c->open, id, reserved) {
        struct carry_sum full = sum_of(reserved), sum = spare ? expected(c, reserved) : full;
        add(&c->charged, sum);
        add(&spared, (struct carry_sum){full.tokens - sum.tokens, full.cost - sum.cost});
        c->attempts++;
    }
    add(&c->spared, spared);
    json_object_clear(c->open);
    json_object_clear(c->asked);
}

/* ---- questions ---- */

static json_t *new_entry(struct carry *c, const char *call_key)
{
    json_t *entry = j_object();
    j_set(entry, "call_key", j_string(call_key));
    static const char *const lists[] = {"exchanges", "requests", "tools", "lines"};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        j_set(entry, lists[i], j_array());
    j_add(c->entries, entry);
    return entry;
}

static void remember(json_t *entry, json_t *line, const char *run_id)
{
    json_t *o = j_object();
    j_set(o, "from_run_id", j_string(run_id));
    j_ref(o, "event", line);
    j_add(j_get(entry, "lines"), o);
}

static void begin_question(struct carry *c, json_t *line, const char *id, const char *run_id)
{
    const char *key = j_str(line, "call_key", "");
    json_t *keys = json_object_get(c->calls, id);
    if (!keys) {
        j_set(c->calls, id, j_object());
        keys = json_object_get(c->calls, id);
    }
    json_t *entry = json_object_get(keys, key);
    if (!entry) {
        entry = new_entry(c, key);
        j_keep(keys, key, entry);
        remember(entry, line, run_id);
    }
    j_keep(c->asked, id, entry);
}

/* ---- answers ---- */

static void forget_answers(json_t *entry)
{
    static const char *const lists[] = {"exchanges", "requests", "tools"};
    for (size_t i = 0; i < sizeof lists / sizeof lists[0]; i++)
        json_array_clear(j_get(entry, lists[i]));
    json_t *lines = j_get(entry, "lines");
    while (json_array_size(lines) > 1)
        json_array_remove(lines, 1);
}

/* An answer that was taken over says itself again where it is used. One that was given anew, though
 * there was one of that number, begins the call again. */
static void take_exchange(struct carry *c, json_t *entry, json_t *line, const char *run_id)
{
    json_t *exchanges = j_get(entry, "exchanges");
    json_t *last = json_array_get(exchanges, json_array_size(exchanges) - 1);
    bool again = last && j_int(line, "attempt", 0) <= j_int(last, "attempt", 0);
    if (again && j_bool(line, "reused", false))
        return;
    if (again)
        forget_answers(entry);
    int64_t output = usage_read(j_get(line, "usage")).output;
    if (!j_bool(line, "reused", false) && output >= 0) {
        c->outputs += output;
        c->exchanges++;
    }
    j_add(exchanges, json_incref(line));
    j_set(entry, "answered", j_integer(c->lines));
    remember(entry, line, run_id);
}

static const char *tool_id(const json_t *line)
{
    return j_str(line, "id", j_str(j_get(line, "tool_call"), "id", ""));
}

static void take_tool(json_t *entry, json_t *line, const char *list, const char *run_id)
{
    size_t i;
    json_t *one, *known = j_get(entry, list);
    json_array_foreach (known, i, one) {
        if (j_int(one, "turn", -1) == j_int(line, "turn", -1) &&
            strcmp(tool_id(one), tool_id(line)) == 0)
            return;
    }
    j_add(known, json_incref(line));
    remember(entry, line, run_id);
}

static void take_answer(struct carry *c, json_t *line, const char *id, const char *run_id)
{
    json_t *entry = json_object_get(c->asked, id);
    if (!entry)
        return;
    if (j_has(line, "type", "exchange_completed"))
        take_exchange(c, entry, line, run_id);
    else if (j_has(line, "type", "tool_call_request"))
        take_tool(entry, line, "requests", run_id);
    else if (j_has(line, "type", "tool_call_result"))
        take_tool(entry, line, "tools", run_id);
}

/* ---- lines ---- */

/* May a request of this call be on its way when this line is its last? */
static bool leaves_open(const json_t *line)
{
    return j_has(line, "type", "member_started") || j_has(line, "type", "member_reask") ||
           j_has(line, "type", "tool_call_result") ||
           (j_has(line, "type", "attempt_failed") && !j_has(line, "next", "give_up"));
}

static void note_open(struct carry *c, const json_t *line, const char *id)
{
    json_t *entry = json_object_get(c->asked, id);
    if (j_has(line, "type", "member_started"))
        j_set(entry, "reserved", j_null_or(j_get(line, "reserved")));
    if (leaves_open(line))
        j_set(c->open, id, j_null_or(j_get(entry, "reserved")));
    else
        json_object_del(c->open, id);
}

static void take_line(struct carry *c, json_t *line, const char *run_id, bool carried)
{
    const char *id = j_str(line, "call_id", j_str(j_get(line, "result"), "call_id", NULL));
    c->lines++;
    if (!id)
        return;
    if (j_has(line, "type", "member_started"))
        begin_question(c, line, id, run_id);
    take_answer(c, line, id, run_id);
    if (carried)
        return;
    note_open(c, line, id);
    charge(c, line);
}

void carry_line(struct carry *c, json_t *line, const char *run_id)
{
    if (j_has(line, "type", "run_resumed"))
        take_carried(c, line);
    else if (j_has(line, "type", "carried"))
        take_line(c, j_get(line, "event"), j_str(line, "from_run_id", run_id), true);
    else
        take_line(c, line, run_id, false);
}

/* ---- what is left of it ---- */

static int by_answer(const void *a, const void *b)
{
    json_t *const *x = a, *const *y = b;
    int64_t m = j_int(*x, "answered", 0), n = j_int(*y, "answered", 0);
    return m < n ? -1 : m > n;
}

/* In the order in which they were answered, which is that in which they are used. */
static void sort_entries(struct carry *c)
{
    size_t n = json_array_size(c->entries), i;
    json_t *entry, *sorted = j_array(), **at = xcalloc(n + 1, sizeof(json_t *));
    json_array_foreach (c->entries, i, entry)
        at[i] = entry;
    qsort(at, n, sizeof(json_t *), by_answer);
    for (i = 0; i < n; i++)
        j_add(sorted, json_incref(at[i]));
    free(at);
    json_decref(c->entries);
    c->entries = sorted;
}

static bool is_answered(const json_t *entry)
{
    return *j_str(entry, "call_key", "") && json_array_size(j_get(entry, "exchanges")) > 0;
}

json_t *carry_calls(struct carry *c, int *ret_n)
{
    const char *id, *key;
    json_t *keys, *entry, *calls = j_object();
    *ret_n = 0;
    sort_entries(c);
    json_object_foreach (c->calls, id, keys) {
        json_t *useful = j_object();
        json_object_foreach (keys, key, entry) {
            if (is_answered(entry))
                j_keep(useful, key, entry);
        }
        *ret_n += (int)json_object_size(useful);
        if (json_object_size(useful) > 0)
            j_keep(calls, id, useful);
        json_decref(useful);
    }
    return calls;
}

json_t *carry_lines(struct carry *c)
{
    size_t i, j;
    json_t *entry, *line, *all = j_array();
    json_array_foreach (c->entries, i, entry) {
        if (!is_answered(entry))
            continue;
        json_array_foreach (j_get(entry, "lines"), j, line)
            j_add(all, json_incref(line));
    }
    return all;
}
