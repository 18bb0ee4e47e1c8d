#include "secret_line.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <string.h>
#include <sys/signalfd.h>
#include <termios.h>
#include <unistd.h>

#include "common/fd.h"

/* The terminal as it was, and the signals that wait meanwhile. */
struct quiet {
    bool quiet;
    struct termios before;
    sigset_t mask;
    int signals;
};

/* What is ignored, by nohup for example, is to stay so. */
static void add_ending(sigset_t *set, int number)
{
    struct sigaction action;
    if (sigaction(number, NULL, &action) == 0 && action.sa_handler != SIG_IGN)
        sigaddset(set, number);
}

static void be_quiet(struct quiet *s)
{
    sigset_t set;
    sigemptyset(&set);
    const int ending[] = {SIGINT, SIGQUIT, SIGTERM, SIGHUP};
    for (size_t i = 0; i < sizeof ending / sizeof *ending; i++)
        add_ending(&set, ending[i]);
    s->signals = signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
    sigaddset(&set, SIGTSTP); /* who stops here would leave a quiet terminal */
    sigprocmask(SIG_BLOCK, &set, &s->mask);
    struct termios quiet = s->before;
    quiet.c_lflag &= ~(tcflag_t)ECHO;
    s->quiet = tcsetattr(STDIN_FILENO, TCSAFLUSH, &quiet) == 0;
}

static void show_again(struct quiet *s)
{
    struct signalfd_siginfo info;
    if (s->quiet)
        tcsetattr(STDIN_FILENO, TCSAFLUSH, &s->before);
    fd_write_all(STDERR_FILENO, "\n", 1);
    if (s->signals >= 0 && read(s->signals, &info, sizeof info) == sizeof info)
        raise((int)info.ssi_signo);
    fd_close(&s->signals);
    sigprocmask(SIG_SETMASK, &s->mask, NULL);
}

/* False: a signal came. */
static bool wait_for_input(const struct quiet *s)
{
    struct pollfd fds[] = {{.fd = STDIN_FILENO, .events = POLLIN},
                           {.fd = s->signals, .events = POLLIN}};
    while (poll(fds, 2, -1) < 0 && errno == EINTR)
        continue;
    return !(fds[1].revents & POLLIN);
}

/* Byte for byte: what stands behind the line is not ours. */
static int read_line(const struct quiet *s, char *to, size_t size)
{
    for (size_t len = 0; len < size; len++) {
        if (s && !wait_for_input(s))
            return -EINTR;
        const ssize_t n = fd_read_full(STDIN_FILENO, to + len, 1);
        if (n < 0)
            return (int)n;
        if (n == 0 && len == 0)
            return -ENODATA;
        if (n == 1 && to[len] != '\n')
            continue;
        len -= len > 0 && to[len - 1] == '\r';
        to[len] = '\0';
        return (int)len;
    }
    return -EMSGSIZE;
}

int secret_line_read(const char *prompt, char *to, size_t size, struct error *err)
{
    struct quiet s = {.signals = -1};
    const bool asks = tcgetattr(STDIN_FILENO, &s.before) == 0;
    if (asks) {
        be_quiet(&s);
        fd_write_all(STDERR_FILENO, prompt, strlen(prompt));
    }
    int r = read_line(asks ? &s : NULL, to, size);
    if (asks)
        show_again(&s);
    if (r == -ENODATA)
        return error_set(err, ENODATA, "nothing came on standard input");
    return r < 0 ? error_errno(err, -r, "cannot read a line of standard input") : r;
}
