/* A key that stays in the environment is inherited or read from /proc; one that is lost at reload
 * stops every later run; one with a line break in it forges a header. */
#include <errno.h>
#include <setjmp.h>
#include <stddef.h>
#include <sys/mman.h>

#include <cmocka.h>

#include "failing.h"
#include "freed.h"
#include "keys_fixture.h"

static void takes_a_variable_and_leaves_nothing_there(void **state)
{
    (void)state;
    char inherited[] = "COUNCILD_TEST_KEY=sk-test-123";
    assert_int_equal(keys_load(keys, "COUNCILD_TEST_KEY", NULL), 0);
    assert_null(keys_get(keys, "COUNCILD_TEST_KEY"));
    putenv(inherited);
    assert_int_equal(keys_load(keys, "COUNCILD_TEST_KEY", NULL), 1);
    assert_string_equal(keys_get(keys, "COUNCILD_TEST_KEY"), "sk-test-123");
    assert_null(getenv("COUNCILD_TEST_KEY"));
    for (size_t i = strlen("COUNCILD_TEST_KEY="); i < sizeof inherited; i++)
        assert_int_equal(inherited[i], 0);
    /* At a reload it is not there any more, and is kept. */
    assert_int_equal(keys_load(keys, "COUNCILD_TEST_KEY", NULL), 1);
    assert_string_equal(keys_get(keys, "COUNCILD_TEST_KEY"), "sk-test-123");
}

static void a_credential_wins_and_is_read_anew(void **state)
{
    (void)state;
    setenv("A_KEY", "from-environment", 1);
    put_file(&folder, "A_KEY", "from-file\n");
    assert_int_equal(keys_load(keys, "A_KEY", NULL), 1);
    assert_string_equal(keys_get(keys, "A_KEY"), "from-file");
    put_file(&folder, "A_KEY", "changed\r\n");
    assert_int_equal(keys_load(keys, "A_KEY", NULL), 1);
    assert_string_equal(keys_get(keys, "A_KEY"), "changed");
    unlinkat(folder.fd, "A_KEY", 0);
    unsetenv("A_KEY");
}

/* The daemon's own folder of keys, before what systemd gives and before the environment. */
static void the_own_folder_wins(void **state)
{
    (void)state;
    char own[300];
    snprintf(own, sizeof own, "%s/own", folder.path);
    assert_int_equal(mkdirat(folder.fd, "own", 0700), 0);
    put_file(&folder, "A_KEY", "of-systemd\n");
    put_file(&folder, "own/A_KEY", "own\n");
    assert_int_equal(fchmodat(folder.fd, "own/A_KEY", 0440, 0), 0);
    assert_int_equal(keys_look_in(keys, own), 0);
    assert_int_equal(keys_load(keys, "A_KEY", NULL), 1);
    assert_string_equal(keys_get(keys, "A_KEY"), "own");
    unlinkat(folder.fd, "own/A_KEY", 0);
    assert_int_equal(keys_load(keys, "A_KEY", NULL), 1);
    assert_string_equal(keys_get(keys, "A_KEY"), "of-systemd");
    assert_int_equal(keys_look_in(keys, "/nowhere"), 0);
    assert_int_equal(keys_load(keys, "A_KEY", NULL), 1);
    assert_int_equal(keys_look_in(keys, NULL), 0);
    assert_int_equal(keys_load(keys, "A_KEY", NULL), 1);
}

static void a_file_that_others_can_open_is_refused(void **state)
{
    (void)state;
    struct error err = {0};
    static const mode_t MODES[] = {0604, 0602, 0620, 0644};
    assert_int_equal(keys_look_in(keys, folder.path), 0);
    put_file(&folder, "A_KEY", "sk-secret\n");
    for (size_t i = 0; i < sizeof MODES / sizeof *MODES; i++) {
        assert_int_equal(fchmodat(folder.fd, "A_KEY", MODES[i], 0), 0);
        assert_int_equal(keys_load(keys, "A_KEY", &err), -EPERM);
        char told[512];
        snprintf(told, sizeof told, "the key A_KEY in %s is open to others: chmod 600 it",
                 folder.path);
        assert_string_equal(err.text, told);
        assert_null(keys_get(keys, "A_KEY"));
    }
    assert_int_equal(fchmodat(folder.fd, "A_KEY", 0600, 0), 0);
    assert_int_equal(keys_load(keys, "A_KEY", &err), 1);
}

