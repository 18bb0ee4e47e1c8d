/* A runner in a process of its own, as councild sees it over a socketpair, and what came from it.
 * Taken in behind cmocka.h, by one source of a test. */
#ifndef TESTS_UNIT_RUNNER_RUNNER_PROCESS_H
#define TESTS_UNIT_RUNNER_RUNNER_PROCESS_H

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/buf.h"
#include "common/fd.h"
#include "proto/json/json_tree.h"
#include "proto/link.h"
#include "runner/host.h"

#define KEY "sk-a-key-that-nobody-may-see"

static const char COUNCIL[] =
    "{\"schema_version\": 1, \"id\": \"three\", \"members\": [{\"id\": \"ann\", \"provider\":"
    " \"mock\", \"model\": \"m1\"}, {\"id\": \"bob\", \"provider\": \"mock\", \"model\": \"m2\"},"
    " {\"id\": \"cy\", \"provider\": \"mock\", \"model\": \"m3\"}], \"rounds\": [{\"type\":"
    " \"independent_analysis\"}, {\"type\": \"anonymized_peer_review\"}, {\"type\":"
    " \"synthesis\"}], \"chair\": {\"provider\": \"mock\", \"model\": \"m1\"}}";

/* One runner and what came from it. */
struct run {
    pid_t pid;
    int link, journal;
    struct buf in;
    json_t *events; /* lifecycle, in order */
    size_t deltas, progress, ready;
    json_t *result, *failed;
    bool eof;
};

static bool starts_early; /* as a spare that closes itself in before it has its spec */

static inline void start_runner(struct run *r)
{
    int pair[2];
    *r = (struct run){.link = -1, .journal = -1, .events = json_array()};
    buf_init(&r->in, 64 << 20);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    r->pid = fork();
    if (r->pid == 0) {
        close(pair[0]);
        _exit(host_main(pair[1], starts_early));
    }
    close(pair[1]);
    r->link = pair[0];
}

static inline void send_all(int fd, const char *bytes, size_t len, const int *fds, size_t n)
{
    while (len) {
        ssize_t sent = link_send_fds(fd, bytes, len, fds, n);
        if (sent == -EAGAIN) {
            struct pollfd p = {.fd = fd, .events = POLLOUT};
            poll(&p, 1, 10000);
            continue;
        }
        assert_true(sent > 0);
        bytes += sent;
        len -= (size_t)sent;
        n = 0;
    }
}

static inline struct json_span span(const char *text)
{
    return (struct json_span){text, strlen(text)};
}

struct ask {
    const char *council, *input, *seed;
    const char *options, *limits, *providers; /* JSON texts or NULL */
    int journal;                              /* descriptor to use, -1: a file */
    int resume;                               /* descriptor of a journal to resume from, 0: none */
};

static inline json_t *tree(const char *text, const char *otherwise)
{
    json_t *value = json_loads(text ? text : otherwise, 0, NULL);
    assert_non_null(value);
    return value;
}

static inline int temporary(void)
{
    char path[] = "/tmp/runner-journal-XXXXXX";
    int fd = mkostemp(path, O_APPEND | O_CLOEXEC);
    unlink(path);
    return fd;
}

static inline void send_spec(struct run *r, const struct ask *ask)
{
    json_t *options = tree(ask->options, "{}"), *limits = tree(ask->limits, "{}");
    json_t *providers = tree(ask->providers, "{\"mock\": {\"type\": \"mock\"}}");
    json_t *keys = json_pack("{s:s}", "SOME_KEY", KEY);
    struct link_spec spec = {.run_id = "run_test",
                             .council_id = "dynamic:three",
                             .council = span(ask->council ? ask->council : COUNCIL),
                             .input = span(ask->input ? ask->input : "\"Tea or coffee?\""),
                             .seed = ask->resume ? ask->seed
                                     : ask->seed ? ask->seed
                                                 : "seed",
                             .options = options,
                             .limits = limits,
                             .providers = providers,
                             .keys = keys};
    struct buf line = BUF_INIT(8 << 20);
    assert_int_equal(link_make_spec(&line, &spec), 0);
    r->journal = ask->journal > 0 ? ask->journal : temporary();
    int fds[] = {r->journal, ask->resume};
    send_all(r->link, line.at, line.len, fds, ask->resume ? 2 : 1);
    buf_release(&line);
    json_decref(options);
    json_decref(limits);
    json_decref(providers);
    json_decref(keys);
}

static inline void take_event(struct run *r, const struct link_up *up)
{
    json_t *event = NULL;
    assert_int_equal(r->ready, 1);
    assert_null(r->result);
    assert_int_equal(json_span_load(up->event, &event), 0);
    if (up->type == LINK_EVENT) {
        assert_int_equal(up->seq, json_array_size(r->events) + 1);
        json_array_append(r->events, event);
    } else {
        r->deltas++;
    }
    json_decref(event);
}

