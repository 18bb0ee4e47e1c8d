/* What the mock reads in a prompt: the task, its kind and its words, whose seat it has, and whose
 * answers are shown. */
#include "adapter_help.h"
#include "heap_kept.h"
#include "runner/provider/mock_prompt.h"

/* All of it in one line: kind|options|topics|role|labels|what the last line is to have|
 * how many of the answers are for which option */
static void tell(const struct mock_prompt *p, char *to, size_t size)
{
    static const char *const KINDS[] = {"open", "yes_no", "choice", "code"};
    size_t n =
        (size_t)snprintf(to, size, "%s|%s,%s|", KINDS[p->question],
                         p->options[0] ? p->options[0] : "", p->options[1] ? p->options[1] : "");
    for (size_t i = 0; i < p->topic_count; i++)
        n += (size_t)snprintf(to + n, size - n, "%s ", p->topics[i]);
    n += (size_t)snprintf(to + n, size - n, "|%s|", p->role ? p->role : "none");
    for (size_t i = 0; i < p->label_count; i++)
        n += (size_t)snprintf(to + n, size - n, "%s;", p->labels[i]);
    n += (size_t)snprintf(to + n, size - n, "|%d%d", p->wants_confidence, p->wants_changed);
    if (p->for_option[0] + p->for_option[1])
        snprintf(to + n, size - n, "|%zu:%zu", p->for_option[0], p->for_option[1]);
}

#define ANSWER(text)       "<<<council:7 BEGIN answer \"A\">>>\n" text "\n<<<council:7 END>>>\n"
#define BLOCK(label, word) "<<<council:7 \"" label "\" " word " >>>\n"

static const struct {
    const char *system, *user, *told;
} ROWS[] = {
    {"", "Why?", "open|,|cost effort risk |none||00"},
    {"", "# Task\n Is it so?\n\n# Form\n{}", "yes_no|Not yet,Yes|cost effort risk |none||00"},
    {"Your role: critic. \nMore", "MAY it?", "yes_no|Not yet,Yes|cost effort risk |critic||00"},
    {"Be it. Your role: .", "Maybe not", "open|,|Maybe cost effort |none||00"},
    {"", "Should we use Rust or plain old C code?",
     "choice|Rust,plain old C|code cost effort |none||00"},
    {"", "Take tea or the coffee of today!", "open|,|coffee Take today |none||00"},
    {"", "red green blue pink or tea?", "choice|green blue pink,tea|cost effort risk |none||00"},
    {"", "the or tea?", "open|,|cost effort risk |none||00"},
    {"", "Should we rewrite it or improve it step by step, shop by shop?",
     "choice|rewrite it,improve it step by step|shop cost effort |none||00"},
    {"", "Shall they sell them or keep on with all of it to the very last end?",
     "choice|they sell them,keep on with all of it to the|Shall last cost |none||00"},
    {"", "them or us?", "choice|them,us|cost effort risk |none||00"},
    {"", "a it or us?", "choice|it,us|cost effort risk |none||00"},
    {"", "it or us?", "open|,|cost effort risk |none||00"},
    {"",
     "# Task\ntea or ale?\n# Material\n" ANSWER("**tea** rather than ale")
         ANSWER("**ale**, not **tea**") ANSWER("**tea**, not **ale**") ANSWER("tea, ale, *tea*")
             ANSWER("**ale**") "**ale**",
     "choice|tea,ale|cost effort risk |none|A;|00|2:2"},
    {"", "# Task\ntea or ale?\n# Material\n<<<council:7 BEGIN answer \"A\">>>\n**ale**",
     "choice|tea,ale|cost effort risk |none|A;|00|0:1"},
    {"", "# Task\nTake tea or ale.\n# Material\n" ANSWER("**tea**"),
     "open|,|Take cost effort |none|A;|00"},
    {"",
     "# Task\nIs it?\n# Material\n" ANSWER("**Yes**, so") ANSWER("**Not yet**, so")
         ANSWER("Yes, **Yes**"),
     "yes_no|Not yet,Yes|cost effort risk |none|A;|00|1:2"},
    {"", "a;\nb", "code|,|cost effort risk |none||00"},
    {"", "see\n@@ -1 +1 @@", "code|,|cost effort risk |none||00"},
    {"", "```x``` or y?", "code|,|cost effort risk |none||00"},
    {"", "monday tuesday thursday fridays MONDAY word",
     "open|,|monday tuesday thursday fridays |none||00"},
    {"", "monday word _hidden 9lives1 x-rayed because BECAUSE other",
     "open|,|monday x-rayed word |none||00"},
    {"", "aaaaaa bbbbbb cccccc dddddd eeeeee ffffff gggggg hhhhhh iiiiii",
     "open|,|aaaaaa bbbbbb cccccc dddddd eeeeee ffffff gggggg hhhhhh |none||00"},
    {"",
     "# Task\nWhy?\n# Answers\n" BLOCK("A", "BEGIN") BLOCK("A", "END") BLOCK("B", "BEGIN")
         BLOCK("B", "BEGIN") BLOCK("", "BEGIN"),
     "open|,|cost effort risk |none|A;B;|00"},
    {"", "Why?\n# Form\n\"confidence\"", "open|,|confidence Form cost |none||10"},
    {"", "\"confidence\" \"changed\"\n# Form\n\"changed\"",
     "open|,|confidence changed Form |none||01"},
};

static void reads_prompts(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        char told[400];
        struct mock_prompt p;
        json_t *messages = json_pack("[{s:s, s:s}, {s:s, s:s}]", "role", "system", "content",
                                     ROWS[i].system, "role", "user", "content", ROWS[i].user);
        mock_prompt_read(&p, &(struct provider_ask){.seed = "s", .messages = messages});
        tell(&p, told, sizeof(told));
        assert_string_equal(told, ROWS[i].told);
        mock_prompt_release(&p);
        json_decref(messages);
    }
}

static void these_words_begin_a_question_of_yes_or_no(void **state)
{
    (void)state;
    static const char *const WORDS[] = {"Should", "is",    "Are",   "can", "do",  "does",
                                        "will",   "would", "could", "has", "may", "must"};
    for (size_t i = 0; i < sizeof(WORDS) / sizeof(*WORDS); i++) {
        for (int whole = 0; whole < 2; whole++) {
            char told[400], user[40];
            struct mock_prompt p;
            snprintf(user, sizeof(user), "%s%s it?", WORDS[i], whole ? "" : "x");
            json_t *messages = json_pack("[{s:s, s:s}]", "role", "user", "content", user);
            mock_prompt_read(&p, &(struct provider_ask){.seed = "s", .messages = messages});
            tell(&p, told, sizeof(told));
            assert_int_equal(strncmp(told, "yes_no", 6) == 0, whole);
            mock_prompt_release(&p);
            json_decref(messages);
        }
    }
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(reads_prompts);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reads_prompts),
        cmocka_unit_test(these_words_begin_a_question_of_yes_or_no),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
