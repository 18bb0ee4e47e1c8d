/* Without memory the runner ends: one that went on would send half a question, or take half an
 * answer for a whole one. */
#include "adapter_help.h"

#include <fcntl.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fd.h"
#include "common/xalloc.h"
#include "daemon/failing.h"

static int fails; /* which allocation, from begin() on; 0: none */

static void begin(void)
{
    failing_happened = false;
    failing_countdown = fails;
}

typedef char *act(const struct provider *wire);

/* ---- what is done ---- */

static const char *const FORMATS[] = {"openai", "openai_responses", "anthropic", "gemini",
                                      "ollama", "openrouter",       "mock"};

static char *ask(const struct provider *wire)
{
    struct question q;
    struct error err = {0};
    question_init(&q, TOOL_TURN_MESSAGES("null"),
                  "{\"temperature\":0.5,\"max_tokens\":64,\"provider_options\":{\"seed\":1}}");
    q.ask.schema = json_of("{\"type\":\"object\",\"properties\":{\"a\":{\"type\":\"string\"}}}");
    q.ask.schema_name = "form";
    q.ask.tools = json_of("[{\"name\":\"look\",\"description\":\"d\",\"parameters\":{\"type\":"
                          "\"object\"}}]");
    q.ask.stream = true;
    begin();
    int r = provider_build(wire, &q.config, &q.ask, &q.request, &err);
    failing_stop();
    return xasprintf("%d %s %s %s", r, err.text, q.request.url, q.request.body);
}

/* All that a reply can have, of more bytes than a buffer begins with; ill-formed text is mended. */
static char *understand(const struct provider *wire)
{
    struct reply r;
    char much[700];
    memset(much, 'x', sizeof much);
    reply_init(&r, NULL, NULL);
    r.finish_reason = "stop";
    begin();
    for (int i = 0; i < 3; i++) {
        reply_add_reasoning(&r, much, sizeof much);
        reply_add_content(&r, much, sizeof much);
        reply_add_refusal(&r, much, i ? 0 : sizeof much);
        reply_add_args(&r, reply_tool(&r, (size_t)i), much, sizeof much);
        r.tools[i].name = reply_word("look");
    }
    reply_add_content(&r, "</think>\xff", 9);
    reply_set_model(&r, "model");
    reply_set_usage(&r, 1, 2, 3, 4);
    reply_spend(&r);
    reply_set_usage(&r, 1, 2, 3, 4);
    int finished = reply_finish(&r);
    r.refusal.len = 0;
    json_t *fact = reply_fact(&r, "openai");
    char *text = json_dumps(fact, JSON_COMPACT | JSON_SORT_KEYS);
    failing_stop();
    return xasprintf("%d %zu %s %s %s", finished, r.reasoning.len, r.fault.message,
                     wire ? "wire" : "no wire", text);
}

/* What a provider says of its fault; people look for it in the result. */
static char *be_refused(const struct provider *wire)
{
    struct reply_fault fault;
    char message[700];
    memset(message, '\xff', sizeof message - 1);
    message[sizeof message - 1] = '\0';
    reply_fault_init(&fault);
    begin();
    reply_fault_set(&fault, "permanent", "auth", message);
    failing_stop();
    return xasprintf("%s %s %s %s", wire ? "wire" : "no wire", fault.kind, fault.code,
                     fault.message);
}

/* ---- with and without memory ---- */

/* Those of jansson end the runner by themselves (wiped_libraries.h). */
static void *unfailing(size_t size)
{
    int kept = failing_countdown;
    failing_stop();
    void *p = malloc(size);
    failing_countdown = kept;
    return p;
}

/* In a child, where the allocation of that number fails (0: none); 0 and what it made, or the
 * status with which it ended. */
static int outcome(act *a, const struct provider *wire, int number, char *ret, size_t size)
{
    int pipes[2], status;
    assert_int_equal(pipe(pipes), 0);
    pid_t pid = fork();
    if (pid == 0) {
        dup2(open("/dev/null", O_WRONLY | O_CLOEXEC), STDERR_FILENO);
        json_set_alloc_funcs(unfailing, free);
        fails = number;
        const char *made = a(wire);
        failing_stop();
        fd_write_all(pipes[1], made, strlen(made));
        _exit(number && !failing_happened ? 71 : 0);
    }
    close(pipes[1]);
    ssize_t n = fd_read_full(pipes[0], ret, size - 1);
    close(pipes[0]);
    assert_true(n >= 0);
    ret[n] = '\0';
    assert_int_equal(waitpid(pid, &status, 0), pid);
    assert_true(WIFEXITED(status));
    return WEXITSTATUS(status);
}

static void expect_all_or_the_end(act *a, const char *format)
{
    static char wanted[65536], got[65536];
    const struct provider *wire = provider_find(format);
    assert_int_equal(outcome(a, wire, 0, wanted, sizeof wanted), 0);
    int status = 0, ended = 0;
    for (int k = 1; (status = outcome(a, wire, k, got, sizeof got)) != 71; k++) {
        ended += status == 70;
        if (status != 70 && (status != 0 || strcmp(got, wanted) != 0))
            fail_msg("%s, allocation %d: status %d, %s\nand not %s", format, k, status, got,
                     wanted);
    }
    assert_true(ended > 0);
}

static void need_failing(void)
{
    if (FAILING_WORKS)
        return;
    print_message("not run: allocations cannot be made to fail here\n");
    skip();
}

static void a_question_is_whole_or_none(void **state)
{
    (void)state;
    need_failing();
    for (size_t i = 0; i < ARRAY_LEN(FORMATS); i++)
        expect_all_or_the_end(ask, FORMATS[i]);
}

static void an_answer_is_whole_or_none(void **state)
{
    (void)state;
    need_failing();
    expect_all_or_the_end(understand, "openai");
}

static void a_fault_is_whole_or_none(void **state)
{
    (void)state;
    need_failing();
    expect_all_or_the_end(be_refused, "openai");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_question_is_whole_or_none),
        cmocka_unit_test(an_answer_is_whole_or_none),
        cmocka_unit_test(a_fault_is_whole_or_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
