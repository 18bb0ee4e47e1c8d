/* What the keeper makes of each word of the runner: here in one process, with tools that only note
 * what they are told. */
#include <jansson.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/fd.h"
#include "runner/tool/keeper_link.h"
#include "runner/tool/keeper_process.h"
#include "runner/tool/tools.h"

/* The Makefile links this program with --wrap for what stands here. */
static struct {
    const char *const *next; /* what the runner says, a message a turn; then it is gone */
    int end;                 /* of the link, the runner's */
    char log[2048];
    char said[4096]; /* by the keeper */
    const struct tool_hooks *hooks;
    void *context;
    bool namespaces, no_sweeper;
    int64_t wake_in_ms; /* -1: only descriptors know */
    int waited_ms;      /* the last poll */
} world;

static struct tools *const TOOLS = (struct tools *)(void *)&world;

struct tools *__wrap_tools_new(const struct tool_hooks *hooks, void *context);
void __wrap_tools_free(struct tools *t);
void __wrap_tools_close_in(struct tools *t, const struct tool_box *box);
void __wrap_tools_start(struct tools *t, const struct tool_call *call);
void __wrap_tools_abort(struct tools *t, const char *call_id, int turn, const char *id);
size_t __wrap_tools_fds(const struct tools *t, struct pollfd *ret, size_t room);
int64_t __wrap_tools_wake_ms(const struct tools *t);
void __wrap_tools_step(struct tools *t, int64_t now_ms);
json_t *__wrap_tools_told(struct tools *t, json_t *documents, json_t *names, int64_t timeout_ms);
void __wrap_tool_box_probe(struct tool_box *box);
int __wrap_tool_sweeper_start(struct tool_sweeper *s, const char *folder,
                              void (*forget)(void *context), void *context);
void __wrap_tool_sweeper_end(struct tool_sweeper *s);
int __wrap_prctl(int option, ...);
int __real_poll(struct pollfd *fds, nfds_t count, int timeout_ms);
int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout_ms);
int __wrap___poll_chk(struct pollfd *fds, nfds_t count, int timeout_ms, size_t size);

__attribute__((format(printf, 1, 2))) static void note(const char *format, ...)
{
    va_list args;
    size_t len = strlen(world.log);
    va_start(args, format);
    vsnprintf(world.log + len, sizeof(world.log) - len, format, args);
    va_end(args);
}

struct tools *__wrap_tools_new(const struct tool_hooks *hooks, void *context)
{
    world.hooks = hooks;
    world.context = context;
    return TOOLS;
}

void __wrap_tools_free(struct tools *t)
{
    assert_ptr_equal(t, TOOLS);
    note("free ");
}

void __wrap_tools_close_in(struct tools *t, const struct tool_box *box)
{
    assert_ptr_equal(t, TOOLS);
    note("close_in:%d%d%zu%d ", box->closed, box->namespaces, json_array_size(box->own),
         box->sweeper != NULL);
    assert_non_null(json_object_get(box->secrets, "look"));
}

/* An answer of so many nested lists as its time is; negative: of so many letters. */
void __wrap_tools_start(struct tools *t, const struct tool_call *call)
{
    assert_ptr_equal(t, TOOLS);
    note("start:%s:%d:%s:%s:%zu:%zu:%lld ", call->call_id, call->turn, call->id, call->name,
         json_object_size(call->doc), json_object_size(call->args), (long long)call->timeout_ms);
    json_t *result = json_array();
    for (int64_t i = 1; i < call->timeout_ms; i++)
        result = json_pack("[o]", result);
    if (call->timeout_ms < 0) {
        char *text = malloc((size_t)-call->timeout_ms);
        memset(text, 'x', (size_t)-call->timeout_ms);
        json_array_append_new(result, json_stringn(text, (size_t)-call->timeout_ms));
        free(text);
    }
    assert_true(world.hooks->now(world.context) <= clock_mono_ms());
    world.hooks->fact(world.context,
                      json_pack("{s:s, s:b, s:o}", "id", call->id, "ok", 1, "result", result));
}

void __wrap_tools_abort(struct tools *t, const char *call_id, int turn, const char *id)
{
    assert_ptr_equal(t, TOOLS);
    note("abort:%s:%d:%s ", call_id, turn, id);
}

size_t __wrap_tools_fds(const struct tools *t, struct pollfd *ret, size_t room)
{
    assert_ptr_equal(t, TOOLS);
    assert_int_equal(room, 512);
    ret->fd = -1;
    return 1;
}

