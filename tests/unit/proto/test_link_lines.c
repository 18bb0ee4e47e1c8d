/* The lines between daemon and runner, letter by letter: both are replaced one at a time, so that
 * a member that is renamed or left out is one that the other side still looks for. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "heap_kept.h"
#include "proto/json/json_tree.h"
#include "proto/link.h"

static const struct json_span COUNCIL = {"{\"id\": 1}", 9}, INPUT = {"\"in\"", 4};

static json_t *trees[16];
static size_t tree_count;

static json_t *named(const char *name)
{
    json_t *tree = json_pack("[s]", name);
    assert_non_null(tree);
    trees[tree_count++] = tree;
    return tree;
}

static void drop_trees(void)
{
    while (tree_count > 0)
        json_decref(trees[--tree_count]);
}

static void make_full_spec(struct buf *line)
{
    const struct link_spec spec = {
        .run_id = "r1",
        .council_id = "dynamic:c",
        .seed = "s",
        .council = COUNCIL,
        .input = INPUT,
        .line_bytes = 7,
        .folder = true,
        .records = 3,
        .options = named("o"),
        .limits = named("l"),
        .catalogue = named("c"),
        .providers = named("p"),
        .prices = named("pr"),
        .defaults = named("d"),
        .tools = named("t"),
        .allow_options = named("ao"),
        .keys = named("k"),
        .models = named("m"),
        .allow_addresses = named("aa"),
        .deny_addresses = named("da"),
        .own_paths = named("op"),
        .chain = named("ch"),
    };
    assert_int_equal(link_make_spec(line, &spec), 0);
    drop_trees();
}

static void make_bare_spec(struct buf *line)
{
    const struct link_spec spec = {.run_id = "r1",
                                   .council = COUNCIL,
                                   .input = INPUT,
                                   .verbose = true,
                                   .deltas = true,
                                   .durable = true,
                                   .records = 3};
    assert_int_equal(link_make_spec(line, &spec), 0);
}

static void make_full_probe(struct buf *line)
{
    const struct link_probe probe = {.run_id = "r1",
                                     .council_id = "probe:models",
                                     .kind = LINK_PROBE_MODELS,
                                     .timeout_ms = 5,
                                     .targets = named("t"),
                                     .models = named("m"),
                                     .allow_addresses = named("aa"),
                                     .deny_addresses = named("da"),
                                     .providers = named("p"),
                                     .keys = named("k")};
    assert_int_equal(link_make_probe(line, &probe), 0);
    drop_trees();
}

static void make_bare_probe(struct buf *line)
{
    const struct link_probe probe = {.kind = LINK_PROBE_CHECK};
    assert_int_equal(link_make_probe(line, &probe), 0);
}

static void make_commands(struct buf *line)
{
    assert_int_equal(link_make_cancel(line, true, LINK_CAUSE_CLIENT), 0);
    assert_int_equal(link_make_cancel(line, false, LINK_CAUSE_DEADLINE), 0);
    assert_int_equal(link_make_deltas(line, true), 0);
    assert_int_equal(link_make_deltas(line, false), 0);
}

static void make_lines_up(struct buf *line)
{
    const struct json_span event = {"{\"seq\":1}", 9};
    json_t *data = named("x");
    assert_int_equal(link_make_ready(line, NULL), 0);
    assert_int_equal(link_make_failed(line, "why", NULL, NULL), 0);
    assert_int_equal(link_make_failed(line, NULL, "code", data), 0);
    assert_int_equal(link_make_event(line, event), 0);
    assert_int_equal(link_make_delta(line, event), 0);
    assert_int_equal(link_make_progress(line, "p", data, 4, "c"), 0);
    assert_int_equal(link_make_progress(line, NULL, NULL, 0, NULL), 0);
    assert_int_equal(link_make_result(line, OUTCOME_COMPLETE, event, true), 0);
    assert_int_equal(link_make_result(line, OUTCOME_REFUSED, event, false), 0);
    assert_int_equal(link_make_result_at(line, OUTCOME_FAILED, 12, 34), 0);
    drop_trees();
}

static const struct {
    void (*make)(struct buf *line);
    const char *lines;
} ROWS[] = {
    {make_full_spec,
     "{\"type\":\"spec\",\"v\":1,\"run_id\":\"r1\",\"council_id\":\"dynamic:c\",\"seed\":\"s\","
     "\"verbose\":false,\"deltas\":false,\"durable\":false,\"line_bytes\":7,\"options\":[\"o\"],"
     "\"limits\":[\"l\"],\"catalogue\":[\"c\"],\"providers\":[\"p\"],\"prices\":[\"pr\"],"
     "\"defaults\":[\"d\"],\"tools\":[\"t\"],\"allow_options\":[\"ao\"],\"keys\":[\"k\"],"
     "\"models\":[\"m\"],\"allow_addresses\":[\"aa\"],\"deny_addresses\":[\"da\"],"
     "\"own_paths\":[\"op\"],"
     "\"chain\":[\"ch\"],\"records\":3,\"council\":{\"id\": 1},\"input\":\"in\"}\n"},
    {make_bare_spec,
     "{\"type\":\"spec\",\"v\":1,\"run_id\":\"r1\",\"council_id\":null,\"seed\":null,"
     "\"verbose\":\"debug\",\"deltas\":true,\"durable\":true,\"line_bytes\":0,\"options\":{},"
     "\"limits\":{},\"catalogue\":{},\"providers\":{},\"prices\":{},\"defaults\":{},\"tools\":{},"
     "\"allow_options\":{},\"keys\":{},\"models\":[],\"allow_addresses\":[],\"deny_addresses\":[],"
     "\"council\":{\"id\": 1},\"input\":\"in\"}\n"},
    {make_full_probe,
     "{\"type\":\"probe\",\"v\":1,\"kind\":\"models\",\"timeout_ms\":5,\"run_id\":\"r1\","
     "\"council_id\":\"probe:models\",\"targets\":[\"t\"],\"models\":[\"m\"],"
     "\"allow_addresses\":[\"aa\"],\"deny_addresses\":[\"da\"],\"providers\":[\"p\"],"
     "\"keys\":[\"k\"]}\n"},
    {make_bare_probe,
     "{\"type\":\"probe\",\"v\":1,\"kind\":\"check\",\"timeout_ms\":0,\"run_id\":null,"
     "\"council_id\":null,\"targets\":[],\"models\":[],\"allow_addresses\":[],"
     "\"deny_addresses\":[],\"providers\":{},\"keys\":{}}\n"},
    {make_commands, "{\"type\":\"cancel\",\"mode\":\"now\",\"cause\":\"client\"}\n"
                    "{\"type\":\"cancel\",\"mode\":\"drain\",\"cause\":\"deadline\"}\n"
                    "{\"type\":\"deltas\",\"on\":true}\n"
                    "{\"type\":\"deltas\",\"on\":false}\n"},
    {make_lines_up,
     "{\"type\":\"ready\"}\n"
     "{\"type\":\"failed\",\"message\":\"why\"}\n"
     "{\"type\":\"failed\",\"message\":null,\"code\":\"code\",\"data\":[\"x\"]}\n"
     "{\"type\":\"event\",\"event\":{\"seq\":1}}\n"
     "{\"type\":\"delta\",\"event\":{\"seq\":1}}\n"
     "{\"type\":\"progress\",\"phase\":\"p\",\"usage\":[\"x\"],\"calls\":4,\"council_id\":\"c\"}\n"
     "{\"type\":\"progress\",\"phase\":null,\"usage\":{},\"calls\":0,\"council_id\":null}\n"
     "{\"type\":\"result\",\"outcome\":\"complete\",\"result\":{\"seq\":1}}\n"
     "{\"type\":\"result\",\"outcome\":\"refused\",\"journaled\":false,\"result\":{\"seq\":1}}\n"
     "{\"type\":\"result\",\"outcome\":\"failed\",\"at\":12,\"bytes\":34}\n"},
};

static void every_line(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        struct buf line = BUF_INIT(1 << 16);
        ROWS[i].make(&line);
        assert_string_equal(buf_str(&line), ROWS[i].lines);
        buf_release(&line);
    }
}

/* A line for which there is no room leaves what stood before it. */
static void no_half_line(void **state)
{
    (void)state;
    const struct link_spec spec = {.run_id = "r1", .council = COUNCIL, .input = INPUT};
    const struct link_probe probe = {.run_id = "r1"};
    json_t *data = named("x");
    for (size_t room = 4; room < 60; room++) {
        struct buf line = BUF_INIT(room);
        assert_int_equal(buf_add_str(&line, "old\n"), 0);
        assert_int_equal(link_make_spec(&line, &spec), -EMSGSIZE);
        assert_int_equal(link_make_probe(&line, &probe), -EMSGSIZE);
        assert_int_equal(link_make_failed(&line, "a message that is long", "code", data),
                         -EMSGSIZE);
        assert_int_equal(link_make_progress(&line, "a phase", data, 1, "c"), -EMSGSIZE);
        assert_int_equal(link_make_result(&line, OUTCOME_COMPLETE, COUNCIL, false), -EMSGSIZE);
        assert_int_equal(link_make_result_at(&line, OUTCOME_COMPLETE, 123456, 123456), -EMSGSIZE);
        assert_string_equal(buf_str(&line), "old\n");
        buf_release(&line);
    }
    drop_trees();
}

