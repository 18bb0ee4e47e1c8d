/* Makes the attempts, each in a process of its own where one can be had. */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#include "escape.h"

enum { SIGNAL_BASE = 2000, SECONDS = 20 };

static char words[4096];
static bool forked;
static int record = -1;

void escape_set_targets(const char *text)
{
    snprintf(words, sizeof(words), "%s", text);
}

const char *escape_target(const char *name)
{
    static char value[512];
    size_t len = strlen(name);
    for (const char *at = words; at && *at; at = strchr(at, ' '), at += at != NULL) {
        if (strncmp(at, name, len) != 0 || at[len] != '=')
            continue;
        snprintf(value, sizeof(value), "%.*s", (int)strcspn(at + len + 1, " "), at + len + 1);
        return value[0] ? value : NULL;
    }
    return NULL;
}

long escape_number(const char *value)
{
    return strtol(value, NULL, 10);
}

bool escape_is_forked(void)
{
    return forked;
}

void escape_set_record(int fd)
{
    record = fd;
}

int escape_record(void)
{
    return record;
}

static int attempt_here(const struct attempt *a)
{
    char kept[512];
    const char *value = a->target ? escape_target(a->target) : "";
    if (!value)
        return ESCAPE_ABSENT;
    snprintf(kept, sizeof(kept), "%s", value);
    errno = 0;
    return a->act(kept);
}

static int attempt_apart(const struct attempt *a, int *shared)
{
    *shared = ECHILD;
    pid_t pid = fork();
    if (pid < 0)
        return attempt_here(a);
    if (pid == 0) {
        forked = true;
        alarm(SECONDS);
        *shared = attempt_here(a);
        _exit(0);
    }
    int status = 0;
    while (waitpid(pid, &status, 0) < 0 && errno == EINTR)
        ;
    return WIFSIGNALED(status) ? SIGNAL_BASE + WTERMSIG(status) : *shared;
}

static const char *in_words(int result, char *buf, size_t size)
{
    const char *name = result > 0 && result < ESCAPE_REFUSED ? strerrorname_np(result) : NULL;
    if (result == 0)
        return "through";
    if (result == ESCAPE_REFUSED)
        return "refused";
    if (result == ESCAPE_NOTHING)
        return "nothing";
    if (result == ESCAPE_ABSENT)
        return "absent";
    if (name)
        return name;
    snprintf(buf, size, result > SIGNAL_BASE ? "signal-%d" : "%d",
             result > SIGNAL_BASE ? result - SIGNAL_BASE : result);
    return buf;
}

static void tell(int report, const char *name, const char *result)
{
    char line[160];
    int len = snprintf(line, sizeof(line), "%s %s\n", name, result);
    if (write(report, line, (size_t)len) != len)
        _exit(98);
}

static int make(const struct attempt *a, int report, int *shared)
{
    int n = 0;
    for (; a->name; a++, n++) {
        char buf[32];
        tell(report, a->name,
             in_words(shared ? attempt_apart(a, shared) : attempt_here(a), buf, sizeof(buf)));
    }
    return n;
}

/* Root without a namespace of its own would do to the machine what is tried here. */
static bool is_root_of_machine(void)
{
    char map[64] = "";
    int fd = open("/proc/self/uid_map", O_RDONLY | O_CLOEXEC);
    ssize_t n = fd < 0 ? -1 : read(fd, map, sizeof(map) - 1);
    if (fd >= 0)
        close(fd);
    return geteuid() == 0 && (n <= 0 || strstr(map, "4294967295"));
}

void escape_all(int report)
{
    static const struct attempt *const all[] = {ESCAPE_MEMORY, ESCAPE_FILES, ESCAPE_NETWORK,
                                                ESCAPE_KERNEL, ESCAPE_PROCESSES};
    int *shared =
        mmap(NULL, sizeof(int), PROT_READ | PROT_WRITE, MAP_SHARED | MAP_ANONYMOUS, -1, 0);
    int n = 0;
    char count[16];
    if (is_root_of_machine()) {
        tell(report, "end", "root-of-the-machine");
        return;
    }
    for (size_t i = 0; i < sizeof(all) / sizeof(all[0]); i++)
        n += make(all[i], report, shared == MAP_FAILED ? NULL : shared);
    snprintf(count, sizeof(count), "%d", n);
    tell(report, "end", count);
}