int64_t __wrap_tools_wake_ms(const struct tools *t)
{
    assert_ptr_equal(t, TOOLS);
    return world.wake_in_ms == -1 ? -1 : clock_mono_ms() + world.wake_in_ms;
}

static void hear(void)
{
    char text[70000];
    ssize_t n;
    while ((n = recv(world.end, text, sizeof(text), MSG_DONTWAIT)) > 0) {
        size_t len = strlen(world.said);
        snprintf(world.said + len, sizeof(world.said) - len, "%.*s", (int)n, text);
    }
}

void __wrap_tools_step(struct tools *t, int64_t now_ms)
{
    assert_ptr_equal(t, TOOLS);
    assert_true(now_ms > 0 && now_ms <= clock_mono_ms());
    hear();
    if (!*world.next) {
        shutdown(world.end, SHUT_WR);
        return;
    }
    assert_int_equal(send(world.end, *world.next, strlen(*world.next), 0), strlen(*world.next));
    world.next++;
}

json_t *__wrap_tools_told(struct tools *t, json_t *documents, json_t *names, int64_t timeout_ms)
{
    assert_ptr_equal(t, TOOLS);
    note("told:%zu:%zu:%lld ", json_object_size(documents), json_array_size(names),
         (long long)timeout_ms);
    return json_pack("{s:{}}", "look");
}

void __wrap_tool_box_probe(struct tool_box *box)
{
    box->namespaces = world.namespaces;
}

int __wrap_tool_sweeper_start(struct tool_sweeper *s, const char *folder,
                              void (*forget)(void *context), void *context)
{
    assert_non_null(s);
    assert_non_null(forget);
    assert_ptr_equal(context, world.context);
    note("sweeper:%s ", folder);
    return world.no_sweeper ? -1 : 0;
}

void __wrap_tool_sweeper_end(struct tool_sweeper *s)
{
    note("swept:%d:%d:%d ", s->pid, s->queue, s->lock);
}

int __wrap_prctl(int option, ...)
{
    va_list args;
    va_start(args, option);
    if (option == PR_SET_DUMPABLE)
        note("dumpable:%d ", va_arg(args, int));
    else if (option == PR_SET_PDEATHSIG)
        note("tied:%d ", va_arg(args, int) == SIGKILL);
    va_end(args);
    return option == PR_GET_DUMPABLE;
}

int __wrap_poll(struct pollfd *fds, nfds_t count, int timeout_ms)
{
    world.waited_ms = timeout_ms;
    assert_int_equal(count, 2);
    return __real_poll(fds, count, 0);
}

/* So it is called where the size of `fds` is looked at. */
int __wrap___poll_chk(struct pollfd *fds, nfds_t count, int timeout_ms, size_t size)
{
    assert_true(count * sizeof(*fds) <= size);
    return __wrap_poll(fds, count, timeout_ms);
}

/* ---- the scene ---- */

static void keep(const char *const *messages)
{
    int pair[2], before = fd_count_open(), room = 1 << 20;
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    setsockopt(pair[0], SOL_SOCKET, SO_SNDBUF, &room, sizeof(room));
    world.next = messages;
    world.end = pair[1];
    world.log[0] = world.said[0] = '\0';
    assert_int_equal(keeper_main(pair[0]), 0);
    close(pair[1]);
    assert_int_equal(fd_count_open(), before);
}

#define BEGIN "tied:1 dumpable:0 "
#define END   "free swept:-1:-1:-1 "
#define TOOLS_LINE(more)                                                                           \
    "{\"type\":\"tools\",\"tools\":{\"look\":{\"kind\":\"command\",\"argv\":[\"/bin/cat\"]}},"     \
    "\"credentials\":{},\"own\":[\"/a\",\"/b\"]" more "}\n"
#define READY(sandbox) "{\"type\":\"ready\",\"sandbox\":{" sandbox "}}\n"

