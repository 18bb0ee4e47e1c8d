/* 200 starts in one burst, all ready, beside posix_spawn of the same runner to ready, two at a
 * time. */
#include "bench.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 5, STARTS = 200 };

static double raw_ms(const char *runner, json_t *council)
{
    static pid_t pids[STARTS];
    static int links[STARTS];
    char path[] = "/tmp/councild-bench-journal-XXXXXX";
    int journal = mkostemp(path, O_APPEND | O_CLOEXEC);
    json_t *providers = json_pack("{s:{s:s}}", "mock", "type", "mock");
    int64_t start = bench_ns();
    for (int i = 0; i < STARTS; i += 2) {
        for (int k = i; k < i + 2; k++) {
            pids[k] = probe_spawn_runner(runner, &links[k]);
            probe_send_spec(links[k], council, providers, journal);
        }
        probe_await_ready(links[i]);
        probe_await_ready(links[i + 1]);
    }
    double ms = (double)(bench_ns() - start) / 1e6;
    for (int i = 0; i < STARTS; i++) {
        kill(pids[i], SIGKILL);
        waitpid(pids[i], NULL, 0);
        close(links[i]);
    }
    close(journal);
    unlink(path);
    json_decref(providers);
    return ms;
}

static double our_ms(const char *build, json_t *council)
{
    struct daemon d;
    daemon_start(&d, build, NULL, NULL);
    struct client *c = client_open(&d);
    wait_for_children(&d, 1);
    json_t *request = json_pack("{s:s, s:i, s:s, s:{s:O, s:s}}", "jsonrpc", "2.0", "id", 1,
                                "method", "run.start", "params", "council", council, "input", "x");
    char *line = json_dumps(request, JSON_COMPACT);
    size_t len = strlen(line);
    line[len] = '\n';
    int64_t start = bench_ns();
    for (int i = 0; i < STARTS; i++)
        client_send(c, line, len + 1);
    for (int i = 0; i < STARTS; i++) {
        json_t *reply = client_read(c);
        if (!json_object_get(reply, "result"))
            DIE("a start failed: %s", json_dumps(reply, 0));
        json_decref(reply);
    }
    double ms = (double)(bench_ns() - start) / 1e6;
    free(line);
    json_decref(request);
    json_decref(client_call(c, "supervisor.terminate_all", NULL));
    client_close(c);
    daemon_stop(&d);
    return ms;
}

void figure_burst(const char *build)
{
    struct samples ours = {0}, raw = {0};
    json_t *council = council_idle();
    char runner[256];
    snprintf(runner, sizeof runner, "%s/council-runner", build);
    for (int round = 0; round < ROUNDS; round++) {
        samples_add(&ours, our_ms(build, council));
        samples_add(&raw, raw_ms(runner, council));
    }
    report_ratio("200 starts in one burst, all ready", samples_percentile(&ours, 50),
                 samples_percentile(&raw, 50), 1.5, "ms");
    json_decref(council);
    samples_release(&ours);
    samples_release(&raw);
}
