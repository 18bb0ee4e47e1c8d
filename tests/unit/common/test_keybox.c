/* A key in a core dump, in the swap or in a child is a key on somebody else's disk. */
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/keybox.h"

static const char KEY[] = "sk-in-the-box";

static char *add(struct keybox *box, const char *text)
{
    char *at = keybox_add(box, text, strlen(text));
    assert_non_null(at);
    assert_string_equal(at, text);
    return at;
}

static void what_is_given_back_is_overwritten_and_used_again(void **state)
{
    (void)state;
    struct keybox *box = keybox_new();
    keybox_prepare(box);
    keybox_prepare(box);
    char *first = add(box, KEY), *second = add(box, "another key"), *third = add(box, "");
    assert_string_equal(first, KEY);
    keybox_remove(box, second);
    for (size_t i = 0; i < strlen("another key"); i++)
        assert_int_equal(second[i], 0);
    assert_ptr_equal(add(box, "one instead"), second);
    keybox_remove(box, first);
    keybox_remove(box, second);
    keybox_remove(box, third);
    keybox_remove(box, NULL);
    char *large = calloc(1, 30000);
    memset(large, 'x', 29999);
    assert_ptr_equal(add(box, large), first); /* neighbours have become one */
    free(large);
    keybox_free(box);
    keybox_free(NULL);
}

static void there_is_room_for_many_and_for_long_ones(void **state)
{
    (void)state;
    enum { MANY = 3000, LONG = 100000 };
    static char *at[MANY];
    char text[32], *large = malloc(LONG + 1);
    struct keybox *box = keybox_new();
    for (int i = 0; i < MANY; i++) {
        snprintf(text, sizeof text, "key number %d", i);
        at[i] = add(box, text);
    }
    memset(large, 'k', LONG);
    large[LONG] = '\0';
    add(box, large);
    for (int i = 0; i < MANY; i++) {
        snprintf(text, sizeof text, "key number %d", i);
        assert_string_equal(at[i], text);
        keybox_remove(box, at[i]);
    }
    free(large);
    keybox_free(box);
}

/* A line of /proc/self/smaps about the mapping that holds an address. */
static void find_flags(const void *address, char *to, size_t size)
{
    char line[512];
    unsigned long from, end;
    bool inside = false;
    FILE *f = fopen("/proc/self/smaps", "re");
    assert_non_null(f);
    *to = '\0';
    while (fgets(line, sizeof line, f)) {
        if (sscanf(line, "%lx-%lx ", &from, &end) == 2)
            inside = (uintptr_t)address >= from && (uintptr_t)address < end;
        else if (inside && !strncmp(line, "VmFlags:", 8))
            snprintf(to, size, "%s", line);
    }
    fclose(f);
}

static void it_is_kept_out_of_dumps_and_swap(void **state)
{
    (void)state;
    char flags[512];
    struct keybox *box = keybox_new();
    find_flags(add(box, KEY), flags, sizeof flags);
    assert_non_null(strstr(flags, " dd"));
    /* A sanitizer makes mlock do nothing, but not the call itself. */
    if (!strstr(flags, " lo"))
        print_message("left out: no memory can be locked here\n");
    assert_true(keybox_is_secret(box) ? strstr(flags, " dc") != NULL
                                      : strstr(flags, " wf") != NULL);
    keybox_free(box);
}

static void a_child_does_not_have_it(void **state)
{
    (void)state;
    struct keybox *box = keybox_new();
    char *at = add(box, KEY);
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        /* Asked of the kernel, since the mapping may not be there at all. */
        char copy[sizeof KEY] = "";
        struct iovec here = {copy, sizeof copy}, there = {at, sizeof copy};
        ssize_t n = process_vm_readv(getpid(), &here, 1, &there, 1, 0);
        _exit(n == (ssize_t)sizeof copy && !memcmp(copy, KEY, sizeof KEY));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_int_equal(status, 0);
    assert_string_equal(at, KEY);
    keybox_free(box);
}

static void the_kernel_does_not_hand_it_out(void **state)
{
    (void)state;
    struct keybox *box = keybox_new();
    char *at = add(box, KEY), copy[sizeof KEY] = "";
    struct iovec here = {copy, sizeof copy}, there = {at, sizeof copy};
    if (!keybox_is_secret(box)) {
        keybox_free(box);
        print_message("not run: the kernel has no memfd_secret\n");
        skip();
    }
    assert_int_equal(process_vm_readv(getpid(), &here, 1, &there, 1, 0), -1);
    assert_string_equal(copy, "");
    keybox_free(box);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_given_back_is_overwritten_and_used_again),
        cmocka_unit_test(there_is_room_for_many_and_for_long_ones),
        cmocka_unit_test(it_is_kept_out_of_dumps_and_swap),
        cmocka_unit_test(a_child_does_not_have_it),
        cmocka_unit_test(the_kernel_does_not_hand_it_out),
    };
    return cmocka_run_group_tests_name("keybox", tests, NULL, NULL);
}
