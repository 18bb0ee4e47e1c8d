#include "client.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/cleanup.h"
#include "common/clock.h"
#include "common/fd.h"
#include "common/xalloc.h"
#include "proto/json/json_span.h"

enum {
    LINE_MAX_BYTES = 256 * 1024 * 1024, /* longer than any line that a daemon may be set to send */
    READ_BYTES = 64 * 1024,
    BACKLOG_PATIENCE_MS = 5000,
    BACKLOG_PAUSE_MS = 20,
};

struct call {
    struct call *next;
    int64_t id;
    char *method;
    char *run_id;
    bool forget;
    json_t *reply;
};

struct monitor {
    struct monitor *next;
    char *ref;
    char *run_id;
    json_t *pid;
};

struct client {
    int fd;
    bool lost;
    struct buf in;
    size_t scanned; /* bytes of `in` known to hold no newline */
    int64_t last_id;
    struct call *calls;
    struct monitor *monitors;
    client_note_fn function;
    void *arg;
};

/* ---- connecting ---- */

static int connect_once(const char *path, int *ret_fd, struct error *err)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    size_t len = strlen(path);
    if (len == 0 || len >= sizeof address.sun_path)
        return error_set(err, ENAMETOOLONG, "%s: a socket's path has 1 to 107 bytes", path);
    memcpy(address.sun_path, path, len);

    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd < 0)
        return error_errno(err, errno, "socket");
    int64_t give_up = clock_mono_ms() + BACKLOG_PATIENCE_MS;
    while (connect(fd, (struct sockaddr *)&address, sizeof address) < 0) {
        if (errno == EINTR)
            continue;
        if (errno != EAGAIN || clock_mono_ms() >= give_up) {
            int number = errno;
            close(fd);
            return error_errno(err, number, "%s", path);
        }
        poll(NULL, 0, BACKLOG_PAUSE_MS);
    }
    *ret_fd = fd;
    return 0;
}

static int connect_tenant(const char *tenant, int *ret_fd, struct error *err)
{
    const char *runtime = getenv("XDG_RUNTIME_DIR");
    _cleanup_free_ char *own =
        runtime && *runtime == '/' ? xasprintf("%s/councild/%s/sock", runtime, tenant) : NULL;
    _cleanup_free_ char *system = xasprintf("/run/councild/%s/sock", tenant);
    const char *places[] = {geteuid() == 0 || !own ? system : own, geteuid() == 0 ? own : system};

    int r = connect_once(places[0], ret_fd, err);
    if ((r == -ENOENT || r == -ECONNREFUSED) && places[1] && places[1] != places[0]) {
        struct error second;
        int r2 = connect_once(places[1], ret_fd, &second);
        if (r2 == -ENOENT)
            return r;
        r = r2;
        if (r < 0 && err)
            *err = second;
    }
    return r;
}

int client_open(const char *socket, const char *tenant, struct client **ret, struct error *err)
{
    int fd;
    int r = socket ? connect_once(socket, &fd, err)
                   : connect_tenant(tenant ? tenant : "default", &fd, err);
    if (r < 0)
        return r;
    *ret = client_new(fd);
    return 0;
}

struct client *client_new(int fd)
{
    struct client *c = xcalloc(1, sizeof *c);
    c->fd = fd;
    buf_init(&c->in, LINE_MAX_BYTES);
    fd_set_nonblock(fd, true);
    return c;
}

static void call_free(struct call *call)
{
    free(call->method);
    free(call->run_id);
    json_decref(call->reply);
    free(call);
}

static void monitor_free(struct monitor *m)
{
    free(m->ref);
    free(m->run_id);
    json_decref(m->pid);
    free(m);
}

void client_free(struct client *c)
{
    if (!c)
        return;
    for (struct call *call = c->calls, *next; call; call = next) {
        next = call->next;
        call_free(call);
    }
    for (struct monitor *m = c->monitors, *next; m; m = next) {
        next = m->next;
        monitor_free(m);
    }
    buf_release(&c->in);
    fd_close(&c->fd);
    free(c);
}

void client_on_notification(struct client *c, client_note_fn function, void *arg)
{
    c->function = function;
    c->arg = arg;
}

int client_fd(const struct client *c)
{
    return c->fd;
}

void client_fault_release(struct client_fault *fault)
{
    json_decref(fault->error);
    *fault = (struct client_fault){0};
}

/* ---- what comes in ---- */

