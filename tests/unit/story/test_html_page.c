/* The page of a run as HTML: what it says, and where. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "heap_kept.h"
#include "story/story.h"
#include "story/transcript.h"
#include "story_journal.h"

/* Behind the style sheet. */
static const char *body_of(const json_t *journal, struct buf *page)
{
    *page = (struct buf)BUF_INIT(1 << 20);
    json_t *story = story_fold(journal);
    transcript_html(page, story);
    json_decref(story);
    const char *text = strstr(buf_str(page), "</style>");
    assert_non_null(text);
    return text;
}

static const char PAGE[] =
    "</style></head><body>\n"
    "<h1>C &lt;i&gt;</h1>\n"
    "<p class=\"meta\">run run_1, started 2026-11-22T10:00:00.000Z</p>\n"
    "<p><span class=\"badge degraded\">degraded</span> heard 1 of 2</p>\n"
    "<p>Missing:</p><ul>\n"
    "<li>member_error, bob</li>\n"
    "</ul>\n"
    "<h2>Task</h2>\n"
    "<div class=\"text\">Why\\x1b[31m &lt;b&gt;?</div>\n"
    "<h2>vote</h2>\n"
    "<h3>sceptic</h3>\n"
    "<p class=\"meta\">mock/m</p>\n"
    "<p><strong>Beware</strong>: this text tries to steer its readers (role_marker, "
    "campaign).</p>\n"
    "<div class=\"text\">```\n"
    "fence &lt;/div&gt;&lt;script&gt;</div>\n"
    "<h3>bob</h3>\n"
    "<p class=\"meta\">error, auth</p>\n"
    "<div class=\"text\">no key</div>\n"
    "<h3>chair</h3>\n"
    "<p class=\"meta\"></p>\n"
    "<h3>Tally</h3>\n"
    "<table>\n"
    "<tr><td><strong>yes</strong></td><td class=\"bar\"><div style=\"width:100.0%\"></div></td>"
    "<td class=\"n\">1</td></tr>\n"
    "<tr><td>no</td><td class=\"bar\"><div style=\"width:0.0%\"></div></td>"
    "<td class=\"n\">0</td></tr>\n"
    "</table>\n"
    "<p class=\"meta\">winner: yes, 1 of 2 ballots</p>\n"
    "<h2>Dissent</h2>\n"
    "<p><strong>bob</strong>: no</p>\n"
    "<div class=\"text\">because</div>\n"
    "<div class=\"final\"><h2>Final answer</h2>\n"
    "<p class=\"meta\">from: aggregate</p>\n"
    "<div class=\"text\">yes</div>\n"
    "</div>\n"
    "</body></html>\n";

static void the_whole_page(void **state)
{
    (void)state;
    struct buf page;
    json_t *journal = events(99);
    assert_string_equal(body_of(journal, &page), PAGE);
    buf_release(&page);
    json_decref(journal);
}

static json_t *event_of(json_t *journal, const char *type)
{
    size_t i;
    json_t *event;
    json_array_foreach (journal, i, event)
        if (!strcmp(json_string_value(json_object_get(event, "type")), type))
            return event;
    fail_msg("no %s", type);
    return NULL;
}

static void set(json_t *object, const char *value)
{
    json_t *more = json_loads(value, 0, NULL);
    assert_non_null(more);
    json_object_update(object, more);
    json_decref(more);
}

static void what_stands_there_only_sometimes(void **state)
{
    (void)state;
    static const char *const SAYS[] = {
        "<p>Errors:</p><ul>\n<li>auth, bob: no &quot;key&quot; &amp; no money</li>\n</ul>\n",
        "<h3>Response A: sceptic</h3>\n<p class=\"meta\">mock/m, confidence 0.25</p>\n",
        "<tr><td>no</td><td class=\"bar\"><div style=\"width:25.0%\"></div></td>"
        "<td class=\"n\">0.5</td></tr>\n",
        "<tr><td>yes</td><td class=\"bar\"><div style=\"width:100.0%\"></div></td>"
        "<td class=\"n\">2</td></tr>\n",
        "<tr><td>maybe</td><td class=\"bar\"><div style=\"width:0.0%\"></div></td>"
        "<td class=\"n\">-</td></tr>\n",
        "<p class=\"meta\">tied, no winner, 1 of 2 ballots</p>\n",
        "<p class=\"meta\">from: chair, chair</p>\n",
    };
    struct buf page;
    json_t *journal = events(99);
    json_t *aggregate = json_object_get(event_of(journal, "round_completed"), "aggregate");
    json_t *result = json_object_get(event_of(journal, "run_completed"), "result");
    set(json_object_get(event_of(journal, "member_completed"), "result"),
        "{\"label\": \"Response A\", \"confidence\": 0.25}");
    set(aggregate, "{\"winner\": null, \"tied\": [\"yes\", \"no\"], \"order\": [[\"yes\", \"no\"], "
                   "\"maybe\"], \"scores\": {\"yes\": 2, \"no\": 0.5, \"maybe\": null}}");
    set(result, "{\"errors\": [{\"code\": \"auth\", \"member_id\": \"bob\", \"message\": \"no "
                "\\\"key\\\" & no money\"}]}");
    set(json_object_get(result, "final"), "{\"source\": \"chair\", \"member_id\": \"chair\"}");
    const char *text = body_of(journal, &page);
    for (size_t i = 0; i < sizeof SAYS / sizeof SAYS[0]; i++)
        if (!strstr(text, SAYS[i]))
            fail_msg("%s is not in %s", SAYS[i], text);
    assert_null(strstr(text, "<strong>yes"));
    buf_release(&page);
    set(aggregate, "{\"tied\": []}");
    assert_non_null(strstr(body_of(journal, &page), "<p class=\"meta\">no winner, 1 of 2 "));
    buf_release(&page);
    json_decref(journal);
}

static void a_run_that_did_not_end(void **state)
{
    (void)state;
    struct buf page;
    json_t *journal = events(2);
    const char *text = body_of(journal, &page);
    assert_non_null(strstr(text, "<span class=\"badge none\">no result</span></p>\n"));
    assert_null(strstr(text, "Missing"));
    assert_null(strstr(text, "Dissent"));
    assert_null(strstr(text, "Final answer"));
    assert_null(strstr(text, "Tally"));
    buf_release(&page);
    json_decref(journal);
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(the_whole_page);
    assert_keeps_nothing(what_stands_there_only_sometimes);
    assert_keeps_nothing(a_run_that_did_not_end);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_whole_page),
        cmocka_unit_test(what_stands_there_only_sometimes),
        cmocka_unit_test(a_run_that_did_not_end),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
