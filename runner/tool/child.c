#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child_become.h"
#include "common/cleanup.h"
#include "common/fd.h"
#include "common/file.h"
#include "common/jx.h"
#include "common/utf8.h"
#include "common/xalloc.h"
#include "proto/reason.h"

/* ---- pipes ---- */

static void close_pipes(struct child_pipes *e)
{
    int *const all[] = {&e->in[0],  &e->in[1],     &e->out[0],    &e->out[1], &e->err[0],
                        &e->err[1], &e->report[0], &e->report[1], &e->end[0], &e->end[1]};
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        fd_close(all[i]);
}

/* Numbers above 4, so that dup2 in the child overwrites none that is still needed. */
static int open_pair(int pair[2])
{
    int low[2];
    if (pipe2(low, O_CLOEXEC) < 0)
        return -errno;
    for (int i = 0; i < 2; i++) {
        pair[i] = fcntl(low[i], F_DUPFD_CLOEXEC, 5);
        if (pair[i] < 0) {
            int number = errno == EINVAL ? EMFILE : errno; /* so low is the limit */
            close(low[0]);
            close(low[1]);
            return -number;
        }
    }
    close(low[0]);
    close(low[1]);
    return 0;
}

static int open_pipes(struct child_pipes *e)
{
    *e = (struct child_pipes){{-1, -1}, {-1, -1}, {-1, -1}, {-1, -1}, {-1, -1}};
    int r = open_pair(e->in);
    if (r == 0)
        r = open_pair(e->out);
    if (r == 0)
        r = open_pair(e->err);
    if (r == 0)
        r = open_pair(e->report);
    if (r == 0)
        r = open_pair(e->end);
    if (r < 0)
        close_pipes(e);
    return r;
}

static char **strings(const json_t *argv)
{
    size_t count = json_array_size(argv);
    char **list = xcalloc(count + 1, sizeof(*list));
    for (size_t i = 0; i < count; i++)
        list[i] = (char *)(uintptr_t)json_string_value(json_array_get(argv, i));
    return list;
}

/* "NAME=value" for each; the list is closed by NULL. */
static char **assignments(json_t *env)
{
    char **list = xcalloc(json_object_size(env) + 1, sizeof(*list));
    const char *name;
    json_t *value;
    size_t n = 0;
    json_object_foreach (env, name, value)
        if (json_is_string(value))
            list[n++] = xasprintf("%s=%s", name, json_string_value(value));
    return list;
}

static void free_all(char **list)
{
    for (size_t i = 0; list[i]; i++)
        free(list[i]);
    free(list);
}

static void give_work(struct child *c)
{
    if (c->work)
        tool_sweeper_give(c->sweeper, c->work);
    free(c->work);
    c->work = NULL;
}

/* ---- the start ---- */

/* Its own process, in namespaces of its own where flags say so. All signals wait until it has put
 * them in order. */
static pid_t make_process(const struct child_order *order, int flags)
{
    sigset_t all, old;
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &old);
    pid_t pid = flags ? (pid_t)syscall(SYS_clone, (long)flags | SIGCHLD, 0, 0, 0, 0) : fork();
    if (pid == 0)
        child_become(order, flags);
    int number = errno;
    sigprocmask(SIG_SETMASK, &old, NULL);
    errno = number;
    return pid;
}

static int cannot_start(struct error *err, const char *path, int number)
{
    return error_errno(err, number, "cannot start %s", path);
}

/* What it says until its exec: nothing, if all is well. */
static int hear_start(struct child_pipes *e, const char *path, struct error *err)
{
    struct child_report report;
    fd_close(&e->report[1]);
    fd_close(&e->end[1]);
    if (fd_read_full(e->report[0], &report, sizeof(report)) <= 0)
        return 0;
    if (!report.text[0])
        return cannot_start(err, path, report.number);
    return error_set(err, report.number, "cannot start %s: %.300s", path, report.text);
}

