#include "out.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fd.h"
#include "common/xalloc.h"
#include "exit_status.h"
#include "story/safe_text.h"

enum { OUT_MAX = 256 * 1024 * 1024 };

void out_write(int fd, const void *bytes, size_t len)
{
    int r = fd_write_all(fd, bytes, len);
    if (r == 0)
        return;
    fprintf(stderr, "councilctl: standard output: %s\n", strerror(-r));
    exit(EXIT_FAILED);
}

void out_tell(const char *text)
{
    fd_write_all(STDERR_FILENO, text, strlen(text));
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

void out_json(const json_t *value, bool compact)
{
    size_t flags =
        JSON_ENCODE_ANY | JSON_REAL_PRECISION(15) | (compact ? JSON_COMPACT : JSON_INDENT(2));
    _cleanup_free_ char *text = xcheck(json_dumps(value, flags));
    struct buf out = BUF_INIT(OUT_MAX);
    if (isatty(STDOUT_FILENO))
        text_escape_json(&out, text, strlen(text));
    else
        text_add(&out, text);
    text_add(&out, "\n");
    out_write(STDOUT_FILENO, out.at, out.len);
    buf_release(&out);
}
