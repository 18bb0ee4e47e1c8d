/* What a runner is told at its start, word for word. It resolves the council anew: with other
 * rules, prices or limits than the daemon's it would sit as another council. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "desk_fixture.h"
#include "freed.h"

#define LOOK    "{\"name\":\"look\",\"kind\":\"command\",\"description\":\"d\""
#define COMMAND ",\"argv\":[\"/bin/true\"],\"credentials\":[\"LOOK_KEY\"]}"

static json_t *tree(const char *text)
{
    json_t *tree = json_loads(text, 0, NULL);
    assert_non_null(tree);
    return tree;
}

static void the_runner_gets_what_the_daemon_resolved_with(void **state)
{
    (void)state;
    struct resources *ours;
    struct error err = {0};
    char wanted[4096];
    mkdirat(folder.fd, "catalogue/tools", 0700);
    put_file(&folder, "catalogue/tools/look.json", LOOK COMMAND);
    setenv("LOOK_KEY", "of-the-tool-0123456789", 1);
    config.defaults = tree("{\"tools\":[\"look\"]}");
    config.budget = tree("{\"max_tokens\":500000}");
    config.allow_addresses = tree("[\"10.0.0.0/8\"]");
    config.deny_addresses = tree("[\"10.1.0.0/16\"]");
    config.sandbox = tree("{\"mode\":\"best\"}");
    config.allow_options = tree("{\"openai\":[\"top_k\"]}");
    if (resources_load(&config, keys, &ours, &err) < 0)
        fail_msg("%s", err.text);
    json_object_set_new(ours->prices, "mock/deep", tree("{\"input\":1,\"output\":2}"));
    json_array_append_new(ours->families, tree("{\"name\":\"a\"}"));
    core.resources = ours;
    request_is(1, "run.start",
               "{\"council\":\"quick\",\"input\":\"why?\",\"run_id\":\"r1\",\"limits\":{"
               "\"open_files\":99}}");
    snprintf(wanted, sizeof wanted,
             "{\"type\":\"spec\",\"v\":1,\"run_id\":\"r1\",\"council_id\":\"quick\","
             "\"seed\":null,\"verbose\":false,\"deltas\":false,\"durable\":false,"
             "\"line_bytes\":8388608,\"options\":{},"
             "\"limits\":{\"deadline_ms\":1860000,\"open_files\":99},"
             "\"catalogue\":{\"tools\":{\"look\":" LOOK "}"
             "},\"councils\":{\"quick\":" COUNCIL "}},\"providers\":{\"mock\":{\"type\":\"mock\"},"
             "\"house\":{\"type\":\"openai\",\"base_url\":\"http://h/v1\","
             "\"key_env\":\"HOUSE_KEY\"}},\"prices\":{\"mock/deep\":{\"input\":1,"
             "\"output\":2}},\"defaults\":{\"bundle\":{\"tools\":[\"look\"]},"
             "\"budget\":{\"max_tokens\":500000},\"reliability\":{},"
             "\"max_planned_calls\":2000,\"max_parallel\":16},\"tools\":{\"look\":" LOOK COMMAND
             "},\"allow_options\":{\"openai\":[\"top_k\"]},\"keys\":{\"HOUSE_KEY\":\"" KEY
             "\",\"LOOK_KEY\":\"of-the-tool-0123456789\"},\"models\":[{\"name\":\"a\"}],\"allow_"
             "addresses\":[\"10.0.0.0/8\"],"
             "\"deny_addresses\":[\"10.1.0.0/16\"],\"sandbox\":{\"mode\":\"best\"},"
             "\"own_paths\":[\"%s\",\"%s\",\"%.*s\"],\"records\":0,\"council\":\"quick\","
             "\"input\":\"why?\"}",
             config.state_dir, config.credentials_dir,
             (int)(strrchr(config.socket, '/') - config.socket), config.socket);
    expect_text(fake.spec, wanted);
    leader_exits(run_of("r1"), CLD_EXITED, 0);
    resources_free(ours);
    json_decref(config.defaults);
    json_decref(config.budget);
    json_decref(config.allow_addresses);
    json_decref(config.deny_addresses);
    json_decref(config.sandbox);
    json_decref(config.allow_options);
}

/* Nothing of what the daemon gives back to the heap holds a key. */
static void no_key_is_left_behind(void **state)
{
    (void)state;
    secret = KEY;
    request_is(1, "run.start", "{\"council\":\"quick\",\"input\":\"why?\",\"run_id\":\"r1\"}");
    assert_non_null(strstr(fake.spec, KEY));
    leader_exits(run_of("r1"), CLD_EXITED, 0);
    turns(2);
    request_is(2, "provider.check", "{\"council\":\"quick\"}");
    assert_non_null(strstr(fake.spec, KEY));
    leader_exits(runs_next(runs, NULL), CLD_EXITED, 0);
    turns(2);
    secret = NULL;
    assert_int_equal(freed_with_it, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_DESK(the_runner_gets_what_the_daemon_resolved_with),
        AT_DESK(no_key_is_left_behind),
    };
    json_set_alloc_funcs(malloc, free);
    return cmocka_run_group_tests(tests, NULL, NULL);
}
