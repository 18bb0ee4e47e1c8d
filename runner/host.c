#include "host.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fd.h"
#include "common/log.h"
#include "common/xalloc.h"
#include "proto/council/document.h"
#include "run.h"
#include "runner/probe/probe.h"

enum { TOOL_FDS_MAX = 256 }; /* more are looked at each time that something else happens */

struct runner {
    struct uplink uplink;
    struct http *http;
    struct secrets *secrets;
    struct journal journal;
    struct run_spec spec;
    struct resumption resumption;
    struct run *run;     /* both NULL: a spare */
    struct probe *probe; /* instead of a run */
    int signals;
    int status; /* -1: goes on */
};

static bool has_work(const struct runner *r)
{
    return r->run || r->probe;
}

static bool is_over(const struct runner *r)
{
    return r->run ? run_is_over(r->run) : probe_is_over(r->probe);
}

/* ---- ends ---- */

static void release(struct runner *r)
{
    run_free(r->run);
    probe_free(r->probe);
    http_free(r->http);
    resumption_release(&r->resumption);
    run_spec_release(&r->spec);
    secrets_free(r->secrets);
    uplink_release(&r->uplink);
    journal_release(&r->journal);
    fd_close(&r->signals);
}

/* Nothing is started or told any more; the wait status is to say what ended the process. */
static void die_of_sigterm(struct runner *r)
{
    sigset_t set;
    release(r);
    signal(SIGTERM, SIG_DFL);
    sigemptyset(&set);
    sigaddset(&set, SIGTERM);
    raise(SIGTERM);
    sigprocmask(SIG_UNBLOCK, &set, NULL);
    _exit(RUNNER_EXIT_SETUP);
}

static void refuse(struct runner *r, const char *message, const char *code, json_t *data)
{
    if (link_make_failed(&r->uplink.out, message, code, data) == 0)
        uplink_drain(&r->uplink);
    json_decref(data);
    r->status = RUNNER_EXIT_FAILED;
}

/* ---- lines from councild ---- */

static void start_run(struct runner *r)
{
    struct error err = {0};
    int journal = r->uplink.n_fds > 0 ? r->uplink.fds[0] : -1;
    r->uplink.fds[0] = -1;
    if (journal_init(&r->journal, journal, &err) < 0) {
        refuse(r, err.text, "journal", NULL);
        return;
    }
    struct run_parts parts = {&r->uplink, r->http,    &r->journal,
                              &r->spec,   r->secrets, &r->resumption};
    r->run = run_new(&parts, &err);
    if (!r->run) {
        refuse(r, err.text, NULL, NULL);
        return;
    }
    if (link_make_ready(&r->uplink.out) < 0)
        return;
    /* Whoever started the run waits for this line, and for nothing that follows. */
    uplink_flush(&r->uplink);
    run_begin(r->run);
}

static void take_spec(struct runner *r, struct link_down *line)
{
    struct spec_refusal refusal;
    if (r->run || r->probe)
        return;
    int resumed = r->uplink.n_fds > 1 ? TAKE_FD(r->uplink.fds[1]) : -1;
    if (run_spec_init(&r->spec, line, r->secrets, &refusal) < 0 ||
        resumption_init(&r->resumption, TAKE_FD(resumed), &r->spec, &refusal) < 0)
        refuse(r, refusal.message, refusal.code, refusal.data);
    else
        start_run(r);
    fd_close(&resumed);
}

static void take_probe(struct runner *r, struct link_down *line)
{
    struct probe_parts parts = {&r->uplink, r->http, r->secrets};
    struct spec_refusal refusal;
    if (r->run || r->probe)
        return;
    r->probe = probe_new(&parts, line, &refusal);
    if (!r->probe) {
        refuse(r, refusal.message, refusal.code, refusal.data);
        return;
    }
    if (link_make_ready(&r->uplink.out) < 0)
        return;
    uplink_flush(&r->uplink);
    probe_begin(r->probe);
}

static void cancel(struct runner *r, const struct link_down *line)
{
    if (r->run)
        run_cancel(r->run, line->now, line->cause);
    if (r->probe)
        probe_cancel(r->probe);
}

static void take_line(struct runner *r, const char *text, size_t len)
{
    struct link_down line;
    struct error err = {0};
    if (link_parse_down(text, len, &line, &err) < 0) {
        if (has_work(r))
            log_warning("junk on the link", LOG_S("error", err.text));
        else
            refuse(r, err.text, NULL, NULL);
        return;
    }
    if (line.type == LINK_SPEC)
        take_spec(r, &line);
    else if (line.type == LINK_PROBE)
        take_probe(r, &line);
    else if (line.type == LINK_CANCEL)
        cancel(r, &line);
    else if (line.type == LINK_DELTAS && r->run)
        run_set_deltas(r->run, line.on);
    link_down_release(&line);
}

static void take_lines(struct runner *r)
{
    char *line;
    size_t len;
    uplink_read(&r->uplink);
    while (r->status < 0 && (line = uplink_line(&r->uplink, &len)))
        take_line(r, line, len);
    uplink_tidy(&r->uplink);
    if (r->uplink.eof && r->status < 0)
        r->status = has_work(r) ? RUNNER_EXIT_LINK_LOST : 0;
}

/* ---- the loop ---- */

/* A probe says a single line at its end: it never fills the link. */
static bool is_held(struct runner *r)
{
    return r->run && run_is_held(r->run);
}

static int timeout_ms(struct runner *r)
{
    return r->run ? run_timeout_ms(r->run) : probe_timeout_ms(r->probe);
}

static size_t tool_fds(const struct runner *r, struct pollfd *ret)
{
    return r->run ? run_fds(r->run, ret, TOOL_FDS_MAX) : 0;
}

static void step(struct runner *r)
{
    if (r->run)
        run_step(r->run);
    else
        probe_step(r->probe);
}

static void turn(struct runner *r)
{
    struct pollfd fds[2 + TOOL_FDS_MAX] = {
        {.fd = r->uplink.fd, .events = (short)(POLLIN | (r->uplink.out.len ? POLLOUT : 0))},
        {.fd = r->signals, .events = POLLIN}};
    if (!has_work(r) || is_over(r) || is_held(r))
        poll(fds, 2, -1);
    else
        http_wait(r->http, fds, 2 + tool_fds(r, fds + 2), timeout_ms(r));
    if (fds[1].revents)
        die_of_sigterm(r);
    if (fds[0].revents & (POLLIN | POLLHUP | POLLERR))
        take_lines(r);
    if (r->status >= 0 || !has_work(r))
        return;
    if (!is_held(r)) {
        http_perform(r->http);
        step(r);
    }
    uplink_flush(&r->uplink);
    if (r->uplink.eof)
        r->status = RUNNER_EXIT_LINK_LOST;
    else if (is_over(r) && !r->uplink.out.len)
        r->status = 0;
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

int runner_main(int link_fd)
{
    struct runner r = {.journal = {.fd = -1}, .status = -1};
    /* Some of jansson's calls lose members without a word when memory runs out: it ends here. */
    json_set_alloc_funcs(xmalloc, free);
    r.signals = watch_signals();
    uplink_init(&r.uplink, link_fd);
    r.secrets = secrets_new();
    r.http = http_new(NULL);
    if (r.signals < 0 || !r.http) {
        log_error("the runner cannot be set up");
        release(&r);
        return RUNNER_EXIT_SETUP;
    }
    warm_up(r.secrets);
    while (r.status < 0)
        turn(&r);
    release(&r);
    return r.status;
}
