/* A runner's exit to the client's read of run.down, with other runs alive; and councild's own CPU
 * for it. The probe kills a process of the same program and waits for its pidfd. */
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

static double one_end_us(struct client *c, pid_t pid)
{
    int64_t start = bench_ns();
    kill(pid, SIGKILL);
    client_wait_line(c, "\"run.down\"");
    return (double)(bench_ns() - start) / 1e3;
}

static void measure(const struct daemon *d, struct client *c, const char *runner, json_t *council,
                    size_t alive)
{
    struct samples ours = {0}, raw = {0};
    for (int round = 0; round < ROUNDS; round++) {
        for (int i = 0; i < ENDS; i++) {
            pid_t pid = start_idle(c, council, true);
            wait_for_children(d, alive + 2);
            samples_add(&ours, one_end_us(c, pid));
            samples_add(&raw, probe_pidfd_us(runner));
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

/* Records in memory and no cgroup: what is left of the files is the kernel's look-up of names. */
static void measure_cpu(const char *build, const char *runner, json_t *council)
{
    static const char *const FLAGS[] = {"--cgroup", "off", "--spares", "0", NULL};
    struct samples ours = {0}, raw = {0};
    struct daemon d;
    daemon_start_in(&d, "/dev/shm", build, runner, FLAGS);
    struct client *c = client_open(&d);
    for (int i = 0; i < ROUNDS * ENDS; i++) {
        pid_t pid = start_idle(c, council, true);
        wait_for_children(&d, 1);
        int64_t before = daemon_cpu_ns(&d);
        one_end_us(c, pid);
        usleep(2000); /* what it does after the DOWN counts too */
        samples_add(&ours, (double)(daemon_cpu_ns(&d) - before) / 1e3);
        samples_add(&raw, probe_pidfd_us(runner));
    }
    report_ratio("councild's CPU for one end, without the files", samples_percentile(&ours, 50),
                 samples_percentile(&raw, 50), 2, "us");
    client_close(c);
    daemon_stop(&d);
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
        measure(&d, c, runner, council, alive);
    }
    client_close(c);
    daemon_stop(&d);
    measure_cpu(build, runner, council);
    json_decref(council);
}
