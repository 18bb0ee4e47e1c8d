/* Labels in running text, as models write them: "Response B", "response b", "Responses A and C",
 * "(C)", "A > B", found and put into the labels of another reader. A bare letter that stands alone
 * in a sentence is left: it may be an article, a language, a grade. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "label_map.h"
#include "labels.h"
#include "runner/deliberation/words/strbuf.h"
#include "runner/deliberation/words/text.h"

enum { MENTIONS_MAX = 64 };

/* Names that stand together: a head that they share, perhaps, and each one's letters. */
struct mention {
    const char *start, *end;
    struct {
        const char *at;
        size_t len;
        int label; /* of `from` */
    } names[MENTIONS_MAX];
    int n;
    bool whole; /* the names are whole labels, there is no head to keep */
};

static bool word_byte(char c)
{
    return isalnum((unsigned char)c) || c == '_' || ((unsigned char)c & 0x80);
}

static size_t word_len(const char *at)
{
    size_t n = 0;
    while (word_byte(at[n]))
        n++;
    return n;
}

static bool equal(const char *text, const char *word, size_t len, bool any_case)
{
    if (strlen(word) != len)
        return false;
    for (size_t i = 0; i < len; i++) {
        bool same = text[i] == word[i] || (any_case && tolower((unsigned char)text[i]) ==
                                                           tolower((unsigned char)word[i]));
        if (!same)
            return false;
    }
    return true;
}

/* The label whose letters are the word at `at`; -1 for none. */
static int bare_at(const struct label_map *m, const char *at, bool any_case)
{
    size_t len = word_len(at);
    for (int i = 0; len > 0 && i < m->n; i++)
        if (m->labels[i].bare != m->labels[i].label && equal(at, m->labels[i].bare, len, any_case))
            return i;
    return -1;
}

/* The longest label, or id, that stands whole at `at`; -1 for none. */
static int whole_at(const struct label_map *m, const char *at, size_t *ret_len)
{
    int best = -1;
    *ret_len = 0;
    for (int i = 0; i < m->n; i++) {
        size_t len = strlen(m->labels[i].label);
        if (len > *ret_len && strncmp(at, m->labels[i].label, len) == 0 &&
            !(word_byte(at[len]) && word_byte(at[len - 1]))) {
            best = i;
            *ret_len = len;
        }
    }
    return best;
}

static void add_name(struct mention *m, const char *at, size_t len, int label)
{
    m->names[m->n].at = at;
    m->names[m->n].len = len;
    m->names[m->n++].label = label;
    m->end = at + len;
}

/* "a" and "I" are words too: before another word in small letters they are not taken for names. */
static bool ambiguous(const char *at)
{
    if ((*at != 'a' && *at != 'i' && *at != 'I') || word_len(at) != 1)
        return false;
    at++;
    while (*at == ' ')
        at++;
    return islower((unsigned char)*at);
}

/* What may stand between names of one list; its length, 0 for none. */
static size_t joint(const char *at)
{
    static const char *const words[] = {", and ", ", or ", " and ", " or ", ", ",    " & ", " > ",
                                        " = ",    ">",     "=",     ",",    " vs. ", " vs "};
    for (size_t i = 0; i < sizeof words / sizeof words[0]; i++)
        if (strncmp(at, words[i], strlen(words[i])) == 0)
            return strlen(words[i]);
    return 0;
}

static void go_on(const struct label_map *from, struct mention *m, bool any_case)
{
    size_t step;
    while (m->n < MENTIONS_MAX && (step = joint(m->end)) > 0) {
        const char *at = m->end + step;
        int label = bare_at(from, at, any_case);
        if (label < 0 || ambiguous(at))
            return;
        add_name(m, at, word_len(at), label);
    }
}

/* Length of the head without its blank ("Response", "responses") and of what follows it up to the
 * name; 0 when none stands there. */
static size_t head_at(const struct label_map *from, const char *at)
{
    const struct label *l = &from->labels[0];
    size_t len = (size_t)(l->bare - l->label), i = 0;
    while (len > 0 && l->label[len - 1] == ' ')
        len--;
    while (i < len && tolower((unsigned char)at[i]) == tolower((unsigned char)l->label[i]))
        i++;
    if (len == 0 || i < len)
        return 0;
    i += at[i] == 's';
    size_t gap = strspn(at + i, " \n#");
    return gap > 0 ? i + gap : 0;
}

