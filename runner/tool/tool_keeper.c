#include "tool_keeper.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fd.h"
#include "common/jx.h"
#include "common/xalloc.h"
#include "keeper_link.h"
#include "keeper_process.h"
#include "proto/council/program_tools.h"

enum { END_MS = 2000 };

/* What was asked and not answered. */
struct kept_call {
    char *call_id, *id, *name;
    int turn;
    int64_t started_ms, timeout_ms;
    json_t *fact; /* to be told by the next step; NULL: none yet */
    struct kept_call *next;
};

struct tool_keeper {
    struct keeper_link link;
    pid_t pid;
    int pidfd; /* -1: cannot be had */
    struct tool_hooks hooks;
    void *context;
    json_t *sandbox; /* as it says itself; NULL: not yet */
    json_t *told;    /* the answer to `list`; NULL: none yet */
    struct kept_call *calls;
};

/* ---- the process ---- */

/* This program once more, with the link alone: neither the runner's memory nor its descriptors. */
static int spawn(pid_t *ret, int fd)
{
    static char *const ARGV[] = {(char *)"council-runner", (char *)KEEPER_FLAG, NULL};
    posix_spawn_file_actions_t files;
    posix_spawnattr_t attr;
    sigset_t all, none;
    sigfillset(&all);
    sigemptyset(&none);
    posix_spawn_file_actions_init(&files);
    posix_spawnattr_init(&attr);
    int r = posix_spawn_file_actions_adddup2(&files, fd, KEEPER_FD);
    r = r ? r : posix_spawn_file_actions_addclosefrom_np(&files, KEEPER_FD + 1);
    r = r ? r : posix_spawnattr_setsigdefault(&attr, &all);
    r = r ? r : posix_spawnattr_setsigmask(&attr, &none);
    r = r ? r : posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETSIGDEF | POSIX_SPAWN_SETSIGMASK);
    r = r ? r : posix_spawn(ret, "/proc/self/exe", &files, &attr, ARGV, environ);
    posix_spawnattr_destroy(&attr);
    posix_spawn_file_actions_destroy(&files);
    return -r;
}

/* Of the keys those that the document names; what it does not have is left out. */
static void add_credentials(json_t *to, json_t *document, json_t *keys)
{
    json_t *name;
    size_t i;
    json_array_foreach (json_object_get(document, "credentials"), i, name) {
        json_t *value = json_object_get(keys, json_string_value(name));
        if (json_is_string(value))
            j_ref(to, json_string_value(name), value);
    }
}

static json_t *first_message(const struct tool_keeper_order *order)
{
    json_t *tools = j_object(), *credentials = j_object(), *document;
    const char *name;
    json_object_foreach (order->documents, name, document) {
        if (!tool_is_program(document))
            continue;
        j_ref(tools, name, document);
        add_credentials(credentials, document, order->keys);
    }
    return j_pack("{s:s, s:o, s:o, s:O*, s:b, s:b}", "type", "tools", "tools", tools, "credentials",
                  credentials, "own", order->own, "open", order->open, "cores", order->cores);
}

struct tool_keeper *tool_keeper_start(const struct tool_keeper_order *order, struct error *err)
{
    int pair[2];
    pid_t pid;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0) {
        error_errno(err, errno, "cannot start the tool keeper");
        return NULL;
    }
    int r = spawn(&pid, pair[1]);
    close(pair[1]);
    if (r < 0) {
        close(pair[0]);
        error_errno(err, -r, "cannot start the tool keeper");
        return NULL;
    }
    struct tool_keeper *k = xcalloc(1, sizeof(*k));
    k->pid = pid;
    k->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    keeper_link_init(&k->link, pair[0]);
    keeper_link_put(&k->link, first_message(order));
    keeper_link_flush(&k->link);
    return k;
}

void tool_keeper_hook(struct tool_keeper *k, const struct tool_hooks *hooks, void *context)
{
    k->hooks = *hooks;
    k->context = context;
}

