/* JSON helpers: readers that take anything, builders that mend what they can. */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/fd.h"
#include "common/jx.h"
#include "common/xalloc.h"

static void readers_take_what_is_not_there(void **state)
{
    (void)state;
    const json_t *nothing[] = {NULL, json_null(), json_true()};
    for (size_t i = 0; i < ARRAY_LEN(nothing); i++) {
        assert_null(j_get(nothing[i], "a"));
        assert_string_equal(j_str(nothing[i], "a", "absent"), "absent");
        assert_int_equal(j_int(nothing[i], "a", 7), 7);
        assert_true(j_num(nothing[i], "a", 1.5) > 1.4);
        assert_true(j_bool(nothing[i], "a", true));
        assert_false(j_is_number(nothing[i], "a"));
        assert_false(j_is(nothing[i], "a"));
        assert_false(j_has(nothing[i], "a", "b"));
        assert_false(j_array_has(nothing[i], "a"));
    }
}

static void readers_take_other_types_for_absent(void **state)
{
    (void)state;
    json_t *o =
        j_pack("{s:s, s:i, s:f, s:b, s:n}", "text", "1", "int", 2, "real", 2.5, "yes", 1, "null");
    assert_null(j_str(o, "int", NULL));
    assert_int_equal(j_int(o, "text", -1), -1);
    assert_int_equal(j_int(o, "real", -1), -1);
    assert_int_equal(j_int(o, "int", -1), 2);
    assert_true(j_num(o, "int", -1) > 1.9);
    assert_true(j_num(o, "text", -1) < 0);
    assert_false(j_bool(o, "int", false));
    assert_true(j_bool(o, "yes", false));
    assert_null(j_get(o, "null"));
    assert_non_null(j_get(o, "int"));
    assert_true(j_has(o, "text", "1"));
    assert_false(j_has(o, "text", "2"));
    assert_false(j_has(o, "int", "2"));
    json_decref(o);
}

static void builders_mend_text_and_numbers(void **state)
{
    (void)state;
    json_t *o = j_object(), *list = j_array();
    j_set(o, "plain", j_string("word"));
    j_set(o, "torn", j_text("a\xff", 2));
    j_set(o, "empty", j_text(NULL, 0));
    j_set(o, "none", j_string(NULL));
    j_set(o, "nan", j_real(NAN));
    j_ref(o, "null", NULL);
    j_keep(o, "nothing", NULL);
    j_add(list, j_integer(INT64_MAX));
    j_keep(o, "list", list);
    json_decref(list);
    char *text = j_dump(o);
    assert_string_equal(text, "{\"plain\":\"word\",\"torn\":\"a\xef\xbf\xbd\",\"empty\":\"\","
                              "\"none\":null,\"nan\":null,\"null\":null,"
                              "\"list\":[9223372036854775807]}");
    json_t *copy = j_copy(o);
    assert_true(json_equal(copy, o));
    assert_ptr_not_equal(j_get(copy, "list"), j_get(o, "list"));
    json_decref(copy);
    json_decref(o);
    free(text);
}

static void readers_tell_what_is_there(void **state)
{
    (void)state;
    json_t *o = j_pack("{s:s, s:i, s:f, s:b, s:n, s:[i, s, s]}", "text", "1", "int", 2, "real", 2.5,
                       "no", 0, "null", "list", 1, "a", "b");
    assert_string_equal(j_str(o, "text", "absent"), "1");
    assert_true(j_num(o, "real", -1) > 2.4 && j_num(o, "real", -1) < 2.6);
    assert_int_equal(j_int(o, "int", -1), 2);
    assert_false(j_bool(o, "no", true));
    assert_true(j_bool(o, "text", true));
    assert_true(j_is_number(o, "int"));
    assert_true(j_is_number(o, "real"));
    assert_false(j_is_number(o, "text"));
    assert_false(j_is_number(o, "null"));
    assert_true(j_is(j_get(o, "text"), "1"));
    assert_false(j_is(j_get(o, "text"), "12"));
    assert_true(j_array_has(j_get(o, "list"), "a"));
    assert_true(j_array_has(j_get(o, "list"), "b"));
    assert_false(j_array_has(j_get(o, "list"), "c"));
    assert_null(j_get(o, "none"));
    json_decref(o);
}

/* Who owns what: a reference more for what is kept, none for what is handed over. */
static void builders_count_their_references(void **state)
{
    (void)state;
    json_t *o = j_object(), *list = j_array(), *kept = j_integer(5);
    j_keep(o, "kept", kept);
    assert_int_equal(kept->refcount, 2);
    j_ref(o, "ref", kept);
    assert_int_equal(kept->refcount, 3);
    j_add(list, j_null_or(kept));
    assert_int_equal(kept->refcount, 4);
    j_set(o, "list", list);
    assert_int_equal(list->refcount, 1);
    json_decref(o);
    assert_int_equal(kept->refcount, 1);
    json_decref(kept);
    assert_true(json_is_null(j_null_or(NULL)));
    assert_true(json_is_null(j_copy(NULL)));
    assert_true(json_is_null(j_real(INFINITY)));
    json_t *real = j_real(0.5), *mended = j_string("a\xff"), *nul = j_text("a\0b", 3);
    assert_true(json_real_value(real) > 0.4 && json_real_value(real) < 0.6);
    assert_string_equal(json_string_value(mended), "a\xef\xbf\xbd");
    assert_int_equal(json_string_length(nul), 3);
    assert_memory_equal(json_string_value(nul), "a\0b", 3);
    json_decref(real);
    json_decref(mended);
    json_decref(nul);
    json_t *word = j_string("w");
    char *text = j_dump(word);
    assert_string_equal(text, "\"w\"");
    free(text);
    json_decref(word);
}

static void memory_is_given_whole(void **state)
{
    (void)state;
    char *a = xcalloc(3, 5), *b = xstrndup("abcdef", 3), *c = xstrdup("abc"),
         *d = xasprintf("%s-%d", "x", 7), *none = xmalloc(0), *zero = xcalloc(0, 0);
    for (int i = 0; i < 15; i++)
        assert_int_equal(a[i], 0);
    assert_string_equal(b, "abc");
    assert_string_equal(c, "abc");
    assert_string_equal(d, "x-7");
    b = xrealloc(b, 1000);
    assert_string_equal(b, "abc");
    b = xrealloc(b, 0);
    *b = *none = *zero = 'x';
    assert_ptr_equal(xcheck(a), a);
    char *all[] = {a, b, c, d, none, zero};
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        free(all[i]);
}

static void no_memory_ends_the_process(void **state)
{
    (void)state;
    int pipes[2], status;
    char said[64];
    assert_int_equal(pipe(pipes), 0);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(pipes[1], STDERR_FILENO);
        xcheck(NULL);
        _exit(0);
    }
    close(pipes[1]);
    ssize_t n = fd_read_full(pipes[0], said, sizeof said);
    close(pipes[0]);
    assert_int_equal(n, 14);
    assert_memory_equal(said, "out of memory\n", 14);
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    assert_int_equal(WEXITSTATUS(status), 70);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(readers_take_what_is_not_there),
        cmocka_unit_test(readers_take_other_types_for_absent),
        cmocka_unit_test(builders_mend_text_and_numbers),
        cmocka_unit_test(readers_tell_what_is_there),
        cmocka_unit_test(builders_count_their_references),
        cmocka_unit_test(memory_is_given_whole),
        cmocka_unit_test(no_memory_ends_the_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
