#include "mock_text.h"

#include <string.h>

#include "common/cleanup.h"
#include "common/xalloc.h"

#define PICK(list, r) ((list)[mock_random_below((r), ARRAY_LEN(list))])

static void add(struct buf *to, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void add(struct buf *to, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    /* The buffers here hold more than any of these texts; only memory can be short. */
    if (buf_vaddf(to, format, args) < 0)
        xcheck(NULL);
    va_end(args);
}

static const char *topic(const struct mock_prompt *p, struct mock_random *r)
{
    return p->topics[mock_random_below(r, p->topic_count)];
}

/* Adds a phrase with a topic in the place of each "@", another one each time. */
static void say(struct buf *to, const char *phrase, const struct mock_prompt *p,
                struct mock_random *r)
{
    size_t next = mock_random_below(r, p->topic_count);
    for (const char *at = phrase; *at;) {
        size_t len = strcspn(at, "@");
        add(to, "%.*s", (int)len, at);
        at += len;
        if (*at == '@') {
            add(to, "%s", p->topics[next++ % p->topic_count]);
            at++;
        }
    }
}

/* ---- answers ---- */

static void add_stand(struct buf *to, const struct mock_prompt *p, struct mock_random *r)
{
    static const char *const OPEN[] = {
        "The part that decides this is @; most of the rest follows from it.",
        "I would start from @ and work outwards, since that is where a mistake costs most.",
        "There is no single best way here, but @ should come first.",
        "In short: keep @ simple, measure it early, and leave room to change course."};
    bool choice = p->question == MOCK_CHOICE;
    bool side = mock_liking(p->seed, p->taste, choice ? p->options[1] : "yes") >
                mock_liking(p->seed, p->taste, choice ? p->options[0] : "no");
    if (choice)
        add(to,
            "My answer is **%s** rather than %s, as long as %s matters as much as the task says.",
            p->options[side], p->options[!side], topic(p, r));
    else if (p->question == MOCK_YES_NO)
        add(to, "%s, with one condition: %s has to be settled first.", side ? "Yes" : "Not yet",
            topic(p, r));
    else if (p->question == MOCK_CODE)
        add(to, "The change does what it says, but I would not merge it before %s is looked at.",
            topic(p, r));
    else
        say(to, PICK(OPEN, r), p, r);
    add(to, "\n\n");
}

static void add_points(struct buf *to, const struct mock_prompt *p, struct mock_random *r)
{
    static const char *const OPEN[] = {
        "**Cost of being wrong.** A poor choice about @ can be undone in a week now and in a "
        "quarter later, so decide it while it is cheap.",
        "**Daily work.** Whoever looks after @ pays for every clever idea at three in the "
        "morning; the plain solution usually wins there.",
        "**What is known.** For @ there is good evidence; for @ there are mostly opinions, and "
        "I would treat them as such.",
        "**Failure.** Ask what happens when @ is missing, slow or wrong. If nobody can say, that "
        "is the first thing to find out.",
        "**People.** The best plan for @ is one that the people at hand can carry out and "
        "explain.",
        "**Measure.** Pick one number for @ before starting, or the discussion about @ will "
        "never end.",
        "**Scale.** At the size described, @ is far from its limits; at ten times the size I "
        "would look at @ again."};
    static const char *const CODE[] = {
        "**Errors.** The path around `@` has no branch for failure, so its cause gets lost.",
        "**Edges.** Try `@` with an empty value, a very long one, and two callers at once.",
        "**Names.** `@` says how it works and not what it is for; a reader of `@` has to guess.",
        "**Tests.** Nothing fails if `@` is broken tomorrow. One small test would do.",
        "**Cost.** `@` is done again for every item; outside of the loop it would be done once."};
    size_t count = p->question == MOCK_CODE ? ARRAY_LEN(CODE) : ARRAY_LEN(OPEN);
    const char *const *list = p->question == MOCK_CODE ? CODE : OPEN;
    size_t first = mock_random_below(r, count);
    for (size_t i = 0; i < 3; i++) {
        add(to, "%zu. ", i + 1);
        say(to, list[(first + i * 2) % count], p, r);
        add(to, "\n");
    }
}

static void add_doubt(struct buf *to, const struct mock_prompt *p, struct mock_random *r)
{
    static const char *const DOUBT[] = {
        "I am least sure about @: the task leaves it open, and the answer would change with it.",
        "What I could not check is @. If that turns out otherwise, point 1 no longer holds.",
        "One caveat: I assume that @ stays as it is for the next year.",
        "Unsure: how much weight @ deserves against the rest."};
    add(to, "\n");
    say(to, PICK(DOUBT, r), p, r);
}

void mock_write_answer(struct buf *to, const struct mock_prompt *p, struct mock_random *r)
{
    if (p->role)
        add(to, "Seen as %s: ", p->role);
    add_stand(to, p, r);
    add_points(to, p, r);
    add_doubt(to, p, r);
}

/* ---- reviews ---- */

void mock_write_reason(struct buf *to, const struct mock_prompt *p, struct mock_random *r,
                       const char *label)
{
    static const char *const GOOD[] = {"is right about @ and says on what that rests",
                                       "covers @ completely and in good order",
                                       "is the only one that asks what happens when @ fails",
                                       "separates what is known about @ from what is guessed"};
    static const char *const WEAK[] = {
        "leaves @ to the reader", "states its claim about @ without any support",
        "is sound, but thin on @", "overrates @ against the rest of the task"};
    add(to, "%s ", label ? label : "The better option");
    say(to, PICK(GOOD, r), p, r);
    add(to, ", but ");
    say(to, PICK(WEAK, r), p, r);
    add(to, ".");
}

void mock_write_review(struct buf *to, const struct mock_prompt *p, struct mock_random *r)
{
    for (size_t i = 0; i < p->label_count; i++) {
        add(to, "**%s.** ", p->labels[i]);
        mock_write_reason(to, p, r, "It");
        add(to, "\n\n");
    }
    add(to, "Missing everywhere: a figure for %s that one could check.", topic(p, r));
}

void mock_write_synthesis(struct buf *to, const struct mock_prompt *p, struct mock_random *r)
{
    add_stand(to, p, r);
    add(to, "The reasons that carry this, with what was corrected on the way:\n\n");
    add_points(to, p, r);
    add(to,
        "\nIn dispute remains how much %s should count; the arguments for a cautious start are "
        "the better supported ones. A sensible next step is a small trial around %s with a "
        "date on which it is judged.",
        topic(p, r), topic(p, r));
}

void mock_write_tail(struct buf *to, const struct mock_prompt *p, struct mock_random *r)
{
    double confidence = 0.55 + 0.4 * mock_random_real(r);
    bool changed = mock_random_below(r, 4) == 0;
    if (p->wants_confidence && p->wants_changed)
        add(to, "\n{\"confidence\": %.2f, \"changed\": %s}", confidence,
            changed ? "true" : "false");
    else if (p->wants_confidence)
        add(to, "\n{\"confidence\": %.2f}", confidence);
    else if (p->wants_changed)
        add(to, "\n{\"changed\": %s}", changed ? "true" : "false");
}
