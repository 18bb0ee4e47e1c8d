/* Memory: councild idle, for each live run and each monitor, after many runs; a runner while it
 * waits. */
#include "bench.h"

#include <unistd.h>

enum { RUNS = 1000, MONITORS = 1000, SOAK_DEFAULT = 100000, BATCH = 500 };

static void runs_and_monitors(const char *build)
{
    static const char *const FLAGS[] = {"--max-children", "3000", NULL};
    struct daemon d;
    char runner[256];
    json_t *council = council_script(json_pack("[{s:b}]", "ready", 1));
    snprintf(runner, sizeof runner, "%s/peers/standin", build);
    daemon_start(&d, build, runner, FLAGS);
    struct client *c = client_open(&d);
    wait_for_children(&d, 1);
    json_decref(client_call(c, "supervisor.info", NULL));
    long idle = daemon_rss_kib(&d);
    report_value("councild idle, RSS", (double)idle, 4096, "KiB");
    json_t *first = NULL;
    for (int i = 0; i < RUNS; i++) {
        json_t *reply =
            client_call(c, "run.start", json_pack("{s:O, s:s}", "council", council, "input", "x"));
        if (!first)
            first = json_incref(json_object_get(reply, "run_id"));
        json_decref(reply);
    }
    long full = daemon_rss_kib(&d);
    report_value("councild, RSS for each live run", (double)(full - idle) / RUNS, 4, "KiB");
    for (int i = 0; i < MONITORS; i++)
        json_decref(client_call(c, "run.monitor", json_pack("{s:O}", "run_id", first)));
    report_value("councild, RSS for each monitor", (double)(daemon_rss_kib(&d) - full) / MONITORS,
                 4, "KiB");
    json_decref(first);
    client_close(c);
    daemon_stop(&d);
    json_decref(council);
}

/* Runs that end by themselves at once, in batches; growth after the first ones is a leak. */
static void soak(const char *build)
{
    const char *wish = getenv("BENCH_SOAK_RUNS");
    long runs = wish ? strtol(wish, NULL, 10) : SOAK_DEFAULT, warm = 0;
    static const char *const FLAGS[] = {"--max-children", "1000", "--spares", "4", NULL};
    struct daemon d;
    char runner[256], name[64];
    json_t *council = council_script(json_pack("[{s:b}, {s:i}]", "ready", 1, "exit", 0));
    snprintf(runner, sizeof runner, "%s/peers/standin", build);
    daemon_start(&d, build, runner, FLAGS);
    struct client *c = client_open(&d);
    json_t *request = json_pack("{s:s, s:i, s:s, s:{s:O, s:s, s:b, s:s}}", "jsonrpc", "2.0", "id",
                                1, "method", "run.start", "params", "council", council, "input",
                                "x", "monitor", 1, "recorder", "none");
    char *line = json_dumps(request, JSON_COMPACT);
    size_t len = strlen(line);
    line[len] = '\n';
    for (long done = 0; done < runs; done += BATCH) {
        for (int i = 0; i < BATCH; i++)
            client_send(c, line, len + 1);
        for (int i = 0; i < BATCH; i++)
            json_decref(client_wait(c, "run.down"));
        if (done == runs / 10 / BATCH * BATCH)
            warm = daemon_rss_kib(&d);
    }
    snprintf(name, sizeof name, "councild, RSS growth over %ld runs", runs);
    report_value(name, (double)(daemon_rss_kib(&d) - warm), 256, "KiB");
    free(line);
    json_decref(request);
    client_close(c);
    daemon_stop(&d);
    json_decref(council);
}

void figure_memory(const char *build)
{
    runs_and_monitors(build);
}

void figure_soak(const char *build)
{
    soak(build);
}
