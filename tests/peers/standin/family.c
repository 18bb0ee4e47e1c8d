/* Grandchildren: {n, way: group | setsid | double, close: bool, ignore_term: bool, life_ms, exit,
 * pids: FILE, memory: MiB}. They touch their memory, sleep for life_ms (default: for ever), then
 * exit. */
#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "standin.h"

static void live(json_t *arg)
{
    if (arg_true(arg, "ignore_term"))
        signal(SIGTERM, SIG_IGN);
    else
        signal(SIGTERM, SIG_DFL);
    if (arg_true(arg, "close"))
        for (int fd = 0; fd <= 2; fd++)
            close(fd);
    close(LINK_FD);
    const char *pids = arg_str(arg, "pids", NULL);
    if (pids)
        mark(pids, "grandchild");
    touch_memory(arg_int(arg, "memory", 0));
    int64_t life = arg_int(arg, "life_ms", -1);
    if (life >= 0) {
        sleep_ms(life);
        _exit((int)arg_int(arg, "exit", 0));
    }
    for (;;)
        pause();
}

static void bear(json_t *arg)
{
    const char *way = arg_str(arg, "way", "group");
    pid_t pid = fork();
    if (pid < 0)
        broken("fork");
    if (pid == 0) {
        if (strcmp(way, "group") != 0)
            setsid();
        if (strcmp(way, "double") == 0 && fork() != 0)
            _exit(0);
        live(arg);
    }
    if (strcmp(way, "double") == 0)
        waitpid(pid, NULL, 0);
}

static void act_grandchildren(struct standin *s, json_t *arg)
{
    (void)s;
    for (int64_t n = arg_int(arg, "n", 1); n > 0; n--)
        bear(arg);
}

const struct ability FAMILY[] = {
    {"grandchildren", act_grandchildren},
    {NULL, NULL},
};
