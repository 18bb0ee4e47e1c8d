#include "host.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fd.h"
#include "common/jx.h"
#include "common/log.h"
#include "common/xalloc.h"
#include "council_run.h"
#include "enclosure.h"
#include "proto/council/program_tools.h"
#include "proto/json/canonical.h"
#include "runner/probe/probe.h"
#include "wiped_libraries.h"

enum { KEEPER_READY_MS = 8000 };
enum { TOOL_FDS_MAX = 256 }; /* more are looked at each time that something else happens */

struct host {
    struct uplink uplink;
    struct http *http;
    struct secrets *secrets;
    struct journal journal;
    struct run_spec spec;
    struct resumption resumption;
    struct closing *closing;    /* what the process is closed in with when it has its spec */
    struct tool_keeper *keeper; /* NULL: no program is among the tools of the run */
    struct council_run *run;    /* both NULL: a spare */
    struct probe *probe;        /* instead of a run */
    int signals;
    int status; /* -1: goes on */
};

static bool has_work(const struct host *h)
{
    return h->run || h->probe;
}

static bool is_over(const struct host *h)
{
    return h->run ? council_run_is_over(h->run) : probe_is_over(h->probe);
}

/* ---- ends ---- */

static void release(struct host *h)
{
    council_run_free(h->run);
    tool_keeper_free(h->keeper);
    probe_free(h->probe);
    http_free(h->http);
    closing_free(h->closing);
    resumption_release(&h->resumption);
    run_spec_release(&h->spec);
    secrets_free(h->secrets);
    uplink_release(&h->uplink);
    journal_release(&h->journal);
    fd_close(&h->signals);
}

/* Nothing is started or told any more; the wait status is to say what ended the process. */
static void die_of_sigterm(struct host *h)
{
    sigset_t set;
    release(h);
    signal(SIGTERM, SIG_DFL);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    raise(SIGTERM);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    _exit(RUNNER_EXIT_SETUP);
}

static void refuse(struct host *h, const char *message, const char *code, json_t *data)
{
    if (link_make_failed(&h->uplink.out, message, code, data) == 0)
        uplink_drain(&h->uplink);
    json_decref(data);
    h->status = RUNNER_EXIT_FAILED;
}

/* ---- lines from councild ---- */

/* The own record, and its folder where there is one. */
static int open_journal(struct host *h, struct error *err)
{
    int folder = h->spec.one_file ? TAKE_FD(h->uplink.fds[1]) : -1;
    int r = journal_init(&h->journal, TAKE_FD(h->uplink.fds[0]), folder, err);
    return r == 0 && h->spec.durable ? journal_settle(&h->journal, err) : r;
}

/* Whatever starts processes is one of its own, which has neither the keys nor the record. */
static int start_keeper(struct host *h, struct error *err)
{
    json_t *documents = run_spec_tools(&h->spec);
    if (!tools_have_programs(documents))
        return 0;
    struct tool_keeper_order order = {.documents = documents,
                                      .keys = h->spec.keys,
                                      .own = run_spec_own_paths(&h->spec),
                                      .open = h->spec.sandbox.mode == SANDBOX_OFF,
                                      .cores = h->spec.sandbox.allow_cores};
    h->keeper = tool_keeper_start(&order, err);
    return h->keeper ? 0 : -err->number;
}

/* What holds the programs of its tools; null where there are none, or nothing holds them. A keeper
 * that does not say is of no use. */
static int add_keeper(struct host *h, json_t *in_force, struct error *err)
{
    json_t *state = h->keeper ? tool_keeper_sandbox(h->keeper, KEEPER_READY_MS) : NULL;
    if (h->keeper && !state)
        return error_set(err, ETIMEDOUT, "the tool keeper does not come up");
    j_set(in_force, "tools", json_object_size(state) ? j_copy(state) : json_null());
    return 0;
}

/* The last thing before `ready`: what the process holds open stays with it, and from here on it
 * gets little else. */
