#include "mock_prompt.h"

#include <ctype.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/jx.h"
#include "common/xalloc.h"

/* ---- the parts of the messages ---- */

static const char *last_user_text(json_t *messages)
{
    for (size_t i = json_array_size(messages); i-- > 0;) {
        json_t *message = json_array_get(messages, i);
        const char *role = j_str(message, "role", NULL);
        const char *content = j_str(message, "content", NULL);
        if (role && content && !strcmp(role, "user") && strstr(content, "# Task"))
            return content;
    }
    json_t *last = json_array_get(messages, json_array_size(messages) - 1);
    const char *content = j_str(last, "content", NULL);
    return content ? content : "";
}

/* The text under the heading up to the next one. */
static char *section(const char *text, const char *heading)
{
    const char *at = strstr(text, heading);
    if (!at)
        return NULL;
    at += strlen(heading);
    at += strspn(at, " \r\n");
    const char *end = strstr(at, "\n# ");
    size_t len = end ? (size_t)(end - at) : strlen(at);
    while (len && isspace((unsigned char)at[len - 1]))
        len--;
    return xstrndup(at, len);
}

static char *find_role(json_t *messages)
{
    const char *text = j_str(json_array_get(messages, 0), "content", NULL);
    const char *at = text ? strstr(text, "Your role: ") : NULL;
    if (!at)
        return NULL;
    at += strlen("Your role: ");
    size_t len = strcspn(at, "\n");
    while (len && (at[len - 1] == '.' || isspace((unsigned char)at[len - 1])))
        len--;
    return len ? xstrndup(at, len) : NULL;
}

static void add_label(struct mock_prompt *p, const char *text, size_t len)
{
    for (size_t i = 0; i < p->label_count; i++)
        if (strlen(p->labels[i]) == len && !memcmp(p->labels[i], text, len))
            return;
    if (len && p->label_count < MOCK_LABELS_MAX)
        p->labels[p->label_count++] = xstrndup(text, len);
}

/* Labels as the caller gives them, else those in the headers of the fenced blocks. */
static void find_labels(struct mock_prompt *p, json_t *presented, const char *text)
{
    size_t i;
    json_t *label;
    json_array_foreach (presented, i, label)
        if (json_is_string(label))
            add_label(p, json_string_value(label), json_string_length(label));
    if (p->label_count)
        return;
    while ((text = strstr(text, "<<<council:"))) {
        size_t line = strcspn(text, "\n");
        const char *open = memchr(text, '"', line);
        const char *close = open ? memchr(open + 1, '"', (size_t)(text + line - open - 1)) : NULL;
        if (close && memmem(text, line, " BEGIN ", 7))
            add_label(p, open + 1, (size_t)(close - open - 1));
        text += line;
    }
}

/* ---- the kind of question and its words ---- */

static bool is_stop_word(const char *word, size_t len)
{
    static const char *const STOP[] = {
        "about",  "after",  "again",  "also",   "among",  "answer", "because", "been",  "before",
        "best",   "better", "both",   "choose", "could",  "does",   "each",    "every", "first",
        "from",   "give",   "have",   "help",   "here",   "into",   "just",    "keeps", "like",
        "make",   "many",   "more",   "most",   "much",   "must",   "need",    "only",  "other",
        "over",   "pick",   "please", "prefer", "really", "same",   "should",  "some",  "such",
        "tell",   "than",   "that",   "their",  "them",   "then",   "there",   "these", "they",
        "this",   "those",  "under",  "until",  "using",  "very",   "want",    "were",  "what",
        "when",   "where",  "which",  "while",  "will",   "with",   "would",   "write", "your",
        "between"};
    for (size_t i = 0; i < ARRAY_LEN(STOP); i++)
        if (strlen(STOP[i]) == len && !strncasecmp(STOP[i], word, len))
            return true;
    return false;
}

static bool is_word_byte(char c)
{
    return isalnum((unsigned char)c) || c == '_' || c == '-' || (unsigned char)c >= 0x80;
}

/* What is to be chosen between is no reason for either. */
static bool is_of_an_option(const struct mock_prompt *p, const char *word, size_t len)
{
    for (size_t i = 0; p->options[0] && i < ARRAY_LEN(p->options); i++)
        if (memmem(p->options[i], strlen(p->options[i]), word, len))
            return true;
    return false;
}

static void add_topic(struct mock_prompt *p, const char *word, size_t len)
{
    for (size_t i = 0; i < p->topic_count; i++)
        if (strlen(p->topics[i]) == len && !strncasecmp(p->topics[i], word, len))
            return;
    if (p->topic_count < MOCK_TOPICS_MAX)
        p->topics[p->topic_count++] = xstrndup(word, len);
}

/* Words of at least so many bytes. */
static void find_words(struct mock_prompt *p, size_t least)
{
    for (const char *s = p->task; *s;) {
        size_t len = 0;
        while (is_word_byte(s[len]))
            len++;
        if (len >= least && len < 40 && !is_stop_word(s, len) && !is_of_an_option(p, s, len) &&
            isalpha((unsigned char)*s))
            add_topic(p, s, len);
        s += len ? len : 1;
    }
}

/* Long words say more of what a task is about; a task of few words gets some that fit any. */
static void find_topics(struct mock_prompt *p)
{
    static const char *const ANY[] = {"cost", "effort", "risk"};
    find_words(p, 6);
    if (p->topic_count < 4)
        find_words(p, 4);
    for (size_t i = 0; i < ARRAY_LEN(ANY) && p->topic_count < 3; i++)
        add_topic(p, ANY[i], strlen(ANY[i]));
}

