/* The escape kit as a program; escape/escape.h says what it tries.
 *
 *     escape
 *         reads a line with "targets":"NAME=VALUE ..." as a tool gets its arguments, and tells on
 *         standard output
 *     escape victim NAME
 *         holds the key that stands in the variable NAME, makes shared memory, says its number and
 *         waits to be killed */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ipc.h>
#include <sys/shm.h>
#include <unistd.h>

#include "escape/escape.h"

static int be_victim(const char *name)
{
    const char *key = getenv(name);
    char *kept = key ? strdup(key) : NULL;
    int id = kept ? shmget(IPC_PRIVATE, 4096, IPC_CREAT | 0600) : -1;
    void *memory = id < 0 ? NULL : shmat(id, NULL, 0);
    /* Gone with its last user, whatever ends it. */
    if (id < 0 || memory == (void *)-1 || shmctl(id, IPC_RMID, NULL) < 0)
        return 1;
    printf("%d\n", id);
    fflush(stdout);
    for (;;)
        pause();
}

/* The process above the one that started us: of a tool that is the runner. */
static int runner_above(void)
{
    char path[64], line[512];
    int pid = 0;
    snprintf(path, sizeof(path), "/proc/%d/stat", (int)getppid());
    FILE *f = fopen(path, "r");
    const char *end = f && fgets(line, sizeof(line), f) ? strrchr(line, ')') : NULL;
    if (f)
        fclose(f);
    return end && sscanf(end, ") %*c %d", &pid) == 1 ? pid : 0;
}

static void set_targets(char *words, size_t size)
{
    size_t len = strlen(words);
    int runner = runner_above();
    if (runner > 1)
        snprintf(words + len, size - len, " runner=%d", runner);
    escape_set_targets(words);
}

int main(int argc, char **argv)
{
    static char line[8192];
    if (argc == 3 && strcmp(argv[1], "victim") == 0)
        return be_victim(argv[2]);
    char *begin = fgets(line, sizeof(line), stdin) ? strstr(line, "\"targets\":\"") : NULL;
    if (!begin)
        return 2;
    begin += strlen("\"targets\":\"");
    begin[strcspn(begin, "\"")] = 0;
    set_targets(begin, sizeof(line) - (size_t)(begin - line));
    escape_all(STDOUT_FILENO);
    return 0;
}