static bool begins_list(const struct label_map *from, const char *at)
{
    size_t step = joint(at);
    return step > 0 && bare_at(from, at + step, false) >= 0 && !ambiguous(at + step);
}

static bool enclosed(const char *text, const char *at, size_t len)
{
    static const char open[] = "([{\"'`*", close[] = ")]}\"'`*";
    const char *o = at > text && at[-1] ? strchr(open, at[-1]) : NULL;
    return o && at[len] == close[o - open];
}

/* Codes such as K7 are no words of any language. */
static bool is_code(const char *at, size_t len)
{
    return len == 2 && isupper((unsigned char)at[0]) && isdigit((unsigned char)at[1]);
}

static bool with_head(const struct label_map *from, const char *text, const char *at,
                      struct mention *m)
{
    size_t head = head_at(from, at);
    int label = head ? bare_at(from, at + head, true) : -1;
    bool phrase = at - text >= 3 && strncasecmp(at - 3, "in ", 3) == 0 && at[head] == 'a';
    if (label < 0 || phrase)
        return false;
    add_name(m, at + head, word_len(at + head), label);
    go_on(from, m, islower((unsigned char)at[head]));
    return true;
}

static bool without_head(const struct label_map *from, const char *text, const char *at,
                         struct mention *m)
{
    int label = bare_at(from, at, false);
    size_t len = word_len(at);
    bool told =
        label >= 0 && (is_code(at, len) || enclosed(text, at, len) || begins_list(from, at + len));
    if (!told)
        return false;
    add_name(m, at, len, label);
    go_on(from, m, false);
    return true;
}

static bool mention_at(const struct label_map *from, const char *text, const char *at,
                       struct mention *m)
{
    size_t len;
    if (from->n == 0 || (at > text && word_byte(at[-1])))
        return false;
    m->start = at;
    m->n = 0;
    m->whole = false;
    if (with_head(from, text, at, m) || without_head(from, text, at, m))
        return true;
    int label = whole_at(from, at, &len);
    if (label < 0)
        return false;
    add_name(m, at, len, label);
    m->whole = true;
    return true;
}

static const char *prefix_of(const struct label_map *m, size_t *ret_len)
{
    *ret_len = m->n > 0 ? (size_t)(m->labels[0].bare - m->labels[0].label) : 0;
    return m->n > 0 ? m->labels[0].label : "";
}

static bool same_prefix(const struct label_map *a, const struct label_map *b)
{
    size_t n, k;
    const char *p = prefix_of(a, &n), *q = prefix_of(b, &k);
    return n > 0 && n == k && strncmp(p, q, n) == 0;
}

static int known(const struct mention *m, int name, const struct label_map *from,
                 const struct label_map *to)
{
    return label_index(to, from->labels[m->names[name].label].id);
}

/* The letters alone are changed where heads are the same and the reader knows all names. */
static bool keeps_head(const struct mention *m, const struct label_map *from,
                       const struct label_map *to)
{
    for (int i = 0; i < m->n; i++)
        if (known(m, i, from, to) < 0)
            return false;
    return !m->whole && same_prefix(from, to);
}

static void translate(struct strbuf *out, const struct mention *m, const struct label_map *from,
                      const struct label_map *to)
{
    bool keep = keeps_head(m, from, to);
    const char *at = keep ? m->start : m->names[0].at;
    for (int i = 0; i < m->n; i++) {
        int label = known(m, i, from, to);
        strbuf_add(out, at, (size_t)(m->names[i].at - at));
        strbuf_str(out, label < 0 ? "another response"
                        : keep    ? to->labels[label].bare
                                  : to->labels[label].label);
        at = m->names[i].at + m->names[i].len;
    }
}

char *label_translate(const char *text, const struct label_map *from, const struct label_map *to)
{
    struct strbuf out = STRBUF_INIT;
    struct mention m;
    for (const char *at = text; *at;) {
        if (mention_at(from, text, at, &m)) {
            translate(&out, &m, from, to);
            at = m.end;
        } else {
            strbuf_add(&out, at++, 1);
        }
    }
    return strbuf_take(&out);
}
