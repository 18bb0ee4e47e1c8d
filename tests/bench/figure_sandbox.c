/* What closing a runner in costs: run.start with and without a spare, closed in and open in turn,
 * and what a run that waits takes more. With a spare most of it is done before anybody asks. */
#include "bench.h"

#include <unistd.h>

enum { ROUNDS = 200, WARM_UP = 10, RUNS = 20, SETTLE_US = 500000, PREPARED_US = 20000 };

/* A daemon that closes its runs in, and one that does not. */
struct two {
    struct daemon daemons[2];
    struct client *clients[2];
    struct samples us[2];
};

static void two_start(struct two *t, const char *build, const char *spares)
{
    static const char *const MODES[] = {"best", "off"};
    for (int i = 0; i < 2; i++) {
        const char *flags[] = {"--sandbox", MODES[i], "--spares", spares, NULL};
        daemon_start(&t->daemons[i], build, NULL, flags);
        t->clients[i] = client_open(&t->daemons[i]);
        t->us[i] = (struct samples){0};
    }
}

static void two_stop(struct two *t)
{
    for (int i = 0; i < 2; i++) {
        client_close(t->clients[i]);
        daemon_stop(&t->daemons[i]);
        samples_release(&t->us[i]);
    }
}

static double one_start_us(struct client *c, json_t *request)
{
    int64_t start = bench_ns();
    client_send_json(c, request);
    client_wait_line(c, "\"result\":{\"run_id\"");
    double us = (double)(bench_ns() - start) / 1e3;
    client_wait_line(c, "\"run.down\"");
    return us;
}

static void measure_starts(const char *build, const char *spares, const char *figure, double goal)
{
    struct two t;
    json_t *request = json_pack("{s:s, s:i, s:s, s:{s:o, s:s, s:b}}", "jsonrpc", "2.0", "id", 1,
                                "method", "run.start", "params", "council", council_mock(), "input",
                                "Which way?", "monitor", 1);
    two_start(&t, build, spares);
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < 2; i++) {
            if (*spares != '0') {
                wait_for_children(&t.daemons[i], 1);
                usleep(PREPARED_US); /* it has done what it does before it is asked */
            }
            double us = one_start_us(t.clients[i], request);
            if (round >= WARM_UP)
                samples_add(&t.us[i], us);
        }
    }
    double closed = samples_percentile(&t.us[0], 50), open = samples_percentile(&t.us[1], 50);
    printf("%-44s %10.1f us   open %9.1f us\n", figure, closed, open);
    report_value(figure, closed - open, goal, "us");
    two_stop(&t);
    json_decref(request);
}

static double waiting_kib(struct client *c)
{
    struct samples kib = {0};
    pid_t pids[RUNS];
    for (int i = 0; i < RUNS; i++) {
        json_t *run =
            client_call(c, "run.start",
                        json_pack("{s:o, s:s}", "council", council_idle(), "input", "Which way?"));
        pids[i] = (pid_t)json_integer_value(json_object_get(run, "pid"));
        json_decref(run);
    }
    usleep(SETTLE_US);
    for (int i = 0; i < RUNS; i++)
        samples_add(&kib, (double)process_pss_kib(pids[i]));
    json_decref(client_call(c, "supervisor.terminate_all", NULL));
    double median = samples_percentile(&kib, 50);
    samples_release(&kib);
    return median;
}

static void measure_memory(const char *build)
{
    struct two t;
    two_start(&t, build, "0");
    double closed = waiting_kib(t.clients[0]), open = waiting_kib(t.clients[1]);
    report_ratio("a run that waits, closed in, PSS (20 of them)", closed, open, 1.05, "KiB");
    two_stop(&t);
}

void figure_sandbox(const char *build)
{
    measure_starts(build, "1", "run.start, more when closed in, p50", 50);
    measure_starts(build, "0", "the same without a spare", 450);
    measure_memory(build);
}