/* Whoever takes a file away takes the key back; the one behind it in the list stays. */
static void a_key_whose_file_is_gone_is_gone(void **state)
{
    (void)state;
    setenv("B_KEY", "of-the-environment", 1);
    put_file(&folder, "A_KEY", "a\n");
    put_file(&folder, "C_KEY", "c\n");
    assert_int_equal(keys_load(keys, "A_KEY", NULL), 1);
    assert_int_equal(keys_load(keys, "B_KEY", NULL), 1);
    assert_int_equal(keys_load(keys, "C_KEY", NULL), 1);
    unlinkat(folder.fd, "A_KEY", 0);
    assert_int_equal(keys_load(keys, "A_KEY", NULL), 0);
    assert_null(keys_get(keys, "A_KEY"));
    assert_int_equal(keys_load(keys, "B_KEY", NULL), 1);
    assert_string_equal(keys_get(keys, "B_KEY"), "of-the-environment");
    assert_string_equal(keys_get(keys, "C_KEY"), "c");
}

static void no_freed_memory_holds_a_key(void **state)
{
    (void)state;
    secret = "sk-never-to-be-found";
    freed_with_it = 0;
    put_file(&folder, "COUNCILD_TEST_KEY", "sk-never-to-be-found\n");
    assert_int_equal(keys_load(keys, "COUNCILD_TEST_KEY", NULL), 1);
    assert_int_equal(keys_load(keys, "COUNCILD_TEST_KEY", NULL), 1); /* in place of the old one */
    assert_string_equal(keys_get(keys, "COUNCILD_TEST_KEY"), secret);
    keys_free(keys);
    keys = NULL;
    assert_int_equal(freed_with_it, 0);
    secret = NULL;
}

/* Nor the end of the longest that is taken, or of one that is too long. */
static void no_freed_memory_holds_the_end_of_a_key(void **state)
{
    (void)state;
    enum { KEY = 16384 };
    char text[KEY + 2];
    for (int more = 0; more < 2; more++) {
        memset(text, 'k', sizeof text);
        memcpy(text + KEY + more - 2, "}~", sizeof "}~");
        put_file(&folder, "LONG", text);
        freed_with_it = 0;
        secret = "}~";
        const int r = keys_load(keys, "LONG", NULL);
        secret = NULL;
        assert_int_equal(r, more ? -EFBIG : 1);
        assert_int_equal(freed_with_it, 0);
    }
}

static void refuses_without_repeating_the_key(void **state)
{
    (void)state;
    struct error err;
    put_file(&folder, "GOOD", "sk-good");
    assert_int_equal(keys_load(keys, "GOOD", NULL), 1);
    put_file(&folder, "GOOD", "sk-secret\x01part");
    assert_int_equal(keys_load(keys, "GOOD", &err), -EINVAL);
    assert_null(strstr(err.text, "secret"));
    assert_non_null(strstr(err.text, "GOOD"));
    assert_string_equal(keys_get(keys, "GOOD"), "sk-good");
    put_file(&folder, "EMPTY", "\n");
    assert_int_equal(keys_load(keys, "EMPTY", &err), -EINVAL);
    static const char *const names[] = {"", "1A", "A-B", "../etc/passwd", "A/B", "A B"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        assert_int_equal(keys_load(keys, names[i], &err), -EINVAL);
    mkdirat(folder.fd, "DIR", 0700);
    assert_int_equal(keys_load(keys, "DIR", &err), -EISDIR);
}

static void lengths_have_bounds(void **state)
{
    (void)state;
    enum { NAME = 128, KEY = 16384 };
    struct error err;
    char *text = malloc(KEY + 3), name[NAME + 2];
    for (int more = 0; more < 2; more++) {
        memset(name, 'N', sizeof name);
        name[NAME + more] = '\0';
        assert_int_equal(keys_load(keys, name, &err), more ? -EINVAL : 0);
        for (int file = 0; file < 2; file++) {
            memset(text, 'k', KEY + 2);
            text[KEY + more] = '\0';
            if (file)
                put_file(&folder, "LONG", text);
            else
                setenv("LONG", text, 1);
            assert_int_equal(keys_load(keys, "LONG", &err), more ? -EFBIG : 1);
            assert_null(getenv("LONG"));
            unlinkat(folder.fd, "LONG", 0);
        }
        if (more)
            assert_string_equal(err.text, "cannot read the key LONG: File too large");
        else
            assert_int_equal(strlen(keys_get(keys, "LONG")), KEY);
    }
    free(text);
}

static void a_key_is_printable(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool good;
    } CASES[] = {{"!", true},      {"~", true},     {"a b", false},  {" ", false},
                 {"a\x7f", false}, {"\x80", false}, {"a\tb", false}, {"", false}};
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct error err = {0};
        setenv("PRINTED", CASES[i].text, 1);
        assert_int_equal(keys_load(keys, "PRINTED", &err), CASES[i].good ? 1 : -EINVAL);
        if (!CASES[i].good)
            assert_string_equal(err.text, "the key PRINTED is empty or has characters that cannot "
                                          "stand in a header");
    }
    assert_int_equal(keys_load(keys, "_a9", NULL), 0);
    assert_int_equal(keys_load(keys, "Z0", NULL), 0);
}

