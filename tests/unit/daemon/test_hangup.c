/* The daemon's signals, and the reload that one of them asks for: a reload that half applies serves
 * with the settings of two files, and a signal that is taken for another kills what should end. */
#include <errno.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "daemon/core/phases.h"
#include "daemon/front.h"
#include "daemon/parts.h"
#include "daemon/reload.h"
#include "daemon/shutdown.h"
#include "daemon/signals.h"
#include "desk_fixture.h"
#include "failing.h"
#include "log_lines.h"

/* ---- more neighbours ---- */

static struct server server;
static char keeper_now, spares_now, runners_now;

/* What the server has, as far as it is only handed on. */
#define KEEPER  ((struct keeper *)&keeper_now)
#define SPARES  ((struct spares *)&spares_now)
#define RUNNERS ((struct runners *)&runners_now)

int front_open(struct server *s, struct error *err)
{
    (void)s;
    return error_set(err, ENOSYS, "it is open");
}

void front_reload(struct server *s)
{
    assert_ptr_equal(s, &server);
    assert_ptr_equal(s->config, s->core.config);
    fake_note("limits");
}

void keeper_set_policy(struct keeper *k, const struct retention_policy *policy)
{
    assert_ptr_equal(k, KEEPER);
    kept_policy = *policy;
    fake_note("policy");
}

void spares_retire(struct spares *s)
{
    assert_ptr_equal(s, SPARES);
    fake_note("retire");
}

void shutdown_begin(struct server *s, enum stop_level level)
{
    static const char *const WORDS[] = {
        [STOP_NONE] = "nothing", [STOP_ORDERLY] = "stop", [STOP_IMMEDIATE] = "stop-at-once"};
    assert_ptr_equal(s, &server);
    fake_note(WORDS[level]);
}

void runners_child_exited(struct runners *t)
{
    assert_ptr_equal(t, RUNNERS);
    fake_note("child");
}

/* ---- the server, as far as it is needed ---- */

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
                             .keeper = KEEPER,
                             .spares = SPARES,
                             .runners = RUNNERS,
                             .desk = {.core = &server.core}};
    server.core.config = loaded;
    server.core.notify.fd = pair[0];
    sigprocmask(SIG_SETMASK, NULL, &before);
    return signals_open(&server, NULL);
}

static int teardown_server(void **state)
{
    loaded = server.config;
    resources = server.resources;
    keys = server.keys;
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

/* Nobody else gets them, and nobody is held up by reading them. */
static void they_come_by_a_descriptor(void **state)
{
    (void)state;
    static const int OURS[] = {SIGTERM, SIGINT, SIGQUIT, SIGHUP, SIGCHLD};
    sigset_t blocked;
    assert_int_equal(sigprocmask(SIG_SETMASK, NULL, &blocked), 0);
    for (size_t i = 0; i < sizeof OURS / sizeof *OURS; i++) {
        assert_true(sigismember(&blocked, OURS[i]));
        sigdelset(&blocked, OURS[i]);
    }
    for (int i = 1; i < SIGRTMIN; i++)
        assert_int_equal(sigismember(&blocked, i), sigismember(&before, i));
    assert_true(fcntl(server.signal_fd, F_GETFD) & FD_CLOEXEC);
    assert_true(fcntl(server.signal_fd, F_GETFL) & O_NONBLOCK);
    assert_int_equal(server.signals.phase, PHASE_SIGNALS);
    assert_true(server.signals.armed);
}

static void without_a_descriptor_for_them_it_does_not_start(void **state)
{
    (void)state;
    struct server other = {.loop = core.loop, .signal_fd = -1};
    struct error err = {0};
    struct rlimit limit;
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    const struct rlimit none = {.rlim_cur = 0, .rlim_max = limit.rlim_max};
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &none), 0);
    int r = signals_open(&other, &err);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(r, -EMFILE);
    assert_string_equal(err.text, "signalfd: Too many open files");
    assert_int_equal(other.signal_fd, -1);
}

