/* terminate_all of 1 000 idle runs beside a raw kill and reap of as many processes of the same
 * program with the same work in hand; then with runners that clean up first. */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 5, COUNT = 1000 };

struct field {
    const char *name, *runner; /* the program, NULL: the product's own */
    json_t *council;
    int cleanup_ms;
};

static double raw_ms(const char *runner, json_t *council)
{
    static pid_t pids[COUNT];
    static int links[COUNT];
    char path[] = "/tmp/councild-bench-journal-XXXXXX";
    int journal = mkostemp(path, O_APPEND | O_CLOEXEC);
    json_t *providers = json_pack("{s:{s:s}}", "mock", "type", "mock");
    for (size_t i = 0; i < COUNT; i++) {
        pids[i] = probe_spawn_runner(runner, &links[i]);
        probe_send_spec(links[i], council, providers, journal);
        probe_await_ready(links[i]);
    }
    int64_t start = bench_ns();
    for (size_t i = 0; i < COUNT; i++)
        kill(pids[i], SIGTERM);
    for (size_t i = 0; i < COUNT; i++)
        if (waitpid(pids[i], NULL, 0) != pids[i])
            DIE("waitpid: %s", strerror(errno));
    double ms = (double)(bench_ns() - start) / 1e6;
    for (size_t i = 0; i < COUNT; i++)
        close(links[i]);
    close(journal);
    unlink(path);
    json_decref(providers);
    return ms;
}

static double our_ms(struct client *c, const struct daemon *d, json_t *council)
{
    for (size_t i = 0; i < COUNT; i++)
        json_decref(
            client_call(c, "run.start", json_pack("{s:O, s:s}", "council", council, "input", "x")));
    wait_for_children(d, COUNT + 1);
    int64_t start = bench_ns();
    json_t *reply = client_call(c, "supervisor.terminate_all", NULL);
    double ms = (double)(bench_ns() - start) / 1e6;
    if (json_integer_value(json_object_get(reply, "count")) != COUNT)
        DIE("terminate_all counted %lld",
            (long long)json_integer_value(json_object_get(reply, "count")));
    json_decref(reply);
    return ms;
}

static void measure(const char *build, const struct field *f, json_t *plain)
{
    static const char *const FLAGS[] = {"--max-children", "2000", NULL};
    struct samples ours = {0}, raw = {0};
    struct daemon d;
    char runner[256];
    snprintf(runner, sizeof runner, "%s/%s", build, f->runner ? f->runner : "council-runner");
    daemon_start(&d, build, f->runner ? runner : NULL, FLAGS);
    struct client *c = client_open(&d);
    for (int round = 0; round < ROUNDS; round++) {
        samples_add(&ours, our_ms(c, &d, f->council));
        samples_add(&raw, raw_ms(runner, plain));
    }
    report_ratio(f->name, samples_percentile(&ours, 50) - f->cleanup_ms,
                 samples_percentile(&raw, 50), 1.5, "ms");
    client_close(c);
    daemon_stop(&d);
    samples_release(&ours);
    samples_release(&raw);
}

static json_t *council_cleaning(int ms)
{
    return council_script(json_pack("[{s:{s:i}}, {s:b}]", "sigterm", "cleanup_ms", ms, "ready", 1));
}

void figure_terminate_all(const char *build)
{
    json_t *idle = council_idle(), *plain = council_script(json_pack("[{s:b}]", "ready", 1));
    json_t *five = council_cleaning(5), *twenty = council_cleaning(20);
    const struct field fields[] = {
        {"terminate_all of 1 000 idle runs", NULL, idle, 0},
        {"the same, 5 ms of clean-up, less these 5", "peers/standin", five, 5},
        {"the same, 20 ms of clean-up, less these 20", "peers/standin", twenty, 20},
    };
    for (size_t i = 0; i < sizeof fields / sizeof *fields; i++)
        measure(build, &fields[i], fields[i].runner ? plain : idle);
    json_decref(idle);
    json_decref(plain);
    json_decref(five);
    json_decref(twenty);
}
