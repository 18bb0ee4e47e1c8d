/* make-sandbox: the table of system calls for docs/sandbox.md, from the rows of the runner's
 * filter. */
#include <stdio.h>

#include "runner/sandbox/call_table.h"
#include "runner/sandbox/runner_calls.h"

int main(void)
{
    struct buf table = BUF_INIT(1 << 20);
    if (call_table(&table, &RUNNER_CALLS) < 0)
        return 1;
    fwrite(table.at, 1, table.len, stdout);
    buf_release(&table);
    return 0;
}