static void take(struct child *ret, pid_t pid, struct child_pipes *e)
{
    ret->pid = pid;
    ret->pidfd = (int)syscall(SYS_pidfd_open, pid, 0);
    ret->in_fd = TAKE_FD(e->in[1]);
    ret->out_fd = TAKE_FD(e->out[0]);
    ret->err_fd = TAKE_FD(e->err[0]);
    ret->end_fd = TAKE_FD(e->end[0]);
    buf_init(&ret->last_words, CHILD_LAST_WORDS_MAX);
    fd_set_nonblock(ret->in_fd, true);
    fd_set_nonblock(ret->out_fd, true);
    fd_set_nonblock(ret->err_fd, true);
    fd_set_nonblock(ret->end_fd, true);
}

static int start(struct child *ret, const struct child_order *order, struct error *err)
{
    struct child_pipes e;
    const char *path = order->argv[0];
    int r = open_pipes(&e), flags = tool_box_clone_flags(order->box, order->program);
    if (r < 0)
        return cannot_start(err, path, -r);
    struct child_order with = *order;
    with.pipes = &e;
    pid_t pid = make_process(&with, flags);
    if (pid < 0) {
        r = cannot_start(err, path, errno);
        close_pipes(&e);
        return r;
    }
    r = hear_start(&e, path, err);
    if (r < 0)
        waitpid(pid, NULL, 0);
    else
        take(ret, pid, &e);
    close_pipes(&e);
    return r;
}

/* Without a file system of its own it works in a folder that is swept when it is gone. */
static int find_work(struct child_order *order, char **ret, struct error *err)
{
    const struct tool_box *box = order->box;
    *ret = NULL;
    if (!box->closed || box->namespaces)
        return 0;
    *ret = box->sweeper ? tool_sweeper_folder(box->sweeper) : NULL;
    order->work = *ret;
    return *ret ? 0 : error_errno(err, errno, "no folder to work in");
}

static int prepare(struct child_order *order, struct tool_files *files, struct error *err)
{
    *files = (struct tool_files){0};
    order->files = files;
    if (!order->argv[0] || order->argv[0][0] != '/')
        return error_set(err, EINVAL, "a tool's command needs an absolute path");
    if (!order->box->closed)
        return 0;
    return tool_files_init(files, order->program, order->box->own, err);
}

int child_start(struct child *ret, const json_t *program, const struct tool_box *box,
                struct error *err)
{
    struct tool_files files;
    const char *fault = j_str(program, "fault", NULL);
    if (fault)
        return error_set(err, EACCES, "%s", fault);
    _cleanup_free_ char **argv = strings(json_object_get(program, "argv"));
    char **env = assignments(json_object_get(program, "env"));
    struct child_order order = {.argv = argv,
                                .env = env,
                                .program = program,
                                .box = box,
                                .keeper = getpid(),
                                .uid = geteuid(),
                                .gid = getegid()};
    struct child started = {.own_group = box->own_group, .sweeper = box->sweeper};
    int r = prepare(&order, &files, err);
    r = r < 0 ? r : find_work(&order, &started.work, err);
    r = r < 0 ? r : start(&started, &order, err);
    if (r == 0)
        *ret = started;
    else
        give_work(&started);
    tool_files_release(&files);
    free_all(env);
    return r;
}

void child_end(struct child *c)
{
    if (c->pid <= 0)
        return;
    if (c->own_group)
        kill(-c->pid, SIGKILL);
    if (!c->reaped) {
        kill(c->pid, SIGKILL);
        while (waitpid(c->pid, &c->status, 0) < 0 && errno == EINTR)
            ;
    }
    fd_close(&c->pidfd);
    fd_close(&c->in_fd);
    fd_close(&c->out_fd);
    fd_close(&c->err_fd);
    fd_close(&c->end_fd);
    buf_release(&c->last_words);
    give_work(c);
    *c = (struct child)NO_CHILD_HERE;
}

