/* Abilities that concern the process itself: time, ends, signals, strange ways of life, memory. */
#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <unistd.h>

#include "standin.h"

static void act_sleep(struct standin *s, json_t *arg)
{
    (void)s;
    sleep_ms(json_integer_value(arg));
}

static void act_exit(struct standin *s, json_t *arg)
{
    (void)s;
    _exit((int)json_integer_value(arg));
}

/* exit() with buffers flushed and handlers run, as an ordinary program ends. */
static void act_return(struct standin *s, json_t *arg)
{
    (void)s;
    exit((int)json_integer_value(arg));
}

static void act_raise(struct standin *s, json_t *arg)
{
    (void)s;
    int number = (int)json_integer_value(arg);
    sigset_t one;
    sigemptyset(&one);
    sigaddset(&one, number);
    sigprocmask(SIG_UNBLOCK, &one, NULL);
    signal(number, SIG_DFL);
    raise(number);
}

/* {"core": true}: let a fatal signal dump a core into the given folder, where the kernel does so.
 */
static void act_core(struct standin *s, json_t *arg)
{
    (void)s;
    struct rlimit limit;
    getrlimit(RLIMIT_CORE, &limit);
    limit.rlim_cur = limit.rlim_max;
    if (setrlimit(RLIMIT_CORE, &limit) < 0 || chdir(json_string_value(arg)) < 0)
        broken("core");
}

static void act_wait_file(struct standin *s, json_t *arg)
{
    (void)s;
    while (access(json_string_value(arg), F_OK) < 0)
        sleep_ms(2);
}

/* Opens a FIFO for reading and waits until its last writer is gone. */
static void act_wait_pipe(struct standin *s, json_t *arg)
{
    (void)s;
    char bytes[64];
    int fd = open(json_string_value(arg), O_RDONLY | O_CLOEXEC);
    if (fd < 0)
        broken("wait_pipe");
    while (read(fd, bytes, sizeof(bytes)) > 0)
        ;
    close(fd);
}

static void act_mark(struct standin *s, json_t *arg)
{
    (void)s;
    mark(json_string_value(arg), "mark");
}

/* What SIGTERM does: {arrival: FILE, cleanup_ms: n, marker: FILE, then: reraise | exit | go_on,
 * code: n}, or the words "ignore" and "default". */
static struct {
    char arrival[4096], marker[4096];
    int64_t cleanup_ms;
    int then, code;
    struct standin *s;
} on_term;
enum { THEN_RERAISE, THEN_EXIT, THEN_GO_ON };

static void handle_term(int number)
{
    int saved = errno;
    on_term.s->sigterm_ns = now_ns();
    if (*on_term.arrival)
        mark(on_term.arrival, "sigterm");
    sleep_ms(on_term.cleanup_ms);
    if (*on_term.marker)
        mark(on_term.marker, "cleaned");
    if (on_term.then == THEN_EXIT)
        _exit(on_term.code);
    if (on_term.then == THEN_RERAISE) {
        signal(number, SIG_DFL);
        raise(number);
        sigset_t one;
        sigemptyset(&one);
        sigaddset(&one, number);
        sigprocmask(SIG_UNBLOCK, &one, NULL);
    }
    errno = saved;
}

static void act_sigterm(struct standin *s, json_t *arg)
{
    if (json_is_string(arg)) {
        signal(SIGTERM, strcmp(json_string_value(arg), "ignore") == 0 ? SIG_IGN : SIG_DFL);
        return;
    }
    const char *then = arg_str(arg, "then", "reraise");
    on_term.s = s;
    snprintf(on_term.arrival, sizeof(on_term.arrival), "%s", arg_str(arg, "arrival", ""));
    snprintf(on_term.marker, sizeof(on_term.marker), "%s", arg_str(arg, "marker", ""));
    on_term.cleanup_ms = arg_int(arg, "cleanup_ms", 0);
    on_term.code = (int)arg_int(arg, "code", 0);
    on_term.then = strcmp(then, "exit") == 0    ? THEN_EXIT
                   : strcmp(then, "go_on") == 0 ? THEN_GO_ON
                                                : THEN_RERAISE;
    struct sigaction action = {.sa_handler = handle_term, .sa_flags = SA_RESTART};
    sigaction(SIGTERM, &action, NULL);
}

static void act_busy(struct standin *s, json_t *arg)
{
    (void)s;
    (void)arg;
    for (volatile unsigned n = 0;; n++)
        ;
}

static void act_setsid(struct standin *s, json_t *arg)
{
    (void)s;
    (void)arg;
    /* A group leader may not call setsid: the work goes on in the session it already leads unless
     * it left its group first, which a session leader cannot. So this only shows the refusal. */
    if (setsid() >= 0)
        broken("setsid of a session leader should fail");
}

static void act_stop(struct standin *s, json_t *arg)
{
    (void)s;
    (void)arg;
    raise(SIGSTOP);
}

static void act_clear_pdeathsig(struct standin *s, json_t *arg)
{
    (void)s;
    (void)arg;
    if (prctl(PR_SET_PDEATHSIG, 0) < 0)
        broken("prctl");
}

struct rest {
    struct standin *s;
    json_t *script;
};

static void *do_rest(void *arg)
{
    struct rest *rest = arg;
    sleep_ms(50); /* the leader thread is gone by now */
    standin_run(rest->s, rest->script);
    for (;;)
        pause();
    return NULL;
}

/* The given steps go on in a second thread while the leader thread ends. */
static void act_leader_gone(struct standin *s, json_t *arg)
{
    pthread_t thread;
    static struct rest rest;
    rest.s = s;
    rest.script = arg;
    if (pthread_create(&thread, NULL, do_rest, &rest) != 0)
        broken("pthread_create");
    pthread_exit(NULL);
}

void touch_memory(int64_t mib)
{
    for (int64_t i = 0; i < mib; i++) {
        char *p = malloc(1 << 20);
        if (!p)
            _exit(70);
        for (size_t at = 0; at < 1 << 20; at += 4096)
            ((volatile char *)p)[at] = 1;
    }
}

static void act_memory(struct standin *s, json_t *arg)
{
    (void)s;
    touch_memory(json_integer_value(arg));
}

/* Holds a shared lock on a file; descendants inherit the descriptor, so that an exclusive lock is
 * to be had only when none of them is left. */
static void act_tag(struct standin *s, json_t *arg)
{
    (void)s;
    int fd = open(json_string_value(arg), O_RDONLY | O_CREAT, 0600);
    if (fd < 0 || flock(fd, LOCK_SH) < 0)
        broken("tag");
}

const struct ability LIFE[] = {
    {"sleep", act_sleep},
    {"exit", act_exit},
    {"return", act_return},
    {"raise", act_raise},
    {"core", act_core},
    {"wait_file", act_wait_file},
    {"wait_pipe", act_wait_pipe},
    {"mark", act_mark},
    {"sigterm", act_sigterm},
    {"busy", act_busy},
    {"setsid", act_setsid},
    {"stop", act_stop},
    {"clear_pdeathsig", act_clear_pdeathsig},
    {"leader_gone", act_leader_gone},
    {"memory", act_memory},
    {"tag", act_tag},
    {NULL, NULL},
};
