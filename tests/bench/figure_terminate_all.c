/* terminate_all of many idle runs beside a raw kill and reap of as many of the same program. */
#include "bench.h"

#include <errno.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 5 };

static double raw_ms(const char *runner, size_t count)
{
    pid_t *pids = calloc(count, sizeof *pids);
    int *links = calloc(count, sizeof *links);
    if (!pids || !links)
        DIE("out of memory");
    for (size_t i = 0; i < count; i++)
        pids[i] = probe_spawn_runner(runner, &links[i]);
    usleep(500000);
    int64_t start = bench_ns();
    for (size_t i = 0; i < count; i++)
        kill(pids[i], SIGTERM);
    for (size_t i = 0; i < count; i++)
        if (waitpid(pids[i], NULL, 0) != pids[i])
            DIE("waitpid: %s", strerror(errno));
    double ms = (double)(bench_ns() - start) / 1e6;
    for (size_t i = 0; i < count; i++)
        close(links[i]);
    free(pids);
    free(links);
    return ms;
}

static double our_ms(const char *build, const char *runner, json_t *council, size_t count)
{
    static const char *const FLAGS[] = {"--max-children", "2000", NULL};
    struct daemon d;
    daemon_start(&d, build, runner, FLAGS);
    struct client *c = client_open(&d);
    for (size_t i = 0; i < count; i++)
        json_decref(
            client_call(c, "run.start", json_pack("{s:O, s:s}", "council", council, "input", "x")));
    wait_for_children(&d, count + 1);
    int64_t start = bench_ns();
    json_t *reply = client_call(c, "supervisor.terminate_all", NULL);
    double ms = (double)(bench_ns() - start) / 1e6;
    if ((size_t)json_integer_value(json_object_get(reply, "count")) != count)
        DIE("terminate_all counted %lld",
            (long long)json_integer_value(json_object_get(reply, "count")));
    json_decref(reply);
    client_close(c);
    daemon_stop(&d);
    return ms;
}

static void measure(const char *build, size_t count)
{
    char runner[256], name[64];
    struct samples ours = {0}, raw = {0};
    json_t *council = council_idle();
    snprintf(runner, sizeof runner, "%s/council-runner", build);
    for (int round = 0; round < ROUNDS; round++) {
        samples_add(&ours, our_ms(build, NULL, council, count));
        samples_add(&raw, raw_ms(runner, count));
    }
    snprintf(name, sizeof name, "terminate_all of %zu idle runs", count);
    report_ratio(name, samples_percentile(&ours, 50), samples_percentile(&raw, 50), 1.5, "ms");
    json_decref(council);
    samples_release(&ours);
    samples_release(&raw);
}

void figure_terminate_all(const char *build)
{
    measure(build, 200);
}
