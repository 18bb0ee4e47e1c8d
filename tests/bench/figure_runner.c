/* Idle runners beside as many bare programs that have initialised libcurl and jansson and wait:
 * the memory of one of them, its share of what they share included. */
#include "bench.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

enum { COUNT = 20, SETTLE_US = 500000 };

static double pss_of(const pid_t *pids)
{
    struct samples all = {0};
    for (int i = 0; i < COUNT; i++)
        samples_add(&all, (double)process_pss_kib(pids[i]));
    double median = samples_percentile(&all, 50);
    samples_release(&all);
    return median;
}

static double bare_kib(const char *program)
{
    pid_t pids[COUNT];
    int links[COUNT];
    char byte;
    for (int i = 0; i < COUNT; i++) {
        pids[i] = probe_spawn_runner(program, &links[i]);
        if (read(links[i], &byte, 1) != 1)
            DIE("the bare program did not come up");
    }
    double kib = pss_of(pids);
    for (int i = 0; i < COUNT; i++) {
        kill(pids[i], SIGKILL);
        waitpid(pids[i], NULL, 0);
        close(links[i]);
    }
    return kib;
}

static double spare_kib(const char *build)
{
    static const char *const FLAGS[] = {"--spares", "20", NULL};
    struct daemon d;
    pid_t pids[COUNT];
    char path[64];
    daemon_start(&d, build, NULL, FLAGS);
    wait_for_children(&d, COUNT);
    usleep(SETTLE_US);
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)d.pid, (int)d.pid);
    FILE *f = fopen(path, "re");
    for (int i = 0; i < COUNT;) {
        if (!f || fscanf(f, "%d", &pids[i]) != 1)
            DIE("spare %d is missing", i);
        i += !process_syncs(pids[i]);
    }
    fclose(f);
    double kib = pss_of(pids);
    daemon_stop(&d);
    return kib;
}

/* One after the other: both sorts link the same libraries and would halve each other's share. */
void figure_runner(const char *build)
{
    char self[256];
    snprintf(self, sizeof self, "%s/bench-idle", build);
    double bare = bare_kib(self);
    report_ratio("runner idle, PSS (20 of them)", spare_kib(build), bare, 1.1, "KiB");
}
