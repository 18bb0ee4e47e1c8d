/* 2 000 runs alive at once, each with four members that stream: nothing may be lost, and
 * supervisor.info must answer in time. */
#include "bench.h"

#include <unistd.h>

enum {
    RUNS = 2000,
    READERS = 20,
    MEMBERS = 4,
    DELAY_MS = 5000,
    TOKEN_MS = 4000,
    LOOK_US = 100000,
    LIMIT_S = 600,
};

/* What has come of one run. */
struct seen {
    char ref[24];
    long seq, tokens[MEMBERS];
    bool ended, down;
};

struct scene {
    struct client *readers[READERS];
    struct seen seen[RUNS];
    size_t downs;
    long lost, tokens, events;
};

static json_t *council_streaming(void)
{
    json_t *members = json_array();
    for (int i = 0; i < MEMBERS; i++) {
        char id[8];
        snprintf(id, sizeof id, "m%d", i);
        json_array_append_new(members,
                              json_pack("{s:s, s:s, s:s, s:{s:i, s:i}, s:{s:n, s:n}}", "id", id,
                                        "provider", "mock", "model", "mock-1", "provider_options",
                                        "delay_ms", DELAY_MS, "token_delay_ms", TOKEN_MS,
                                        "timeouts", "first_token_ms", "stall_ms"));
    }
    return json_pack("{s:i, s:s, s:o, s:[{s:s}], s:{s:i}}", "schema_version", 1, "id", "live",
                     "members", members, "rounds", "type", "independent_analysis", "budget",
                     "deadline_ms", 600000);
}

static long number_after(const char *line, const char *name)
{
    const char *at = strstr(line, name);
    return at ? strtol(at + strlen(name), NULL, 10) : -1;
}

/* A token's number must follow that of the one before; so must an event's seq. */
static void take_event(struct scene *s, struct seen *run, const char *line)
{
    long seq = number_after(line, "\"seq\":"), n = number_after(line, "\"n\":");
    long member = number_after(line, "\"member_id\":\"m");
    if (strstr(line, "\"type\":\"member_token\"")) {
        if (member < 0 || member >= MEMBERS)
            DIE("a token of nobody: %s", line);
        s->lost += n != run->tokens[member];
        run->tokens[member] = n + 1;
        s->tokens++;
        return;
    }
    s->lost += seq != run->seq + 1;
    run->seq = seq;
    s->events++;
}

static struct seen *find(struct scene *s, const char *line, size_t reader)
{
    const char *ref = strstr(line, "\"ref\":\"");
    for (size_t i = reader; ref && i < RUNS; i += READERS)
        if (strncmp(ref + 7, s->seen[i].ref, strlen(s->seen[i].ref)) == 0)
            return &s->seen[i];
    return NULL;
}

static void take(struct scene *s, size_t reader, const char *line)
{
    if (strstr(line, "\"method\":\"run.down\"")) {
        s->lost += strstr(line, "\"outcome\":\"complete\"") == NULL;
        s->downs++;
        return;
    }
    struct seen *run = find(s, line, reader);
    if (!run)
        DIE("a line of no run: %.200s", line);
    if (strstr(line, "\"method\":\"run.end\"")) {
        s->lost += number_after(line, "\"last_seq\":") != run->seq || run->ended;
        run->ended = true;
    } else if (strstr(line, "\"method\":\"run.event\"")) {
        take_event(s, run, line);
    } else { /* run.gap */
        s->lost++;
    }
}

static void take_what_is_there(struct scene *s)
{
    for (size_t i = 0; i < READERS; i++)
        for (char *line; (line = client_try_line(s->readers[i]));)
            take(s, i, line);
}

/* Notifications of earlier runs on the same connection come before the reply. */
static void start(struct scene *s, size_t i, json_t *council)
{
    struct client *c = s->readers[i % READERS];
    json_t *request = json_pack("{s:s, s:s, s:i, s:{s:O, s:s, s:b, s:{s:b}}}", "jsonrpc", "2.0",
                                "method", "run.start", "id", (int)i, "params", "council", council,
                                "input", "Which way?", "monitor", 1, "subscribe", "deltas", 1);
    client_send_json(c, request);
    json_decref(request);
    for (;;) {
        char *line = client_read_line(c, NULL);
        const char *ref = strstr(line, "\"subscription\":\"");
        if (ref) {
            snprintf(s->seen[i].ref, sizeof s->seen[i].ref, "%.15s", ref + 16);
            return;
        }
        if (strstr(line, "\"error\":{\"code\""))
            DIE("run.start failed: %s", line);
        take(s, i % READERS, line);
    }
}

static double ask_ms(struct client *c)
{
    int64_t before = bench_ns();
    json_decref(client_call(c, "supervisor.info", NULL));
    return (double)(bench_ns() - before) / 1e6;
}

static long active(struct client *c)
{
    json_t *counts = client_call(c, "supervisor.count_children", NULL);
    long n = (long)json_integer_value(json_object_get(counts, "active"));
    json_decref(counts);
    return n;
}

static void watch(struct scene *s, struct client *c, struct samples *answers)
{
    int64_t limit = bench_ns() + LIMIT_S * 1000000000ll, next = 0;
    while (s->downs < RUNS) {
        if (bench_ns() > limit)
            DIE("only %zu of %d runs have ended", s->downs, RUNS);
        take_what_is_there(s);
        if (bench_ns() >= next) {
            samples_add(answers, ask_ms(c));
            next = bench_ns() + LOOK_US * 1000ll;
        }
        usleep(1000);
    }
}

void figure_live(const char *build)
{
    static const char *const FLAGS[] = {"--max-children", "2500", "--spares", "4", NULL};
    static struct scene s;
    struct samples answers = {0};
    struct daemon d;
    json_t *council = council_streaming();
    daemon_start(&d, build, NULL, FLAGS);
    struct client *asker = client_open(&d);
    for (size_t i = 0; i < READERS; i++)
        s.readers[i] = client_open(&d);
    for (size_t i = 0; i < RUNS; i++)
        start(&s, i, council);
    long alive = active(asker);
    watch(&s, asker, &answers);
    for (size_t i = 0; i < RUNS; i++)
        s.lost += !s.seen[i].ended;
    report_least("2 000 streaming runs: alive at once", (double)alive, RUNS, "runs");
    report_value("2 000 streaming runs: lines lost", (double)s.lost, 0, "");
    report_least("2 000 streaming runs: events and tokens read", (double)(s.events + s.tokens),
                 RUNS * (MEMBERS + 1), "");
    report_value("2 000 streaming runs: supervisor.info, p50", samples_percentile(&answers, 50), 50,
                 "ms");
    report_value("2 000 streaming runs: supervisor.info, p99", samples_percentile(&answers, 99), 50,
                 "ms");
    for (size_t i = 0; i < READERS; i++)
        client_close(s.readers[i]);
    client_close(asker);
    daemon_stop(&d);
    json_decref(council);
    samples_release(&answers);
}
