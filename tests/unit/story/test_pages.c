/* Journals of dead runs, of newer runners and of nobody's: whatever stands in them, a page is made,
 * it is whole, and nothing in it is markup or a control sequence. And the same journal makes the
 * same page, byte for byte. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "heap_kept.h"
#include "story/diagram.h"
#include "story/story.h"
#include "story/transcript.h"
#include "story_journal.h"

struct pages {
    struct buf markdown, html, sequence;
};

static void make(const json_t *journal, struct pages *ret)
{
    *ret = (struct pages){BUF_INIT(1 << 20), BUF_INIT(1 << 20), BUF_INIT(1 << 20)};
    json_t *story = story_fold(journal);
    transcript_markdown(&ret->markdown, story);
    transcript_html(&ret->html, story);
    diagram_sequence_journal(&ret->sequence, journal);
    json_decref(story);
}

static void release(struct pages *p)
{
    buf_release(&p->markdown);
    buf_release(&p->html);
    buf_release(&p->sequence);
}

static void is_clean(struct buf *page)
{
    const char *text = page->len ? buf_str(page) : "";
    assert_null(strchr(text, '\x1b'));
    assert_int_equal(strlen(text), page->len);
}

static void are_good(const json_t *journal)
{
    struct pages p;
    make(journal, &p);
    is_clean(&p.markdown);
    is_clean(&p.html);
    is_clean(&p.sequence);
    const char *html = buf_str(&p.html);
    assert_null(strstr(html, "<script>"));
    assert_null(strstr(html, "<i>"));
    assert_non_null(strstr(html, "</body></html>\n"));
    assert_non_null(strstr(buf_str(&p.markdown), "## Task\n"));
    release(&p);
}

/* ---- every value of a tree, replaced in turn by values of other types ---- */

static const char *const ODD[] = {"null",
                                  "true",
                                  "7",
                                  "-1.5",
                                  "\"\\u001b<i>\"",
                                  "[[]]",
                                  "[\"<script>\"]",
                                  "{}",
                                  "{\"a\": \"<script>\"}"};

struct visit {
    json_t *root;
    void (*check)(const json_t *root);
    int changed;
};

static void walk(struct visit *v, json_t *node);

static json_t *odd(size_t i)
{
    json_t *value = json_loads(ODD[i], JSON_DECODE_ANY, NULL);
    assert_non_null(value);
    return value;
}

static void change_member(struct visit *v, json_t *object, const char *key)
{
    json_t *was = json_incref(json_object_get(object, key));
    for (size_t i = 0; i < sizeof ODD / sizeof *ODD; i++) {
        json_object_set_new(object, key, odd(i));
        v->check(v->root);
        v->changed++;
    }
    json_object_del(object, key);
    v->check(v->root);
    json_object_set(object, key, was);
    walk(v, was);
    json_decref(was);
}

static void change_element(struct visit *v, json_t *array, size_t at)
{
    json_t *was = json_incref(json_array_get(array, at));
    for (size_t i = 0; i < sizeof ODD / sizeof *ODD; i++) {
        json_array_set_new(array, at, odd(i));
        v->check(v->root);
        v->changed++;
    }
    json_array_set(array, at, was);
    walk(v, was);
    json_decref(was);
}

static void walk(struct visit *v, json_t *node)
{
    for (size_t i = 0; i < json_array_size(node); i++)
        change_element(v, node, i);
    if (!json_is_object(node))
        return;
    const char *keys[32], *key;
    size_t n = 0;
    json_t *value;
    json_object_foreach (node, key, value)
        keys[n++] = strdup(key);
    for (size_t i = 0; i < n; i++) {
        change_member(v, node, keys[i]);
        free((char *)keys[i]);
    }
}

static void any_value_may_be_anything(void **state)
{
    (void)state;
    struct visit v = {.root = events(99), .check = are_good};
    walk(&v, v.root);
    assert_true(v.changed > 500);
    are_good(v.root);
    json_decref(v.root);
}

static void graph_is_good(const json_t *document)
{
    struct buf mermaid = BUF_INIT(1 << 20), ascii = BUF_INIT(1 << 20), plan = BUF_INIT(1 << 20);
    json_t *graph = diagram_graph(document);
    diagram_mermaid(&mermaid, graph);
    diagram_ascii(&ascii, graph);
    diagram_sequence_plan(&plan, document);
    is_clean(&mermaid);
    is_clean(&ascii);
    is_clean(&plan);
    assert_null(strstr(buf_str(&mermaid), "<"));
    json_decref(graph);
    buf_release(&mermaid);
    buf_release(&ascii);
    buf_release(&plan);
}

