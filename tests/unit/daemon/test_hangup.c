/* The daemon's signals, and the reload that one of them asks for: a reload that half applies serves
 * with the settings of two files, and a signal that is taken for another kills what should end. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "daemon/front.h"
#include "daemon/parts.h"
#include "daemon/reload.h"
#include "daemon/shutdown.h"
#include "daemon/signals.h"
#include "desk_fixture.h"
#include "log_lines.h"

/* ---- more neighbours ---- */

static struct line_limits limits_now;
static const struct conn_owner *owner_now;
static void *context_now;
static size_t clients_now = 5;
static int new_fails;

int line_server_new(struct loop *loop, struct listener *l, const struct line_limits *limits,
                    const struct conn_owner *owner, void *context, struct line_server **ret,
                    struct error *err)
{
    (void)loop;
    (void)l;
    (void)ret;
    limits_now = *limits;
    owner_now = owner;
    context_now = context;
    return new_fails ? error_set(err, EMFILE, "no room") : 0;
}

void line_server_set_limits(struct line_server *s, const struct line_limits *limits)
{
    (void)s;
    limits_now = *limits;
    fake_note("limits");
}

const size_t *line_server_count(const struct line_server *s)
{
    (void)s;
    return &clients_now;
}

void keeper_set_policy(struct keeper *k, const struct retention_policy *policy)
{
    (void)k;
    kept_policy = *policy;
    fake_note("policy");
}

void spares_retire(struct spares *s)
{
    (void)s;
    fake_note("retire");
}

void shutdown_begin(struct server *s, enum stop_level level)
{
    (void)s;
    fake_note(level == STOP_ORDERLY ? "stop" : "stop-at-once");
}

void runners_child_exited(struct runners *t)
{
    (void)t;
    fake_note("child");
}

/* ---- the server, as far as it is needed ---- */

static struct server server;
static int manager; /* the service manager's end */
static sigset_t before;

static int setup_server(void **state)
{
    int pair[2];
    if (setup_desk(state) ||
        socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, pair))
        return -1;
    manager = pair[1];
    server = (struct server){.core = core,
                             .config = loaded,
                             .keys = keys,
                             .resources = resources,
                             .loop = core.loop,
                             .desk = {.core = &server.core}};
    server.core.config = loaded;
    server.core.base_fds = 11;
    server.core.notify.fd = pair[0];
    clients_now = 5;
    new_fails = 0;
    sigprocmask(SIG_SETMASK, NULL, &before);
    return signals_open(&server, NULL);
}

static int teardown_server(void **state)
{
    loaded = server.config;
    resources = server.resources;
    watch_release(&server.signals);
    fd_close(&server.signal_fd);
    notify_release(&server.core.notify);
    close(manager);
    sigprocmask(SIG_SETMASK, &before, NULL);
    log_set_level(LOG_LEVEL_INFO);
    return teardown_desk(state);
}

static const char *told(void)
{
    static char all[1024];
    size_t len = 0;
    ssize_t n;
    while ((n = recv(manager, all + len, sizeof(all) - 2 - len, 0)) > 0) {
        len += (size_t)n;
        all[len++] = '|';
    }
    all[len] = '\0';
    return all;
}

/* ---- signals ---- */

static void each_signal_has_its_meaning(void **state)
{
    (void)state;
    static const struct {
        int signal;
        const char *done;
    } CASES[] = {
        {SIGTERM, "stop"}, {SIGINT, "stop"}, {SIGQUIT, "stop-at-once"}, {SIGCHLD, "child"}};
    signals_read(&server); /* none */
    assert_string_equal(fake_done(), "");
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        raise(CASES[i].signal);
        signals_read(&server);
        assert_string_equal(fake_done(), CASES[i].done);
        signals_read(&server);
        assert_string_equal(fake_done(), "");
    }
    raise(SIGCHLD);
    raise(SIGTERM);
    signals_read(&server); /* all that are there, the lowest number first */
    assert_string_equal(fake_done(), "stop child");
    assert_string_equal(told(), "");
}

static void a_signal_wakes_the_loop(void **state)
{
    (void)state;
    raise(SIGTERM);
    loop_set_hook(core.loop, LOOP_FIRST, signals_read, &server);
    loop_turn(core.loop); /* which waits for something */
    assert_string_equal(fake_done(), "stop");
    loop_set_hook(core.loop, LOOP_FIRST, NULL, NULL);
}

static void a_hangup_while_it_stops_is_none(void **state)
{
    (void)state;
    server.core.stop_level = STOP_ORDERLY;
    raise(SIGHUP);
    signals_read(&server);
    assert_string_equal(fake_done(), "");
    assert_string_equal(told(), "");
}

/* ---- the reload ---- */

static void write_settings(const char *more)
{
    char text[512];
    snprintf(text, sizeof text, "{\"catalogue_dir\":\"%s/catalogue\"%s}", folder.path, more);
    put_file(&folder, "config.json", text);
}

