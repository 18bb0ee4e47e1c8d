#include "out.h"

#include <unistd.h>

#include "common/fd.h"
#include "common/xalloc.h"

enum { OUT_MAX = 256 * 1024 * 1024 };

struct buf *out_begin(void)
{
    struct buf *out = xmalloc(sizeof *out);
    buf_init(out, OUT_MAX);
    return out;
}

void out_end(struct buf *out)
{
    fd_write_all(STDOUT_FILENO, out->at, out->len);
    buf_release(out);
    free(out);
}