static const struct {
    const char *line, *why;
} UP_JUNK[] =
    {
        {"{}", "no type"},
        {"{\"type\":null}", "no type"},
        {"{\"type\":\"read\"}", "unknown type"},
        {"{\"type\":\"failed\",\"message\":null}", "failed: message is not a string"},
        {"{\"type\":\"event\",\"event\":1}", "event is not an object"},
        {"{\"type\":\"event\",\"event\":{\"seq\":0}}", "event without a seq"},
        {"{\"type\":\"progress\",\"phase\":{}}", "progress: phase is not a string"},
        {"{\"type\":\"progress\",\"usage\":\"\"}", "progress: usage is not an object"},
        {"{\"type\":\"progress\",\"calls\":null}", "progress: calls is not a count"},
        {"{\"type\":\"progress\",\"calls\":-1}", "progress: calls is not a count"},
        {"{\"type\":\"progress\",\"council_id\":1}", "progress: council_id is not a string"},
        {"{\"type\":\"result\",\"outcome\":1}", "result: unknown outcome"},
        {"{\"type\":\"result\",\"outcome\":\"complete\",\"at\":1}", "result is missing"},
        {"{\"type\":\"result\",\"outcome\":\"complete\",\"bytes\":1}", "result is missing"},
},
  DOWN_JUNK[] = {
      {"{\"type\":\"spec\",\"v\":1.0}", "spec: v is not an integer"},
      {"{\"type\":\"probe\",\"kind\":\"check\"}", "probe: v is not an integer"},
      {"{\"type\":\"probe\",\"v\":1,\"kind\":\"x\"}", "probe: kind is neither check nor models"},
      {"{\"type\":\"cancel\",\"cause\":\"client\"}", "cancel: mode is neither drain nor now"},
      {"{\"type\":\"cancel\",\"mode\":\"drain\"}", "cancel: cause is neither client nor deadline"},
      {"{\"type\":\"deltas\",\"on\":1}", "deltas: on is not a boolean"},
};

