/* A command of councilctl, and the daemon that it talks to, which says what a case has it say. What
 * was asked, shown, told and given back goes into one text. Taken in by one source of a test. */
#ifndef TESTS_UNIT_CTL_PLAYED_DAEMON_H
#define TESTS_UNIT_CTL_PLAYED_DAEMON_H

#include <signal.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>

#include "common/buf.h"
#include "ctl/commands.h"
#include "ctl/session/ctl.h"
#include "fixture.h"
#include "golden_text.h"

enum { WORDS_MAX = 12, SAYS_MAX = 8 };

/* What is said to each request in turn; none: the connection is closed. The first line is the
 * result, or behind `!` the error; a further one is a notification, METHOD PARAMS, or `^N`: signal
 * N goes to the command, or `.`: the connection is closed. */
struct played {
    const char *words[WORDS_MAX];
    const char *says[SAYS_MAX];
    const char *input; /* standard input; NULL: empty */
};

static struct folder folder; /* in which the command runs; the daemon's socket is `sock` */

static inline int played_setup(void **state)
{
    (void)state;
    folder_make(&folder);
    return 0;
}

static inline int played_teardown(void **state)
{
    (void)state;
    folder_remove(&folder);
    return 0;
}

/* ---- the daemon ---- */

static inline void played_line(int fd, const char *at, size_t len)
{
    const size_t name = strcspn(at, " ");
    if (*at == '^')
        kill(getppid(), at[1] - '0');
    else if (*at == '.')
        shutdown(fd, SHUT_RDWR);
    else
        dprintf(fd, "{\"jsonrpc\":\"2.0\",\"method\":\"%.*s\",\"params\":%.*s}\n", (int)name, at,
                (int)(len - name - 1), at + name + 1);
}

static inline void played_answer(int fd, long long id, const char *says)
{
    const bool fault = *says == '!';
    size_t len = strcspn(says, "\n");
    dprintf(fd, "{\"jsonrpc\":\"2.0\",\"id\":%lld,\"%s\":%.*s}\n", id, fault ? "error" : "result",
            (int)len - fault, says + fault);
    for (const char *at = says + len; *at; at += len) {
        len = strcspn(++at, "\n");
        played_line(fd, at, len);
    }
}

/* False: no more is said. */
static inline bool played_request(int fd, int asked, const char *line, const char *says)
{
    json_t *request = json_loads(line, 0, NULL), *params = json_object_get(request, "params");
    char *text = json_dumps(params, JSON_COMPACT | JSON_ENCODE_ANY);
    dprintf(asked, "> %s %s\n", json_string_value(json_object_get(request, "method")),
            text ? text : "-");
    if (says)
        played_answer(fd, json_integer_value(json_object_get(request, "id")), says);
    free(text);
    json_decref(request);
    return says != NULL;
}

static inline void played_serve(int listener, int asked, const struct played *p)
{
    char *line = NULL;
    size_t size = 0, at = 0;
    for (int fd; (fd = accept(listener, NULL, NULL)) >= 0;) {
        FILE *in = fdopen(fd, "r");
        while (getline(&line, &size, in) > 0 &&
               played_request(fd, asked, line, at < SAYS_MAX ? p->says[at] : NULL))
            at++;
        fclose(in);
    }
    _exit(0);
}

/* ---- the command ---- */

static inline int played_listen(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX, .sun_path = "sock"};
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    unlink("sock");
    assert_int_equal(bind(fd, (const struct sockaddr *)&address, sizeof address), 0);
    assert_int_equal(listen(fd, 8), 0);
    return fd;
}

static inline int played_run(const struct played *p)
{
    const char *words[WORDS_MAX + 2] = {"--socket", "sock"};
    struct error err = {0};
    struct ctl ctl = {.commands = COMMANDS, .row = command_find(COMMANDS, p->words[0])};
    int n = 2;
    for (int i = 1; i < WORDS_MAX && p->words[i]; i++)
        words[n++] = p->words[i];
    if (args_parse(&ctl.args, ctl.row->command->options, GLOBAL_OPTIONS, n, (char **)words, false,
                   &err) < 0)
        abort();
    ctl.json = args_has(&ctl.args, "json");
    int status = ctl.row->command->run(&ctl);
    args_release(&ctl.args);
    fflush(stdout);
    fflush(stderr);
    return status;
}

static inline void played_add(struct buf *to, const char *before, FILE *file)
{
    static char text[1 << 16];
    rewind(file);
    const size_t n = fread(text, 1, sizeof text, file);
    if (n && (buf_add_str(to, before) || buf_add(to, text, n)))
        abort();
    fclose(file);
}

/* Runs it with files in the place of its streams. */
static inline int played_apart(const struct played *p, FILE *const streams[3])
{
    int old[3];
    fflush(stdout);
    fflush(stderr);
    for (int i = 0; i < 3; i++) {
        old[i] = dup(i);
        dup2(fileno(streams[i]), i);
    }
    const int status = played_run(p);
    for (int i = 0; i < 3; i++) {
        dup2(old[i], i);
        close(old[i]);
    }
    return status;
}

/* Plays the case; what came of it is added to the text. */
static inline int play(const struct played *p, struct buf *all)
{
    FILE *asked = tmpfile(), *streams[] = {tmpfile(), tmpfile(), tmpfile()};
    sigset_t before;
    const int here = open(".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(asked && streams[0] && streams[1] && streams[2] && here >= 0);
    fputs(p->input ? p->input : "", streams[0]);
    rewind(streams[0]);
    fcntl(fileno(asked), F_SETFL, O_APPEND);
    assert_int_equal(fchdir(folder.fd), 0);
    const int listener = played_listen();
    sigprocmask(SIG_SETMASK, NULL, &before);
    const pid_t daemon = fork();
    if (daemon == 0)
        played_serve(listener, fileno(asked), p);
    close(listener);
    const int status = played_apart(p, streams);
    kill(daemon, SIGKILL);
    waitpid(daemon, NULL, 0);
    sigprocmask(SIG_SETMASK, &before, NULL);
    assert_int_equal(fchdir(here), 0);
    close(here);
    fclose(streams[0]);
    buf_add_str(all, "$");
    for (int i = 0; i < WORDS_MAX && p->words[i]; i++)
        buf_addf(all, " %s", *p->words[i] == '\xff' ? "(not UTF-8)" : p->words[i]);
    buf_add_str(all, "\n");
    played_add(all, "", asked);
    played_add(all, "", streams[1]);
    played_add(all, "---- told\n", streams[2]);
    return buf_addf(all, "= %d\n\n", status);
}

/* Plays all of them and compares with the file of that name. */
static inline void compare(const struct played *rows, size_t n, const char *path)
{
    struct buf all = BUF_INIT(1 << 20);
    for (size_t i = 0; i < n; i++)
        assert_int_equal(play(&rows[i], &all), 0);
    golden_compare(path, &all);
    buf_release(&all);
}

#define COMPARE(rows, name) compare(rows, sizeof rows / sizeof *rows, GOLDEN "/commands/" name)

#endif
