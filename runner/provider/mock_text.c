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

/* Adds a phrase with a topic in the place of each "@", another one each time, the option that is
 * argued for in that of "^", and the other one in that of "~". */
static void argue(struct buf *to, const char *phrase, const struct mock_prompt *p,
                  struct mock_random *r, bool side)
{
    size_t next = mock_random_below(r, p->topic_count);
    for (const char *at = phrase; *at;) {
        size_t len = strcspn(at, "@^~");
        add(to, "%.*s", (int)len, at);
        at += len;
        if (!*at)
            return;
        add(to, "%s",
            *at == '@' ? p->topics[next++ % p->topic_count] : p->options[side ^ (*at == '~')]);
        at++;
    }
}

static void say(struct buf *to, const char *phrase, const struct mock_prompt *p,
                struct mock_random *r)
{
    argue(to, phrase, p, r, false);
}

/* ---- answers ---- */

/* Whether it is the second option that somebody is for. */
static bool liked_side(const struct mock_prompt *p)
{
    return mock_liking(p->seed, p->taste, p->options[1]) >
           mock_liking(p->seed, p->taste, p->options[0]);
}

static void add_stand(struct buf *to, const struct mock_prompt *p, struct mock_random *r)
{
    static const char *const OPEN[] = {
        "The part that decides this is @; most of the rest follows from it.",
        "I would start from @ and work outwards, since that is where a mistake costs most.",
        "There is no single best way here, but @ should come first.",
        "In short: keep @ simple, measure it early, and leave room to change course."};
    bool side = liked_side(p);
    if (p->question == MOCK_CHOICE)
        add(to,
            "My answer is **%s** rather than %s, as long as %s matters as much as the task says.",
            p->options[side], p->options[!side], topic(p, r));
    else if (p->question == MOCK_YES_NO)
        add(to, "**%s**, with one condition: %s has to be settled first.", p->options[side],
            topic(p, r));
    else if (p->question == MOCK_CODE)
        add(to, "The change does what it says, but I would not merge it before %s is looked at.",
            topic(p, r));
    else
        say(to, PICK(OPEN, r), p, r);
    add(to, "\n\n");
}

/* What is said of each kind of question: against, and for. */
static const char *const POINTS[] = {
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
static const char *const CHOICE[] = {
    "**Cost of being wrong.** With \"^\" a mistake about @ shows within days and is as soon "
    "taken back; with \"~\" it shows at the end, when it is dear.",
    "**Daily work.** \"~\" asks for a second look at @ every day that it lasts; \"^\" leaves "
    "that work in one place.",
    "**What is known.** What speaks for \"^\" can be checked against @ today. What speaks for "
    "\"~\" is mostly hope.",
    "**Failure.** If \"^\" fails, @ is where it was before. If \"~\" fails half-way, there is "
    "neither the old nor the new.",
    "**People.** The people at hand can carry out \"^\" and explain it; for \"~\" they lack "
    "the time that @ takes already.",
    "**Measure.** \"^\" can be judged by one number about @ next month; \"~\" has none before "
    "it is through.",
    "**Scale.** At the size described \"^\" does all that @ needs; only at ten times the size "
    "would I look at \"~\" again."};
static const char *const NO[] = {
    "**What it costs.** For this @ has to stand still longer than anybody says today.",
    "**What is missing.** Nobody has measured @; without a figure it is a guess with a date.",
    "**Risk.** If it fails half-way, there are two of @ to look after.",
    "**People.** Who would have to do it is who keeps @ going now.",
    "**Smaller first.** Most of the gain comes from mending @, and that takes a week."};
static const char *const YES[] = {
    "**What it brings.** @ gets simpler on the day that it is done, and stays so.",
    "**Cost of waiting.** Each month without it adds to what @ will take later.",
    "**Risk.** It can begin with @ alone, be looked at after a week, and be taken back.",
    "**People.** Those who look after @ ask for it themselves, so it will be carried.",
    "**What is known.** Others of this size did it, and tell what became of @."};
#define LIST(words)                                                                                \
    {                                                                                              \
        words, ARRAY_LEN(words)                                                                    \
    }
static const struct {
    const char *const *list;
    size_t count;
} KINDS[][2] = {[MOCK_OPEN] = {LIST(POINTS), LIST(POINTS)},
                [MOCK_YES_NO] = {LIST(NO), LIST(YES)},
                [MOCK_CHOICE] = {LIST(CHOICE), LIST(CHOICE)},
                [MOCK_CODE] = {LIST(CODE), LIST(CODE)}};
#undef LIST

static void add_points(struct buf *to, const struct mock_prompt *p, struct mock_random *r,
                       bool side)
{
    size_t count = KINDS[p->question][side].count, first = mock_random_below(r, count);
    for (size_t i = 0; i < 3; i++) {
        add(to, "%zu. ", i + 1);
        argue(to, KINDS[p->question][side].list[(first + i * 2) % count], p, r, side);
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
    add_points(to, p, r, liked_side(p));
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

/* What most of those that are shown are for; where neither has more, what the chair likes. */
static bool settled_side(const struct mock_prompt *p)
{
    return p->for_option[0] == p->for_option[1] ? liked_side(p)
                                                : p->for_option[1] > p->for_option[0];
}

static void add_settlement(struct buf *to, const struct mock_prompt *p, struct mock_random *r)
{
    bool side = settled_side(p);
    size_t with = p->for_option[side], against = p->for_option[!side];
    add(to, "The answer is **%s**.", p->options[side]);
    if (!against && with > 1)
        add(to, " All who gave an answer come to it, each for reasons of its own.");
    else if (against)
        add(to,
            " Of %zu answers %zu took it and %zu took **%s**. That case was heard: it rests on %s, "
            "and what it promises there comes later than what it costs.",
            with + against, with, against, p->options[!side], topic(p, r));
    add(to, "\n\n");
}

void mock_write_synthesis(struct buf *to, const struct mock_prompt *p, struct mock_random *r)
{
    if (p->question == MOCK_CHOICE || p->question == MOCK_YES_NO)
        add_settlement(to, p, r);
    else
        add_stand(to, p, r);
    add(to, "The reasons that carry this, with what was corrected on the way:\n\n");
    add_points(to, p, r, settled_side(p));
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
