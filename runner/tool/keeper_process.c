#include "keeper_process.h"

#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/jx.h"
#include "common/log.h"
#include "common/wiping.h"
#include "common/xalloc.h"
#include "keeper_link.h"
#include "runner/link/secrets.h"
#include "tool_program.h"
#include "tools.h"

enum { FDS_MAX = 512, DEPTH_MAX = 1000 };

struct keeper_process {
    struct keeper_link link;
    struct tools *tools;
    struct tool_box box;
    struct tool_sweeper sweeper;
    json_t *own;       /* paths of councild's */
    json_t *documents; /* {name: document}, as tool_programs makes them; NULL: not told yet */
};

static int64_t hook_now(void *context)
{
    (void)context;
    return clock_mono_ms();
}

static bool is_deeper(const json_t *value, int left)
{
    const char *key;
    json_t *inner;
    size_t i;
    if (left == 0)
        return true;
    json_object_foreach ((json_t *)(uintptr_t)value, key, inner)
        if (is_deeper(inner, left - 1))
            return true;
    json_array_foreach (value, i, inner)
        if (is_deeper(inner, left - 1))
            return true;
    return false;
}

static void refuse(json_t *fact, const char *why)
{
    json_object_del(fact, "result");
    j_set(fact, "ok", json_false());
    j_set(fact, "error", j_string(why));
}

/* What the runner could not read would cost it the link. */
static void hook_fact(void *context, json_t *fact)
{
    struct keeper_process *k = context;
    if (is_deeper(j_get(fact, "result"), DEPTH_MAX))
        refuse(fact, "its answer is nested too deep");
    if (!keeper_link_put(&k->link, json_incref(fact))) {
        refuse(fact, "its answer is too long");
        keeper_link_put(&k->link, json_incref(fact));
    }
    json_decref(fact);
}

/* ---- what the runner says ---- */

/* In a copy of this process that has no use for it. */
static void forget_all(void *context)
{
    struct keeper_process *k = context;
    keeper_link_release(&k->link);
    secrets_wipe_tree(k->documents);
}

/* From here on: what it starts, not itself. */
static void close_in(struct keeper_process *k)
{
    k->box.closed = true;
    k->box.own = k->own;
    k->box.secrets = k->documents;
    tool_box_probe(&k->box);
    if (!k->box.namespaces && tool_sweeper_start(&k->sweeper, "/tmp", forget_all, k) == 0)
        k->box.sweeper = &k->sweeper;
    tools_close_in(k->tools, &k->box);
}

static void take_tools(struct keeper_process *k, const json_t *message)
{
    json_t *documents = j_get(message, "tools");
    if (k->documents || !json_is_object(documents))
        return;
    k->documents = tool_programs(documents, j_get(message, "credentials"));
    secrets_wipe_tree(j_get(message, "credentials"));
    k->own = j_copy(j_get(message, "own"));
    if (!j_bool(message, "open", false))
        close_in(k);
    if (!k->box.closed || j_bool(message, "cores", false))
        prctl(PR_SET_DUMPABLE, 1);
    json_t *state = tool_box_state(&k->box);
    keeper_link_put(&k->link,
                    j_pack("{s:s, s:o}", "type", "ready", "sandbox", state ? state : j_object()));
}

static void take_call(struct keeper_process *k, json_t *message)
{
    const char *name = j_str(message, "name", "");
    json_t *document = json_object_get(k->documents, name), *none = j_object();
    tools_start(k->tools, &(struct tool_call){.call_id = j_str(message, "call_id", ""),
                                              .turn = (int)j_int(message, "turn", 0),
                                              .id = j_str(message, "id", ""),
                                              .name = name,
                                              .doc = document ? document : none,
                                              .args = j_get(message, "arguments"),
                                              .timeout_ms = j_int(message, "timeout_ms", 0)});
    json_decref(none);
}

static void take_message(struct keeper_process *k, json_t *message)
{
    if (j_has(message, "type", "tools"))
        take_tools(k, message);
    else if (j_has(message, "type", "list"))
        keeper_link_put(&k->link, j_pack("{s:s, s:o}", "type", "told", "tools",
                                         tools_told(k->tools, k->documents, j_get(message, "names"),
                                                    j_int(message, "timeout_ms", 0))));
    else if (j_has(message, "type", "begin"))
        take_call(k, message);
    else if (j_has(message, "type", "abort"))
        tools_abort(k->tools, j_str(message, "call_id", ""), (int)j_int(message, "turn", 0),
                    j_str(message, "id", ""));
}

static void take_messages(struct keeper_process *k)
{
    json_t *message;
    keeper_link_read(&k->link);
    while ((message = keeper_link_next(&k->link))) {
        take_message(k, message);
        json_decref(message);
    }
}

/* ---- the loop ---- */

static int wait_ms(const struct keeper_process *k)
{
    enum { LONGEST_MS = 3600000 };
    int64_t at = tools_wake_ms(k->tools), left = at - clock_mono_ms();
    return at < 0 ? -1 : left < 0 ? 0 : left > LONGEST_MS ? LONGEST_MS : (int)left;
}

static void turn(struct keeper_process *k)
{
    struct pollfd fds[1 + FDS_MAX] = {
        {.fd = k->link.fd, .events = (short)(POLLIN | (k->link.out.len ? POLLOUT : 0))}};
    size_t n = tools_fds(k->tools, fds + 1, FDS_MAX);
    poll(fds, 1 + n, wait_ms(k));
    if (fds[0].revents & (POLLIN | POLLHUP | POLLERR))
        take_messages(k);
    tools_step(k->tools, clock_mono_ms());
    keeper_link_flush(&k->link);
}

/* What it starts dies with it, and it with the runner: a runner that was gone before this has
 * closed the link. */
static void set_up(void)
{
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_DUMPABLE, 0);
    signal(SIGPIPE, SIG_IGN);
    json_set_alloc_funcs(xmalloc, wiping_free);
}

int keeper_main(int fd)
{
    static const struct tool_hooks HOOKS = {hook_now, hook_fact};
    struct keeper_process k = {.sweeper = {.pid = -1, .queue = -1, .lock = -1}};
    set_up();
    keeper_link_init(&k.link, fd);
    k.tools = tools_new(&HOOKS, &k);
    while (!k.link.broken)
        turn(&k);
    tools_free(k.tools);
    tool_sweeper_end(&k.sweeper);
    keeper_link_release(&k.link);
    json_decref(k.own);
    secrets_wipe_tree(k.documents);
    json_decref(k.documents);
    /* A search for leaks, as instrumented builds do it, would look in vain. */
    if (prctl(PR_GET_DUMPABLE) != 1)
        _exit(0);
    return 0;
}
