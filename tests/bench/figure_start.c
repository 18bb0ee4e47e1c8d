/* run.start on an open connection, a spare at hand: request sent to reply read. The probe forks
 * between two starts, so that it finds caches as cold as councild does. */
#include "bench.h"

#include <unistd.h>

enum { ROUNDS = 5, STARTS = 40, PAUSE_US = 8000 };

static double one_start_us(struct client *c, json_t *request)
{
    int64_t start = bench_ns();
    client_send_json(c, request);
    client_wait_line(c, "\"result\":{\"run_id\"");
    double us = (double)(bench_ns() - start) / 1e3;
    client_wait_line(c, "\"run.down\"");
    return us;
}

void figure_start(const char *build)
{
    struct daemon d;
    struct samples ours = {0}, raw = {0};
    json_t *request = json_pack("{s:s, s:i, s:s, s:{s:o, s:s, s:b}}", "jsonrpc", "2.0", "id", 1,
                                "method", "run.start", "params", "council", council_mock(), "input",
                                "Which way?", "monitor", 1);
    daemon_start(&d, build, NULL, NULL);
    struct client *c = client_open(&d);
    for (int i = 0; i < ROUNDS * STARTS; i++) {
        wait_for_children(&d, 1);
        samples_add(&ours, one_start_us(c, request));
        wait_for_children(&d, 1);
        usleep(PAUSE_US);
        samples_add(&raw, probe_fork_us(&d));
    }
    report_ratio("run.start to reply, p50", samples_percentile(&ours, 50),
                 samples_percentile(&raw, 50), 4, "us");
    report_ratio("run.start to reply, p99", samples_percentile(&ours, 99),
                 samples_percentile(&raw, 99), 4, "us");
    client_close(c);
    daemon_stop(&d);
    json_decref(request);
    samples_release(&ours);
    samples_release(&raw);
}
