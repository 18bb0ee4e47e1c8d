/* A search in ten thousand records: run.list with a text that few questions have, and the same with
 * `councilctl history --grep`. The probe reads the index and looks for the text in each of its
 * lines, as grep does. While lists go on, another client asks: what it waits shows how long a step
 * is. */
#include "bench.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { ROUNDS = 15, RECORDS = 10000, ONE_IN = 1000, GRACE_MS = 60000 };

static const char TEXT[] = "zebra crossing";

/* As councild leaves one behind: what was asked, and how it ended. */
static void write_record(const char *dir, int n, int64_t now_ms)
{
    char path[160], spec[640], id[32];
    snprintf(id, sizeof id, "run_%011d", n);
    snprintf(path, sizeof path, "%s/runs/%013lld-%s.jsonl", dir,
             (long long)(now_ms - (int64_t)(RECORDS - n) * 1000), id);
    const char *head =
        "\"council_id\":\"three-stage\",\"registry\":\"default\",\"started_at\":"
        "\"2026-11-22T17:42:00.123Z\",\"labels\":{\"team\":\"blue\"},\"question\":\"";
    const char *rest = n % ONE_IN ? "with which one of the others" : "at the Zebra Crossing";
    const int len =
        snprintf(spec, sizeof spec,
                 "{\"type\":\"spec\",\"run_id\":\"%s\",%sHow do we get to the other side of "
                 "the road, %s, and what does it cost us if it goes wrong?\",\"members\":["
                 "\"ann\",\"bob\",\"carl\"],\"recorder\":\"journal\"}\n",
                 id, head, rest);
    FILE *f = fopen(path, "we");
    if (!f)
        DIE("cannot write %s", path);
    fprintf(
        f,
        "%s{\"type\":\"down\",\"size\":%d,\"run_id\":\"%s\",\"incarnation\":%lld,"
        "\"ended_at\":\"2026-11-22T17:42:09.123Z\",\"duration_ms\":9000,\"outcome\":\"complete\","
        "\"reason\":{\"kind\":\"normal\"},\"started_by\":{\"uid\":1000,\"gid\":1000,\"pid\":47},"
        "\"tokens\":12345,\"cost\":0.0123}\n",
        spec, len, id, (long long)(now_ms - (int64_t)(RECORDS - n) * 1000));
    if (fclose(f) != 0)
        DIE("cannot write %s", path);
}

static void write_records(const char *dir)
{
    char path[96];
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    snprintf(path, sizeof path, "%s/runs", dir);
    if (mkdir(path, 0700) < 0)
        DIE("cannot make %s", path);
    for (int n = 0; n < RECORDS; n++)
        write_record(dir, n, (int64_t)t.tv_sec * 1000);
}

/* The lines of the index that have the text; *ret_lines: all of them. */
static size_t grep(const char *dir, size_t *ret_lines)
{
    char path[96], *line = NULL;
    size_t size = 0, found = 0;
    snprintf(path, sizeof path, "%s/index.jsonl", dir);
    FILE *f = fopen(path, "re");
    for (*ret_lines = 0; f && getline(&line, &size, f) > 0; ++*ret_lines)
        found += strcasestr(line, TEXT) != NULL;
    if (f)
        fclose(f);
    free(line);
    return found;
}

static void wait_for_index(const char *dir)
{
    const int64_t limit = bench_ns() + GRACE_MS * 1000000ll;
    size_t lines = 0;
    do {
        if (bench_ns() > limit)
            DIE("the index has %zu lines", lines);
        usleep(10000);
        grep(dir, &lines);
    } while (lines < RECORDS);
}

static void expect_found(json_t *page)
{
    if (json_array_size(json_object_get(page, "runs")) != RECORDS / ONE_IN)
        DIE("a search found %zu runs", json_array_size(json_object_get(page, "runs")));
    json_decref(page);
}

static double ms_since(int64_t start)
{
    return (double)(bench_ns() - start) / 1e6;
}

static double list_ms(struct client *c)
{
    const int64_t start = bench_ns();
    expect_found(client_call(c, "run.list", json_pack("{s:s}", "text", TEXT)));
    return ms_since(start);
}

static double grep_ms(const char *dir)
{
    size_t lines;
    const int64_t start = bench_ns();
    if (grep(dir, &lines) != RECORDS / ONE_IN)
        DIE("the index has other lines");
    return ms_since(start);
}

static double history_ms(const char *build, const struct daemon *d)
{
    char ctl[256];
    int status;
    snprintf(ctl, sizeof ctl, "%s/councilctl", build);
    const int64_t start = bench_ns();
    const pid_t pid = fork();
    if (pid == 0) {
        const int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
        dup2(null, STDOUT_FILENO);
        execl(ctl, ctl, "--socket", d->socket, "history", "--grep", TEXT, (char *)NULL);
        _exit(127);
    }
    if (waitpid(pid, &status, 0) != pid || status != 0)
        DIE("councilctl history failed");
    return ms_since(start);
}

/* How long another client waits while lists are made. */
static double wait_ms(struct client *lister, struct client *other)
{
    enum { LISTS = 4 };
    static const char LINE[] = "{\"jsonrpc\":\"2.0\",\"id\":0,\"method\":\"run.list\",\"params\":{"
                               "\"council_id\":\"x\"}}\n";
    double longest = 0;
    for (int i = 0; i < LISTS; i++)
        client_send(lister, LINE, sizeof LINE - 1);
    for (int done = 0; done < LISTS;) {
        const int64_t start = bench_ns();
        json_decref(client_call(other, "supervisor.count_children", NULL));
        longest = ms_since(start) > longest ? ms_since(start) : longest;
        while (client_try_line(lister))
            done++;
    }
    return longest;
}

static void measure(const char *build, const struct daemon *d, const char *dir)
{
    struct samples list = {0}, raw = {0}, history = {0}, wait = {0};
    struct client *c = client_open(d), *other = client_open(d);
    for (int round = 0; round < ROUNDS; round++) {
        samples_add(&list, list_ms(c));
        samples_add(&raw, grep_ms(dir));
        samples_add(&history, history_ms(build, d));
        samples_add(&wait, wait_ms(c, other));
    }
    report_value("run.list: a text in 10 000 records", samples_percentile(&list, 50), 50, "ms");
    report_ratio("the same beside grep in the index", samples_percentile(&list, 50),
                 samples_percentile(&raw, 50), 12, "ms");
    report_value("councilctl history --grep in them", samples_percentile(&history, 50), 100, "ms");
    report_value("what others wait for meanwhile", samples_percentile(&wait, 50), 25, "ms");
    client_close(c);
    client_close(other);
    samples_release(&list);
    samples_release(&raw);
    samples_release(&history);
    samples_release(&wait);
}

void figure_list(const char *build)
{
    char dir[] = "/tmp/councild-bench-list-XXXXXX", command[64];
    struct daemon d;
    if (!mkdtemp(dir))
        DIE("mkdtemp");
    write_records(dir);
    const char *const flags[] = {"--state-dir", dir, NULL};
    daemon_start(&d, build, NULL, flags);
    wait_for_index(dir);
    measure(build, &d, dir);
    daemon_stop(&d);
    snprintf(command, sizeof command, "rm -rf '%s'", dir);
    if (system(command) != 0)
        DIE("cannot remove %s", dir);
}
