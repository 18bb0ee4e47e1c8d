/* The runner as councild sees it, over a socketpair: what it says, in which order, and what stands
 * in the journal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/clock.h"
#include "runner/tool/keeper_process.h"
#include "runner_process.h"

static void three_stages(void **state)
{
    (void)state;
    struct run r;
    run_whole(&r, &(struct ask){0}, false);
    assert_string_equal(text(r.result, "outcome"), "complete");
    assert_true(strlen(text(json_object_get(r.result, "final"), "content")) > 100);
    assert_int_equal(json_array_size(json_object_get(r.result, "rounds")), 3);
    assert_int_equal(count_events(&r, "member_completed"), 7);
    assert_string_equal(text(json_array_get(r.events, 0), "type"), "run_started");
    size_t last = json_array_size(r.events) - 1;
    assert_string_equal(text(json_array_get(r.events, last), "type"), "run_completed");
    assert_int_equal(r.deltas, 0);
    assert_true(r.progress >= 3);
    forget(&r);
}

static void three_stages_streamed(void **state)
{
    (void)state;
    struct run r;
    struct ask ask = {.options = "{\"overrides\": {\"all\": {\"provider_options\": {\"delay_ms\":"
                                 " 50, \"token_delay_ms\": 1}}}}"};
    run_whole(&r, &ask, true);
    assert_string_equal(text(r.result, "outcome"), "complete");
    assert_true(r.deltas > 50);
    forget(&r);
}

static void a_spare_that_is_closed_in_runs_it_all_the_same(void **state)
{
    starts_early = true;
    three_stages(state);
    three_stages_streamed(state);
    starts_early = false;
}

static char *result_of_seed(const char *seed)
{
    struct run r;
    run_whole(&r, &(struct ask){.seed = seed}, false);
    strip(r.result);
    char *dump = json_dumps(r.result, JSON_INDENT(1));
    forget(&r);
    return dump;
}

static void equal_seeds_give_equal_results(void **state)
{
    (void)state;
    char *a = result_of_seed("one"), *b = result_of_seed("one"), *c = result_of_seed("two");
    assert_string_equal(a, b);
    assert_string_not_equal(a, c);
    free(a);
    free(b);
    free(c);
}

static void refused(void **state)
{
    (void)state;
    static const struct {
        const char *line, *code;
    } ROWS[] = {
        {"{\"type\": \"spec\", \"v\": 99, \"run_id\": \"r\", \"council_id\": \"c\"}\n", "version"},
        {"{\"type\": \"spec\", \"v\": 1, \"run_id\": \"r\", \"council_id\": \"c\", \"council\":"
         " {\"schema_version\": 1, \"id\": \"x\", \"members\": []}, \"input\": \"q\", \"seed\":"
         " \"s\", \"options\": {}, \"limits\": {}, \"catalogue\": {}, \"providers\": {},"
         " \"prices\": {}, \"defaults\": {}, \"tools\": {}, \"keys\": {}}\n",
         "invalid_council"},
        {"nonsense\n", ""},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct run r;
        start_runner(&r);
        send_all(r.link, ROWS[i].line, strlen(ROWS[i].line), NULL, 0);
        int status = wait_for_end(&r);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == RUNNER_EXIT_FAILED);
        assert_int_equal(r.ready, 0);
        assert_non_null(r.failed);
        assert_string_equal(text(r.failed, "code"), ROWS[i].code);
        assert_true(strlen(text(r.failed, "message")) > 0);
        forget(&r);
    }
}

/* The keeper of this runner is this program once more, and ends at once. */
/* Is refused for want of its tools; *ret is its `failed`. */
static void ask_for_programs(struct run *ret)
{
    static const char LINE[] =
        "{\"type\":\"spec\",\"v\":1,\"run_id\":\"r\",\"council_id\":\"c\",\"council\":"
        "{\"schema_version\":1,\"id\":\"x\",\"members\":[{\"id\":\"ann\",\"provider\":"
        "\"mock\",\"model\":\"m\"}],\"rounds\":[{\"type\":\"independent_analysis\"}]},\"input\":"
        "\"q\",\"seed\":\"s\",\"options\":{},\"limits\":{},\"catalogue\":{},\"providers\":{"
        "\"mock\":{\"type\":\"mock\"}},\"prices\":{},\"defaults\":{},\"tools\":{\"look\":{"
        "\"kind\":\"command\",\"argv\":[\"/bin/true\"]}},\"keys\":{}}\n";
    int journal = temporary();
    start_runner(ret);
    send_all(ret->link, LINE, strlen(LINE), &journal, 1);
    close(journal);
    int status = wait_for_end(ret);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == RUNNER_EXIT_FAILED);
    assert_int_equal(ret->ready, 0);
}

