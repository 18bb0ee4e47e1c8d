#include "think_tag.h"

#include <string.h>

static const char OPEN[] = "<think>", CLOSE[] = "</think>";

static bool is_space(char c)
{
    return c && strchr(" \t\r\n", c);
}

/* ---- before the first letter of the answer ---- */

/* What is held is white space and then a beginning of the tag. 1: it is whole; 0: it may become so;
 * -1: it is none. */
static int match(const struct think_tag *t, const char *tag)
{
    size_t space = 0, whole = strlen(tag);
    while (space < t->held_len && is_space(t->held[space]))
        space++;
    size_t len = t->held_len - space;
    if (len > whole || memcmp(t->held + space, tag, len) != 0)
        return -1;
    return len == whole ? 1 : t->held_len == sizeof(t->held) ? -1 : 0;
}

static int give_held(struct think_tag *t, bool thought, think_piece piece, void *context)
{
    size_t len = t->held_len;
    t->held_len = 0;
    return len ? piece(context, thought, t->held, len) : 0;
}

/* The next letter before any answer. */
static void take_first(struct think_tag *t, char c)
{
    t->held[t->held_len++] = c;
    int open = match(t, OPEN), close = match(t, CLOSE);
    if (open > 0 || close > 0)
        t->held_len = 0;
    if (open > 0)
        t->state = THINK_INSIDE;
    else if (close > 0)
        t->state = THINK_BEHIND;
    else if (open < 0 && close < 0)
        t->state = THINK_OVER;
}

/* ---- among the thoughts ---- */

/* How much of the end of the text may be the beginning of the closing tag. */
static size_t tail_length(const char *text, size_t len)
{
    size_t n = len < sizeof(CLOSE) - 2 ? len : sizeof(CLOSE) - 2;
    while (n && memcmp(text + len - n, CLOSE, n) != 0)
        n--;
    return n;
}

static int take_thought(struct think_tag *t, char c, think_piece piece, void *context)
{
    t->held[t->held_len++] = c;
    size_t keep = tail_length(t->held, t->held_len);
    size_t len = t->held_len;
    if (len >= sizeof(CLOSE) - 1 &&
        !memcmp(t->held + len - (sizeof(CLOSE) - 1), CLOSE, sizeof(CLOSE) - 1)) {
        t->held_len -= sizeof(CLOSE) - 1;
        t->state = THINK_BEHIND;
        t->closed = true;
        return give_held(t, true, piece, context);
    }
    if (keep == len || len < sizeof(t->held))
        return 0;
    int r = piece(context, true, t->held, len - keep);
    memmove(t->held, t->held + len - keep, keep);
    t->held_len = keep;
    return r;
}

/* What is no beginning of a tag is given out with the piece that it came in. */
static int give_thoughts(struct think_tag *t, think_piece piece, void *context)
{
    size_t keep = tail_length(t->held, t->held_len), len = t->held_len - keep;
    if (!len)
        return 0;
    int r = piece(context, true, t->held, len);
    memmove(t->held, t->held + len, keep);
    t->held_len = keep;
    return r;
}

/* Reads the beginning; what is left of the piece begins at the answer. */
static int feed_begin(struct think_tag *t, const char **text, size_t *len, think_piece piece,
                      void *context)
{
    size_t before = t->held_len, n = 0;
    while (n < *len && t->state == THINK_BEGIN)
        take_first(t, (*text)[n++]);
    /* What was held of this very piece goes out with the rest of it. */
    if (t->state == THINK_OVER && n) {
        t->held_len = before;
        n = 0;
    }
    *text += n;
    *len -= n;
    return t->state == THINK_OVER ? give_held(t, false, piece, context) : 0;
}

int think_tag_feed(struct think_tag *t, const char *text, size_t len, think_piece piece,
                   void *context)
{
    int r = t->state == THINK_BEGIN ? feed_begin(t, &text, &len, piece, context) : 0;
    for (; r == 0 && len && t->state == THINK_INSIDE; text++, len--)
        r = take_thought(t, *text, piece, context);
    while (len && t->state == THINK_BEHIND && is_space(*text))
        text++, len--;
    if (r == 0 && t->state == THINK_INSIDE)
        r = give_thoughts(t, piece, context);
    if (r < 0 || !len)
        return r;
    t->state = THINK_OVER;
    return piece(context, false, text, len);
}

int think_tag_end(struct think_tag *t, think_piece piece, void *context)
{
    return give_held(t, t->state == THINK_INSIDE, piece, context);
}

/* ---- a closing tag alone ---- */

static const char *find(const char *text, size_t len, const char *what)
{
    return len ? memmem(text, len, what, strlen(what)) : NULL;
}

static bool in_code_block(const char *text, size_t len)
{
    static const char FENCE[] = "```";
    bool inside = false;
    for (const char *at = text; (at = find(at, len - (size_t)(at - text), FENCE)); inside = !inside)
        at += sizeof(FENCE) - 1;
    return inside;
}

size_t think_tag_lone_end(const char *text, size_t len, size_t *ret_thoughts)
{
    static const char LINE[] = "\n</think>";
    const char *tag = find(text, len, LINE);
    if (!tag)
        return 0;
    const size_t before = (size_t)(tag - text) + 1;
    const char *at = tag + sizeof(LINE) - 1, *end = text + len;
    if (at < end && *at == '\r')
        at++;
    if (at == end || *at != '\n' || find(text, before, OPEN) || in_code_block(text, before))
        return 0;
    while (at < end && is_space(*at))
        at++;
    *ret_thoughts = before;
    return at < end ? (size_t)(at - text) : 0;
}