static void without_memory_it_does_not_start_either(void **state)
{
    (void)state;
    for (int k = 0; failing_next(&k);) {
        struct server other = {.loop = core.loop, .signal_fd = -1};
        struct error err = {0};
        int r = signals_open(&other, &err);
        failing_stop();
        if (r < 0) {
            assert_int_equal(r, -ENOMEM);
            assert_string_equal(err.text, "cannot watch for signals: Cannot allocate memory");
        }
        assert_int_equal(r < 0, failing_happened);
        watch_release(&other.signals);
        fd_close(&other.signal_fd);
    }
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

static void a_hangup_while_it_drains_is_one(void **state)
{
    (void)state;
    server.core.stop_level = STOP_DRAINING;
    raise(SIGHUP);
    signals_read(&server);
    assert_string_not_equal(told(), "");
    fake_done();
    server.core.stop_level = STOP_NONE;
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
    assert_ptr_equal(server.core.keys, server.keys);
    assert_int_equal(server.config->max_connections, 9);
    assert_null(catalogue_get(server.resources->catalogue, CATALOGUE_COUNCILS, "quick"));
    assert_int_equal(server.config->max_request_bytes, 2097152);
    assert_int_equal(server.config->max_output_queue_bytes, 8388608);
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
    assert_int_equal(reload(&server, NULL), 0);
    assert_null(strstr(log_lines(), "reloaded"));
    write_settings(",\"log_level\":\"notice\"");
    assert_int_equal(reload(&server, NULL), 0);
    assert_non_null(strstr(log_lines(), "<5>reloaded\n"));
    log_lines_end();
}

/* By the file, or by what lies in the catalogue. */
static void a_reload_that_fails_changes_nothing(void **state)
{
    (void)state;
    struct config *old = server.config;
    struct resources *old_resources = server.resources;
    struct keys *old_keys = server.keys;
    for (int i = 0; i < 2; i++) {
        if (i == 0)
            write_settings(",\"spares\":-1");
        else
            write_settings(",\"prices\":\"/nowhere/prices.json\"");
        struct error err = {0};
        assert_int_equal(reload_root(&server, &err), i ? -ENOENT : -EINVAL);
        assert_non_null(strstr(err.text, i ? "/nowhere/prices.json" : "spares: must be"));
        told();
        log_lines_begin();
        raise(SIGHUP);
        signals_read(&server);
        const char *line = log_lines();
        assert_ptr_equal(strstr(line, "<3>reload failed, everything stays as it was error="), line);
        assert_non_null(strstr(line, i ? "/nowhere/prices.json" : "spares: must be"));
        log_lines_end();
        assert_string_equal(fake_done(), "");
        assert_ptr_equal(server.config, old);
        assert_ptr_equal(server.core.config, old);
        assert_ptr_equal(server.resources, old_resources);
        assert_ptr_equal(server.core.resources, old_resources);
        assert_ptr_equal(server.keys, old_keys);
        const char *text = strchr(told(), '|');
        assert_int_equal(strncmp(text, "|READY=1\nSTATUS=reload failed: ", 31), 0);
        assert_non_null(strstr(text, i ? "/nowhere/prices.json" : "spares: must be"));
    }
}

/* The first two times something is made that stays. */
static void a_reload_gives_back_what_was_before(void **state)
{
    (void)state;
    long live = 0;
    write_settings("");
    for (int pass = 0; pass < 4; pass++) {
        assert_int_equal(reload(&server, NULL), 0);
        assert_true(pass < 2 || failing_live <= live);
        live = failing_live;
    }
}

/* The socket is in a folder of its own, and some may come to it. */
static void write_people(const char *list)
{
    char more[256];
    snprintf(more, sizeof more, ",\"socket\":\"%s/own/sock\",\"access\":[%s]", folder.path, list);
    write_settings(more);
}

static unsigned mode_of_own(void)
{
    struct stat st;
    assert_int_equal(fstatat(folder.fd, "own", &st, 0), 0);
    return st.st_mode & 07777;
}

#define SOMEBODY "{\"user\":\"5\",\"role\":\"ask\"}"

static void the_folder_of_the_socket_is_open_to_who_may_come(void **state)
{
    (void)state;
    struct error err = {0};
    assert_int_equal(mkdirat(folder.fd, "own", 0700), 0);
    free(server.config->socket);
    assert_true(asprintf(&server.config->socket, "%s/own/sock", folder.path) > 0);
    server.activated = true; /* the service manager made it */
    write_people(SOMEBODY);
    assert_int_equal(reload(&server, NULL), 0);
    assert_int_equal(mode_of_own(), 0700);
    server.activated = false;
    assert_int_equal(reload(&server, NULL), 0); /* there is nothing new */
    assert_int_equal(mode_of_own(), 0700);
    write_people("");
    assert_int_equal(reload(&server, NULL), 0);
    assert_int_equal(mode_of_own(), 0700);
    write_people(SOMEBODY);
    assert_int_equal(reload(&server, NULL), 0);
    assert_int_equal(mode_of_own(), 0711);
    const struct config *old = server.config;
    assert_int_equal(unlinkat(folder.fd, "own", AT_REMOVEDIR), 0);
    put_file(&folder, "own", "");
    write_people("");
    assert_true(reload(&server, &err) < 0);
    assert_non_null(strstr(err.text, "/own"));
    assert_ptr_equal(server.config, old);
}

#define AT_SERVER(name) cmocka_unit_test_setup_teardown(name, setup_server, teardown_server)

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_SERVER(each_signal_has_its_meaning),
        AT_SERVER(they_come_by_a_descriptor),
        AT_SERVER(without_a_descriptor_for_them_it_does_not_start),
        AT_SERVER(without_memory_it_does_not_start_either),
        AT_SERVER(a_signal_wakes_the_loop),
        AT_SERVER(a_hangup_while_it_drains_is_one),
        AT_SERVER(a_hangup_while_it_stops_is_none),
        AT_SERVER(a_hangup_reloads_everything),
        AT_SERVER(the_level_of_the_log_is_another),
        AT_SERVER(a_reload_that_fails_changes_nothing),
        AT_SERVER(a_reload_gives_back_what_was_before),
        AT_SERVER(the_folder_of_the_socket_is_open_to_who_may_come),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