static inline void take_line(struct run *r, const char *line, size_t len)
{
    struct link_up up;
    struct error err = {0};
    assert_null(memmem(line, len, KEY, strlen(KEY)));
    if (link_parse_up(line, len, &up, &err) < 0)
        fail_msg("%s: %.*s", err.text, (int)len, line);
    if (up.type == LINK_READY)
        r->ready++;
    else if (up.type == LINK_FAILED)
        r->failed = json_incref(up.failed);
    else if (up.type == LINK_PROGRESS)
        r->progress++;
    else if (up.type == LINK_RESULT)
        assert_int_equal(json_span_load(up.result, &r->result), 0);
    else
        take_event(r, &up);
    link_up_release(&up);
}

/* Reads for a moment: false at the end of the link. */
static inline bool listen_once(struct run *r)
{
    struct pollfd p = {.fd = r->link, .events = POLLIN};
    char bytes[65536];
    assert_int_equal(poll(&p, 1, 20000), 1);
    ssize_t n = recv(r->link, bytes, sizeof(bytes), 0);
    if (n <= 0)
        return false;
    assert_int_equal(buf_add(&r->in, bytes, (size_t)n), 0);
    char *end;
    while (r->in.len && (end = memchr(r->in.at, '\n', r->in.len))) {
        size_t len = (size_t)(end - r->in.at);
        take_line(r, r->in.at, len);
        buf_consume(&r->in, len + 1);
    }
    return true;
}

static inline int wait_for_end(struct run *r)
{
    int status = 0;
    while (listen_once(r))
        ;
    assert_int_equal(r->in.len, 0);
    assert_int_equal(waitpid(r->pid, &status, 0), r->pid);
    return status;
}

static const char *text(json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));
    return value ? value : "";
}

/* The journal holds the bytes of the events that were told, each in a line, and nothing else. */
static inline void journal_is_what_was_told(struct run *r)
{
    struct buf all = BUF_INIT(64 << 20);
    char bytes[65536];
    ssize_t n;
    off_t at = 0;
    while ((n = pread(r->journal, bytes, sizeof(bytes), at)) > 0) {
        assert_int_equal(buf_add(&all, bytes, (size_t)n), 0);
        at += n;
    }
    assert_null(memmem(all.at, all.len, KEY, strlen(KEY)));
    for (size_t i = 0; i < json_array_size(r->events); i++) {
        char *end = memchr(all.at, '\n', all.len);
        assert_non_null(end);
        json_t *event = json_loadb(all.at, (size_t)(end - all.at), 0, NULL);
        assert_true(json_equal(event, json_array_get(r->events, i)));
        json_decref(event);
        buf_consume(&all, (size_t)(end - all.at) + 1);
    }
    assert_int_equal(all.len, 0);
    buf_release(&all);
}

static inline size_t count_events(struct run *r, const char *type)
{
    size_t i, count = 0;
    json_t *event;
    json_array_foreach (r->events, i, event)
        count += !strcmp(text(event, "type"), type);
    return count;
}

static inline void forget(struct run *r)
{
    buf_release(&r->in);
    json_decref(r->events);
    json_decref(r->result);
    json_decref(r->failed);
    fd_close(&r->link);
    fd_close(&r->journal);
}

static inline void send_line(struct run *r, struct buf *line)
{
    send_all(r->link, line->at, line->len, NULL, 0);
    buf_release(line);
}

static inline void set_deltas(struct run *r, bool on)
{
    struct buf line = BUF_INIT(1000);
    link_make_deltas(&line, on);
    send_line(r, &line);
}

static inline void run_whole(struct run *r, const struct ask *ask, bool deltas)
{
    start_runner(r);
    send_spec(r, ask);
    if (deltas)
        set_deltas(r, true);
    assert_int_equal(wait_for_end(r), 0);
    assert_int_equal(r->ready, 1);
    assert_non_null(r->result);
    journal_is_what_was_told(r);
}

/* Takes out what may differ between two runs of one seed. */
static inline void strip(json_t *value)
{
    static const char *const NAMES[] = {"timing",   "latency_ms", "started_ms", "first_token_ms",
                                        "ended_ms", "run_id",     "deadline_ms"};
    const char *name;
    json_t *member;
    size_t i;
    for (i = 0; json_is_object(value) && i < sizeof(NAMES) / sizeof(NAMES[0]); i++)
        json_object_del(value, NAMES[i]);
    json_object_foreach (value, name, member)
        strip(member);
    json_array_foreach (value, i, member)
        strip(member);
}

#endif
