/* Reading a prompt for the mock provider: what the task is, of which kind, and whose answers are
 * shown. */
#ifndef RUNNER_PROVIDER_MOCK_PROMPT_H
#define RUNNER_PROVIDER_MOCK_PROMPT_H

#include <stdbool.h>
#include <stddef.h>

#include "provider.h"

enum { MOCK_TOPICS_MAX = 8, MOCK_LABELS_MAX = 64 };

enum mock_question { MOCK_OPEN, MOCK_YES_NO, MOCK_CHOICE, MOCK_CODE };

/* What a prompt is about. */
struct mock_prompt {
    const char *seed, *taste; /* whose liking it is (mock_liking) */
    char *task;               /* the words of the asker */
    char *role;               /* of the seat, or NULL */
    enum mock_question question;
    char *options[2];              /* of "A or B", "Not yet" and "Yes"; or both NULL */
    char *topics[MOCK_TOPICS_MAX]; /* content words of the task */
    size_t topic_count;
    char *labels[MOCK_LABELS_MAX]; /* of the answers that are shown */
    size_t label_count;
    size_t for_option[2]; /* how many of those answers are for each of the options */
    bool wants_confidence, wants_changed; /* a last line with these keys is asked for */
};

void mock_prompt_read(struct mock_prompt *p, const struct provider_ask *ask);
void mock_prompt_release(struct mock_prompt *p);

#endif
