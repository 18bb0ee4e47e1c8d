/* Pages made of a journal: of half of one too, and of what strangers wrote into it. */
#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/jx.h"
#include "heap_kept.h"
#include "story/diagram.h"
#include "story/story.h"
#include "story/transcript.h"
#include "story_journal.h"

static void folds_a_whole_run(void **state)
{
    (void)state;
    json_t *all = events(99), *story = story_fold(all);
    json_t *round = json_array_get(json_object_get(story, "rounds"), 0);
    assert_int_equal(json_array_size(json_object_get(story, "rounds")), 1);
    assert_int_equal(json_array_size(json_object_get(round, "results")), 2);
    assert_int_equal(json_array_size(json_object_get(round, "calls")), 1);
    assert_string_equal(j_str(round, "status", NULL), "completed");
    assert_string_equal(j_str(json_object_get(story, "result"), "outcome", NULL), "degraded");
    assert_string_equal(story_role(story, "ann"), "sceptic");
    assert_string_equal(story_role(story, "bob"), "bob");
    json_decref(story);
    json_decref(all);
}

/* A hole is told behind the rounds that had begun: in every page, and also the one at the end. */
static void tells_what_is_missing(void **state)
{
    (void)state;
    static const char JOURNAL[] =
        "[{\"type\":\"run_started\",\"path\":\"\",\"seq\":1},"
        "{\"type\":\"round_started\",\"path\":\"\",\"index\":0,\"name\":\"first\",\"seq\":4},"
        "{\"type\":\"round_started\",\"path\":\"\",\"index\":1,\"name\":\"second\",\"seq\":6}]";
    static const char *const ORDER[] = {"torn",   "events 2 to 3 are missing",
                                        "first",  "event 5 is missing",
                                        "second", "events 7 to 9 are missing"};
    json_t *some = json_loads(JOURNAL, 0, NULL), *story = story_fold(some);
    json_t *end = json_pack("{s:i, s:b}", "last_seq", 9, "torn", 1);
    story_close(story, end);
    struct buf pages[2] = {BUF_INIT(1 << 20), BUF_INIT(1 << 20)};
    transcript_markdown(&pages[0], story);
    transcript_html(&pages[1], story);
    for (int k = 0; k < 2; k++) {
        const char *at = strstr(buf_str(&pages[k]), "</head>");
        at = at ? at : buf_str(&pages[k]);
        for (size_t i = 0; i < sizeof(ORDER) / sizeof(ORDER[0]); i++) {
            at = strstr(at, ORDER[i]);
            assert_non_null(at);
        }
        buf_release(&pages[k]);
    }
    assert_int_equal(j_int(story, "last_seq", 0), 9);
    json_decref(story);
    json_decref(some);
    json_decref(end);
}

/* Numbers that no daemon tells. */
static void odd_numbers_are_no_holes(void **state)
{
    (void)state;
    json_t *some = json_pack("[{s:i}, {s:I}, {s:s}, {s:i}, {s:i}, {s:i}]", "seq", 1, "seq",
                             (json_int_t)INT64_MIN, "seq", "2", "seq", 2, "seq", 2, "seq", 1);
    json_t *story = story_fold(some), *end = json_pack("{s:I}", "last_seq", (json_int_t)INT64_MAX);
    story_close(story, NULL);
    assert_int_equal(json_array_size(json_object_get(story, "holes")), 0);
    story_close(story, end);
    assert_int_equal(json_array_size(json_object_get(story, "holes")), 0);
    json_decref(story);
    json_decref(some);
    json_decref(end);
}

static void tells_of_every_beginning_of_a_journal(void **state)
{
    (void)state;
    for (size_t n = 0; n <= 8; n++) {
        struct buf md = BUF_INIT(1 << 20), html = BUF_INIT(1 << 20);
        json_t *some = events(n), *story = story_fold(some);
        transcript_markdown(&md, story);
        transcript_html(&html, story);
        assert_true(md.len > 0 && html.len > 0);
        assert_non_null(strstr(buf_str(&html), "</html>"));
        if (n < 8)
            assert_non_null(strstr(buf_str(&md), "no result"));
        buf_release(&md);
        buf_release(&html);
        json_decref(story);
        json_decref(some);
    }
}