int child_write(struct child *c, struct buf *to, bool last)
{
    while (to->len && c->in_fd >= 0) {
        ssize_t n = write(c->in_fd, to->at, to->len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return 0;
        if (n < 0) {
            buf_clear(to);
            fd_close(&c->in_fd);
            return -EPIPE;
        }
        buf_consume(to, (size_t)n);
    }
    if (last && to->len == 0)
        fd_close(&c->in_fd);
    return 0;
}

int child_read(struct child *c, struct buf *to)
{
    char chunk[16384];
    for (int turns = 0; c->out_fd >= 0 && turns < 16; turns++) {
        ssize_t n = read(c->out_fd, chunk, sizeof(chunk));
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0 && errno == EAGAIN)
            return 1;
        if (n <= 0) {
            fd_close(&c->out_fd);
            return 0;
        }
        if (buf_add(to, chunk, (size_t)n) < 0)
            return -EMSGSIZE;
    }
    return c->out_fd >= 0;
}

void child_read_last_words(struct child *c)
{
    char chunk[CHILD_LAST_WORDS_MAX];
    for (int turns = 0; c->err_fd >= 0 && turns < 64; turns++) {
        ssize_t n = read(c->err_fd, chunk, sizeof(chunk));
        if (n < 0)
            return;
        if (n == 0) {
            fd_close(&c->err_fd);
            return;
        }
        if (c->last_words.len + (size_t)n > CHILD_LAST_WORDS_MAX)
            buf_consume(&c->last_words, c->last_words.len + (size_t)n - CHILD_LAST_WORDS_MAX);
        if (buf_add(&c->last_words, chunk, (size_t)n) < 0)
            return;
    }
}

size_t child_fds(const struct child *c, bool wants_out, struct pollfd *ret, size_t room)
{
    const struct pollfd all[] = {
        {.fd = c->out_fd, .events = POLLIN},
        {.fd = c->err_fd, .events = POLLIN},
        {.fd = wants_out ? c->in_fd : -1, .events = POLLOUT},
        {.fd = c->pid > 0 && !c->reaped ? c->pidfd : -1, .events = POLLIN},
    };
    size_t n = 0;
    for (size_t i = 0; i < 4 && n < room; i++)
        if (all[i].fd >= 0)
            ret[n++] = all[i];
    return n;
}

bool child_ended(struct child *c)
{
    int status;
    if (c->pid <= 0 || c->reaped)
        return true;
    c->reaped = waitpid(c->pid, &c->status, WNOHANG) == c->pid;
    /* Of a program in namespaces its init tells the end. */
    if (c->reaped && read(c->end_fd, &status, sizeof(status)) == (ssize_t)sizeof(status))
        c->status = status;
    return c->reaped;
}

char *child_epitaph(const struct child *c)
{
    struct buf words = BUF_INIT(4 * CHILD_LAST_WORDS_MAX);
    if (c->last_words.len && utf8_sanitize(&words, c->last_words.at, c->last_words.len) < 0)
        xcheck(NULL);
    const char *at = xcheck(buf_str(&words)), *colon = words.len ? ": " : "";
    char name[SIGNAL_NAME_SIZE];
    char *text =
        WIFSIGNALED(c->status)
            ? xasprintf("killed by %s%s%s", signal_name(WTERMSIG(c->status), name), colon, at)
            : xasprintf("exit status %d%s%s", WEXITSTATUS(c->status), colon, at);
    buf_release(&words);
    return text;
}

bool child_run_has_cgroup(void)
{
    char *text = NULL;
    bool has = false;
    if (file_read(AT_FDCWD, "/proc/self/cgroup", 65536, &text, NULL, NULL) < 0)
        return false;
    char *line = strncmp(text, "0::", 3) == 0 ? text : strstr(text, "\n0::");
    if (line) {
        line += *line == '\n';
        line[strcspn(line, "\n")] = '\0';
        const char *leaf = strrchr(line, '/');
        has = leaf && leaf[1] == 'r' && leaf[2] &&
              strspn(leaf + 2, "0123456789") == strlen(leaf + 2) && strstr(line, "/councild-");
    }
    free(text);
    return has;
}
