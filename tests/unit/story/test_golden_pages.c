/* What people are shown of a run, to the last byte: tests/fixtures/stories.json holds journals with
 * one of everything in them and documents of councils, tests/golden/story their pages. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "golden_text.h"
#include "heap_kept.h"
#include "story/diagram.h"
#include "story/story.h"
#include "story/transcript.h"

static json_t *all_stories(void)
{
    json_error_t why;
    json_t *stories = json_load_file(FIXTURES "/stories.json", 0, &why);
    if (!stories)
        fail_msg("line %d: %s", why.line, why.text);
    return stories;
}

static void add_json(struct buf *to, const json_t *value)
{
    char *text = json_dumps(value, JSON_INDENT(1));
    assert_non_null(text);
    buf_addf(to, "%s\n", text);
    free(text);
}

static json_t *fold(const char *name, const json_t *journal)
{
    json_t *story = story_fold(journal);
    json_t *end = json_pack("{s:i, s:b}", "last_seq", 40, "torn", 1);
    if (!strcmp(name, "whole"))
        story_close(story, end);
    json_decref(end);
    return story;
}

typedef void page(struct buf *to, const json_t *story);

static void write_pages(page *write, const char *path)
{
    struct buf text = BUF_INIT(1 << 20);
    const char *name;
    json_t *stories = all_stories(), *journal;
    json_object_foreach (json_object_get(stories, "journals"), name, journal) {
        json_t *story = fold(name, journal);
        buf_addf(&text, "==== %s\n", name);
        write(&text, story);
        json_decref(story);
    }
    golden_compare(path, &text);
    json_decref(stories);
    buf_release(&text);
}

static void stories_of_journals(void **state)
{
    (void)state;
    write_pages(add_json, GOLDEN "/story/stories.txt");
}

static void pages_in_markdown(void **state)
{
    (void)state;
    write_pages(transcript_markdown, GOLDEN "/story/markdown.txt");
}

static void pages_in_html(void **state)
{
    (void)state;
    write_pages(transcript_html, GOLDEN "/story/html.txt");
}

static void diagrams(void **state)
{
    (void)state;
    struct buf text = BUF_INIT(1 << 20);
    const char *name;
    json_t *stories = all_stories(), *one;
    json_object_foreach (json_object_get(stories, "journals"), name, one) {
        buf_addf(&text, "==== %s\n", name);
        diagram_sequence_journal(&text, one);
    }
    json_object_foreach (json_object_get(stories, "documents"), name, one) {
        json_t *graph = diagram_graph(one);
        buf_addf(&text, "==== %s\n", name);
        add_json(&text, graph);
        diagram_mermaid(&text, graph);
        diagram_ascii(&text, graph);
        diagram_sequence_plan(&text, one);
        json_decref(graph);
    }
    golden_compare(GOLDEN "/story/diagrams.txt", &text);
    json_decref(stories);
    buf_release(&text);
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(stories_of_journals);
    assert_keeps_nothing(pages_in_markdown);
    assert_keeps_nothing(pages_in_html);
    assert_keeps_nothing(diagrams);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(stories_of_journals), cmocka_unit_test(pages_in_markdown),
        cmocka_unit_test(pages_in_html),       cmocka_unit_test(diagrams),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
