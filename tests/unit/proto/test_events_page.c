/* A page that tells other events than there are, an example that nobody can read, or a link that
 * leads nowhere. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "proto/event.h"
#include "proto/methods/events_page.h"
#include "proto/methods/methods.h"
#include "proto/methods/methods_page.h"

static json_t *examples(void)
{
    json_t *all = json_load_file("docs/events.json", 0, NULL);
    assert_non_null(all);
    return all;
}

static void page_is_up_to_date(void **state)
{
    (void)state;
    struct buf made = BUF_INIT(4 << 20);
    struct error err = {.number = 0};
    json_t *all = examples();
    char *page;
    size_t len;
    assert_int_equal(file_read(AT_FDCWD, "docs/events.md", 4 << 20, &page, &len, &err), 0);
    assert_int_equal(events_page_update(&made, page, all, &err), 0);
    if (strcmp(buf_str(&made), page) != 0)
        fail_msg("docs/events.md is stale: run `make docs`");
    free(page);
    json_decref(all);
    buf_release(&made);
}

static void assert_has_section(struct buf *page, const char *title)
{
    char head[64];
    const char *first;
    snprintf(head, sizeof head, "\n### %s\n", title);
    first = strstr(buf_str(page), head);
    if (!first || strstr(first + 1, head))
        fail_msg("%s has not one section", title);
}

static void each_object_has_a_section_on_its_page(void **state)
{
    (void)state;
    struct buf methods = BUF_INIT(4 << 20), events = BUF_INIT(4 << 20);
    struct object_set set = {.n = 0};
    json_t *all = examples();
    assert_int_equal(methods_page(&methods), 0);
    assert_int_equal(events_page(&events, all), 0);
    methods_objects(&set);
    for (size_t i = 0; i < set.n; i++)
        assert_has_section(set.at[i]->told_by_runs ? &events : &methods, set.at[i]->title);
    json_decref(all);
    buf_release(&methods);
    buf_release(&events);
}

/* What every event has is told once. */
static void events_tell_what_they_have_of_their_own(void **state)
{
    (void)state;
    struct buf page = BUF_INIT(4 << 20);
    json_t *all = examples();
    assert_int_equal(events_page(&page, all), 0);
    const char *text = buf_str(&page);
    assert_non_null(strstr(text,
                           "### CarriedEndEvent\n\n`carried_end`. After the last `carried` "
                           "event.\n\n| member | type | |\n|---|---|---|\n| `from_run_id` |"));
    assert_non_null(strstr(text, "\n`member_token`. A piece of an answer; not in the journal.\n\n| "
                                 "member | type | |\n|---|---|---|\n| `index` |"));
    assert_null(strstr(text, "| `seq` |"));
    json_decref(all);
    buf_release(&page);
}

/* As text, the example of a warning. */
static char *shown(const char *event)
{
    struct buf page = BUF_INIT(4 << 20);
    json_t *all = examples();
    json_object_set_new(all, "warning", json_loads(event, JSON_DECODE_ANY, NULL));
    assert_int_equal(events_page(&page, all), 0);
    const char *at = strstr(strstr(buf_str(&page), "`warning`. "), "```json\n") + 8;
    char *text = strndup(at, (size_t)(strstr(at, "\n```\n") - at));
    json_decref(all);
    buf_release(&page);
    return text;
}

#define TEN    "1234567890"
#define NINETY TEN TEN TEN TEN TEN TEN TEN TEN TEN

static const struct {
    const char *event, *text;
} SHOWN[] = {
    {"{}", "{}"},
    {"{\"a\": [1, {\"b\": null}], \"c\": 0.1}", "{\"a\": [1, {\"b\": null}], \"c\": 0.1}"},
    {"[0.1234567890126]", "[0.123456789013]"},
    /* 109 bytes, and one more */
    {"[\"" NINETY "123456789012\", 1]", "[\"" NINETY "123456789012\", 1]"},
    {"[\"" NINETY "1234567890123\", 1]", "[\n  \"" NINETY "1234567890123\",\n  1\n]"},
    {"\"" NINETY NINETY "\"", "\"" NINETY NINETY "\""},
    {"{\"k\\\"\": {\"a\": \"" NINETY "\", \"b\": [\"" TEN "\"]}}",
     "{\n  \"k\\\"\": {\n    \"a\": \"" NINETY "\",\n    \"b\": [\"" TEN "\"]\n  }\n}"},
    {"[[\"" NINETY TEN "\", 1], 2, 3]", "[\n  [\"" NINETY TEN "\", 1],\n  2,\n  3\n]"},
    /* the name and the indentation count: 109 bytes, and one more */
    {"{\"n\": [\"" NINETY "12345\", 1], \"m\": \"" NINETY "\"}",
     "{\n  \"n\": [\"" NINETY "12345\", 1],\n  \"m\": \"" NINETY "\"\n}"},
    {"{\"n\": [\"" NINETY "123456\", 1], \"m\": \"" NINETY "\"}",
     "{\n  \"n\": [\n    \"" NINETY "123456\",\n    1\n  ],\n  \"m\": \"" NINETY "\"\n}"},
};

static void examples_are_laid_out(void **state)
{
    (void)state;
    for (size_t i = 0; i < ARRAY_LEN(SHOWN); i++) {
        char *text = shown(SHOWN[i].event);
        assert_string_equal(text, SHOWN[i].text);
        free(text);
    }
}

static void an_event_without_an_example_is_a_fault(void **state)
{
    (void)state;
    for (int i = 0; i < EVENT_TYPE_COUNT; i++) {
        struct buf page = BUF_INIT(4 << 20);
        struct error err = {.number = 0};
        json_t *all = examples();
        json_object_del(all, event_name((enum event_type)i));
        assert_int_equal(events_page(&page, all), -EINVAL);
        assert_int_equal(page.len, 0);
        assert_int_equal(events_page_update(&page, EVENTS_PAGE_BEGIN EVENTS_PAGE_END, all, &err),
                         -EINVAL);
        json_decref(all);
        buf_release(&page);
    }
}

/* Wherever there is no room for it, it is not made. */
static void a_page_that_has_no_room_is_none(void **state)
{
    (void)state;
    struct buf whole = BUF_INIT(4 << 20);
    json_t *all = examples();
    assert_int_equal(events_page(&whole, all), 0);
    for (size_t most = 0; most < whole.len; most += 1009) {
        struct buf page = BUF_INIT(most);
        assert_int_equal(events_page(&page, all), -EMSGSIZE);
        assert_int_equal(page.len, 0);
        buf_release(&page);
    }
    json_decref(all);
    buf_release(&whole);
}

static void page_without_markers_is_left_alone(void **state)
{
    (void)state;
    struct buf made = BUF_INIT(4 << 20);
    struct error err = {.number = 0};
    json_t *all = examples();
    assert_int_equal(events_page_update(&made, "# Title\n", all, &err), -EINVAL);
    assert_int_equal(events_page_update(&made, METHODS_PAGE_BEGIN METHODS_PAGE_END, all, &err),
                     -EINVAL);
    assert_int_equal(made.len, 0);
    json_decref(all);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(page_is_up_to_date),
        cmocka_unit_test(each_object_has_a_section_on_its_page),
        cmocka_unit_test(events_tell_what_they_have_of_their_own),
        cmocka_unit_test(examples_are_laid_out),
        cmocka_unit_test(an_event_without_an_example_is_a_fault),
        cmocka_unit_test(a_page_that_has_no_room_is_none),
        cmocka_unit_test(page_without_markers_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
