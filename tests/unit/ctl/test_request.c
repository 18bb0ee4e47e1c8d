/* The parameters of run.start as they leave the command line: an option that is lost, or lands in
 * another place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "ctl/commands.h"
#include "ctl/session/request.h"

enum { WORDS_MAX = 8 };

struct asked {
    const char *words[WORDS_MAX];
    const char *told; /* the parameters, or what is told on stderr */
};

static const struct option_row OPTIONS[] = {
    REQUEST_OPTIONS,
    {"matching", 0, NULL, "start where it can"},
    {0},
};

/* What was written to standard error since, which is put back. */
static void take_errors(FILE *file, int before, char *to, size_t size)
{
    fflush(stderr);
    dup2(before, STDERR_FILENO);
    close(before);
    rewind(file);
    to[fread(to, 1, size - 1, file)] = '\0';
    fclose(file);
}

static int ask(const struct asked *row, const json_t *old, bool again, json_t **ret, char *told,
               size_t size)
{
    struct ctl ctl = {.commands = COMMANDS, .row = command_find(COMMANDS, "start")};
    int n = 0;
    while (n < WORDS_MAX && row->words[n])
        n++;
    assert_int_equal(
        args_parse(&ctl.args, OPTIONS, GLOBAL_OPTIONS, n, (char **)row->words, false, NULL), n);
    FILE *file = tmpfile();
    const int before = dup(STDERR_FILENO);
    assert_non_null(file);
    fflush(stderr);
    dup2(fileno(file), STDERR_FILENO);
    const int r = again ? request_resume_params(&ctl, old, ret) : request_params(&ctl, ret);
    take_errors(file, before, told, size);
    args_release(&ctl.args);
    return r;
}

static void expect(const struct asked *row, const char *old, bool again)
{
    char told[1000];
    json_t *params = NULL, *options = old ? json_loads(old, 0, NULL) : NULL;
    const int r = ask(row, options, again, &params, told, sizeof told);
    if (r == 0) {
        char *text = json_dumps(params, JSON_COMPACT);
        assert_string_equal(text, row->told);
        assert_string_equal(told, "");
        free(text);
    } else {
        char whole[1000];
        assert_int_equal(r, EXIT_USAGE);
        const int n = snprintf(whole, sizeof whole, "councilctl start: %s", row->told);
        assert_memory_equal(told, whole, (size_t)n);
        /* What the library says of faulty JSON is its own matter. */
        const char *rest = row->told[strlen(row->told) - 1] == ' ' ? strchr(told, '\n') : told + n;
        assert_string_equal(rest, "\nSee: councilctl start --help\n");
    }
    json_decref(params);
    json_decref(options);
}

