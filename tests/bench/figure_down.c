/* A runner's exit to the client's read of run.down, with other runs alive. */
#include "bench.h"

#include <signal.h>
#include <unistd.h>

enum { ROUNDS = 5, ENDS = 20 };

static pid_t start_idle(struct client *c, json_t *council, bool monitor)
{
    json_t *request = json_pack("{s:O, s:s}", "council", council, "input", "x");
    if (monitor)
        json_object_set_new(request, "monitor", json_true());
    json_t *reply = client_call(c, "run.start", request);
    pid_t pid = (pid_t)json_integer_value(json_object_get(reply, "pid"));
    json_decref(reply);
    return pid;
}

static void measure(const struct daemon *d, struct client *c, json_t *council, size_t alive)
{
    struct samples ours = {0}, raw = {0};
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < ENDS; i++) {
            pid_t pid = start_idle(c, council, true);
            wait_for_children(d, alive + 2);
            int64_t start = bench_ns();
            kill(pid, SIGKILL);
            json_decref(client_wait(c, "run.down"));
            samples_add(&ours, (double)(bench_ns() - start) / 1e3);
            samples_add(&raw, probe_pidfd_us());
        }
    }
    char name[64];
    double p50 = samples_percentile(&ours, 50);
    snprintf(name, sizeof name, "exit to run.down, %zu alive, p50", alive + 1);
    report_ratio(name, p50, samples_percentile(&raw, 50), 5, "us");
    snprintf(name, sizeof name, "exit to run.down, %zu alive, p99 by p50", alive + 1);
    report_ratio(name, samples_percentile(&ours, 99), p50, 4, "us");
    samples_release(&ours);
    samples_release(&raw);
}

void figure_down(const char *build)
{
    static const size_t ALIVE[] = {0, 99, 999};
    static const char *const FLAGS[] = {"--max-children", "2000", NULL};
    struct daemon d;
    char runner[256];
    json_t *council = council_script(json_pack("[{s:b}]", "ready", 1));
    snprintf(runner, sizeof runner, "%s/peers/standin", build);
    daemon_start(&d, build, runner, FLAGS);
    struct client *c = client_open(&d);
    size_t alive = 0;
    for (size_t k = 0; k < sizeof ALIVE / sizeof *ALIVE; k++) {
        for (; alive < ALIVE[k]; alive++)
            start_idle(c, council, false);
        measure(&d, c, council, alive);
    }
    client_close(c);
    daemon_stop(&d);
    json_decref(council);
}