static void why_a_line_is_none(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(UP_JUNK); i++) {
        struct link_up up;
        struct error err = {.number = 0};
        const char *line = UP_JUNK[i].line;
        assert_int_equal(link_parse_up(line, strlen(line), &up, &err), -EBADMSG);
        assert_string_equal(err.text, UP_JUNK[i].why);
    }
    for (size_t i = 0; i < ARRAY_LEN(DOWN_JUNK); i++) {
        struct link_down down;
        struct error err = {.number = 0};
        const char *line = DOWN_JUNK[i].line;
        assert_int_equal(link_parse_down(line, strlen(line), &down, &err), -EBADMSG);
        assert_string_equal(err.text, DOWN_JUNK[i].why);
    }
}

static void where_a_result_stands(void **state)
{
    (void)state;
    static const char LINE[] =
        "{\"type\":\"result\",\"outcome\":\"failed\",\"at\":12,\"bytes\":34}";
    struct link_up up;
    assert_int_equal(link_parse_up(LINE, strlen(LINE), &up, NULL), 0);
    assert_int_equal(up.type, LINK_RESULT);
    assert_int_equal(up.outcome, OUTCOME_FAILED);
    assert_null(up.result.at);
    assert_int_equal(up.at, 12);
    assert_int_equal(up.bytes, 34);
    link_up_release(&up);
}

/* What is in force of the sandbox stands in the line, where it is known. */
static void ready_tells_of_the_sandbox(void **state)
{
    (void)state;
    struct buf line = BUF_INIT(1000);
    json_t *sandbox = json_pack("{s:b}", "network", 0);
    assert_int_equal(link_make_ready(&line, sandbox), 0);
    assert_int_equal(buf_add_char(&line, '\0'), 0);
    assert_string_equal(line.at, "{\"type\":\"ready\",\"sandbox\":{\"network\":false}}\n");
    json_decref(sandbox);
    buf_release(&line);
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(every_line);
    assert_keeps_nothing(no_half_line);
    assert_keeps_nothing(why_a_line_is_none);
    assert_keeps_nothing(where_a_result_stands);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_line),
        cmocka_unit_test(no_half_line),
        cmocka_unit_test(why_a_line_is_none),
        cmocka_unit_test(where_a_result_stands),
        cmocka_unit_test(ready_tells_of_the_sandbox),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
