/* make-sandbox [tools]: the tables of system calls for docs/sandbox.md, from the rows of the
 * runner's filter, or from those of tools. */
#include <stdio.h>

#include "common/cleanup.h"
#include "runner/sandbox/call_table.h"
#include "runner/sandbox/runner_calls.h"
#include "runner/tool/tool_calls.h"

static const struct {
    enum tool_call_table table;
    const char *when;
} TOOL_TABLES[] = {
    {TOOL_CALLS_ALWAYS, "No tool may make these:"},
    {TOOL_CALLS_FOREIGN_FILES, "Without namespaces, for nothing else keeps files of others:"},
    {TOOL_CALLS_LOCAL_SOCKETS,
     "Without namespaces, or with a network and without Landlock's scopes, for nothing else keeps "
     "sockets of others:"},
    {TOOL_CALLS_NETWORKS, "Without namespaces, where the entry gives no network:"},
    {TOOL_CALLS_OF_OTHERS, "Without namespaces, for other processes of the user can be seen:"},
    {TOOL_CALLS_GROUPS, "Without namespaces and without a cgroup:"},
    {TOOL_CALLS_TRUNCATION,
     "Where Landlock does not know of cutting files short (before Linux 6.2):"},
};
_Static_assert(ARRAY_LEN(TOOL_TABLES) == TOOL_CALL_TABLES, "each table is on the page");

static int add_tools(struct buf *to)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < ARRAY_LEN(TOOL_TABLES); i++) {
        struct call_policy policy = {.others = CALL_ALLOW};
        policy.rows = tool_call_rows(TOOL_TABLES[i].table, &policy.count);
        r = buf_addf(to, "%s%s\n\n", i ? "\n" : "", TOOL_TABLES[i].when);
        r = r < 0 ? r : call_table(to, &policy);
    }
    return r;
}

int main(int argc, char **argv)
{
    (void)argv;
    struct buf table = BUF_INIT(1 << 20);
    int r = argc > 1 ? add_tools(&table) : call_table(&table, &RUNNER_CALLS);
    if (r < 0)
        return 1;
    fwrite(table.at, 1, table.len, stdout);
    buf_release(&table);
    return 0;
}