/* A folder of credentials that is no absolute path is none. */
static void credentials_lie_in_an_absolute_folder(void **state)
{
    (void)state;
    static const char *const NONE[] = {"", ".", "relative"};
    put_file(&folder, "A_KEY", "value");
    char *here = getcwd(NULL, 0);
    assert_int_equal(fchdir(folder.fd), 0);
    for (size_t i = 0; i < 3; i++) {
        setenv("CREDENTIALS_DIRECTORY", NONE[i], 1);
        assert_int_equal(keys_load(keys, "A_KEY", NULL), 0);
    }
    unsetenv("CREDENTIALS_DIRECTORY");
    assert_int_equal(keys_load(keys, "A_KEY", NULL), 0);
    assert_int_equal(chdir(here), 0);
    free(here);
}

static int count_keys(void *context, const char *value)
{
    int *left = context;
    assert_non_null(value);
    return --*left == 0 ? -EXDEV : 0;
}

static void all_keys_are_walked_until_one_says_stop(void **state)
{
    (void)state;
    static const char *const NAMES[] = {"K1", "K2", "K3"};
    for (size_t i = 0; i < 3; i++) {
        setenv(NAMES[i], NAMES[i], 1);
        assert_int_equal(keys_load(keys, NAMES[i], NULL), 1);
    }
    for (size_t i = 0; i < 3; i++)
        assert_string_equal(keys_get(keys, NAMES[i]), NAMES[i]);
    assert_null(keys_get(keys, "K"));
    int left = 10;
    assert_int_equal(keys_each(keys, count_keys, &left), 0);
    assert_int_equal(left, 7);
    left = 2;
    assert_int_equal(keys_each(keys, count_keys, &left), -EXDEV);
    assert_int_equal(left, 0);
}

static void survives_every_failed_allocation(void **state)
{
    struct error err = {0};
    (void)state;
    put_file(&folder, "A_KEY", "value");
    keys_free(keys);
    keys = NULL;
    for (int k = 0; failing_next(&k);) {
        int r = keys_new(&keys);
        if (r == 0)
            r = keys_load(keys, "A_KEY", &err);
        failing_stop();
        assert_true(r == -ENOMEM || r == 1);
        if (r < 0 && keys && strcmp(err.text, "cannot read the key A_KEY: Cannot allocate memory"))
            assert_string_equal(err.text, "cannot keep the key A_KEY: Cannot allocate memory");
        keys_free(keys);
        keys = NULL;
    }
    assert_true(failing_no_leak());
    assert_int_equal(keys_new(&keys), 0);
}

/* ---- providers ---- */

/* Locked memory of this process in KiB. */
static long locked_kib(void)
{
    char line[128];
    long kib = -1;
    FILE *f = fopen("/proc/self/status", "re");
    assert_non_null(f);
    while (fgets(line, sizeof line, f))
        if (sscanf(line, "VmLck: %ld", &kib) == 1)
            break;
    fclose(f);
    return kib;
}

