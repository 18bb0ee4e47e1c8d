/* run.start on an open connection, a spare at hand: request sent to reply read. */
#include "bench.h"

enum { ROUNDS = 5, STARTS = 40 };

static double one_start_us(struct client *c, json_t *council)
{
    json_t *request =
        json_pack("{s:O, s:s, s:b}", "council", council, "input", "Which way?", "monitor", 1);
    int64_t start = bench_ns();
    json_t *reply = client_call(c, "run.start", request);
    double us = (double)(bench_ns() - start) / 1e3;
    json_decref(reply);
    json_decref(client_wait(c, "run.down"));
    return us;
}

void figure_start(const char *build)
{
    struct daemon d;
    struct samples ours = {0}, raw = {0};
    json_t *council = council_mock();
    daemon_start(&d, build, NULL, NULL);
    struct client *c = client_open(&d);
    wait_for_children(&d, 1);
    json_decref(client_call(c, "supervisor.info", NULL));
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < STARTS; i++) {
            samples_add(&ours, one_start_us(c, council));
            wait_for_children(&d, 1);
        }
        for (int i = 0; i < STARTS; i++)
            samples_add(&raw, probe_fork_us());
    }
    report_ratio("run.start to reply, p50", samples_percentile(&ours, 50),
                 samples_percentile(&raw, 50), 4, "us");
    report_ratio("run.start to reply, p99", samples_percentile(&ours, 99),
                 samples_percentile(&raw, 99), 4, "us");
    client_close(c);
    daemon_stop(&d);
    json_decref(council);
    samples_release(&ours);
    samples_release(&raw);
}
