/* An idle runner beside a bare program that has initialised libcurl and jansson and waits. */
#include "bench.h"

#include <signal.h>
#include <sys/wait.h>
#include <unistd.h>

void figure_runner(const char *build)
{
    char runner[256], self[256];
    struct daemon d;
    snprintf(runner, sizeof runner, "%s/council-runner", build);
    snprintf(self, sizeof self, "%s/bench-idle", build);
    daemon_start(&d, build, NULL, NULL);
    wait_for_children(&d, 1);
    usleep(100000);
    char path[64];
    int spare = 0, link;
    snprintf(path, sizeof path, "/proc/%d/task/%d/children", (int)d.pid, (int)d.pid);
    FILE *f = fopen(path, "re");
    if (!f || fscanf(f, "%d", &spare) != 1)
        DIE("no spare");
    fclose(f);
    pid_t bare = probe_spawn_runner(self, &link);
    char byte;
    if (read(link, &byte, 1) != 1)
        DIE("the bare program did not come up");
    report_ratio("runner idle, PSS", (double)process_pss_kib(spare), (double)process_pss_kib(bare),
                 1.1, "KiB");
    kill(bare, SIGKILL);
    waitpid(bare, NULL, 0);
    close(link);
    daemon_stop(&d);
}
