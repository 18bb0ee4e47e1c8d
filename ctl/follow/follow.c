#include "follow.h"

#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/signalfd.h>
#include <unistd.h>

#include "common/clock.h"
#include "common/fd.h"
#include "common/jx.h"
#include "common/xalloc.h"
#include "ctl/terminal/out.h"
#include "ctl/view/down_line.h"
#include "ctl/view/fault.h"
#include "ctl/view/result_view.h"
#include "ctl/view/view.h"
#include "question.h"
#include "start_warnings.h"
#include "story/safe_text.h"
#include "way_back.h"

enum { TICK_MS = 100, FRAME_MS = 40, LINE_BYTES = 64 * 1024 * 1024 };

struct follower {
    const struct ctl *ctl;
    const struct follow_options *options;
    struct client *client;
    struct screen *screen;
    struct view *view;
    struct stop_question question;
    int signals;
    int64_t request; /* id of the first request; 0: answered */
    char *run_id;
    json_t *down;     /* the DOWN of our own monitor */
    bool past;        /* it had ended before we came */
    bool ended;       /* run.end came */
    bool left;        /* we go, the run stays */
    int interrupts;   /* Ctrl-C so far */
    int64_t shown_at; /* clock of the last frame */
    int status;       /* exit status once `finished` */
    bool finished;
};

static void finish(struct follower *f, int status)
{
    f->finished = true;
    f->status = status;
}

/* ---- what the daemon says ---- */

static void print_event(const struct client_note *note)
{
    struct buf line = BUF_INIT(LINE_BYTES * 4UL);
    if (isatty(STDOUT_FILENO))
        text_escape_json(&line, note->event, note->event_len);
    else if (buf_add(&line, note->event, note->event_len) < 0)
        xcheck(NULL);
    text_add(&line, "\n");
    out_write(STDOUT_FILENO, line.at, line.len);
    buf_release(&line);
}

static void take_note(void *arg, const struct client_note *note)
{
    struct follower *f = arg;
    if (!strcmp(note->method, "run.event")) {
        if (f->ctl->json && note->event)
            print_event(note);
        view_event(f->view, json_object_get(note->params, "event"));
    } else if (!strcmp(note->method, "run.gap")) {
        view_gap(f->view, j_int(note->params, "dropped", 0));
    } else if (!strcmp(note->method, "run.end")) {
        f->ended = true;
    } else if (!strcmp(note->method, "run.down") &&
               j_has(json_object_get(note->params, "reason"), "kind", "noproc")) {
        f->past = true;
    } else if (!strcmp(note->method, "run.down") && !f->down) {
        f->down = json_incref(note->params);
    }
}

static void take_first_reply(struct follower *f)
{
    json_t *result;
    struct client_fault fault;
    if (!client_reply(f->client, f->request, &result, &fault))
        return;
    f->request = 0;
    if (fault.error)
        finish(f, ctl_tell_fault(f->options->method, &fault));
    const char *run_id = j_str(result, "run_id", NULL);
    if (run_id && !f->run_id)
        f->run_id = xstrdup(run_id);
    if (!f->ctl->json)
        start_warnings_tell(j_get(result, "warnings"));
    client_fault_release(&fault);
    json_decref(result);
}

/* ---- Ctrl-C ---- */

static void leave(struct follower *f, int sig)
{
    f->left = true;
    finish(f, EXIT_SIGNAL + sig);
}

static void on_signal(struct follower *f)
{
    struct signalfd_siginfo info;
    if (read(f->signals, &info, sizeof info) != (ssize_t)sizeof info)
        return;
    int sig = (int)info.ssi_signo;
    bool can_ask = sig == SIGINT && f->options->owner && f->run_id && f->interrupts == 0 &&
                   isatty(STDIN_FILENO);
    f->interrupts++;
    if (!can_ask || !question_ask(&f->question))
        leave(f, sig);
}

static void cancel(struct follower *f)
{
    struct error err = {0};
    json_t *params = xcheck(json_pack("{s:s}", "run_id", f->run_id));
    if (client_post(f->client, "run.cancel", params, &err) < 0)
        out_tell("the cancel could not be sent\n");
    else
        out_tell("Cancelling; calls in flight may finish. Ctrl-C leaves without waiting.\n");
}

static void on_answer(struct follower *f)
{
    enum stop_answer answer = question_answer(&f->question);
    if (answer == ANSWER_CANCEL)
        cancel(f);
    else if (answer == ANSWER_LEAVE)
        leave(f, SIGINT);
}

/* ---- the loop ---- */

/* A run that we started has ended with its DOWN, one that we only watch, or that a start with the
 * same key began before, with run.end. */
static bool is_over(const struct follower *f)
{
    return f->finished || f->down || (f->ended && (!f->options->owner || f->past));
}

