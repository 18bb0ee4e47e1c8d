#include "call_table.h"

#include <string.h>

static bool was_named(const struct call_policy *p, size_t i)
{
    for (size_t before = 0; before < i; before++)
        if (p->rows[before].number == p->rows[i].number)
            return true;
    return false;
}

static int add_answer(struct buf *to, const struct call_row *row, const char *before)
{
    const char *answer = row->answer == CALL_ALLOW ? "" : strerrorname_np(row->answer);
    if (row->when)
        return buf_addf(to, "%s%s%s%s (%s)", before, answer, *answer ? ": " : "", row->reason,
                        row->when);
    return buf_addf(to, "%s%s%s%s", before, answer, *answer ? ": " : "", row->reason);
}

/* All rows of one call in one line. */
static int add_line(struct buf *to, const struct call_policy *p, size_t i)
{
    int r = buf_addf(to, "| `%s` | ", p->rows[i].name);
    const char *before = "";
    for (size_t k = i; r == 0 && k < p->count; k++) {
        if (p->rows[k].number != p->rows[i].number)
            continue;
        r = add_answer(to, &p->rows[k], before);
        before = "; ";
    }
    return r ? r : buf_add_str(to, " |\n");
}

int call_table(struct buf *to, const struct call_policy *policy)
{
    int r = buf_add_str(to, "| call | what for (with which arguments only) |\n|---|---|\n");
    for (size_t i = 0; r == 0 && i < policy->count; i++)
        if (!was_named(policy, i))
            r = add_line(to, policy, i);
    return r;
}