static void monitor_add(struct client *c, const struct call *call, json_t *result)
{
    const char *ref = json_string_value(json_object_get(result, "ref"));
    const char *run_id = json_string_value(json_object_get(result, "run_id"));
    if (!ref || (!run_id && !call->run_id))
        return;
    struct monitor *m = xcalloc(1, sizeof *m);
    m->ref = xstrdup(ref);
    m->run_id = xstrdup(run_id ? run_id : call->run_id);
    json_t *pid = json_object_get(result, "pid");
    m->pid = pid ? json_incref(pid) : json_null();
    m->next = c->monitors;
    c->monitors = m;
}

static void monitor_remove(struct client *c, const char *ref)
{
    for (struct monitor **at = &c->monitors; ref && *at; at = &(*at)->next) {
        if (strcmp((*at)->ref, ref) != 0)
            continue;
        struct monitor *m = *at;
        *at = m->next;
        monitor_free(m);
        return;
    }
}

/* A reply without id answers no request in particular (the line was too long, say): the oldest
 * waiting call gets it. */
static struct call *call_of(struct client *c, const json_t *id)
{
    struct call *oldest = NULL;
    for (struct call *call = c->calls; call; call = call->next) {
        if (json_is_integer(id) && call->id == json_integer_value(id))
            return call;
        if (!call->reply)
            oldest = call;
    }
    return json_is_null(id) ? oldest : NULL;
}

static void call_remove(struct client *c, struct call *call)
{
    for (struct call **at = &c->calls; *at; at = &(*at)->next) {
        if (*at != call)
            continue;
        *at = call->next;
        call_free(call);
        return;
    }
}

static void take_reply(struct client *c, json_t *message)
{
    struct call *call = call_of(c, json_object_get(message, "id"));
    if (!call || call->reply)
        return;
    json_t *result = json_object_get(message, "result");
    if (!strcmp(call->method, "run.monitor") || !strcmp(call->method, "run.start"))
        monitor_add(c, call, result);
    if (call->forget)
        call_remove(c, call);
    else
        call->reply = json_incref(message);
}

static void tell(struct client *c, const char *method, json_t *params, const char *event,
                 size_t event_len)
{
    struct client_note note = {
        .method = method, .params = params, .event = event, .event_len = event_len};
    if (c->function)
        c->function(c->arg, &note);
}

static void take_notification(struct client *c, json_t *message, const char *method,
                              struct json_span line)
{
    json_t *params = json_object_get(message, "params");
    if (!strcmp(method, "run.down"))
        monitor_remove(c, json_string_value(json_object_get(params, "ref")));
    struct json_span event = {0};
    if (!strcmp(method, "run.event"))
        event = json_span_get(json_span_get(line, "params"), "event");
    tell(c, method, params, event.at, event.len);
}

static int take_line(struct client *c, const char *line, size_t len, struct error *err)
{
    json_error_t fault;
    json_t *message = json_loadb(line, len, JSON_ALLOW_NUL, &fault);
    if (!message)
        return error_set(err, EPROTO, "the daemon sent a line that is not JSON: %s", fault.text);
    const char *method = json_string_value(json_object_get(message, "method"));
    if (method)
        take_notification(c, message, method, (struct json_span){line, len});
    else
        take_reply(c, message);
    json_decref(message);
    return 0;
}

static int take_lines(struct client *c, struct error *err)
{
    char *end;
    while ((end = memchr(c->in.at + c->scanned, '\n', c->in.len - c->scanned))) {
        size_t len = (size_t)(end - c->in.at);
        int r = take_line(c, c->in.at, len, err);
        buf_consume(&c->in, len + 1);
        c->scanned = 0;
        if (r < 0)
            return r;
    }
    c->scanned = c->in.len;
    return 0;
}

/* The connection is gone: nobody will report the ends of the monitored runs, so we do. */
static int lose(struct client *c, struct error *err)
{
    c->lost = true;
    while (c->monitors) {
        struct monitor *m = c->monitors;
        c->monitors = m->next;
        json_t *params =
            xcheck(json_pack("{s:s, s:s, s:O, s:{s:s}, s:n, s:n, s:n, s:n}", "ref", m->ref,
                             "run_id", m->run_id, "pid", m->pid, "reason", "kind", "noconnection",
                             "stopped_by", "outcome", "rusage", "containment"));
        tell(c, "run.down", params, NULL, 0);
        json_decref(params);
        monitor_free(m);
    }
    return error_set(err, ECONNRESET, "the connection to the daemon was lost");
}

/* One read. 1: bytes came, 0: nothing there, -ECONNRESET: the end. */
static int fill(struct client *c)
{
    char *to = xcheck(buf_reserve(&c->in, READ_BYTES));
    ssize_t n = recv(c->fd, to, READ_BYTES, MSG_DONTWAIT);
    if (n > 0) {
        buf_commit(&c->in, (size_t)n);
        return 1;
    }
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return 0;
    return -ECONNRESET;
}