/* A word at which the name of an option ends. */
static bool is_break(const char *word, size_t len)
{
    static const char *const BREAKS[] = {
        "a",       "an",     "the",    "we",    "you",  "i",   "it",  "is",   "are",    "do",
        "does",    "should", "could",  "would", "use",  "to",  "for", "in",   "on",     "with",
        "when",    "as",     "at",     "if",    "by",   "and", "or",  "than", "better", "between",
        "whether", "prefer", "choose", "pick",  "take", "our", "my",  "team", "of",     "will"};
    for (size_t i = 0; i < ARRAY_LEN(BREAKS); i++)
        if (strlen(BREAKS[i]) == len && !strncasecmp(BREAKS[i], word, len))
            return true;
    return false;
}

/* Of "rewrite it": what follows from it are words of doing. */
static bool ends_with_object(const char *from, const char *end)
{
    return (end - from > 3 && !strncasecmp(end - 3, " it", 3)) ||
           (end - from > 5 && !strncasecmp(end - 5, " them", 5));
}

/* The option to the left or right of " or ": up to three words. */
static char *words_before(const char *from, const char *end)
{
    const char *at = end;
    if (ends_with_object(from, end))
        at = (const char *)memrchr(from, ' ', (size_t)(end - from)) + 1;
    for (int words = at < end; words < 3; words++) {
        const char *word = at;
        while (word > from && word[-1] == ' ')
            word--;
        const char *word_end = word;
        while (word > from && is_word_byte(word[-1]))
            word--;
        size_t len = (size_t)(word_end - word);
        if (!len || is_break(word, len))
            break;
        at = word;
    }
    return at < end ? xstrndup(at, (size_t)(end - at)) : NULL;
}

/* Words of doing go on to the end of the question. */
static char *words_after(const char *from, bool doing)
{
    const char *end = from;
    for (int words = 0; words < (doing ? 8 : 3); words++) {
        const char *word = end + strspn(end, " ");
        size_t len = 0;
        while (is_word_byte(word[len]))
            len++;
        if (!len || (words && !doing && is_break(word, len)))
            break;
        end = word + len;
    }
    return end > from ? xstrndup(from, (size_t)(end - from)) : NULL;
}

static void set_options(struct mock_prompt *p, char *first, char *second)
{
    free(p->options[0]);
    free(p->options[1]);
    p->options[0] = first;
    p->options[1] = second;
}

static bool find_options(struct mock_prompt *p)
{
    const char *at = strstr(p->task, " or ");
    if (!at || at - p->task > 400 || !strchr(at, '?'))
        return false;
    set_options(p, words_before(p->task, at), words_after(at + 4, ends_with_object(p->task, at)));
    if (p->options[0] && p->options[1])
        return true;
    set_options(p, NULL, NULL);
    return false;
}

/* ---- who of those that are shown is for what ---- */

/* Where an option stands as mock_text.c writes the one that it is for; NULL: nowhere. */
static const char *find_stand(const struct mock_prompt *p, int option, const char *text, size_t len)
{
    _cleanup_free_ char *stand = xasprintf("**%s**", p->options[option]);
    return memmem(text, len, stand, strlen(stand));
}

static void count_stands(struct mock_prompt *p, const char *text)
{
    static const char BEGIN[] = " BEGIN answer ", FENCE[] = "<<<council:";
    while ((text = strstr(text, BEGIN))) {
        text += strlen(BEGIN);
        const char *end = strstr(text, FENCE);
        size_t len = end ? (size_t)(end - text) : strlen(text);
        const char *first = find_stand(p, 0, text, len), *second = find_stand(p, 1, text, len);
        if (first || second)
            p->for_option[!first || (second && second < first)]++;
    }
}

static bool begins_yes_no(const char *task)
{
    static const char *const BEGIN[] = {"should ", "is ",    "are ",   "can ", "do ",  "does ",
                                        "will ",   "would ", "could ", "has ", "may ", "must "};
    for (size_t i = 0; i < ARRAY_LEN(BEGIN); i++)
        if (!strncasecmp(task, BEGIN[i], strlen(BEGIN[i])))
            return true;
    return false;
}

static enum mock_question classify(struct mock_prompt *p)
{
    if (strstr(p->task, "```") || strstr(p->task, "\n@@ ") || strstr(p->task, ";\n"))
        return MOCK_CODE;
    if (find_options(p))
        return MOCK_CHOICE;
    if (!begins_yes_no(p->task))
        return MOCK_OPEN;
    set_options(p, xstrdup("Not yet"), xstrdup("Yes"));
    return MOCK_YES_NO;
}

void mock_prompt_read(struct mock_prompt *p, const struct provider_ask *ask)
{
    bool chair = ask->kind == CALL_KIND_CHAIR;
    *p = (struct mock_prompt){.seed = ask->seed, .taste = chair ? NULL : ask->member_id};
    const char *text = last_user_text(ask->messages);
    p->task = section(text, "# Task");
    if (!p->task)
        p->task = xstrdup(text);
    p->role = find_role(ask->messages);
    p->question = classify(p);
    find_topics(p);
    find_labels(p, ask->presented, text);
    if (p->options[0])
        count_stands(p, text);
    const char *form = strstr(text, "# Form");
    p->wants_confidence = form && strstr(form, "\"confidence\"");
    p->wants_changed = form && strstr(form, "\"changed\"");
}

void mock_prompt_release(struct mock_prompt *p)
{
    free(p->task);
    free(p->role);
    free(p->options[0]);
    free(p->options[1]);
    for (size_t i = 0; i < p->topic_count; i++)
        free(p->topics[i]);
    for (size_t i = 0; i < p->label_count; i++)
        free(p->labels[i]);
}
