/* Thoughts that stand in an answer would be read, judged and quoted by the other members. */
#include "adapter_help.h"
#include "heap_kept.h"

static const struct {
    const char *text, *thoughts, *answer;
} ROWS[] = {
    {"<think>hm, 2 < 3</think>\n\nYes.", "hm, 2 < 3", "Yes."},
    {"\n <think>\na</thin b</think>Yes </think>", "\na</thin b", "Yes </think>"},
    {"<think></think>Yes", "", "Yes"},
    {"<think>a</think>b\n</think>\nc", "a", "b\n</think>\nc"}, /* once is enough */
    {"<think><</think>Yes", "<", "Yes"},
    {"Yes <think>no</think>", "", "Yes <think>no</think>"},
    {"<thinking>a</thinking>", "", "<thinking>a</thinking>"},
    {"  Yes", "", "  Yes"},
    {"<thi", "", "<thi"},
    {"</think>\n\nYes", "", "Yes"}, /* the server took the rest */
    {" </thin", "", " </thin"},
    {"  ", "", "  "},
    {"<think> is a tag", " is a tag", " is a tag"}, /* never closed: it is all there is */
};

static void every_cut(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        for (size_t step = 1; step <= strlen(ROWS[i].text); step++) {
            struct seen seen = {0};
            struct reply r;
            reply_init(&r, see, &seen);
            for (size_t at = 0; at < strlen(ROWS[i].text); at += step)
                assert_int_equal(
                    reply_add_content(&r, ROWS[i].text + at, strnlen(ROWS[i].text + at, step)), 0);
            r.finish_reason = "stop";
            assert_int_equal(reply_finish(&r), 0);
            assert_string_equal(buf_str(&r.content), ROWS[i].answer);
            assert_string_equal(seen.reasoning, ROWS[i].thoughts);
            reply_release(&r);
        }
    }
}

/* The prompt's template ended with the opening tag, so that only the closing one was written. */
static void the_end_of_thoughts_alone(void **state)
{
    (void)state;
    static const struct {
        const char *text, *thoughts, *answer;
    } LONE[] = {
        {"Hm, 2 < 3.\n</think>\n\nYes.", "Hm, 2 < 3.\n", "Yes."},
        {"Hm.\n```c\nx\n```\n</think>\r\nYes.", "Hm.\n```c\nx\n```\n", "Yes."},
        {"a\n</think>\nb\n</think>\nc", "a\n", "b\n</think>\nc"},
        {"Close it with </think>\nalways.", "", "Close it with </think>\nalways."},
        {"Write <think>\nx\n</think>\ny", "", "Write <think>\nx\n</think>\ny"},
        {"So:\n```\n</think>\n```\ndone", "", "So:\n```\n</think>\n```\ndone"},
        {"Hm.\n</think>\n", "", "Hm.\n</think>\n"},
        {"Hm.\n</think> is its end", "", "Hm.\n</think> is its end"},
        {"``````\n</think>\nYes.", "``````\n", "Yes."}, /* two fences, and no more */
        {"`````\n</think>\nYes.", "", "`````\n</think>\nYes."},
    };
    for (size_t i = 0; i < sizeof(LONE) / sizeof(LONE[0]); i++) {
        struct reply r;
        reply_init(&r, NULL, NULL);
        assert_int_equal(reply_add_content(&r, LONE[i].text, strlen(LONE[i].text)), 0);
        r.finish_reason = "stop";
        assert_int_equal(reply_finish(&r), 0);
        assert_string_equal(buf_str(&r.content), LONE[i].answer);
        assert_string_equal(r.reasoning.len ? buf_str(&r.reasoning) : "", LONE[i].thoughts);
        reply_release(&r);
    }
}

/* Thoughts have the room that an answer has; what has none is left out, and the answer stays. */
static void thoughts_that_have_no_room(void **state)
{
    (void)state;
    static const char TEXT[] = "Hm, 2 < 3.\n</think>\nYes.";
    static const struct {
        const char *before, *thoughts;
    } ROOMS[] = {
        {"", "Hm, 2 < 3.\n"},
        {"12345678901234567", "12345678901234567Hm, 2 < 3.\n"},
        {"123456789012345678", "123456789012345678"},
    };
    for (size_t i = 0; i < sizeof(ROOMS) / sizeof(ROOMS[0]); i++) {
        struct reply r;
        reply_init(&r, NULL, NULL);
        reply_bound(&r, 28);
        assert_int_equal(reply_add_reasoning(&r, ROOMS[i].before, strlen(ROOMS[i].before)), 0);
        assert_int_equal(reply_add_content(&r, TEXT, strlen(TEXT)), 0);
        r.finish_reason = "stop";
        assert_int_equal(reply_finish(&r), 0);
        assert_string_equal(buf_str(&r.content), "Yes.");
        assert_string_equal(buf_str(&r.reasoning), ROOMS[i].thoughts);
        reply_release(&r);
    }
}

