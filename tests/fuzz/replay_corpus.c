/* Runs a fuzz target on its corpus, and on every prefix of each seed: what was found once stays
 * found. The corpus is CORPUS, a folder; it must not be empty. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/file.h"
#include "fuzz.h"

enum { SEED_MAX = 8 << 20, PREFIXES_MAX = 400 };

/* From an exact copy, so that the sanitizer sees a read too far. */
static void run(const char *bytes, size_t len)
{
    uint8_t *copy = malloc(len ? len : 1);

    assert_non_null(copy);
    memcpy(copy, bytes, len);
    LLVMFuzzerTestOneInput(copy, len);
    free(copy);
}

static void run_file(int dir, const char *name)
{
    struct error err = {.number = 0};
    char *bytes;
    size_t len;

    if (file_read(dir, name, SEED_MAX, &bytes, &len, &err) < 0)
        fail_msg("%s", err.text);
    run(bytes, len);
    for (size_t n = 0; n < len && n < PREFIXES_MAX; n++)
        run(bytes, n);
    free(bytes);
}

static void replay(void **state)
{
    (void)state;
    DIR *dir = opendir(CORPUS);
    int seeds = 0;

    assert_non_null(dir);
    for (struct dirent *entry = readdir(dir); entry; entry = readdir(dir)) {
        if (entry->d_name[0] == '.')
            continue;
        run_file(dirfd(dir), entry->d_name);
        seeds++;
    }
    closedir(dir);
    assert_true(seeds > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(replay)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
