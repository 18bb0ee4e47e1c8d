/* A default that the engine makes up where the resolver forgot one is a second truth: what is not
 * in the document ends the process instead. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "runner/deliberation/words/need.h"

static const char *const WORDS[] = {"red", "green", NULL};

static json_t *document(void)
{
    return json_pack("{s:i, s:f, s:b, s:s, s:[i], s:s, s:n}", "int", 7, "num", 0.5, "bool", 1,
                     "str", "text", "list", 1, "word", "green", "null");
}

static void what_is_there_is_given(void **state)
{
    (void)state;
    json_t *o = document();
    assert_int_equal(need_int(o, "int"), 7);
    assert_float_equal(need_num(o, "num"), 0.5, 0);
    assert_float_equal(need_num(o, "int"), 7, 0); /* an integer is a number */
    assert_true(need_bool(o, "bool"));
    assert_string_equal(need_str(o, "str"), "text");
    assert_int_equal(json_array_size(need_list(o, "list")), 1);
    assert_int_equal(need_word(o, "word", WORDS), 1);
    json_decref(o);
}

static void ask(int kind, const json_t *o, const char *key)
{
    switch (kind) {
    case 0:
        need_int(o, key);
        break;
    case 1:
        need_num(o, key);
        break;
    case 2:
        need_bool(o, key);
        break;
    case 3:
        need_str(o, key);
        break;
    case 4:
        need_list(o, key);
        break;
    default:
        need_word(o, key, WORDS);
    }
}

/* How a process ends that asks. */
static int status_of(int kind, const json_t *o, const char *key)
{
    int status;
    pid_t pid = fork();
    assert_true(pid >= 0);
    if (pid == 0) {
        close(STDERR_FILENO);
        ask(kind, o, key);
        _exit(0);
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void what_is_missing_or_of_another_type_ends_the_process(void **state)
{
    (void)state;
    static const char *const wrong[] = {"str", "str", "int", "int", "word", "str"};
    json_t *o = document();
    for (int kind = 0; kind < 6; kind++) {
        assert_int_equal(status_of(kind, o, "absent"), 70);
        assert_int_equal(status_of(kind, o, "null"), 70);
        assert_int_equal(status_of(kind, o, wrong[kind]), 70);
        assert_int_equal(status_of(kind, NULL, "int"), 70);
    }
    json_decref(o);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_there_is_given),
        cmocka_unit_test(what_is_missing_or_of_another_type_ends_the_process),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
