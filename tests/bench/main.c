/* bench BUILD OUT.json [FIGURE...]: measures the figures, prints a line for each, writes them as
 * JSON. */
#include "bench.h"

#include <signal.h>
#include <sys/resource.h>

static const struct {
    const char *name;
    void (*measure)(const char *build);
} FIGURES[] = {
    {"start", figure_start},   {"down", figure_down},       {"terminate_all", figure_terminate_all},
    {"burst", figure_burst},   {"events", figure_events},   {"runner", figure_runner},
    {"memory", figure_memory}, {"live", figure_live},       {"tls", figure_tls},
    {"tool", figure_tool},     {"sandbox", figure_sandbox}, {"soak", figure_soak},
    {"list", figure_list},
};

static bool wanted(const char *name, char **names)
{
    if (!*names)
        return true;
    for (; *names; names++)
        if (strcmp(*names, name) == 0)
            return true;
    return false;
}

int main(int argc, char **argv)
{
    if (argc < 3) {
        fprintf(stderr, "usage: bench BUILD OUT.json [FIGURE...]\n");
        return 2;
    }
    signal(SIGPIPE, SIG_IGN);
    struct rlimit files;
    if (getrlimit(RLIMIT_NOFILE, &files) == 0) {
        files.rlim_cur = files.rlim_max;
        setrlimit(RLIMIT_NOFILE, &files);
    }
    for (size_t i = 0; i < sizeof FIGURES / sizeof *FIGURES; i++)
        if (wanted(FIGURES[i].name, argv + 3))
            FIGURES[i].measure(argv[1]);
    report_write(argv[2]);
    return 0;
}