static bool close_in(struct host *h, const struct sandbox_policy *policy, json_t *providers)
{
    struct error err = {0};
    if (!h->closing && policy->mode != SANDBOX_OFF)
        h->closing = enclosure_prepare(providers);
    json_t *in_force = enclosure_enforce(h->closing, policy, providers, &err);
    if (!in_force || add_keeper(h, in_force, &err) < 0) {
        json_decref(in_force);
        refuse(h, err.text, "sandbox", NULL);
        return false;
    }
    int r = link_make_ready(&h->uplink.out, in_force);
    json_decref(in_force);
    /* Whoever started the run waits for this line, and for nothing that follows. */
    if (r == 0)
        uplink_flush(&h->uplink);
    closing_free(h->closing);
    h->closing = NULL;
    return r == 0;
}

static void start_run(struct host *h)
{
    struct error err = {0};
    if (open_journal(h, &err) < 0) {
        refuse(h, err.text, "journal", NULL);
        return;
    }
    if (start_keeper(h, &err) < 0) {
        refuse(h, err.text, NULL, NULL);
        return;
    }
    run_spec_put_keys_away(&h->spec, h->secrets);
    struct council_run_parts parts = {&h->uplink, h->http,        &h->journal, &h->spec,
                                      h->secrets, &h->resumption, h->keeper};
    h->run = council_run_new(&parts, &err);
    if (!h->run) {
        refuse(h, err.text, NULL, NULL);
        return;
    }
    if (close_in(h, &h->spec.sandbox, h->spec.plan.providers))
        council_run_begin(h->run);
}

/* Those of the runs that are resumed come behind what belongs to the own record. */
static int read_elders(struct host *h, struct spec_refusal *refusal)
{
    size_t own = h->spec.one_file ? 2 : 1, n = h->uplink.n_fds;
    return resumption_init(&h->resumption, h->uplink.fds + own, n > own ? n - own : 0, &h->spec,
                           refusal);
}

static void take_spec(struct host *h, struct link_down *line)
{
    struct spec_refusal refusal;
    if (h->run || h->probe)
        return;
    if (run_spec_init(&h->spec, line, h->secrets, &refusal) < 0 || read_elders(h, &refusal) < 0)
        refuse(h, refusal.message, refusal.code, refusal.data);
    else
        start_run(h);
    for (size_t i = 0; i < h->uplink.n_fds; i++)
        fd_close(&h->uplink.fds[i]);
}

static void take_probe(struct host *h, struct link_down *line)
{
    struct probe_parts parts = {&h->uplink, h->http, h->secrets};
    struct spec_refusal refusal;
    if (h->run || h->probe)
        return;
    h->probe = probe_new(&parts, line, &refusal);
    if (!h->probe) {
        refuse(h, refusal.message, refusal.code, refusal.data);
        return;
    }
    if (close_in(h, probe_sandbox(h->probe), probe_providers(h->probe)))
        probe_begin(h->probe);
}

static void cancel(struct host *h, const struct link_down *line)
{
    if (h->run)
        council_run_cancel(h->run, line->now, line->cause);
    if (h->probe)
        probe_cancel(h->probe);
}

static void take_line(struct host *h, const char *text, size_t len)
{
    struct link_down line;
    struct error err = {0};
    if (link_parse_down(text, len, &line, &err) < 0) {
        if (has_work(h))
            log_warning("junk on the link", LOG_S("error", err.text));
        else
            refuse(h, err.text, NULL, NULL);
        return;
    }
    if (line.type == LINK_SPEC)
        take_spec(h, &line);
    else if (line.type == LINK_PROBE)
        take_probe(h, &line);
    else if (line.type == LINK_CANCEL)
        cancel(h, &line);
    else if (line.type == LINK_DELTAS && h->run)
        council_run_set_deltas(h->run, line.on);
    link_down_release(&line);
}

static void take_lines(struct host *h)
{
    char *line;
    size_t len;
    uplink_read(&h->uplink);
    while (h->status < 0 && (line = uplink_line(&h->uplink, &len)))
        take_line(h, line, len);
    uplink_tidy(&h->uplink);
    if (h->uplink.eof && h->status < 0)
        h->status = has_work(h) ? RUNNER_EXIT_LINK_LOST : 0;
}

/* ---- the loop ---- */

/* A probe says a single line at its end: it never fills the link. */
static bool is_held(struct host *h)
{
    return h->run && council_run_is_held(h->run);
}

static int timeout_ms(struct host *h)
{
    return h->run ? council_run_timeout_ms(h->run) : probe_timeout_ms(h->probe);
}

