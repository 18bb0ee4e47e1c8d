/* Where running out of memory ends the process, a builder that goes on without it makes a document
 * that lacks a member, and nobody is told. */
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/jx.h"

static int left; /* allocations of jansson that succeed; the others fail */

static void *alloc(size_t size)
{
    return left-- > 0 ? malloc(size) : NULL;
}

static void set(json_t *object, json_t *array)
{
    (void)array;
    j_set(object, "key", json_true());
}

static void set_by_reference(json_t *object, json_t *array)
{
    j_ref(object, "key", array);
}

static void keep(json_t *object, json_t *array)
{
    j_keep(object, "key", array);
}

static void add(json_t *object, json_t *array)
{
    (void)object;
    for (int i = 0; i < 100; i++)
        j_add(array, json_true());
}

static void string(json_t *object, json_t *array)
{
    (void)object;
    (void)array;
    json_decref(j_string("text"));
}

static void text(json_t *object, json_t *array)
{
    (void)object;
    (void)array;
    json_decref(j_text("text", 4));
}

static void integer(json_t *object, json_t *array)
{
    (void)object;
    (void)array;
    json_decref(j_integer(7));
}

static void real(json_t *object, json_t *array)
{
    (void)object;
    (void)array;
    json_decref(j_real(0.5));
}

static void containers(json_t *object, json_t *array)
{
    (void)object;
    (void)array;
    json_decref(j_object());
    json_decref(j_array());
}

static void copy(json_t *object, json_t *array)
{
    (void)array;
    json_decref(j_copy(object));
}

static void pack(json_t *object, json_t *array)
{
    (void)object;
    (void)array;
    json_decref(j_pack("{s:i, s:[s]}", "n", 7, "l", "x"));
}

static void dump(json_t *object, json_t *array)
{
    (void)array;
    char *written = j_dump(object);
    free(written);
}

/* In a child: 0 when it was built with so many allocations, else what the process ended with. */
static int status_with(void (*build)(json_t *, json_t *), int allocations)
{
    int status;
    pid_t pid = fork();
    if (pid == 0) {
        json_t *object = json_pack("{s:i, s:s}", "n", 7, "s", "text"), *array = json_array();
        dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
        left = allocations;
        json_set_alloc_funcs(alloc, free);
        build(object, array);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void each_allocation_that_fails_ends_the_process(void **state)
{
    (void)state;
    static void (*const BUILDERS[])(json_t *, json_t *) = {
        set,  set_by_reference, keep,       add,  string, text,
        real, integer,          containers, copy, pack,   dump};
    for (size_t i = 0; i < ARRAY_LEN(BUILDERS); i++) {
        int n = 0, status;
        while ((status = status_with(BUILDERS[i], n)) == 70)
            n++;
        if (status != 0 || n == 0)
            fail_msg("builder %zu ends with %d where the allocation %d fails", i, status, n);
    }
}

static void set_nothing(json_t *object, json_t *array)
{
    (void)array;
    j_set(object, "key", NULL);
}

static void add_nothing(json_t *object, json_t *array)
{
    (void)object;
    j_add(array, NULL);
}

/* What another builder could not make is no member that is left out. */
static void a_value_that_is_not_there_ends_it_too(void **state)
{
    (void)state;
    assert_int_equal(status_with(set_nothing, 1000), 70);
    assert_int_equal(status_with(add_nothing, 1000), 70);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_allocation_that_fails_ends_the_process),
        cmocka_unit_test(a_value_that_is_not_there_ends_it_too),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