/* Letting one key go unlocked the page on which its neighbours stand. */
static void stays_locked_when_another_key_goes(void **state)
{
    (void)state;
    static char page[4096];
    /* AddressSanitizer makes mlock do nothing. */
    if (mlock(page, sizeof page) < 0 || locked_kib() <= 0) {
        print_message("not run: no memory can be locked here (under a sanitizer never)\n");
        skip();
    }
    munlock(page, sizeof page);
    put_file(&folder, "A_KEY", "first");
    put_file(&folder, "B_KEY", "second");
    assert_int_equal(keys_load(keys, "A_KEY", NULL), 1);
    assert_int_equal(keys_load(keys, "B_KEY", NULL), 1);
    const long before = locked_kib();
    put_file(&folder, "A_KEY", "third");
    assert_int_equal(keys_load(keys, "A_KEY", NULL), 1);
    assert_true(before > 0);
    assert_true(locked_kib() >= before);
}

/* A reload that fails leaves all keys as they were, and loses none that can be read only once. */
static void a_copy_goes_its_own_way(void **state)
{
    struct keys *copy;
    (void)state;
    put_file(&folder, "A_KEY", "from-file");
    setenv("B_KEY", "from-variable", 1);
    assert_int_equal(keys_load(keys, "A_KEY", NULL), 1);
    assert_int_equal(keys_load(keys, "B_KEY", NULL), 1);
    assert_int_equal(keys_copy(keys, &copy), 0);
    assert_string_equal(keys_get(copy, "A_KEY"), "from-file");
    assert_int_equal(unlinkat(folder.fd, "A_KEY", 0), 0);
    put_file(&folder, "D_KEY", "of-the-copy");
    setenv("C_KEY", "second-variable", 1);
    assert_int_equal(keys_load(copy, "A_KEY", NULL), 0);
    assert_int_equal(keys_load(copy, "B_KEY", NULL), 1);
    assert_int_equal(keys_load(copy, "C_KEY", NULL), 1);
    assert_int_equal(keys_load(copy, "D_KEY", NULL), 1);
    assert_string_equal(keys_get(keys, "A_KEY"), "from-file");
    assert_int_equal(keys_save_variables(keys, copy), 0);
    keys_free(copy);
    assert_string_equal(keys_get(keys, "B_KEY"), "from-variable");
    assert_string_equal(keys_get(keys, "C_KEY"), "second-variable");
    assert_null(keys_get(keys, "D_KEY"));
}

/* It can be read only once: whoever loses it has to say so. */
static void a_variable_is_saved_or_it_is_told(void **state)
{
    (void)state;
    struct keys *copy = NULL;
    assert_int_equal(keys_copy(keys, &copy), 0);
    setenv("E_KEY", "read-once", 1);
    assert_int_equal(keys_load(copy, "E_KEY", NULL), 1);
    for (int i = 0; failing_next(&i);) {
        int r = keys_save_variables(keys, copy);
        failing_stop();
        assert_int_equal(r, failing_happened ? -ENOMEM : 0);
        assert_int_equal(keys_get(keys, "E_KEY") != NULL, !failing_happened);
    }
    assert_string_equal(keys_get(keys, "E_KEY"), "read-once");
    keys_free(copy);
}

static void a_copy_is_whole_or_none(void **state)
{
    (void)state;
    put_file(&folder, "A_KEY", "from-file");
    assert_int_equal(keys_look_in(keys, folder.path), 0);
    assert_int_equal(keys_load(keys, "A_KEY", NULL), 1);
    for (int i = 0; failing_next(&i);) {
        struct keys *copy = NULL;
        int r = keys_copy(keys, &copy);
        failing_stop();
        assert_int_equal(r, failing_happened ? -ENOMEM : 0);
        assert_int_equal(copy != NULL, r == 0);
        keys_free(copy);
    }
    assert_true(failing_no_leak());
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(takes_a_variable_and_leaves_nothing_there),
        TEST(a_credential_wins_and_is_read_anew),
        TEST(the_own_folder_wins),
        TEST(a_file_that_others_can_open_is_refused),
        TEST(a_key_whose_file_is_gone_is_gone),
        TEST(refuses_without_repeating_the_key),
        TEST(stays_locked_when_another_key_goes),
        TEST(survives_every_failed_allocation),
        TEST(no_freed_memory_holds_a_key),
        TEST(no_freed_memory_holds_the_end_of_a_key),
        TEST(lengths_have_bounds),
        TEST(a_key_is_printable),
        TEST(credentials_lie_in_an_absolute_folder),
        TEST(a_copy_goes_its_own_way),
        TEST(a_variable_is_saved_or_it_is_told),
        TEST(a_copy_is_whole_or_none),
        TEST(all_keys_are_walked_until_one_says_stop),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