static void free_call(struct kept_call *c)
{
    json_decref(c->fact);
    free(c->call_id);
    free(c->id);
    free(c->name);
    free(c);
}

/* The closed link ends it. Signals to others may be denied to the runner by now, and what is left
 * of a run is killed by councild in any case. */
static void end_process(struct tool_keeper *k)
{
    struct pollfd end = {.fd = k->pidfd, .events = POLLIN};
    if (k->pidfd < 0 || poll(&end, 1, END_MS) != 1)
        kill(k->pid, SIGKILL);
    else
        waitpid(k->pid, NULL, WNOHANG);
    fd_close(&k->pidfd);
}

void tool_keeper_free(struct tool_keeper *k)
{
    if (!k)
        return;
    keeper_link_release(&k->link);
    end_process(k);
    for (struct kept_call *c = k->calls, *next; c; c = next) {
        next = c->next;
        free_call(c);
    }
    json_decref(k->sandbox);
    json_decref(k->told);
    free(k);
}

/* ---- what it says ---- */

static bool is_call(const struct kept_call *c, const char *call_id, int turn, const char *id)
{
    return c->turn == turn && !strcmp(c->call_id, call_id) && !strcmp(c->id, id);
}

/* value is taken over. The first answer holds. */
static void answer(struct tool_keeper *k, struct kept_call *c, bool ok, json_t *value)
{
    if (c->fact) {
        json_decref(value);
        return;
    }
    c->fact = j_pack("{s:s, s:s, s:i, s:s, s:s, s:b, s:o, s:I}", "type", "tool_call_result",
                     "call_id", c->call_id, "turn", c->turn, "id", c->id, "name", c->name, "ok", ok,
                     ok ? "result" : "error", value, "latency_ms",
                     (json_int_t)(k->hooks.now(k->context) - c->started_ms));
}

/* An answer to something that was asked: the rest of it is not looked at. */
static void take_answer(struct tool_keeper *k, json_t *message)
{
    bool ok = j_bool(message, "ok", false);
    json_t *value = json_object_get(message, ok ? "result" : "error");
    for (struct kept_call *c = k->calls; c; c = c->next)
        if (is_call(c, j_str(message, "call_id", ""), (int)j_int(message, "turn", 0),
                    j_str(message, "id", "")))
            answer(k, c, ok, ok ? j_null_or(value) : j_string(json_string_value(value)));
}

static void keep(json_t **to, const json_t *message, const char *key)
{
    json_t *value = j_get(message, key);
    if (*to || !json_is_object(value))
        return;
    *to = json_incref(value);
}

static void take_messages(struct tool_keeper *k)
{
    json_t *message;
    keeper_link_read(&k->link);
    while ((message = keeper_link_next(&k->link))) {
        if (j_has(message, "type", "tool_call_result"))
            take_answer(k, message);
        else if (j_has(message, "type", "ready"))
            keep(&k->sandbox, message, "sandbox");
        else if (j_has(message, "type", "told"))
            keep(&k->told, message, "tools");
        json_decref(message);
    }
}

/* Until it is there, or cannot come any more. */
static void wait_for(struct tool_keeper *k, json_t **what, int64_t timeout_ms)
{
    int64_t end = clock_mono_ms() + timeout_ms;
    while (!*what && !k->link.broken && keeper_link_wait(&k->link, end - clock_mono_ms()))
        take_messages(k);
}

json_t *tool_keeper_sandbox(struct tool_keeper *k, int64_t timeout_ms)
{
    wait_for(k, &k->sandbox, timeout_ms);
    return k->sandbox;
}

json_t *tool_keeper_list(struct tool_keeper *k, json_t *names, int64_t timeout_ms)
{
    json_t *told;
    keeper_link_put(&k->link, j_pack("{s:s, s:O, s:I}", "type", "list", "names", names,
                                     "timeout_ms", (json_int_t)timeout_ms));
    wait_for(k, &k->told, timeout_ms + KEEPER_GRACE_MS);
    told = k->told ? k->told : j_object();
    k->told = NULL;
    return told;
}

