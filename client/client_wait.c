#include "client_wait.h"

#include <errno.h>
#include <poll.h>

#include "common/clock.h"
#include "common/fd.h"
#include "connect.h"

enum { BACKLOG_PATIENCE_MS = 5000, BACKLOG_PAUSE_MS = 20 };

int client_open(const char *socket, const char *tenant, struct client **ret, struct error *err)
{
    int64_t give_up = clock_mono_ms() + BACKLOG_PATIENCE_MS;
    int fd, r;
    while ((r = client_connect(socket, tenant, &fd, err)) == -EAGAIN && clock_mono_ms() < give_up)
        poll(NULL, 0, BACKLOG_PAUSE_MS);
    if (r < 0)
        return r;
    r = client_new(fd, NULL, ret, err);
    if (r < 0)
        fd_close(&fd);
    return r;
}

int client_wait(struct client *c, int timeout_ms, struct error *err)
{
    short writing = client_wants_write(c) ? POLLOUT : 0;
    struct pollfd p = {.fd = client_fd(c), .events = (short)(POLLIN | writing)};
    int ready = poll(&p, 1, timeout_ms);
    if (ready < 0 && errno != EINTR)
        return error_errno(err, errno, "poll");
    return ready > 0 ? client_step(c, err) : 0;
}

/* Until the reply to `id` is there: 0 with it, or what prevents it. */
static int wait_reply(struct client *c, int64_t id, int timeout_ms, json_t **ret_result,
                      struct client_fault *ret_fault, struct error *err)
{
    int64_t deadline = clock_mono_ms() + timeout_ms;
    int left = timeout_ms, r = 0;
    bool over = false;
    while (!client_reply(c, id, ret_result, ret_fault)) {
        if (r < 0)
            return r;
        if (over)
            return error_set(err, ETIMEDOUT, "no answer within %d ms", timeout_ms);
        r = client_wait(c, left, err);
        int64_t more = deadline - clock_mono_ms();
        over = timeout_ms >= 0 && more <= 0;
        if (timeout_ms >= 0 && !over)
            left = (int)more;
    }
    return 0;
}

int client_call(struct client *c, const char *method, json_t *params, int timeout_ms,
                json_t **ret_result, struct client_fault *ret_fault, struct error *err)
{
    int64_t id = client_send(c, method, params, err);
    if (id < 0)
        return (int)id;
    json_t *result;
    struct client_fault fault;
    int r = wait_reply(c, id, timeout_ms, &result, &fault, err);
    if (r < 0) {
        client_forget(c, id);
        return r;
    }
    if (fault.error) {
        json_decref(result);
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
        r = client_wait(c, -1, err);
    while (r >= 0);
    return r == -ECONNRESET ? 0 : r;
}