static size_t tool_fds(const struct host *h, struct pollfd *ret)
{
    return h->run ? council_run_fds(h->run, ret, TOOL_FDS_MAX) : 0;
}

static void step(struct host *h)
{
    if (h->run)
        council_run_step(h->run);
    else
        probe_step(h->probe);
}

static void turn(struct host *h)
{
    struct pollfd fds[2 + TOOL_FDS_MAX] = {
        {.fd = h->uplink.fd, .events = (short)(POLLIN | (h->uplink.out.len ? POLLOUT : 0))},
        {.fd = h->signals, .events = POLLIN}};
    if (!has_work(h) || is_over(h) || is_held(h))
        poll(fds, 2, -1);
    else
        http_wait(h->http, fds, 2 + tool_fds(h, fds + 2), timeout_ms(h));
    if (fds[1].revents)
        die_of_sigterm(h);
    if (fds[0].revents & (POLLIN | POLLHUP | POLLERR))
        take_lines(h);
    if (h->status >= 0 || !has_work(h))
        return;
    if (!is_held(h)) {
        http_perform(h->http);
        step(h);
    }
    uplink_flush(&h->uplink);
    if (h->uplink.eof)
        h->status = RUNNER_EXIT_LINK_LOST;
    else if (is_over(h) && !h->uplink.out.len)
        h->status = 0;
}

static int watch_signals(void)
{
    sigset_t set;
    signal(SIGPIPE, SIG_IGN);
    signal(SIGXFSZ, SIG_IGN);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    if (sigprocmask(SIG_BLOCK, &set, NULL) < 0)
        return -errno;
    int fd = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    return fd < 0 ? -errno : fd;
}

/* A council as small as they come. */
static const char SAMPLE[] =
    "{\"type\":\"spec\",\"v\":1,\"run_id\":\"run_sample\",\"council\":{\"schema_version\":1,"
    "\"id\":\"sample\",\"members\":[{\"id\":\"a\",\"provider\":\"mock\",\"model\":\"m\"},"
    "{\"id\":\"b\",\"provider\":\"mock\",\"model\":\"n\"}],\"rounds\":[{\"type\":"
    "\"independent_analysis\"}]},\"input\":\"\",\"options\":{},\"limits\":{},\"catalogue\":{},"
    "\"providers\":{\"mock\":{\"type\":\"mock\"}},\"prices\":{},\"defaults\":{},\"tools\":{},"
    "\"keys\":{}}";

/* Whatever is slow the first time is done while nobody waits: libcrypto takes a millisecond to find
 * its digests, and the code and tables of resolving a council stand in pages that nobody has
 * touched. */
static void warm_up(struct secrets *secrets)
{
    char hash[SHA256_HEX_SIZE];
    struct run_spec spec;
    struct spec_refusal refusal;
    struct link_down line;
    if (link_parse_down(SAMPLE, sizeof(SAMPLE) - 1, &line, NULL) == 0) {
        if (run_spec_init(&spec, &line, secrets, &refusal) == 0)
            json_canonical_sha256(spec.plan.document, hash);
        run_spec_release(&spec);
        json_decref(refusal.data);
        link_down_release(&line);
    }
}

static bool has_input(int fd)
{
    struct pollfd p = {.fd = fd, .events = POLLIN};
    return poll(&p, 1, 0) > 0;
}

int host_main(int link_fd, bool early)
{
    struct host h = {.journal = {.fd = -1}, .status = -1};
    if (!wiped_libraries())
        log_warning("libcrypto does not overwrite what it gives back");
    h.signals = watch_signals();
    uplink_init(&h.uplink, link_fd);
    h.secrets = secrets_new();
    h.http = http_new(NULL);
    if (h.signals < 0 || !h.http) {
        log_error("the runner cannot be set up");
        release(&h);
        return RUNNER_EXIT_SETUP;
    }
    warm_up(h.secrets);
    /* Who waits already says whether it is needed at all. */
    if (early || !has_input(link_fd))
        h.closing = enclosure_prepare(NULL);
    if (early)
        closing_begin(h.closing);
    while (h.status < 0)
        turn(&h);
    release(&h);
    return h.status;
}
