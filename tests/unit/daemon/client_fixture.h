/* A connection over a real socket and what its client asks: runs live as in life_fixture.h. Taken
 * in behind cmocka.h, by one source of a test. */
#ifndef TESTS_UNIT_DAEMON_CLIENT_FIXTURE_H
#define TESTS_UNIT_DAEMON_CLIENT_FIXTURE_H

#include "daemon/method/desk/caller.h"
#include "daemon/method/desk/start_wait.h"
#include "daemon/method/desk/terminate_wait.h"
#include "daemon/watch/monitor.h"
#include "daemon/watch/subscribe.h"
#include "daemon/watch/tenant_watch.h"
#include "daemon/watch/watchers.h"
#include "life_fixture.h"
#include "serve/conn_life.h"

static struct watchers watchers;
static struct desk desk;
static struct conn_home home;
static struct conn *conn;
static int client;
static struct caller caller; /* who calls: it operates */

static const struct conn_owner OWNER = {0}; /* nobody says a word */

static inline int setup_with_client(void **state)
{
    int pair[2];
    struct peer peer = {.card = &caller};
    caller = (struct caller){.role = ROLE_OPERATE};
    if (setup(state) || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair))
        return -1;
    watchers = (struct watchers){.core = &core, .records = records};
    if (tenant_begin(&watchers, runs))
        return -1;
    desk = (struct desk){.core = &core,
                         .records = records,
                         .runs = runs,
                         .watchers = &watchers,
                         .audit = AUDIT_LOG_INIT(folder.fd)};
    home = (struct conn_home){.loop = core.loop,
                              .owner = &OWNER,
                              .context = &desk,
                              .line_bytes = 1 << 16,
                              .queue_bytes = 64 << 20};
    client = pair[1];
    conn = conn_new(&home, pair[0], &peer);
    return conn ? 0 : -1;
}

static inline int teardown_with_client(void **state)
{
    while (home.conns)
        conn_free(home.conns);
    fd_close(&client);
    audit_log_release(&desk.audit);
    tenant_end(&watchers);
    bool clean = !watchers.tenant.streams && !watchers.tenant.kept.first &&
                 !watchers.refs.by_text && core.replays == 0;
    return teardown(state) || !clean ? -1 : 0;
}

/* A run that is ready and was asked for by nobody. */
static inline struct run *some_run(const char *run_id)
{
    struct run *run;
    struct reason cause = {0};
    order_id = run_id;
    assert_int_equal(begin_with(&run, &cause, 5000, LIMIT_NONE, true), 0);
    assert_true(say_ready(run));
    return run;
}

static struct rpc_request request;

static inline struct call ask(const char *id)
{
    request = (struct rpc_request){.id = {.at = id, .len = strlen(id)}};
    return (struct call){.context = &desk, .conn = conn, .request = &request};
}

static inline void terminate(const char *id, struct run *run)
{
    struct call call = ask(id);
    assert_int_equal(terminate_wait(&call, run, SHUTDOWN_DEFAULT), 0);
}

#define WITH_CLIENT(name)                                                                          \
    cmocka_unit_test_setup_teardown(name, setup_with_client, teardown_with_client)

#endif
