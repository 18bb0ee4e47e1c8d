/* Grandchildren: {n, way: group | setsid | double, close: bool, ignore_term: bool, life_ms, exit,
 * pids: FILE, memory: MiB, knock: {socket, to: FILE}}. They touch their memory, knock, sleep for
 * life_ms (default: for ever), then exit. `knock` is an ability too: what came of a request to that
 * socket stands in FILE: answered, closed, or not connected. */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <unistd.h>

#include "standin.h"

static void knock(json_t *arg)
{
    static const char ASK[] = "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"supervisor.info\"}\n";
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    char byte = 0;
    const char *what = "not-connected";
    snprintf(address.sun_path, sizeof address.sun_path, "%s", arg_str(arg, "socket", ""));
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, sizeof address) == 0) {
        (void)!send(fd, ASK, sizeof ASK - 1, MSG_NOSIGNAL);
        what = recv(fd, &byte, 1, 0) == 1 ? "answered" : "closed";
    }
    mark(arg_str(arg, "to", "/dev/null"), what);
    if (fd >= 0)
        close(fd);
}

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
    if (json_object_get(arg, "knock"))
        knock(json_object_get(arg, "knock"));
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

static void act_knock(struct standin *s, json_t *arg)
{
    (void)s;
    knock(arg);
}

const struct ability FAMILY[] = {
    {"knock", act_knock},
    {"grandchildren", act_grandchildren},
    {NULL, NULL},
};