static void nothing_of_strangers_becomes_markup(void **state)
{
    (void)state;
    struct buf md = BUF_INIT(1 << 20), html = BUF_INIT(1 << 20);
    json_t *all = events(99), *story = story_fold(all);
    transcript_markdown(&md, story);
    transcript_html(&html, story);
    assert_null(strstr(buf_str(&html), "<script>"));
    assert_null(strstr(buf_str(&html), "<i>"));
    assert_null(strchr(buf_str(&html), '\x1b'));
    assert_null(strchr(buf_str(&md), '\x1b'));
    assert_non_null(strstr(buf_str(&html), "&lt;script&gt;"));
    /* A fence of three in the text asks for one of four around it. */
    assert_non_null(strstr(buf_str(&md), "````\n```\nfence"));
    assert_non_null(strstr(buf_str(&md), "# C \\<i\\>"));
    assert_non_null(strstr(buf_str(&md), "member\\_error"));
    assert_non_null(strstr(buf_str(&html), "width:100.0%"));
    assert_non_null(strstr(buf_str(&html), "tries to steer its readers (role_marker, campaign)."));
    assert_non_null(strstr(buf_str(&md), "tries to steer its readers (role\\_marker, campaign)."));
    buf_release(&md);
    buf_release(&html);
    json_decref(story);
    json_decref(all);
}

static void draws_the_graph(void **state)
{
    (void)state;
    json_t *document = json_loads(
        "{\"members\":[{\"id\":\"ann\",\"tools\":[{\"name\":\"look\"}]},{\"id\":\"b\\\"<\",\"sub_"
        "council\":{\"members\":[{\"id\":\"x\"}],"
        "\"rounds\":[{\"type\":\"independent_analysis\"}]}}],\"chair\":{\"id\":\"chair\"},"
        "\"rounds\":[{\"type\":\"independent_analysis\",\"name\":\"ia\",\"router\":{\"kind\":"
        "\"sample\"}},{\"type\":\"vote\",\"members\":[\"ann\"]},"
        "{\"type\":\"synthesis\"}]}",
        0, NULL);
    assert_non_null(document);
    json_t *graph = diagram_graph(document);
    struct buf mermaid = BUF_INIT(1 << 20), ascii = BUF_INIT(1 << 20), sequence = BUF_INIT(1 << 20);
    diagram_mermaid(&mermaid, graph);
    diagram_ascii(&ascii, graph);
    diagram_sequence_plan(&sequence, document);
    assert_non_null(strstr(buf_str(&mermaid), "flowchart TD"));
    assert_non_null(strstr(buf_str(&mermaid), "b#34;#60;"));
    assert_null(strstr(buf_str(&mermaid), "b\"<"));
    assert_non_null(strstr(buf_str(&ascii), "[ ia ]  <router: sample>  ann, b\"< (council)"));
    assert_non_null(strstr(buf_str(&ascii), "[ vote ]  ann\n"));
    assert_non_null(strstr(buf_str(&sequence), "council->>ann: independent_analysis"));
    assert_non_null(strstr(buf_str(&sequence), "chair-->>council: final answer"));
    buf_release(&mermaid);
    buf_release(&ascii);
    buf_release(&sequence);
    json_decref(graph);
    json_decref(document);
}

static void draws_what_really_happened(void **state)
{
    (void)state;
    json_t *all = events(99);
    struct buf out = BUF_INIT(1 << 20);
    diagram_sequence_journal(&out, all);
    assert_non_null(strstr(buf_str(&out), "ann-->>council: ok after 7 ms"));
    assert_non_null(strstr(buf_str(&out), "bob--xcouncil: error"));
    assert_non_null(strstr(buf_str(&out), "Note over council: degraded"));
    buf_release(&out);
    json_decref(all);
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(folds_a_whole_run);
    assert_keeps_nothing(tells_what_is_missing);
    assert_keeps_nothing(odd_numbers_are_no_holes);
    assert_keeps_nothing(tells_of_every_beginning_of_a_journal);
    assert_keeps_nothing(nothing_of_strangers_becomes_markup);
    assert_keeps_nothing(draws_the_graph);
    assert_keeps_nothing(draws_what_really_happened);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(folds_a_whole_run),
        cmocka_unit_test(tells_what_is_missing),
        cmocka_unit_test(odd_numbers_are_no_holes),
        cmocka_unit_test(tells_of_every_beginning_of_a_journal),
        cmocka_unit_test(nothing_of_strangers_becomes_markup),
        cmocka_unit_test(draws_the_graph),
        cmocka_unit_test(draws_what_really_happened),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
