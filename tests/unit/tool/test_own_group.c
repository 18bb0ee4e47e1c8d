/* Where the run has a cgroup that councild made for it, what members start has a process group of
 * its own; anywhere else it stays in the run's, which is what gets killed. The Makefile links this
 * program with --wrap=file_read: the file that tells of the cgroup is the test's. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/file.h"
#include "common/jx.h"
#include "common/xalloc.h"
#include "runner/tool/child.h"
#include "runner/tool/tools.h"

enum { LIMIT_MS = 60000 };

static const char *told; /* what stands in the file; NULL: there is none */
static char path_read[64];

int __wrap_file_read(int dir, const char *path, size_t max, char **ret, size_t *ret_len,
                     struct error *err);

int __wrap_file_read(int dir, const char *path, size_t max, char **ret, size_t *ret_len,
                     struct error *err)
{
    (void)dir;
    (void)ret_len;
    (void)err;
    snprintf(path_read, sizeof(path_read), "%s", path);
    if (!told || strlen(told) > max)
        return -ENOENT;
    *ret = xstrdup(told);
    return 0;
}

static void which_cgroups_are_runs(void **state)
{
    (void)state;
    static const struct {
        const char *text;
        bool has;
    } CASES[] = {
        {NULL, false},
        {"", false},
        {"0::", false},
        {"0::/\n", false},
        {"0::/system.slice/councild-1.scope/r7\n", true},
        {"0::/councild-1/r7", true},
        {"0::/councild-1/r0123456789\n", true},
        {"0::/councild-1/x/r7\n", true},
        {"0::/councild-1/r\n", false},
        {"0::/councild-1/r7x\n", false},
        {"0::/councild-1/rx\n", false},
        {"0::/councild-1/x7\n", false},
        {"0::/councild-1/7\n", false},
        {"0::/councild-1/r7/\n", false},
        {"0::/councild-1/r7/x\n", false},
        {"0::/councild-1\n", false},
        {"0::/council-1/r7\n", false},
        {"0::councild-1/r7\n", false},
        {"0::/r7\n", false},
        {"1:name=systemd:/\n0::/councild-1/r7\n", true},
        {"0::/councild-1/r7\n1:name=systemd:/\n", true},
        {"1:cpu:/councild-1/r7\n", false},
        {"1:cpu:/councild-1/r7\n0::/\n", false},
        {"0::/\n1:cpu:/councild-1/r7\n", false},
        {"10::/councild-1/r7\n", false},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        told = CASES[i].text;
        if (child_run_has_cgroup() != CASES[i].has)
            fail_msg("%s", told ? told : "no file");
        assert_string_equal(path_read, "/proc/self/cgroup");
    }
}

static int64_t now(void *context)
{
    (void)context;
    return clock_mono_ms();
}

static void take(void *context, json_t *fact)
{
    *(json_t **)context = fact;
}

/* A command and a server of tools say whether they lead the group they are in. */
static void what_is_started_is_in_the_group_it_should_be_in(void **state)
{
    (void)state;
    static const struct tool_hooks HOOKS = {.now = now, .fact = take};
    static const char LOOK[] =
        "read a </proc/$$/stat; set -- $a; if [ $1 = $5 ]; then a=own; else a=shared; fi; ";
    static const char SERVE[] =
        "read l; echo '{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"protocolVersion\":\"x\"}}'; "
        "read l; read l; echo '{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{\"tools\":[]}}'; read l; "
        "echo '{\"jsonrpc\":\"2.0\",\"id\":3,\"result\":{\"content\":[{\"text\":\"'$a'\"}]}}'; "
        "read l";
    for (int i = 0; i < 4; i++) {
        bool own = i & 1, server = i & 2;
        json_t *fact = NULL;
        char *script = xasprintf("%s%s", LOOK, server ? SERVE : "printf $a");
        json_t *doc = j_pack("{s:s, s:[s, s, s]}", "kind", server ? "mcp" : "command", "argv",
                             "/bin/sh", "-c", script);
        told = own ? "0::/councild-1/r7\n" : "0::/\n";
        struct tools *t = tools_new(&HOOKS, &fact);
        tools_start(
            t, &(struct tool_call){
                   .call_id = "c", .id = "i", .name = "look", .doc = doc, .timeout_ms = LIMIT_MS});
        while (!fact) {
            struct pollfd fds[8];
            poll(fds, tools_fds(t, fds, 8), 100);
            tools_step(t, clock_mono_ms());
        }
        assert_string_equal(j_str(fact, "result", "none"), own ? "own" : "shared");
        tools_free(t);
        json_decref(fact);
        json_decref(doc);
        free(script);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(which_cgroups_are_runs),
        cmocka_unit_test(what_is_started_is_in_the_group_it_should_be_in),
    };
    signal(SIGPIPE, SIG_IGN); /* as the runner does */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
