/* A council of nine requests over TLS from the exec of its runner to its end, beside a bare libcurl
 * program that makes the same requests: CPU by rusage. Then as many members as a council may have
 * in one round. Both trust one certificate by its file. */
#include "bench.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { ROUNDS = 7, MEMBERS_MANY = 64 };

struct peer {
    FILE *out;
    pid_t pid;
    int in;
    char dir[64], url[128], ca[128];
};

static void peer_start(struct peer *p)
{
    int in[2], out[2];
    snprintf(p->dir, sizeof p->dir, "/tmp/councild-bench-XXXXXX");
    if (!mkdtemp(p->dir) || pipe2(in, O_CLOEXEC) < 0 || pipe2(out, O_CLOEXEC) < 0)
        DIE("cannot set up the TLS server: %s", strerror(errno));
    p->pid = fork();
    if (p->pid == 0) {
        dup2(in[0], STDIN_FILENO);
        dup2(out[1], STDOUT_FILENO);
        execlp("python3", "python3", "tests/bench/tls_server.py", p->dir, (char *)NULL);
        _exit(127);
    }
    close(in[0]);
    close(out[1]);
    p->in = in[1];
    p->out = fdopen(out[0], "r");
    if (!p->out || !fgets(p->url, sizeof p->url, p->out))
        DIE("the TLS server did not start");
    p->url[strcspn(p->url, "\n")] = '\0';
    snprintf(p->ca, sizeof p->ca, "%s/cert.pem", p->dir);
}

static void peer_stop(struct peer *p)
{
    char command[128];
    close(p->in);
    waitpid(p->pid, NULL, 0);
    fclose(p->out);
    snprintf(command, sizeof command, "rm -rf '%s'", p->dir);
    if (system(command) != 0)
        DIE("cannot remove %s", p->dir);
}

static double reap_ms(pid_t pid)
{
    struct rusage usage;
    int status;
    if (wait4(pid, &status, 0, &usage) != pid || status != 0)
        DIE("a process of the figure tls failed (status %x)", (unsigned)status);
    return (double)(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) * 1e3 +
           (double)(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e3;
}

static json_t *council(int members, bool whole)
{
    json_t *list = json_array(), *rounds = json_array();
    for (int i = 0; i < members; i++) {
        char id[8];
        snprintf(id, sizeof id, "m%d", i);
        json_array_append_new(
            list, json_pack("{s:s, s:s, s:s}", "id", id, "provider", "tls", "model", "some"));
    }
    json_array_append_new(rounds, json_pack("{s:s}", "type", "independent_analysis"));
    json_t *council = json_pack("{s:i, s:s, s:o, s:O}", "schema_version", 1, "id", "tls", "members",
                                list, "rounds", rounds);
    if (whole) {
        json_array_append_new(
            rounds, json_pack("{s:s, s:s}", "type", "independent_analysis", "name", "again"));
        json_object_set_new(
            council, "chair",
            json_pack("{s:s, s:s, s:s}", "id", "chair", "provider", "tls", "model", "some"));
    }
    json_decref(rounds);
    return council;
}

static double our_ms(const struct peer *p, const char *runner, json_t *council)
{
    int link, journal = open("/dev/shm", O_TMPFILE | O_RDWR | O_APPEND | O_CLOEXEC, 0600);
    json_t *providers = json_pack("{s:{s:s, s:s, s:s, s:i}}", "tls", "type", "openai", "base_url",
                                  p->url, "ca_file", p->ca, "max_in_flight", MEMBERS_MANY);
    pid_t pid = probe_spawn_runner(runner, &link);
    char text[65537];
    ssize_t n;
    bool complete = false;
    if (journal < 0)
        DIE("no journal: %s", strerror(errno));
    probe_send_spec(link, council, providers, journal);
    while ((n = recv(link, text, sizeof text - 1, 0)) > 0) {
        text[n] = '\0';
        complete |= strstr(text, "\"outcome\":\"complete\"") != NULL;
    }
    double ms = reap_ms(pid);
    if (!complete)
        DIE("the council over TLS did not complete");
    close(link);
    close(journal);
    json_decref(providers);
    return ms;
}

static double raw_ms(const struct peer *p, const char *program, const char *const *counts)
{
    char url[160];
    const char *argv[10] = {program, url, p->ca, p->dir, counts[0], counts[1], counts[2]};
    snprintf(url, sizeof url, "%s/chat/completions", p->url);
    pid_t pid = fork();
    if (pid == 0) {
        execv(program, (char *const *)argv);
        _exit(127);
    }
    return reap_ms(pid);
}

static void measure(const char *build, const char *name, int members, bool whole,
                    const char *const *counts)
{
    struct samples ours = {0}, raw = {0};
    struct peer p;
    char runner[256], program[256];
    json_t *document = council(members, whole);
    snprintf(runner, sizeof runner, "%s/council-runner", build);
    snprintf(program, sizeof program, "%s/bench-requests", build);
    peer_start(&p);
    for (int round = 0; round < ROUNDS; round++) {
        samples_add(&ours, our_ms(&p, runner, document));
        samples_add(&raw, raw_ms(&p, program, counts));
    }
    report_ratio(name, samples_percentile(&ours, 50), samples_percentile(&raw, 50), 1.25, "ms");
    peer_stop(&p);
    json_decref(document);
    samples_release(&ours);
    samples_release(&raw);
}

void figure_tls(const char *build)
{
    measure(build, "TLS council of 9 requests, CPU of its runner", 4, true,
            (const char *const[]){"4", "4", "1"});
    measure(build, "TLS council of 64 members in one round, CPU", MEMBERS_MANY, false,
            (const char *const[]){"16", "16", "32"});
}
