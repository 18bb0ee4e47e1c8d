/* A name that is taken for a path, or a faulty file that reaches the daemon half-read. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "ctl/session/council_arg.h"
#include "heap_kept.h"

static void names_paths_and_json_are_told_apart(void **state)
{
    (void)state;
    json_t *council;
    struct error err;
    assert_int_equal(council_arg("three-stage", &council, &err), 0);
    assert_string_equal(json_string_value(council), "three-stage");
    json_decref(council);
    assert_int_equal(council_arg(" \n{\"id\": \"x\"}", &council, &err), 0);
    assert_true(json_is_object(council));
    json_decref(council);
    assert_int_equal(council_arg("no-such-file.json", &council, &err), -ENOENT);
    assert_int_equal(council_arg("./no-such-file", &council, &err), -ENOENT);
    assert_non_null(strstr(err.text, "no-such-file"));
    assert_int_equal(council_arg("{\"a\": 1, \"a\": 2}", &council, &err), -EINVAL);
    assert_int_equal(council_arg("{", &council, &err), -EINVAL);
    assert_int_equal(council_arg("n\xff", &council, &err), -EINVAL);
}

static void faults_of_files_have_their_place(void **state)
{
    (void)state;
    char path[] = "/tmp/test_council_arg.XXXXXX";
    int fd = mkstemp(path);
    assert_true(fd >= 0);
    assert_int_equal(write(fd, "{\n \"a\": }", 9), 9);
    close(fd);
    json_t *council;
    struct error err;
    assert_int_equal(council_arg(path, &council, &err), -EINVAL);
    assert_non_null(strstr(err.text, path));
    assert_non_null(strstr(err.text, "line 2"));
    unlink(path);
}

/* Standard input becomes this text for one question. */
static int question_from_stdin(const char *text, size_t len, json_t **ret, struct error *err)
{
    FILE *file = tmpfile();
    assert_non_null(file);
    assert_int_equal(fwrite(text, 1, len, file), len);
    rewind(file);
    int before = dup(STDIN_FILENO);
    dup2(fileno(file), STDIN_FILENO);
    int r = question_arg("-", ret, err);
    dup2(before, STDIN_FILENO);
    close(before);
    fclose(file);
    return r;
}

static void questions_are_checked(void **state)
{
    (void)state;
    json_t *question;
    struct error err;
    assert_int_equal(question_arg("Why?\n", &question, &err), 0);
    assert_string_equal(json_string_value(question), "Why?\n");
    json_decref(question);
    assert_int_equal(question_from_stdin("a\nb\r\n\n", 6, &question, &err), 0);
    assert_string_equal(json_string_value(question), "a\nb");
    json_decref(question);
    assert_int_equal(question_from_stdin("a\0b", 3, &question, &err), 0);
    assert_int_equal(json_string_length(question), 3);
    json_decref(question);
    assert_int_equal(question_arg("", &question, &err), -EINVAL);
    assert_int_equal(question_from_stdin("\n\n", 2, &question, &err), -EINVAL);
    assert_int_equal(question_from_stdin("\xff", 1, &question, &err), -EINVAL);

    size_t most = 1024 * 1024;
    char *text = malloc(most + 20000);
    assert_non_null(text);
    memset(text, 'x', most + 20000);
    assert_int_equal(question_from_stdin(text, most, &question, &err), 0);
    json_decref(question);
    assert_int_equal(question_from_stdin(text, most + 1, &question, &err), -EMSGSIZE);
    assert_int_equal(question_from_stdin(text, most + 20000, &question, &err), -EMSGSIZE);
    free(text);
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(names_paths_and_json_are_told_apart);
    assert_keeps_nothing(faults_of_files_have_their_place);
    assert_keeps_nothing(questions_are_checked);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_paths_and_json_are_told_apart),
        cmocka_unit_test(faults_of_files_have_their_place),
        cmocka_unit_test(questions_are_checked),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
