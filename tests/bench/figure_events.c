/* One run emits events, 1 / 10 / 100 subscribers: councild's CPU for each event and subscriber. */
#include "bench.h"

#include <poll.h>
#include <unistd.h>

enum { EVENTS = 1500, SIZE = 200, SUBSCRIBERS_MAX = 100 };

/* Reads until every subscription has had its run.end; gives the bytes that one of them got. */
static size_t read_all(struct client **clients, size_t count)
{
    size_t first = 0;
    for (size_t i = 0; i < count; i++) {
        size_t bytes = 0, len = 0, events = 0;
        for (char *line = client_read_line(clients[i], &len); !strstr(line, "\"run.end\"");
             line = client_read_line(clients[i], &len)) {
            bytes += len + 1;
            events += strstr(line, "\"run.event\"") != NULL;
        }
        if (events < EVENTS)
            DIE("a subscriber got %zu of %d events", events, EVENTS);
        if (i == 0)
            first = bytes / events;
    }
    return first;
}

static void measure(const struct daemon *d, size_t count)
{
    static struct client *clients[SUBSCRIBERS_MAX];
    char name[64], path[128];
    snprintf(path, sizeof path, "%s/go", d->dir);
    unlink(path);
    json_t *council = council_script(json_pack("[{s:b}, {s:s}, {s:{s:i, s:i, s:i}}, {s:i}]",
                                               "ready", 1, "wait_file", path, "events", "count",
                                               EVENTS, "size", SIZE, "interval_ms", 1, "exit", 0));
    struct client *starter = client_open(d);
    json_t *run = client_call(starter, "run.start",
                              json_pack("{s:o, s:s}", "council", council, "input", "x"));
    const char *run_id = json_string_value(json_object_get(run, "run_id"));
    for (size_t i = 0; i < count; i++) {
        clients[i] = client_open(d);
        json_decref(client_call(clients[i], "run.subscribe", json_pack("{s:s}", "run_id", run_id)));
    }
    int64_t before = daemon_cpu_ns(d);
    fclose(fopen(path, "we"));
    size_t bytes = read_all(clients, count);
    double us = (double)(daemon_cpu_ns(d) - before) / 1e3 / EVENTS / (double)count;
    snprintf(name, sizeof name, "CPU per event and subscriber, %zu", count);
    report_ratio(name, us, probe_send_us(bytes, 2000), 5, "us");
    for (size_t i = 0; i < count; i++)
        client_close(clients[i]);
    client_close(starter);
    json_decref(run);
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
