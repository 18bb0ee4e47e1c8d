/* What Ctrl-C asks: whether to cancel the run, to leave it, or to go on. While the question stands
 * on the terminal the screen is held. */
#ifndef CTL_FOLLOW_QUESTION_H
#define CTL_FOLLOW_QUESTION_H

#include <stdbool.h>

#include "ctl/terminal/screen.h"

struct stop_question {
    struct screen *screen; /* borrowed */
    int keyboard;          /* for poll: readable means question_answer; -1: nothing is asked */
};

enum stop_answer { ANSWER_NONE, ANSWER_CANCEL, ANSWER_LEAVE, ANSWER_GO_ON };

/* Nothing is asked yet. */
void question_init(struct stop_question *q, struct screen *screen);
/* Asks. false: there is no terminal to ask on. */
bool question_ask(struct stop_question *q);
/* What was typed; never waits. ANSWER_NONE: nothing yet, or nothing that was offered. With any
 * other answer the question is over. */
enum stop_answer question_answer(struct stop_question *q);
/* Takes the question back; no harm when there is none. */
void question_end(struct stop_question *q);

#endif