static void any_document_can_be_drawn(void **state)
{
    (void)state;
    struct visit v = {.check = graph_is_good};
    v.root = json_loads(
        "{\"members\":[{\"id\":\"ann\",\"tools\":[\"look\"]},{\"id\":\"b\",\"sub_council\":{"
        "\"members\":"
        "[{\"id\":\"x\"}],\"rounds\":[{\"type\":\"debate\"}]}}],\"chair\":{\"id\":\"chair\"},"
        "\"router\":{\"kind\":\"sample\"},\"rounds\":[{\"type\":\"vote\",\"name\":\"v\","
        "\"members\":"
        "[\"ann\"]},{\"type\":\"weighted_synthesis\"}]}",
        0, NULL);
    assert_non_null(v.root);
    walk(&v, v.root);
    assert_true(v.changed > 100);
    json_decref(v.root);
}

/* ---- the page itself ---- */

static void one_journal_makes_one_page(void **state)
{
    (void)state;
    struct pages first, second;
    json_t *all = events(99), *again = json_deep_copy(all);
    make(all, &first);
    make(again, &second);
    assert_string_equal(buf_str(&first.html), buf_str(&second.html));
    assert_string_equal(buf_str(&first.markdown), buf_str(&second.markdown));
    assert_string_equal(buf_str(&first.sequence), buf_str(&second.sequence));
    assert_true(json_equal(all, again));
    release(&first);
    release(&second);
    json_decref(all);
    json_decref(again);
}

static const char MARKDOWN[] = "# C \\<i\\>\n"
                               "\n"
                               "Run run\\_1, started 2026-11-22T10:00:00.000Z.  \n"
                               "Outcome **degraded**, heard 1 of 2.\n"
                               "\n"
                               "Missing:\n"
                               "\n"
                               "- member\\_error, bob\n"
                               "\n"
                               "## Task\n"
                               "\n"
                               "```\n"
                               "Why\\x1b[31m <b>?\n"
                               "```\n"
                               "\n"
                               "## vote\n"
                               "\n"
                               "### sceptic\n"
                               "\n"
                               "mock/m\n"
                               "\n"
                               "**Beware**: this text tries to steer its readers (role\\_marker, "
                               "campaign).\n"
                               "\n"
                               "````\n"
                               "```\n"
                               "fence </div><script>\n"
                               "````\n"
                               "\n"
                               "Ballot: \"yes\"\n"
                               "\n"
                               "### bob\n"
                               "\n"
                               "**error**, auth\n"
                               "\n"
                               "```\n"
                               "no key\n"
                               "```\n"
                               "\n"
                               "### chair\n"
                               "\n"
                               "\n"
                               "\n"
                               "Tally:\n"
                               "\n"
                               "```\n"
                               "  PLACE  CANDIDATE   SCORE\n"
                               "      1  yes        1.0000\n"
                               "      2  no         0.0000\n"
                               "  winner: yes (1 of 2 ballots)\n"
                               "```\n"
                               "\n"
                               "## Dissent\n"
                               "\n"
                               "- bob: no\n"
                               "\n"
                               "```\n"
                               "because\n"
                               "```\n"
                               "\n"
                               "## Final answer\n"
                               "\n"
                               "From: aggregate\n"
                               "\n"
                               "```\n"
                               "yes\n"
                               "```\n"
                               "\n";

static void the_markdown_of_a_run(void **state)
{
    (void)state;
    struct pages p;
    json_t *all = events(99);
    make(all, &p);
    assert_string_equal(buf_str(&p.markdown), MARKDOWN);
    release(&p);
    json_decref(all);
}

static void who_sits_where(void **state)
{
    (void)state;
    json_t *round = json_pack("{s:s}", "type", "weighted_synthesis");
    assert_true(story_asks_chair(round));
    json_object_set_new(round, "type", json_string("vote"));
    assert_false(story_asks_chair(round));
    json_object_set_new(round, "type", json_string("photosynthesis"));
    assert_false(story_asks_chair(round));
    json_object_clear(round);
    assert_false(story_asks_chair(round));
    assert_false(story_asks_chair(NULL));
    json_decref(round);
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(any_value_may_be_anything);
    assert_keeps_nothing(any_document_can_be_drawn);
    assert_keeps_nothing(one_journal_makes_one_page);
    assert_keeps_nothing(the_markdown_of_a_run);
    assert_keeps_nothing(who_sits_where);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(any_value_may_be_anything),
        cmocka_unit_test(any_document_can_be_drawn),
        cmocka_unit_test(one_journal_makes_one_page),
        cmocka_unit_test(the_markdown_of_a_run),
        cmocka_unit_test(who_sits_where),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
