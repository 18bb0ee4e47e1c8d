/* Preloaded into a runner: the escape kit at its first sync, when the runner has closed itself in
 * and holds keys and record. ESCAPE_TARGETS has the words, ESCAPE_REPORT names the file that is
 * written; both are read before anything is closed. */
#include <dlfcn.h>
#include <fcntl.h>
#include <stdlib.h>
#include <unistd.h>

#include "escape.h"

static int report = -1;

__attribute__((constructor)) static void attach(void)
{
    const char *targets = getenv("ESCAPE_TARGETS"), *path = getenv("ESCAPE_REPORT");
    if (!targets || !path)
        return;
    escape_set_targets(targets);
    report = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
}

static int synced(const char *name, int fd)
{
    union {
        void *symbol;
        int (*call)(int);
    } real = {.symbol = dlsym(RTLD_NEXT, name)};
    int to = report;
    report = -1;
    if (to >= 0) {
        escape_set_record(fd);
        escape_all(to);
        close(to);
    }
    return real.call(fd);
}

int fdatasync(int fd)
{
    return synced("fdatasync", fd);
}

int fsync(int fd)
{
    return synced("fsync", fd);
}
