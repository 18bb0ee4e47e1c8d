#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

enum { START_LIMIT_MS = 10000 };

static int try_connect(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    memcpy(address.sun_path, path, strlen(path) + 1);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd < 0)
        DIE("socket: %s", strerror(errno));
    if (connect(fd, (struct sockaddr *)&address, sizeof address) == 0)
        return fd;
    close(fd);
    return -1;
}

static void run_daemon(const struct daemon *d, const char *build, const char *runner,
                       const char *const *flags)
{
    char binary[256], state[96], log[96];
    const char *argv[40] = {binary, "--socket",    d->socket, "--state-dir",
                            state,  "--log-level", "warning"};
    size_t n = 7;
    snprintf(binary, sizeof binary, "%s/councild", build);
    snprintf(state, sizeof state, "%s/state", d->dir);
    snprintf(log, sizeof log, "%s/log", d->dir);
    if (runner) {
        argv[n++] = "--runner";
        argv[n++] = runner;
    }
    for (; flags && *flags && n < 39; flags++)
        argv[n++] = *flags;
    int fd = open(log, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    dup2(fd, STDERR_FILENO);
    execv(binary, (char *const *)argv);
    _exit(127);
}

void daemon_start(struct daemon *d, const char *build, const char *runner, const char *const *flags)
{
    daemon_start_in(d, "/tmp", build, runner, flags);
}

void daemon_start_in(struct daemon *d, const char *parent, const char *build, const char *runner,
                     const char *const *flags)
{
    snprintf(d->dir, sizeof d->dir, "%s/councild-bench-XXXXXX", parent);
    if (!mkdtemp(d->dir))
        DIE("mkdtemp: %s", strerror(errno));
    snprintf(d->socket, sizeof d->socket, "%s/run/sock", d->dir);
    d->pid = fork();
    if (d->pid == 0)
        run_daemon(d, build, runner, flags);
    int64_t limit = bench_ns() + START_LIMIT_MS * 1000000ll;
    for (;;) {
        int fd = try_connect(d->socket);
        if (fd >= 0) {
            close(fd);
            return;
        }
        if (bench_ns() > limit || waitpid(d->pid, NULL, WNOHANG) == d->pid)
            DIE("councild did not start; see %s/log", d->dir);
        usleep(2000);
    }
}

void daemon_stop(struct daemon *d)
{
    kill(d->pid, SIGTERM);
    if (waitpid(d->pid, NULL, 0) != d->pid)
        DIE("waitpid: %s", strerror(errno));
    char command[128];
    snprintf(command, sizeof command, "rm -rf '%s'", d->dir);
    if (system(command) != 0)
        DIE("cannot remove %s", d->dir);
}

static long field_kib(pid_t pid, const char *file, const char *name)
{
    char path[64], line[256];
    long value = -1;
    snprintf(path, sizeof path, "/proc/%d/%s", (int)pid, file);
    FILE *f = fopen(path, "re");
    if (!f)
        return -1;
    while (value < 0 && fgets(line, sizeof line, f))
        if (strncmp(line, name, strlen(name)) == 0)
            sscanf(line + strlen(name), "%ld", &value);
    fclose(f);
    return value;
}

long process_heap_kib(pid_t pid)
{
    return field_kib(pid, "status", "RssAnon:");
}

long daemon_rss_kib(const struct daemon *d)
{
    return field_kib(d->pid, "status", "VmRSS:");
}

long process_pss_kib(pid_t pid)
{
    return field_kib(pid, "smaps_rollup", "Pss:");
}

int64_t daemon_cpu_ns(const struct daemon *d)
{
    char path[64];
    long long ns = -1;
    snprintf(path, sizeof path, "/proc/%d/schedstat", (int)d->pid);
    FILE *f = fopen(path, "re");
    if (!f || fscanf(f, "%lld", &ns) != 1)
        DIE("cannot read %s", path);
    fclose(f);
    return ns;
}

/* ---- client */
struct client {
    int fd;
    int64_t next_id;
    char *text;
    size_t len, size, taken;
};

struct client *client_open(const struct daemon *d)
{
    struct client *c = calloc(1, sizeof *c);
    if (!c)
        DIE("out of memory");
    c->fd = try_connect(d->socket);
    if (c->fd < 0)
        DIE("cannot connect to %s", d->socket);
    return c;
}

void client_close(struct client *c)
{
    close(c->fd);
    free(c->text);
    free(c);
}

void client_send(struct client *c, const char *line, size_t len)
{
    for (size_t sent = 0; sent < len;) {
        ssize_t n = send(c->fd, line + sent, len - sent, MSG_NOSIGNAL);
        if (n < 0)
            DIE("send: %s", strerror(errno));
        sent += (size_t)n;
    }
}

static void read_more(struct client *c)
{
    if (c->taken) {
        memmove(c->text, c->text + c->taken, c->len - c->taken);
        c->len -= c->taken;
        c->taken = 0;
    }
    if (c->size - c->len < 65536) {
        c->size = c->size * 2 + 131072;
        c->text = realloc(c->text, c->size);
        if (!c->text)
            DIE("out of memory");
    }
    ssize_t n = recv(c->fd, c->text + c->len, c->size - c->len, 0);
    if (n <= 0)
        DIE("connection lost");
    c->len += (size_t)n;
}

char *client_read_line(struct client *c, size_t *ret_len)
{
    for (;;) {
        char *start = c->text + c->taken;
        char *end = c->len > c->taken ? memchr(start, '\n', c->len - c->taken) : NULL;
        if (end) {
            *end = '\0';
            if (ret_len)
                *ret_len = (size_t)(end - start);
            c->taken = (size_t)(end - c->text) + 1;
            return start;
        }
        read_more(c);
    }
}

json_t *client_read(struct client *c)
{
    size_t len;
    char *line = client_read_line(c, &len);
    json_error_t why;
    json_t *message = json_loadb(line, len, 0, &why);
    if (!message)
        DIE("not JSON: %s", why.text);
    return message;
}

char *client_try_line(struct client *c)
{
    char *start = c->text + c->taken;
    char *end = c->len > c->taken ? memchr(start, '\n', c->len - c->taken) : NULL;
    if (!end) {
        struct pollfd p = {.fd = c->fd, .events = POLLIN};
        if (poll(&p, 1, 0) != 1)
            return NULL;
        read_more(c);
        start = c->text + c->taken;
        end = memchr(start, '\n', c->len - c->taken);
    }
    if (!end)
        return NULL;
    *end = '\0';
    c->taken = (size_t)(end - c->text) + 1;
    return start;
}

void client_send_json(struct client *c, json_t *message)
{
    char *line = json_dumps(message, JSON_COMPACT);
    if (!line)
        DIE("cannot make a request");
    size_t len = strlen(line);
    line[len] = '\n';
    client_send(c, line, len + 1);
    free(line);
}

json_t *client_call(struct client *c, const char *method, json_t *params)
{
    json_int_t id = ++c->next_id;
    json_t *request = json_pack("{s:s, s:I, s:s, s:o}", "jsonrpc", "2.0", "id", id, "method",
                                method, "params", params ? params : json_object());
    client_send_json(c, request);
    json_decref(request);
    for (;;) {
        json_t *reply = client_read(c);
        json_t *its = json_object_get(reply, "id");
        if (json_is_integer(its) && json_integer_value(its) == id) {
            json_t *result = json_incref(json_object_get(reply, "result"));
            if (!result) {
                char *text = json_dumps(reply, 0);
                DIE("%s failed: %s", method, text);
            }
            json_decref(reply);
            return result;
        }
        json_decref(reply);
    }
}

json_t *client_wait(struct client *c, const char *method)
{
    for (;;) {
        json_t *message = client_read(c);
        const char *name = json_string_value(json_object_get(message, "method"));
        if (name && strcmp(name, method) == 0) {
            json_t *params = json_incref(json_object_get(message, "params"));
            json_decref(message);
            return params;
        }
        json_decref(message);
    }
}

void client_wait_line(struct client *c, const char *word)
{
    while (!strstr(client_read_line(c, NULL), word))
        ;
}

json_t *council_mock(void)
{
    return json_pack("{s:i, s:s, s:[{s:s, s:s, s:s}, {s:s, s:s, s:s}], s:[{s:s}]}",
                     "schema_version", 1, "id", "bench", "members", "id", "ann", "provider", "mock",
                     "model", "mock-1", "id", "bob", "provider", "mock", "model", "mock-1",
                     "rounds", "type", "independent_analysis");
}

json_t *council_idle(void)
{
    return json_pack("{s:i, s:s, s:[{s:s, s:s, s:s, s:{s:i}, s:{s:n}}], s:[{s:s}]}",
                     "schema_version", 1, "id", "idle", "members", "id", "ann", "provider", "mock",
                     "model", "mock-1", "provider_options", "delay_ms", 3600000, "timeouts",
                     "first_token_ms", "rounds", "type", "independent_analysis");
}

json_t *council_script(json_t *script)
{
    json_t *council = council_mock();
    json_object_set_new(council, "metadata", json_pack("{s:o}", "script", script));
    return council;
}

bool process_syncs(pid_t pid)
{
    char path[64];
    char name[64] = "";
    snprintf(path, sizeof path, "/proc/%d/cmdline", (int)pid);
    FILE *f = fopen(path, "re");
    if (!f)
        return false;
    const bool any = fgets(name, sizeof name, f) != NULL;
    fclose(f);
    return any && strcmp(name, "councild-sync") == 0;
}

static size_t count_children(const struct daemon *d)
{
    char path[64];
    size_t count = 0;
    int pid;
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)d->pid, (int)d->pid);
    FILE *f = fopen(path, "re");
    if (!f)
        DIE("cannot read %s", path);
    while (fscanf(f, "%d", &pid) == 1)
        count += !process_syncs(pid);
    fclose(f);
    return count;
}

void wait_for_children(const struct daemon *d, size_t children)
{
    int64_t limit = bench_ns() + START_LIMIT_MS * 1000000ll;
    while (count_children(d) < children) {
        if (bench_ns() > limit)
            DIE("councild has %zu children, %zu were expected", count_children(d), children);
        usleep(500);
    }
    usleep(8000); /* a new spare needs a moment to load what it links before it waits */
}