/* ---- calls ---- */

static struct kept_call *new_call(struct tool_keeper *k, const struct tool_call *what)
{
    struct kept_call *c = xcalloc(1, sizeof(*c));
    *c = (struct kept_call){.call_id = xstrdup(what->call_id),
                            .id = xstrdup(what->id),
                            .name = xstrdup(what->name),
                            .turn = what->turn,
                            .started_ms = k->hooks.now(k->context),
                            .timeout_ms = what->timeout_ms,
                            .next = k->calls};
    k->calls = c;
    return c;
}

void tool_keeper_call(struct tool_keeper *k, const struct tool_call *call)
{
    struct kept_call *c = new_call(k, call);
    json_t *message = j_pack("{s:s, s:s, s:i, s:s, s:s, s:I}", "type", "begin", "call_id",
                             call->call_id, "turn", call->turn, "id", call->id, "name", call->name,
                             "timeout_ms", (json_int_t)call->timeout_ms);
    if (json_is_object(call->args))
        j_ref(message, "arguments", call->args);
    if (!keeper_link_put(&k->link, message))
        answer(k, c, false,
               j_string(k->link.broken ? "the tool keeper is gone" : "its arguments are too long"));
    keeper_link_flush(&k->link);
}

static void tell_abort(struct tool_keeper *k, const struct kept_call *c)
{
    keeper_link_put(&k->link, j_pack("{s:s, s:s, s:i, s:s}", "type", "abort", "call_id", c->call_id,
                                     "turn", c->turn, "id", c->id));
    keeper_link_flush(&k->link);
}

void tool_keeper_abort(struct tool_keeper *k, const char *call_id, int turn, const char *id)
{
    for (struct kept_call **at = &k->calls; *at; at = &(*at)->next) {
        struct kept_call *c = *at;
        if (!is_call(c, call_id, turn, id))
            continue;
        *at = c->next;
        tell_abort(k, c);
        free_call(c);
        return;
    }
}

/* While nothing is asked only its end could be heard, and that can wait. */
size_t tool_keeper_fds(const struct tool_keeper *k, struct pollfd *ret, size_t room)
{
    if (!k->calls || k->link.broken || !room)
        return 0;
    ret[0] = (struct pollfd){.fd = k->link.fd,
                             .events = (short)(POLLIN | (k->link.out.len ? POLLOUT : 0))};
    return 1;
}

int64_t tool_keeper_wake_ms(const struct tool_keeper *k)
{
    int64_t soonest = -1;
    for (const struct kept_call *c = k->calls; c; c = c->next) {
        int64_t at =
            c->fact || k->link.broken ? 0 : c->started_ms + c->timeout_ms + KEEPER_GRACE_MS;
        soonest = soonest < 0 || at < soonest ? at : soonest;
    }
    return soonest;
}

/* One that is gone, or does not keep the time. */
static void give_up(struct tool_keeper *k, struct kept_call *c, int64_t now_ms)
{
    if (c->fact)
        return;
    if (k->link.broken) {
        answer(k, c, false, j_string("the tool keeper is gone"));
    } else if (now_ms >= c->started_ms + c->timeout_ms + KEEPER_GRACE_MS) {
        tell_abort(k, c);
        answer(k, c, false, json_sprintf("no result within %lld ms", (long long)c->timeout_ms));
    }
}

void tool_keeper_step(struct tool_keeper *k, int64_t now_ms)
{
    take_messages(k);
    keeper_link_flush(&k->link);
    for (struct kept_call **at = &k->calls; *at;) {
        struct kept_call *c = *at;
        give_up(k, c, now_ms);
        if (!c->fact) {
            at = &c->next;
            continue;
        }
        *at = c->next;
        k->hooks.fact(k->context, json_incref(c->fact));
        free_call(c);
    }
}