int client_step(struct client *c, int timeout_ms, struct error *err)
{
    if (c->lost)
        return error_set(err, ECONNRESET, "the connection to the daemon was lost");
    struct pollfd p = {.fd = c->fd, .events = POLLIN};
    int ready = poll(&p, 1, timeout_ms);
    if (ready < 0 && errno != EINTR)
        return error_errno(err, errno, "poll");
    if (ready <= 0)
        return 0;
    int got = fill(c);
    int r = c->in.len > 0 ? take_lines(c, err) : 0;
    if (r < 0)
        return r;
    return got < 0 ? lose(c, err) : got;
}

/* ---- what goes out ---- */

/* The daemon stops reading while we leave too much unread, so reading goes on during a long write.
 * When it has closed, its last words may still be waiting to be read: that is not an error yet. */
static int write_line(struct client *c, const char *line, size_t len, struct error *err)
{
    while (len > 0) {
        ssize_t n = send(c->fd, line, len, MSG_NOSIGNAL | MSG_DONTWAIT);
        if (n >= 0) {
            line += n;
            len -= (size_t)n;
            continue;
        }
        if (errno == EPIPE || errno == ECONNRESET)
            return 0;
        if (errno != EAGAIN && errno != EINTR)
            return error_errno(err, errno, "send");
        struct pollfd p = {.fd = c->fd, .events = POLLIN | POLLOUT};
        if (poll(&p, 1, -1) > 0 && p.revents & (POLLIN | POLLHUP) && fill(c) < 0)
            return 0;
    }
    return 0;
}

static int64_t send_request(struct client *c, const char *method, json_t *params, bool forget,
                            struct error *err)
{
    if (!params)
        params = xcheck(json_object());
    struct call *call = xcalloc(1, sizeof *call);
    call->id = ++c->last_id;
    call->forget = forget;
    call->method = xstrdup(method);
    const char *run_id = json_string_value(json_object_get(params, "run_id"));
    call->run_id = run_id ? xstrdup(run_id) : NULL;
    call->next = c->calls;
    c->calls = call;

    json_t *request = xcheck(json_pack("{s:s, s:I, s:s, s:o}", "jsonrpc", "2.0", "id",
                                       (json_int_t)call->id, "method", method, "params", params));
    struct buf line = BUF_INIT(LINE_MAX_BYTES);
    char *text = xcheck(json_dumps(request, JSON_COMPACT));
    json_decref(request);
    int r = buf_add_str(&line, text);
    if (r == 0)
        r = buf_add_char(&line, '\n');
    free(text);
    if (r < 0)
        error_errno(err, -r, "request");
    else
        r = write_line(c, line.at, line.len, err);
    buf_release(&line);
    return r < 0 ? r : call->id;
}

int64_t client_send(struct client *c, const char *method, json_t *params, struct error *err)
{
    return send_request(c, method, params, false, err);
}

int client_post(struct client *c, const char *method, json_t *params, struct error *err)
{
    int64_t id = send_request(c, method, params, true, err);
    return id < 0 ? (int)id : 0;
}

int client_reply(struct client *c, int64_t id, json_t **ret_result, struct client_fault *ret_fault)
{
    struct call *call = c->calls;
    while (call && call->id != id)
        call = call->next;
    if (!call || !call->reply)
        return 0;
    json_t *fault = json_object_get(call->reply, "error");
    *ret_fault = (struct client_fault){.error = json_incref(fault), .reason = ""};
    *ret_result = json_incref(json_object_get(call->reply, "result"));
    const char *reason =
        json_string_value(json_object_get(json_object_get(fault, "data"), "reason"));
    if (reason)
        ret_fault->reason = reason;
    call_remove(c, call);
    return 1;
}

int client_call(struct client *c, const char *method, json_t *params, json_t **ret_result,
                struct client_fault *ret_fault, struct error *err)
{
    int64_t id = client_send(c, method, params, err);
    if (id < 0)
        return (int)id;
    json_t *result;
    struct client_fault fault;
    while (!client_reply(c, id, &result, &fault)) {
        int r = client_step(c, -1, err);
        if (r < 0 && !client_reply(c, id, &result, &fault))
            return r;
        if (r < 0)
            break;
    }
    if (fault.error) {
        *ret_fault = fault;
        return -EREMOTEIO;
    }
    *ret_result = result;
    return 0;
}

int client_wait_end(struct client *c, struct error *err)
{
    int r;
    do
        r = client_step(c, -1, err);
    while (r >= 0);
    return r == -ECONNRESET ? 0 : r;
}