/* Nobody asks for thoughts in an answer of a form. */
static void a_form_holds_no_thoughts(void **state)
{
    (void)state;
    static const char TEXT[] = "Hm.\n</think>\nYes.";
    struct reply r;
    reply_init(&r, NULL, NULL);
    r.structured = json_object();
    assert_int_equal(reply_add_content(&r, TEXT, strlen(TEXT)), 0);
    r.finish_reason = "stop";
    assert_int_equal(reply_finish(&r), 0);
    assert_string_equal(buf_str(&r.content), TEXT);
    assert_int_equal(r.reasoning.len, 0);
    reply_release(&r);
}

/* What is looked at ends where the text ends: nothing stands behind it. */
static void a_tag_at_the_very_end(void **state)
{
    (void)state;
    static const char *const ENDS[] = {"a\n</think", "a\n</think>", "a\n</think>\r",
                                       "a\n</think>\r\n", "a\n</think>\n \n"};
    size_t thoughts;
    assert_int_equal(think_tag_lone_end(NULL, 0, &thoughts), 0);
    for (size_t i = 0; i < sizeof(ENDS) / sizeof(ENDS[0]); i++) {
        const size_t len = strlen(ENDS[i]);
        char *text = malloc(len);
        assert_non_null(text);
        memcpy(text, ENDS[i], len);
        assert_int_equal(think_tag_lone_end(text, len, &thoughts), 0);
        free(text);
    }
}

static void long_thoughts_come_as_they_are_written(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct reply r;
    reply_init(&r, see, &seen);
    assert_int_equal(reply_add_content(&r, "<think>one two", 14), 0);
    assert_string_equal(seen.reasoning, "one two");
    for (int i = 0; i < 100; i++)
        assert_int_equal(reply_add_content(&r, " three<<<<", 10), 0);
    assert_int_equal(reply_add_content(&r, "</think> x", 10), 0);
    assert_int_equal(strlen(seen.reasoning), 7 + 100 * 10);
    assert_string_equal(seen.text, "x");
    reply_release(&r);
}

/* A whole answer at once, with half a closing tag at each place where what is held may be full. */
static void long_thoughts_in_one_piece(void **state)
{
    (void)state;
    char text[500], thoughts[400];
    for (size_t before = 50; before < 140; before++) {
        for (size_t half = 0; half < 8; half++) {
            struct seen seen = {0};
            struct reply r;
            memset(thoughts, 'a', before);
            snprintf(thoughts + before, sizeof thoughts - before, "%.*s and more", (int)half,
                     "</think>");
            snprintf(text, sizeof text, "<think>%s</think>b", thoughts);
            reply_init(&r, see, &seen);
            assert_int_equal(reply_add_content(&r, text, strlen(text)), 0);
            assert_string_equal(seen.reasoning, thoughts);
            assert_string_equal(seen.text, "b");
            reply_release(&r);
        }
    }
}

static void in_every_format(void **state)
{
    (void)state;
    static const struct {
        const char *wire, *event;
    } EVENTS[] = {
        {"openai", "{\"choices\":[{\"delta\":{\"content\":\"<think>a</think>b\"}}]}"},
        {"openrouter", "{\"choices\":[{\"delta\":{\"content\":\"<think>a</think>b\"}}]}"},
        {"ollama", "{\"message\":{\"content\":\"<think>a</think>b\"},\"done\":true}"},
        {"openai_responses",
         "{\"type\":\"response.output_text.delta\",\"delta\":\"<think>a</think>b\"}"},
    };
    for (size_t i = 0; i < sizeof(EVENTS) / sizeof(EVENTS[0]); i++) {
        struct reply r;
        reply_init(&r, NULL, NULL);
        assert_int_equal(
            provider_find(EVENTS[i].wire)->event(&r, "", EVENTS[i].event, strlen(EVENTS[i].event)),
            0);
        assert_string_equal(buf_str(&r.content), "b");
        assert_string_equal(buf_str(&r.reasoning), "a");
        reply_release(&r);
    }
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(every_cut);
    assert_keeps_nothing(the_end_of_thoughts_alone);
    assert_keeps_nothing(a_tag_at_the_very_end);
    assert_keeps_nothing(long_thoughts_come_as_they_are_written);
    assert_keeps_nothing(long_thoughts_in_one_piece);
    assert_keeps_nothing(in_every_format);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_cut),
        cmocka_unit_test(the_end_of_thoughts_alone),
        cmocka_unit_test(thoughts_that_have_no_room),
        cmocka_unit_test(a_form_holds_no_thoughts),
        cmocka_unit_test(a_tag_at_the_very_end),
        cmocka_unit_test(long_thoughts_come_as_they_are_written),
        cmocka_unit_test(long_thoughts_in_one_piece),
        cmocka_unit_test(in_every_format),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