static void every_option_has_its_place(void **state)
{
    (void)state;
    static const struct asked rows[] = {
        {{"c", "Why?"}, "{\"council\":\"c\",\"input\":\"Why?\"}"},
        {{"{\"id\":\"x\"}", "q"}, "{\"council\":{\"id\":\"x\"},\"input\":\"q\"}"},
        {{"c", "--input=7"}, "{\"council\":\"c\",\"input\":7}"},
        {{"c", "--input", "{\"a\":[]}"}, "{\"council\":\"c\",\"input\":{\"a\":[]}}"},
        {{"c", "q", "--seed", "7"},
         "{\"council\":\"c\",\"options\":{\"seed\":\"7\"},\"input\":\"q\"}"},
        {{"c", "q", "--limits={\"deadline_ms\":1}", "--run-id=r", "--registry=g", "--shutdown=50",
          "--key=k"},
         "{\"council\":\"c\",\"limits\":{\"deadline_ms\":1},\"shutdown\":50,\"run_id\":\"r\","
         "\"key\":\"k\",\"registry\":\"g\",\"input\":\"q\"}"},
        {{"c", "q", "--label=a=1", "--label", "b=x=y", "--label=d.e="},
         "{\"council\":\"c\",\"labels\":{\"a\":\"1\",\"b\":\"x=y\",\"d.e\":\"\"},\"input\":\"q\"}"},
        {{"c", "q", "--set=a=1", "--set=b.c.d=true", "--set=b.c.e=text", "--set=b.f=[1]"},
         "{\"council\":\"c\",\"options\":{\"a\":1,\"b\":{\"c\":{\"d\":true,\"e\":\"text\"},"
         "\"f\":[1]}},\"input\":\"q\"}"},
        {{"c", "q", "--set=a=1", "--set=a.b=2", "--set=c={\"a\":1,\"a\":2}"},
         "{\"council\":\"c\",\"options\":{\"a\":{\"b\":2},\"c\":\"{\\\"a\\\":1,\\\"a\\\":2}\"},"
         "\"input\":\"q\"}"},
        {{"c", "q", "--option={\"a\":1,\"b\":1}", "--option={\"b\":2}", "--set=a=3", "--seed=s"},
         "{\"council\":\"c\",\"options\":{\"a\":3,\"b\":2,\"seed\":\"s\"},\"input\":\"q\"}"},
        {{"c", "q", "--option={}"}, "{\"council\":\"c\",\"input\":\"q\"}"},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        expect(&rows[i], NULL, false);
}

static void every_fault_names_its_option(void **state)
{
    (void)state;
    static const struct asked rows[] = {
        {{"c", "q", "--input=1"}, "a question and --input exclude each other"},
        {{"c", "--input="}, "--input: "},
        {{"c", "--input={\"a\":1,\"a\":2}"}, "--input: "},
        {{"c", "q", "--limits=7"}, "--limits: "},
        {{"c", "q", "--limits=[]"}, "--limits has to be a JSON object"},
        {{"c", "q", "--option=[]"}, "--option has to be a JSON object"},
        {{"c", "q", "--option={"}, "--option: "},
        {{"c", "q", "--set=a"}, "--set: KEY=VALUE is needed, not a"},
        {{"c", "q", "--set==1"}, "--set: KEY=VALUE is needed, not =1"},
        {{"c", "q", "--label=a"}, "--label: KEY=VALUE is needed, not a"},
        {{"c", "q", "--set=a=\xff"}, "--set: not UTF-8"},
        {{"c", "q", "--label=a=\xff"}, "--label: not UTF-8"},
        {{"c", "q", "--label=\xff=a"}, "--label: not UTF-8"},
        {{"c", "q", "--seed=\xff"}, "--seed: not UTF-8"},
        {{"c", "q", "--run-id=\xff"}, "--run-id: not UTF-8"},
        {{"c", "q", "--key=\xff"}, "--key: not UTF-8"},
        {{"c", "q", "--registry=\xff"}, "--registry: not UTF-8"},
        {{"c", ""}, "the question is empty"},
        {{"c", "\xff"}, "the question is not UTF-8"},
        {{"c\xff", "q"}, "the council's name is not UTF-8"},
        {{"{", "q"}, "the council's JSON, line 1, column 1: "},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        expect(&rows[i], NULL, false);
}

/* The seed comes from the journal, unless one is given now. */
static void a_resumed_run_keeps_its_options(void **state)
{
    (void)state;
    static const char OLD[] =
        "{\"seed\":\"s\",\"resume_from\":\"x\",\"resume_policy\":\"matching\","
        "\"budget\":{\"max_calls\":3}}";
    static const struct asked rows[] = {
        {{"r"}, "{\"options\":{\"budget\":{\"max_calls\":3},\"resume_from\":\"r\"}}"},
        {{"r", "--matching"},
         "{\"options\":{\"budget\":{\"max_calls\":3},\"resume_from\":\"r\",\"resume_policy\":"
         "\"matching\"}}"},
        {{"r", "--seed=t", "--input=1", "--label=a=b", "--set=budget.max_calls=4"},
         "{\"options\":{\"budget\":{\"max_calls\":4},\"seed\":\"t\",\"resume_from\":\"r\"},"
         "\"labels\":{\"a\":\"b\"},\"input\":1}"},
        {{"r\xff"}, "the run_id is not UTF-8"},
        {{"r", "--seed=\xff"}, "--seed: not UTF-8"},
        {{"r", "--input={"}, "--input: "},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++)
        expect(&rows[i], OLD, true);
    expect(&(struct asked){{"r"}, "{\"options\":{\"resume_from\":\"r\"}}"}, NULL, true);
}

static void shutdowns_are_numbers_or_words(void **state)
{
    (void)state;
    static const char *const rows[][2] = {
        {"0", "0"},
        {"-1", "-1"},
        {"9223372036854775807", "9223372036854775807"},
        {"9223372036854775808", "\"9223372036854775808\""},
        {"infinity", "\"infinity\""},
        {"", "\"\""},
        {"\xff", "\"\""},
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        json_t *value = request_shutdown(rows[i][0]);
        char *text = json_dumps(value, JSON_ENCODE_ANY);
        assert_string_equal(text, rows[i][1]);
        free(text);
        json_decref(value);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_option_has_its_place),
        cmocka_unit_test(every_fault_names_its_option),
        cmocka_unit_test(a_resumed_run_keeps_its_options),
        cmocka_unit_test(shutdowns_are_numbers_or_words),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
