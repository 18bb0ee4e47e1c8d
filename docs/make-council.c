/* make-council PAGE SCHEMA: brings the reference in docs/council.md and the JSON Schema of the
 * council document up to date with the tables of proto/council. */
#include <errno.h>
#include <fcntl.h>

#include "common/file.h"
#include "proto/council/json_schema.h"
#include "proto/council/page.h"

enum { PAGE_MAX = 4 << 20 };

static int update_page(const char *path, struct error *err)
{
    struct buf page = BUF_INIT(PAGE_MAX);
    char *old = NULL;
    size_t len;
    int r = file_read(AT_FDCWD, path, PAGE_MAX, &old, &len, err);

    if (r == 0)
        r = council_page_update(&page, old, err);
    if (r == 0)
        r = file_replace(AT_FDCWD, path, page.at, page.len, 0644, err);
    free(old);
    buf_release(&page);
    return r;
}

static int update_schema(const char *path, struct error *err)
{
    char *text = council_json_schema_text();
    int r;

    if (!text)
        return error_set(err, ENOMEM, "out of memory");
    r = file_replace(AT_FDCWD, path, text, strlen(text), 0644, err);
    free(text);
    return r;
}

int main(int argc, char **argv)
{
    struct error err = {.number = 0};

    if (argc != 3) {
        fprintf(stderr, "usage: make-council PAGE SCHEMA\n");
        return 2;
    }
    if (update_page(argv[1], &err) < 0 || update_schema(argv[2], &err) < 0) {
        fprintf(stderr, "make-council: %s\n", err.text);
        return 1;
    }
    return 0;
}
