#include "question.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "common/fd.h"
#include "ctl/terminal/out.h"

void question_init(struct stop_question *q, struct screen *screen)
{
    *q = (struct stop_question){.screen = screen, .keyboard = -1};
}

/* Opened anew, because O_NONBLOCK belongs to the open file and that of standard input is shared.
 * It is needed: Ctrl-C throws away what was typed, also between our poll and our read. */
bool question_ask(struct stop_question *q)
{
    q->keyboard = open("/dev/tty", O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (q->keyboard < 0)
        return false;
    screen_hold(q->screen, true);
    out_tell("\nInterrupted: [c]ancel the run, [l]eave it running, or [g]o on? ");
    return true;
}

static enum stop_answer answer_of(char c)
{
    switch (tolower((unsigned char)c)) {
    case 'c':
        return ANSWER_CANCEL;
    case 'l':
        return ANSWER_LEAVE;
    case 'g':
        return ANSWER_GO_ON;
    default:
        return ANSWER_NONE;
    }
}

enum stop_answer question_answer(struct stop_question *q)
{
    char line[256];
    ssize_t n = read(q->keyboard, line, sizeof line);
    if (n < 0 && (errno == EAGAIN || errno == EINTR))
        return ANSWER_NONE;
    enum stop_answer answer = n > 0 ? answer_of(line[0]) : ANSWER_LEAVE;
    if (answer == ANSWER_NONE)
        out_tell("c, l or g? ");
    else
        question_end(q);
    return answer;
}

void question_end(struct stop_question *q)
{
    if (q->keyboard < 0)
        return;
    fd_close(&q->keyboard);
    screen_hold(q->screen, false);
}