static void a_hangup_reloads_everything(void **state)
{
    (void)state;
    write_settings(",\"max_connections\":9,\"max_request_bytes\":2097152,"
                   "\"max_output_queue_bytes\":8388608,\"log_level\":\"error\","
                   "\"retention\":{\"max_runs\":1,\"max_age_days\":2,\"max_bytes\":3}");
    unlinkat(folder.fd, "catalogue/councils/quick.json", 0);
    put_file(&folder, "catalogue/councils/slow.json", COUNCIL);
    raise(SIGHUP);
    signals_read(&server);
    assert_string_equal(fake_done(), "limits policy retire");
    assert_ptr_equal(server.core.config, server.config);
    assert_ptr_equal(server.core.resources, server.resources);
    assert_int_equal(server.config->max_connections, 9);
    assert_null(catalogue_get(server.resources->catalogue, CATALOGUE_COUNCILS, "quick"));
    assert_int_equal(limits_now.max_conns, 9);
    assert_int_equal(limits_now.line_bytes, 2097152);
    assert_int_equal(limits_now.queue_bytes, 8388608);
    assert_int_equal(limits_now.fds_kept, 11 + 32);
    assert_int_equal(limits_now.fds_each, 2);
    assert_true(limits_now.access_gid == (gid_t)-1);
    assert_int_equal(kept_policy.max_runs, 1);
    assert_int_equal(kept_policy.max_age_days, 2);
    assert_int_equal(kept_policy.max_bytes, 3);
    const char *text = told();
    assert_int_equal(strncmp(text, "RELOADING=1\nMONOTONIC_USEC=", 27), 0);
    assert_string_equal(strchr(text, '|'), "|READY=1\nSTATUS=reloaded|");
}

static void the_level_of_the_log_is_another(void **state)
{
    (void)state;
    log_lines_begin();
    write_settings(",\"log_level\":\"error\"");
    reload(&server);
    assert_null(strstr(log_lines(), "reloaded"));
    write_settings(",\"log_level\":\"notice\"");
    reload(&server);
    assert_non_null(strstr(log_lines(), "<5>reloaded\n"));
    log_lines_end();
}

/* By the file, or by what lies in the catalogue. */
static void a_reload_that_fails_changes_nothing(void **state)
{
    (void)state;
    struct config *old = server.config;
    struct resources *old_resources = server.resources;
    for (int i = 0; i < 2; i++) {
        if (i == 0)
            write_settings(",\"spares\":-1");
        else
            write_settings(",\"prices\":\"/nowhere/prices.json\"");
        log_lines_begin();
        reload(&server);
        assert_non_null(strstr(log_lines(), "<3>reload failed, everything stays as it was error="));
        log_lines_end();
        assert_string_equal(fake_done(), "");
        assert_ptr_equal(server.config, old);
        assert_ptr_equal(server.core.config, old);
        assert_ptr_equal(server.resources, old_resources);
        assert_ptr_equal(server.core.resources, old_resources);
        const char *text = strchr(told(), '|');
        assert_int_equal(strncmp(text, "|READY=1\nSTATUS=reload failed: ", 31), 0);
        assert_non_null(strstr(text, i ? "/nowhere/prices.json" : "spares: must be"));
    }
}

/* ---- the face ---- */

static void clients_are_counted_with_the_descriptors(void **state)
{
    (void)state;
    struct error err = {0};
    const size_t without = core_open_fds(&server.core);
    assert_int_equal(front_open(&server, &err), 0);
    assert_int_equal(core_open_fds(&server.core), without + 5);
    assert_ptr_equal(context_now, &server.desk);
    assert_int_equal(limits_now.max_conns, 256);
    assert_non_null(owner_now->line);
    assert_non_null(owner_now->torn);
    assert_non_null(owner_now->too_long);
    server.core.conns = NULL;
    new_fails = 1;
    assert_int_equal(front_open(&server, &err), -EMFILE);
    assert_null(server.core.conns);
}

static int looked;

static void look(void *arg)
{
    (void)arg;
    looked++;
}

/* What was flushed, or is gone, may be the last that the stop waits for. */
static void the_stop_looks_again_when_a_client_moves_or_leaves(void **state)
{
    (void)state;
    struct watch stopping;
    assert_int_equal(front_open(&server, NULL), 0);
    watch_init(core.loop, &stopping, -1, WATCH_NONE, LOOP_OUTPUT, look, NULL);
    server.core.stopping = &stopping;
    server.core.stop_level = STOP_ORDERLY;
    looked = 0;
    owner_now->left(&server.desk);
    turn();
    assert_int_equal(looked, 1);
    owner_now->moved(&server.desk);
    turn();
    assert_int_equal(looked, 2);
    watch_release(&stopping);
}

#define AT_SERVER(name) cmocka_unit_test_setup_teardown(name, setup_server, teardown_server)

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_SERVER(each_signal_has_its_meaning),
        AT_SERVER(a_signal_wakes_the_loop),
        AT_SERVER(a_hangup_while_it_stops_is_none),
        AT_SERVER(a_hangup_reloads_everything),
        AT_SERVER(the_level_of_the_log_is_another),
        AT_SERVER(a_reload_that_fails_changes_nothing),
        AT_SERVER(clients_are_counted_with_the_descriptors),
        AT_SERVER(the_stop_looks_again_when_a_client_moves_or_leaves),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
