/* make-protocol PAGE: brings the method part of docs/protocol.md up to date with the rows of
 * proto/methods. */
#include <fcntl.h>

#include "common/file.h"
#include "proto/methods/methods_page.h"

enum { PAGE_MAX = 4 << 20 };

static int update(const char *path, struct error *err)
{
    struct buf page = BUF_INIT(PAGE_MAX);
    char *old = NULL;
    size_t len;
    int r = file_read(AT_FDCWD, path, PAGE_MAX, &old, &len, err);

    if (r == 0)
        r = methods_page_update(&page, old, err);
    if (r == 0)
        r = file_replace(AT_FDCWD, path, page.at, page.len, 0644, err);
    free(old);
    buf_release(&page);
    return r;
}

int main(int argc, char **argv)
{
    struct error err = {.number = 0};

    if (argc != 2) {
        fprintf(stderr, "usage: make-protocol PAGE\n");
        return 2;
    }
    if (update(argv[1], &err) < 0) {
        fprintf(stderr, "make-protocol: %s\n", err.text);
        return 1;
    }
    return 0;
}