static void tools_are_closed_in_unless_they_are_open(void **state)
{
    (void)state;
    world.wake_in_ms = -1;
    keep((const char *const[]){TOOLS_LINE(",\"open\":true"), NULL});
    assert_string_equal(world.log, BEGIN "dumpable:1 " END);
    assert_string_equal(world.said, READY(""));
    world.namespaces = true;
    keep((const char *const[]){TOOLS_LINE(""), NULL});
    assert_string_equal(world.log, BEGIN "close_in:1120 " END);
    assert_non_null(strstr(world.said, "\"type\":\"ready\",\"sandbox\":{\"namespaces\":true,"));
    keep((const char *const[]){TOOLS_LINE(",\"cores\":true"), NULL});
    assert_string_equal(world.log, BEGIN "close_in:1120 dumpable:1 " END);
    world.namespaces = false;
    keep((const char *const[]){TOOLS_LINE(",\"open\":false"), NULL});
    assert_string_equal(world.log, BEGIN "sweeper:/tmp close_in:1021 " END);
    world.no_sweeper = true;
    keep((const char *const[]){TOOLS_LINE(""), NULL});
    assert_string_equal(world.log, BEGIN "sweeper:/tmp close_in:1020 " END);
    world.no_sweeper = false;
}

static void each_word_is_taken_as_it_is_meant(void **state)
{
    (void)state;
    keep((const char *const[]){
        "{\"type\":\"tools\",\"tools\":7}\n", TOOLS_LINE(",\"open\":true"), TOOLS_LINE(""),
        "{\"type\":\"list\",\"names\":[\"look\",\"a\",\"b\"],\"timeout_ms\":77}\n",
        "{\"type\":\"begin\",\"call_id\":\"c\",\"turn\":2,\"id\":\"t\",\"name\":\"look\","
        "\"arguments\":{\"q\":1},\"timeout_ms\":2}\n{\"type\":\"begin\",\"name\":\"none\"}\n",
        "{\"type\":\"abort\",\"call_id\":\"c\",\"turn\":2,\"id\":\"t\"}\n",
        "{\"type\":\"other\",\"id\":\"t\"}\n", NULL});
    assert_string_equal(world.log, BEGIN "dumpable:1 told:1:3:77 start:c:2:t:look:3:1:2 "
                                         "start::0::none:0:0:0 abort:c:2:t " END);
    assert_string_equal(world.said, READY("") "{\"type\":\"told\",\"tools\":{\"look\":{}}}\n"
                                              "{\"id\":\"t\",\"ok\":true,\"result\":[[]]}\n"
                                              "{\"id\":\"\",\"ok\":true,\"result\":[]}\n");
}

static void what_is_no_message_ends_it(void **state)
{
    (void)state;
    keep((const char *const[]){"[1]\n{\"type\":\"abort\"}\n", NULL});
    assert_string_equal(world.log, BEGIN END);
    assert_string_equal(world.said, "");
}

static void answers_that_cannot_be_read_are_refused(void **state)
{
    (void)state;
    keep((const char *const[]){"{\"type\":\"begin\",\"id\":\"deep\",\"timeout_ms\":1001}\n", NULL});
    assert_string_equal(world.said, "{\"id\":\"deep\",\"ok\":false,\"error\":\"its answer is "
                                    "nested too deep\"}\n");
    keep((const char *const[]){"{\"type\":\"begin\",\"id\":\"flat\",\"timeout_ms\":1000}\n", NULL});
    assert_non_null(strstr(world.said, "\"ok\":true,\"result\":[[[[["));
    char text[128];
    snprintf(text, sizeof(text), "{\"type\":\"begin\",\"id\":\"long\",\"timeout_ms\":-%d}\n",
             (int)KEEPER_LINE_MAX);
    keep((const char *const[]){text, NULL});
    assert_string_equal(world.said, "{\"id\":\"long\",\"ok\":false,\"error\":\"its answer is too "
                                    "long\"}\n");
}

static void it_waits_as_long_as_nothing_is_due(void **state)
{
    (void)state;
    static const struct {
        int64_t wake_in_ms;
        int least, most;
    } ROWS[] = {{-1, -1, -1}, {-5000, 0, 0}, {60000, 50000, 60000}, {4000000, 3600000, 3600000}};
    for (size_t i = 0; i < 4; i++) {
        world.wake_in_ms = ROWS[i].wake_in_ms;
        keep((const char *const[]){NULL});
        assert_in_range((uint64_t)(world.waited_ms + 1), (uint64_t)(ROWS[i].least + 1),
                        (uint64_t)(ROWS[i].most + 1));
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(tools_are_closed_in_unless_they_are_open),
        cmocka_unit_test(each_word_is_taken_as_it_is_meant),
        cmocka_unit_test(what_is_no_message_ends_it),
        cmocka_unit_test(answers_that_cannot_be_read_are_refused),
        cmocka_unit_test(it_waits_as_long_as_nothing_is_due),
    };
    return cmocka_run_group_tests_name("keeper_loop", tests, NULL, NULL);
}
