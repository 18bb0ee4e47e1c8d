#include "out.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/xalloc.h"
#include "exit_status.h"

enum { OUT_MAX = 256 * 1024 * 1024 };

void out_write(int fd, const void *bytes, size_t len)
{
    int r = fd_write_all(fd, bytes, len);
    if (r == 0)
        return;
    fprintf(stderr, "councilctl: standard output: %s\n", strerror(-r));
    exit(EXIT_FAILED);
}

struct buf *out_begin(void)
{
    struct buf *out = xmalloc(sizeof *out);
    buf_init(out, OUT_MAX);
    return out;
}

void out_end(struct buf *out)
{
    out_write(STDOUT_FILENO, out->at, out->len);
    buf_release(out);
    free(out);
}
