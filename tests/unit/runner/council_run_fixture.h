/* A run without a process around it: the mock provider needs no network, the journal is a file on a
 * disk that may fail, and what councild would hear stands in a queue. Taken in behind cmocka.h, by
 * one source of a test. */
#ifndef TESTS_UNIT_RUNNER_COUNCIL_RUN_FIXTURE_H
#define TESTS_UNIT_RUNNER_COUNCIL_RUN_FIXTURE_H

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>

#include "bad_disk.h"
#include "common/jx.h"
#include "common/xalloc.h"
#include "proto/council/program_tools.h"
#include "runner/council_run.h"

#define KEY "sk-a-key-that-nobody-may-see"

struct world {
    struct uplink uplink;
    struct http *http;
    struct secrets *secrets;
    struct journal journal;
    struct run_spec spec;
    struct resumption resumption;
    struct tool_keeper *keeper;
    struct council_run *run;
    int far_end;
    char path[40];
    /* what was told, line by line */
    json_t *events, *deltas, *result;
    size_t progress;
};

static inline void open_journal(struct world *w, int flags)
{
    struct error err = {0};
    snprintf(w->path, sizeof(w->path), "/tmp/council-run-XXXXXX");
    close(mkostemp(w->path, O_CLOEXEC));
    int folder = open("/tmp", O_RDONLY | O_CLOEXEC);
    assert_int_equal(journal_init(&w->journal, open(w->path, flags | O_CLOEXEC), folder, &err), 0);
    disk = (struct bad_disk){0};
    w->journal.calls = &DISK;
}

#define MOCK_HOUSE                                                                                 \
    "\"catalogue\":{},\"tools\":{},\"providers\":{\"mock\":{\"type\":\"mock\",\"headers\":{"       \
    "\"X\":\"" KEY "\"}}}"

/* house: catalogue, tools and providers. */
static inline void take_spec(struct world *w, const char *council, const char *seed,
                             const char *house)
{
    struct spec_refusal refusal;
    struct link_down line;
    char *text =
        xasprintf("{\"type\":\"spec\",\"v\":1,\"run_id\":\"run_here\",\"seed\":\"%s\","
                  "\"council\":%s,\"input\":\"Tea or coffee?\",\"options\":{},\"limits\":{},"
                  "\"prices\":{},\"defaults\":{},\"keys\":{},\"records\":0,%s}",
                  seed, council, house);
    assert_int_equal(link_parse_down(text, strlen(text), &line, NULL), 0);
    if (run_spec_init(&w->spec, &line, w->secrets, &refusal) < 0)
        fail_msg("%s", refusal.message);
    assert_int_equal(resumption_init(&w->resumption, NULL, 0, &w->spec, &refusal), 0);
    link_down_release(&line);
    free(text);
}

static inline void open_run_in(struct world *w, const char *house, const char *council,
                               const char *seed, int journal_flags)
{
    int pair[2];
    struct error err = {0};
    *w = (struct world){.events = j_array(), .deltas = j_array()};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    uplink_init(&w->uplink, pair[0]);
    w->far_end = pair[1];
    w->http = http_new(NULL);
    w->secrets = secrets_new();
    open_journal(w, journal_flags);
    take_spec(w, council, seed, house);
    if (tools_have_programs(run_spec_tools(&w->spec)))
        w->keeper = tool_keeper_start(
            &(struct tool_keeper_order){.documents = run_spec_tools(&w->spec)}, &err);
    struct council_run_parts parts = {&w->uplink, w->http,        &w->journal, &w->spec,
                                      w->secrets, &w->resumption, w->keeper};
    w->run = council_run_new(&parts, &err);
    assert_non_null(w->run);
}

static inline void open_run(struct world *w, const char *council, const char *seed,
                            int journal_flags)
{
    open_run_in(w, MOCK_HOUSE, council, seed, journal_flags);
}

static inline void close_run(struct world *w)
{
    council_run_free(w->run);
    tool_keeper_free(w->keeper);
    resumption_release(&w->resumption);
    run_spec_release(&w->spec);
    http_free(w->http);
    secrets_free(w->secrets);
    journal_release(&w->journal);
    uplink_release(&w->uplink);
    close(w->far_end);
    unlink(w->path);
    json_decref(w->events);
    json_decref(w->deltas);
    json_decref(w->result);
}

static inline void hear(struct world *w, const char *text, size_t len)
{
    json_t *line = json_loadb(text, len, 0, NULL);
    assert_non_null(line);
    assert_null(w->result); /* it is the last line */
    if (j_has(line, "type", "event"))
        j_add(w->events, json_incref(j_get(line, "event")));
    else if (j_has(line, "type", "delta"))
        j_add(w->deltas, json_incref(j_get(line, "event")));
    else if (j_has(line, "type", "progress"))
        w->progress++;
    else if (j_has(line, "type", "result"))
        w->result = json_incref(line);
    json_decref(line);
}

/* Takes out of the queue what councild would have read. */
static inline void hear_all(struct world *w)
{
    struct buf *out = &w->uplink.out;
    char *end;
    while (out->len && (end = memchr(out->at, '\n', out->len))) {
        size_t len = (size_t)(end - out->at);
        hear(w, out->at, len);
        buf_consume(out, len + 1);
    }
    assert_int_equal(out->len, 0);
}

static inline void play(struct world *w)
{
    for (int i = 0; i < 20000 && !council_run_is_over(w->run); i++) {
        int wait = council_run_timeout_ms(w->run);
        assert_true(wait >= 0);
        usleep((unsigned)(wait > 20 ? 20 : wait) * 1000);
        council_run_step(w->run);
    }
    assert_true(council_run_is_over(w->run));
    hear_all(w);
    assert_non_null(w->result);
}

#endif