static void show(struct follower *f)
{
    int64_t now = clock_mono_ms();
    if (f->ctl->json || (screen_is_live(f->screen) && now - f->shown_at < FRAME_MS))
        return;
    f->shown_at = now;
    view_show(f->view);
}

static void turn(struct follower *f)
{
    short writing = client_wants_write(f->client) ? POLLOUT : 0;
    struct pollfd p[] = {
        {.fd = f->signals, .events = POLLIN},
        {.fd = client_fd(f->client), .events = (short)(POLLIN | writing)},
        {.fd = f->question.keyboard, .events = POLLIN},
    };
    if (poll(p, 3, screen_is_live(f->screen) ? TICK_MS : -1) < 0 && errno != EINTR) {
        perror("councilctl: poll");
        finish(f, EXIT_FAILED);
        return;
    }
    if (p[0].revents)
        on_signal(f);
    if (p[2].revents && !f->finished)
        on_answer(f);
    struct error err = {0};
    int r = p[1].revents ? client_step(f->client, &err) : 0;
    if (f->request)
        take_first_reply(f);
    if (r < 0 && !is_over(f))
        finish(f, ctl_tell_error(r, &err));
    show(f);
}

/* ---- the end ---- */

/* There was no terminal event (its journal failed, or it died): the daemon knows the rest. */
static void fetch_end(struct follower *f)
{
    json_t *end = NULL;
    json_t *params = xcheck(json_pack("{s:s}", "run_id", f->run_id ? f->run_id : ""));
    int status = ctl_call(f->ctl, f->client, "run.await", params, &end);
    if (status) {
        finish(f, status);
        return;
    }
    finish(f, exit_status_of_outcome(j_str(end, "outcome", NULL)));
    if (!f->ctl->json && j_get(end, "result"))
        result_add(f->screen, json_object_get(end, "result"));
    if (!j_get(end, "outcome") && !f->down)
        f->down = json_incref(end);
    json_decref(end);
}

static void conclude(struct follower *f)
{
    if (f->finished)
        return;
    const json_t *end = view_end(f->view);
    const char *outcome = j_str(j_get(end, "result"), "outcome", NULL);
    if (f->down && j_has(json_object_get(f->down, "reason"), "kind", "noconnection")) {
        finish(f, EXIT_NO_CONNECTION);
    } else if (f->down && !j_get(f->down, "outcome")) {
        finish(f, EXIT_DIED);
    } else if (f->down) {
        finish(f, down_exit_status(f->down));
        if (!end && f->options->owner) {
            int status = f->status;
            fetch_end(f);
            f->status = status;
        }
    } else if (outcome) {
        finish(f, exit_status_of_outcome(outcome));
    } else {
        fetch_end(f);
    }
}

static void tell_death(const struct follower *f)
{
    if (!f->down || j_get(f->down, "outcome"))
        return;
    struct buf text = BUF_INIT(LINE_BYTES);
    down_describe(&text, f->down);
    fd_write_all(STDERR_FILENO, text.at, text.len);
    buf_release(&text);
}

static int watch_signals(void)
{
    sigset_t set;
    sigemptyset(&set);
    sigaddset(&set, SIGINT);
    sigaddset(&set, SIGTERM);
    sigaddset(&set, SIGHUP);
    sigprocmask(SIG_BLOCK, &set, NULL);
    return signalfd(-1, &set, SFD_CLOEXEC | SFD_NONBLOCK);
}

static void run_loop(struct follower *f)
{
    struct error err = {0};
    f->request = client_send(f->client, f->options->method, f->options->params, &err);
    if (f->request < 0)
        finish(f, ctl_tell_error((int)f->request, &err));
    while (!is_over(f))
        turn(f);
    if (f->question.keyboard >= 0) {
        question_end(&f->question);
        out_tell("\n");
    }
    conclude(f);
}

int follow(const struct ctl *ctl, struct client *c, const struct follow_options *options)
{
    const char *run_id = j_str(options->params, "run_id", NULL);
    struct follower f = {
        .ctl = ctl,
        .options = options,
        .client = c,
        .screen = screen_new(STDOUT_FILENO),
        .signals = watch_signals(),
        .run_id = run_id && !options->owner ? xstrdup(run_id) : NULL,
    };
    f.view = view_new(f.screen, options->stream, options->quiet || ctl->json);
    question_init(&f.question, f.screen);
    client_on_notification(c, take_note, &f);
    run_loop(&f);
    if (ctl->json)
        buf_clear(screen_out(f.screen));
    screen_free(f.screen);
    if (f.left)
        way_back_tell(ctl, f.run_id);
    tell_death(&f);
    client_on_notification(c, NULL, NULL);
    view_free(f.view);
    fd_close(&f.signals);
    json_decref(f.down);
    free(f.run_id);
    return f.status;
}
