/* make-protocol PROTOCOL EVENTS EXAMPLES: brings the parts of docs/protocol.md and docs/events.md
 * that are made from the tables of proto up to date; EXAMPLES has an event of each type. */
#include <fcntl.h>
#include <jansson.h>

#include "common/file.h"
#include "proto/methods/events_page.h"
#include "proto/methods/methods_page.h"

enum { PAGE_MAX = 4 << 20 };

static int update(const char *path, const json_t *examples, struct error *err)
{
    struct buf page = BUF_INIT(PAGE_MAX);
    char *old = NULL;
    size_t len;
    int r = file_read(AT_FDCWD, path, PAGE_MAX, &old, &len, err);

    if (r == 0)
        r = examples ? events_page_update(&page, old, examples, err)
                     : methods_page_update(&page, old, err);
    if (r == 0)
        r = file_replace(AT_FDCWD, path, page.at, page.len, 0644, err);
    free(old);
    buf_release(&page);
    return r;
}

int main(int argc, char **argv)
{
    struct error err = {.number = 0};
    json_error_t wrong;
    json_t *examples = argc == 4 ? json_load_file(argv[3], 0, &wrong) : NULL;

    if (argc != 4) {
        fprintf(stderr, "usage: make-protocol PROTOCOL EVENTS EXAMPLES\n");
        return 2;
    }
    if (!examples) {
        fprintf(stderr, "make-protocol: %s:%d: %s\n", argv[3], wrong.line, wrong.text);
        return 1;
    }
    int r = update(argv[1], NULL, &err);
    if (r == 0)
        r = update(argv[2], examples, &err);
    json_decref(examples);
    if (r < 0) {
        fprintf(stderr, "make-protocol: %s\n", err.text);
        return 1;
    }
    return 0;
}
