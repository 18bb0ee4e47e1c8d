#include "child.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fd.h"
#include "common/file.h"
#include "common/jx.h"
#include "common/utf8.h"
#include "common/xalloc.h"
#include "proto/reason.h"

struct child_pipes {
    int in[2], out[2], err[2], exec[2];
};

/* ---- in the child: async-signal-safe calls only */

__attribute__((noreturn)) static void become(char *const argv[], char *const env[],
                                             const struct child_pipes *e, bool own_group,
                                             pid_t runner)
{
    sigset_t none;
    sigemptyset(&none);
    for (int number = 1; number <= SIGRTMAX; number++)
        signal(number, SIG_DFL);
    if (own_group)
        setpgid(0, 0);
    /* The report of a failing exec goes to 3, which the exec closes. */
    bool fine = dup2(e->in[0], 0) == 0 && dup2(e->out[1], 1) == 1 && dup2(e->err[1], 2) == 2 &&
                dup3(e->exec[1], 3, O_CLOEXEC) == 3 && syscall(SYS_close_range, 4, ~0u, 0) == 0 &&
                prctl(PR_SET_PDEATHSIG, SIGKILL) == 0;
    if (getppid() != runner)
        _exit(127);
    sigprocmask(SIG_SETMASK, &none, NULL);
    if (fine)
        execve(argv[0], argv, env);
    int number = errno;
    ssize_t ignored = write(3, &number, sizeof(number));
    (void)ignored;
    _exit(127);
}

/* ---- in the runner */

static void close_pipes(struct child_pipes *e)
{
    int *const all[] = {&e->in[0],  &e->in[1],  &e->out[0],  &e->out[1],
                        &e->err[0], &e->err[1], &e->exec[0], &e->exec[1]};
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        fd_close(all[i]);
}

/* Numbers above 3, so that dup2 in the child overwrites none that is still needed. */
static int open_pair(int pair[2])
{
    int low[2];
    if (pipe2(low, O_CLOEXEC) < 0)
        return -errno;
    for (int i = 0; i < 2; i++) {
        pair[i] = fcntl(low[i], F_DUPFD_CLOEXEC, 4);
        if (pair[i] < 0) {
            int number = errno;
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
    *e = (struct child_pipes){{-1, -1}, {-1, -1}, {-1, -1}, {-1, -1}};
    int r = open_pair(e->in);
    if (r == 0)
        r = open_pair(e->out);
    if (r == 0)
        r = open_pair(e->err);
    if (r == 0)
        r = open_pair(e->exec);
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

static pid_t fork_child(char *const argv[], json_t *env, const struct child_pipes *e,
                        bool own_group)
{
    sigset_t all, old;
    pid_t runner = getpid();
    char **assigned = assignments(env);
    sigfillset(&all);
    sigprocmask(SIG_SETMASK, &all, &old);
    pid_t pid = fork();
    if (pid == 0)
        become(argv, assigned, e, own_group, runner);
    int number = errno;
    sigprocmask(SIG_SETMASK, &old, NULL);
    free_all(assigned);
    errno = number;
    return pid;
}

int child_start(struct child *ret, const json_t *program, bool own_group, struct error *err)
{
    struct child_pipes e;
    _cleanup_free_ char **list = strings(json_object_get(program, "argv"));
    const char *fault = j_str(program, "fault", NULL);
    if (fault)
        return error_set(err, EACCES, "%s", fault);
    if (!list[0] || list[0][0] != '/')
        return error_set(err, EINVAL, "a tool's command needs an absolute path");
    int r = open_pipes(&e), number = 0;
    if (r < 0)
        return error_errno(err, -r, "cannot start %s", list[0]);
    pid_t pid = fork_child(list, json_object_get(program, "env"), &e, own_group);
    if (pid < 0) {
        number = errno;
        close_pipes(&e);
        return error_errno(err, number, "cannot start %s", list[0]);
    }
    fd_close(&e.exec[1]);
    if (fd_read_full(e.exec[0], &number, sizeof(number)) > 0) {
        waitpid(pid, NULL, 0);
        close_pipes(&e);
        return error_errno(err, number, "cannot start %s", list[0]);
    }
    *ret = (struct child){.pid = pid,
                          .pidfd = (int)syscall(SYS_pidfd_open, pid, 0),
                          .in_fd = TAKE_FD(e.in[1]),
                          .out_fd = TAKE_FD(e.out[0]),
                          .err_fd = TAKE_FD(e.err[0]),
                          .own_group = own_group};
    buf_init(&ret->last_words, CHILD_LAST_WORDS_MAX);
    close_pipes(&e);
    fd_set_nonblock(ret->in_fd, true);
    fd_set_nonblock(ret->out_fd, true);
    fd_set_nonblock(ret->err_fd, true);
    return 0;
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
    buf_release(&c->last_words);
    *c = (struct child){.pidfd = -1, .in_fd = -1, .out_fd = -1, .err_fd = -1};
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
    if (c->pid <= 0 || c->reaped)
        return true;
    c->reaped = waitpid(c->pid, &c->status, WNOHANG) == c->pid;
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
