/* What a tool costs: the keeper, from its start until it is ready; a call of a command that does
 * nothing, closed in, beside the same open; and both beside a bare start of that command. */
#include "bench.h"

#include <errno.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

extern char **environ;

enum { ROUNDS = 20, CALLS = 20 };

static const char COMMAND[] = "/bin/true";

struct keeper {
    pid_t pid;
    FILE *link;
    char *line;
    size_t room;
};

static void hear(struct keeper *k, const char *word)
{
    do
        if (getline(&k->line, &k->room, k->link) < 0)
            DIE("the keeper is gone");
    while (!strstr(k->line, word));
}

static void say(struct keeper *k, const char *line)
{
    if (send(fileno(k->link), line, strlen(line), MSG_NOSIGNAL) != (ssize_t)strlen(line))
        DIE("the keeper does not listen");
}

static void start(struct keeper *k, const char *build, bool open)
{
    char path[256], first[256];
    int pair[2];
    posix_spawn_file_actions_t files;
    if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        DIE("socketpair: %s", strerror(errno));
    snprintf(path, sizeof path, "%s/council-runner", build);
    posix_spawn_file_actions_init(&files);
    posix_spawn_file_actions_adddup2(&files, pair[1], 3);
    int r = posix_spawn(&k->pid, path, &files, NULL,
                        (char *[]){(char *)"council-runner", (char *)"--keeper", NULL}, environ);
    if (r)
        DIE("%s: %s", path, strerror(r));
    posix_spawn_file_actions_destroy(&files);
    close(pair[1]);
    k->link = fdopen(pair[0], "r");
    k->line = NULL;
    k->room = 0;
    snprintf(first, sizeof first,
             "{\"type\":\"tools\",\"tools\":{\"t\":{\"kind\":\"command\",\"argv\":[\"%s\"]}},"
             "\"open\":%s}\n",
             COMMAND, open ? "true" : "false");
    say(k, first);
    hear(k, "\"ready\"");
}

static void stop(struct keeper *k)
{
    fclose(k->link);
    free(k->line);
    waitpid(k->pid, NULL, 0);
}

static void call(struct keeper *k)
{
    say(k, "{\"type\":\"begin\",\"call_id\":\"c\",\"turn\":1,\"id\":\"i\",\"name\":\"t\","
           "\"timeout_ms\":60000}\n");
    hear(k, "tool_call_result");
    if (!strstr(k->line, "\"ok\":true"))
        DIE("%s", k->line);
}

static void bare(void)
{
    pid_t pid;
    if (posix_spawn(&pid, COMMAND, NULL, NULL, (char *[]){(char *)COMMAND, NULL}, environ))
        DIE("%s cannot be started", COMMAND);
    waitpid(pid, NULL, 0);
}

static double us_since(int64_t start_ns)
{
    return (double)(bench_ns() - start_ns) / 1000;
}

static void measure_calls(struct samples *to, const char *build, bool open)
{
    struct keeper k;
    start(&k, build, open);
    for (int i = 0; i < CALLS; i++) {
        int64_t at = bench_ns();
        call(&k);
        samples_add(to, us_since(at));
    }
    stop(&k);
}

void figure_tool(const char *build)
{
    struct samples ready = {0}, closed = {0}, open = {0}, raw = {0};
    for (int i = 0; i < ROUNDS; i++) {
        struct keeper k;
        int64_t at = bench_ns();
        start(&k, build, false);
        samples_add(&ready, us_since(at));
        stop(&k);
        measure_calls(&closed, build, false);
        measure_calls(&open, build, true);
        for (int j = 0; j < CALLS; j++) {
            at = bench_ns();
            bare();
            samples_add(&raw, us_since(at));
        }
    }
    double one = samples_percentile(&raw, 50);
    report_value("tool keeper, start to ready, p50", samples_percentile(&ready, 50), 20000, "us");
    report_ratio("call of a tool, closed in, p50", samples_percentile(&closed, 50), one, 8, "us");
    report_ratio("call of a tool, sandbox off, p50", samples_percentile(&open, 50), one, 4, "us");
    samples_release(&ready);
    samples_release(&closed);
    samples_release(&open);
    samples_release(&raw);
}