static void a_keeper_that_does_not_come_up(void **state)
{
    (void)state;
    struct run r;
    ask_for_programs(&r);
    assert_string_equal(text(r.failed, "code"), "sandbox");
    assert_string_equal(text(r.failed, "message"), "the tool keeper does not come up");
    forget(&r);
}

static void a_spare_that_is_closed_in_starts_no_programs(void **state)
{
    (void)state;
    struct run r;
    starts_early = true;
    ask_for_programs(&r);
    starts_early = false;
    assert_string_equal(text(r.failed, "message"),
                        "cannot start the tool keeper: Operation not permitted");
    forget(&r);
}

static void no_key_anywhere(void **state)
{
    (void)state;
    struct run r;
    struct ask ask = {.input = "\"Is " KEY " a good key?\"",
                      .options = "{\"metadata\": {\"k\": \"" KEY "\"}}"};
    run_whole(&r, &ask, true);
    assert_true(count_events(&r, "warning") >= 1);
    char *dump = json_dumps(r.result, 0);
    assert_null(strstr(dump, KEY));
    assert_non_null(strstr(dump, "secret_redacted"));
    free(dump);
    forget(&r);
}

enum { BIG_ROUNDS = 8 };

/* Nobody reads the link: the runner must neither block, nor go on, nor fill its memory. */
static void stands_still_while_nobody_reads(void **state)
{
    (void)state;
    struct run r;
    struct buf council = BUF_INIT(1 << 20), options = BUF_INIT(1 << 20);
    static char text[15001];
    memset(text, 'x', sizeof(text) - 1);
    buf_addf(&council, "{\"schema_version\": 1, \"id\": \"big\", \"rounds\": [");
    for (int i = 0; i < BIG_ROUNDS; i++)
        buf_addf(&council, "%s{\"type\": \"independent_analysis\", \"name\": \"r%d\"}",
                 i ? ", " : "", i);
    buf_addf(&council, "], \"members\": [");
    for (int i = 0; i < 64; i++)
        buf_addf(&council, "%s{\"id\": \"m%d\", \"provider\": \"mock\", \"model\": \"m\"}",
                 i ? ", " : "", i);
    buf_addf(&council, "]}");
    buf_addf(&options,
             "{\"overrides\": {\"all\": {\"provider_options\": {\"script\": {\"*\":"
             " [{\"text\": \"%s\"}]}}}}}",
             text);
    start_runner(&r);
    send_spec(&r, &(struct ask){.council = buf_str(&council), .options = buf_str(&options)});
    int64_t until = clock_mono_ms() + 60000;
    while (lseek(r.journal, 0, SEEK_END) < 7 << 20 && clock_mono_ms() < until)
        poll(NULL, 0, 5);
    for (int i = 0; i < 20; i++)
        poll(NULL, 0, 5);
    off_t held = lseek(r.journal, 0, SEEK_END);
    assert_in_range(held, 7 << 20, 12 << 20);
    assert_int_equal(wait_for_end(&r), 0);
    assert_true(lseek(r.journal, 0, SEEK_END) > held);
    assert_int_equal(count_events(&r, "member_completed"), 64 * BIG_ROUNDS);
    assert_string_equal(json_string_value(json_object_get(r.result, "outcome")), "complete");
    journal_is_what_was_told(&r);
    buf_release(&council);
    buf_release(&options);
    forget(&r);
}

int main(int argc, char **argv)
{
    if (argc == 2 && !strcmp(argv[1], KEEPER_FLAG))
        return 1;
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_stages),
        cmocka_unit_test(three_stages_streamed),
        cmocka_unit_test(a_spare_that_is_closed_in_runs_it_all_the_same),
        cmocka_unit_test(equal_seeds_give_equal_results),
        cmocka_unit_test(refused),
        cmocka_unit_test(a_keeper_that_does_not_come_up),
        cmocka_unit_test(a_spare_that_is_closed_in_starts_no_programs),
        cmocka_unit_test(no_key_anywhere),
        cmocka_unit_test(stands_still_while_nobody_reads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
