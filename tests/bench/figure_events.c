/* One run emits events, 1 / 10 / 100 subscribers, each a process of its own that sleeps until
 * something comes: councild's CPU for each event and subscriber, beside send() to such processes.
 */
#include "bench.h"

#include <errno.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 5, EVENTS = 400, SIZE = 200, SENDS = 300 };

/* Tells when it has subscribed, and at the end the bytes of one event. */
static void subscribe(const struct daemon *d, const char *run_id, int tell)
{
    struct client *c = client_open(d);
    size_t bytes = 0, len = 0, events = 0;
    json_decref(client_call(c, "run.subscribe", json_pack("{s:s}", "run_id", run_id)));
    if (write(tell, &bytes, sizeof bytes) != sizeof bytes)
        _exit(1);
    for (;;) {
        char *line = client_read_line(c, &len);
        if (strstr(line, "\"run.end\""))
            break;
        bytes += len + 1;
        events += strstr(line, "\"run.event\"") != NULL;
    }
    bytes /= events ? events : 1;
    _exit(events == EVENTS && write(tell, &bytes, sizeof bytes) == sizeof bytes ? 0 : 1);
}

static void await_word(int from, size_t *ret)
{
    if (read(from, ret, sizeof *ret) != sizeof *ret)
        DIE("a subscriber failed");
}

static double one_round(const struct daemon *d, size_t count, size_t *ret_bytes)
{
    char path[128];
    int words[2];
    snprintf(path, sizeof path, "%s/go", d->dir);
    unlink(path);
    json_t *council = council_script(json_pack("[{s:b}, {s:s}, {s:{s:i, s:i, s:i}}, {s:i}]",
                                               "ready", 1, "wait_file", path, "events", "count",
                                               EVENTS, "size", SIZE, "interval_ms", 2, "exit", 0));
    struct client *starter = client_open(d);
    json_t *run = client_call(starter, "run.start",
                              json_pack("{s:o, s:s}", "council", council, "input", "x"));
    const char *run_id = json_string_value(json_object_get(run, "run_id"));
    if (pipe(words) < 0)
        DIE("pipe: %s", strerror(errno));
    for (size_t i = 0; i < count; i++)
        if (fork() == 0)
            subscribe(d, run_id, words[1]);
    close(words[1]);
    for (size_t i = 0; i < count; i++)
        await_word(words[0], ret_bytes);
    wait_for_children(d, 2);
    int64_t before = daemon_cpu_ns(d);
    fclose(fopen(path, "we"));
    for (size_t i = 0; i < count; i++)
        await_word(words[0], ret_bytes);
    double us = (double)(daemon_cpu_ns(d) - before) / 1e3 / EVENTS / (double)count;
    for (size_t i = 0; i < count; i++)
        if (wait(NULL) < 0)
            DIE("wait: %s", strerror(errno));
    close(words[0]);
    client_close(starter);
    json_decref(run);
    return us;
}

static void measure(const struct daemon *d, size_t count)
{
    struct samples ours = {0}, raw = {0};
    char name[64];
    for (int round = 0; round < ROUNDS; round++) {
        size_t bytes = 0;
        samples_add(&ours, one_round(d, count, &bytes));
        samples_add(&raw, probe_send_us(bytes, (int)count, SENDS));
    }
    snprintf(name, sizeof name, "CPU per event and subscriber, %zu", count);
    report_ratio(name, samples_percentile(&ours, 50), samples_percentile(&raw, 50), 5, "us");
    samples_release(&ours);
    samples_release(&raw);
}

void figure_events(const char *build)
{
    struct daemon d;
    char runner[256];
    snprintf(runner, sizeof runner, "%s/peers/standin", build);
    daemon_start(&d, build, runner, NULL);
    measure(&d, 1);
    measure(&d, 10);
    measure(&d, 100);
    daemon_stop(&d);
}
