#include "front.h"

#include <stdlib.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/log.h"
#include "daemon/cgroup/cgroup.h"
#include "daemon/method/desk/caller.h"
#include "daemon/method/dispatch.h"
#include "daemon/os/peer_look.h"
#include "daemon/settings/people.h"
#include "parts.h"
#include "serve/line_server.h"

enum {
    RESERVED_FDS = 32,  /* for records, spares and the like */
    FDS_PER_CLIENT = 2, /* half of what is left is for the runs */
    KEPT_CONNS = 4,     /* for those that operate */
    PARTS_OF_CONNS = 4, /* one of them for each user that does not */
    HALF_LINE_MS = 30000,
    INPUT_BYTES = 64 << 20,   /* of all clients together; but at least what two lines take, */
    OUTPUT_BYTES = 256 << 20, /* or one queue */
};

static void nudge(void *context)
{
    const struct desk *desk = context;
    core_nudge(desk->core);
}

/* Under no_new_privs a run has no other uid than the daemon's. */
static const char *refuse_runs(const struct desk *desk, int fd, const struct peer *peer)
{
    const struct peer_look how = {.daemon = desk->core->origin.pid,
                                  .uid = geteuid(),
                                  .group = cgroup_root_name(desk->cgroups)};
    if (peer->uid != how.uid)
        return NULL;
    int r = peer_look(&how, fd, peer->pid);
    if (r == PEER_INSIDE)
        return "it lives inside a run";
    return r < 0 ? "it cannot be told whether it lives inside a run" : NULL;
}

/* In what it may do, the client stays what it was when it connected: a reload is for those to come.
 */
static const char *refuse_strangers(const struct desk *desk, int fd, struct peer *peer)
{
    _cleanup_free_ gid_t *groups = NULL;
    size_t count = 0;
    struct person person;
    if (listen_peer_groups(fd, &groups, &count) < 0)
        count = 0; /* its user, and its first group, are known all the same */
    if (!people_find(desk->core->config->people, peer->uid, peer->gid, groups, count, &person))
        return "neither the uid of councild, nor in its access or access_group";
    peer->is_kept = role_may(person.role, ROLE_OPERATE);
    peer->is_bound = !peer->is_kept && !person.many;
    peer->card = caller_new(&person);
    return peer->card ? NULL : "no memory";
}

static const char *refuse(void *context, int fd, struct peer *peer)
{
    const struct desk *desk = context;
    const char *why = refuse_runs(desk, fd, peer);
    return why ? why : refuse_strangers(desk, fd, peer);
}

static const struct conn_owner OWNER = {.refuses = refuse,
                                        .forget = free,
                                        .line = dispatch_line,
                                        .torn = dispatch_torn,
                                        .too_long = dispatch_too_long,
                                        .left = nudge,
                                        .moved = nudge};

static struct line_limits limits_of(const struct server *s)
{
    const struct config *c = s->config;
    const int64_t input = 2 * (c->max_request_bytes + (1 << 16)),
                  output = c->max_output_queue_bytes;
    return (struct line_limits){.max_conns = c->max_connections,
                                .line_bytes = (size_t)c->max_request_bytes,
                                .queue_bytes = (size_t)c->max_output_queue_bytes,
                                .half_line_ms = HALF_LINE_MS,
                                .input_bytes = (size_t)(input > INPUT_BYTES ? input : INPUT_BYTES),
                                .output_bytes =
                                    (size_t)(output > OUTPUT_BYTES ? output : OUTPUT_BYTES),
                                .kept = KEPT_CONNS,
                                .parts = PARTS_OF_CONNS,
                                .fds_kept = s->core.base_fds + RESERVED_FDS,
                                .fds_each = FDS_PER_CLIENT};
}

int front_open(struct server *s, struct error *err)
{
    struct line_limits limits = limits_of(s);
    int r = line_server_new(s->loop, &s->listener, &limits, &OWNER, &s->desk, &s->clients, err);
    if (r == 0)
        s->core.conns = line_server_count(s->clients);
    return r;
}

void front_reload(struct server *s)
{
    struct line_limits limits = limits_of(s);
    line_server_set_limits(s->clients, &limits);
    if (line_server_set_mode(s->clients, people_socket_mode(s->config->people)) < 0)
        log_error("cannot set the mode of the socket", LOG_S("socket", s->config->socket));
}
