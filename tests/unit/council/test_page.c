/* The reference and the JSON Schema are made from the tables: stale ones would tell authors of
 * fields that are not there. */
#include <errno.h>
#include <fcntl.h>

#include "common/file.h"
#include "proto/council/json_schema.h"
#include "proto/council/page.h"
#include "support.h"

enum { FILE_LIMIT = 4 << 20 };

static char *content(const char *path)
{
    char *text = NULL;
    size_t len;
    struct error err = {0};
    if (file_read(AT_FDCWD, path, FILE_LIMIT, &text, &len, &err) < 0)
        fail_msg("%s", err.text);
    return text;
}

static void reference(void **state)
{
    (void)state;
    struct buf page = BUF_INIT(FILE_LIMIT);
    struct error err = {0};
    char *old = content("docs/council.md");
    assert_int_equal(council_page_update(&page, old, &err), 0);
    if (strcmp(buf_str(&page), old) != 0)
        fail_msg("docs/council.md is stale: run `make docs`");
    free(old);
    buf_release(&page);
    assert_int_equal(council_page_update(&page, "no markers", &err), -EINVAL);
}

/* Wherever there is no room for it, it is not made. */
static void a_page_that_has_no_room_is_none(void **state)
{
    (void)state;
    static const char EMPTY[] = COUNCIL_PAGE_BEGIN COUNCIL_PAGE_END;
    struct buf whole = BUF_INIT(FILE_LIMIT);
    assert_int_equal(council_page_update(&whole, EMPTY, NULL), 0);
    for (size_t most = 0; most < whole.len; most += 23) {
        struct buf page = BUF_INIT(most);
        assert_int_equal(council_page_update(&page, EMPTY, NULL), -EMSGSIZE);
        assert_int_equal(strncmp(buf_str(&page), buf_str(&whole), page.len), 0);
        buf_release(&page);
    }
    buf_release(&whole);
}

static void schema(void **state)
{
    (void)state;
    char *old = content("docs/council.schema.json"), *text = council_json_schema_text();
    assert_non_null(text);
    if (strcmp(text, old) != 0)
        fail_msg("docs/council.schema.json is stale: run `make docs`");
    free(old);
    free(text);
}

/* Every reference in the schema leads somewhere. */
static void references(const json_t *root, const json_t *value)
{
    const char *key;
    size_t i;
    json_t *child;
    json_array_foreach (value, i, child)
        references(root, child);
    json_object_foreach ((json_t *)value, key, child) {
        if (strcmp(key, "$ref") == 0 && json_is_string(child)) {
            const char *to = json_string_value(child);
            assert_true(strcmp(to, "#") == 0 || json_is_object(at(root, to + 1)));
        }
        references(root, child);
    }
}

static void schema_hangs_together(void **state)
{
    (void)state;
    json_t *root = council_json_schema();
    assert_non_null(root);
    references(root, root);
    assert_json(root, "/properties/schema_version/const", "1");
    assert_json(root, "/$defs/seat/additionalProperties", "false");
    assert_json(root, "/$defs/retry/properties/max_attempts",
                "{'type': 'integer', 'minimum': 1, 'maximum': 10, 'description': 'attempts at one"
                " entry of the chain', 'default': 2}");
    json_decref(root);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(reference),
        cmocka_unit_test(a_page_that_has_no_room_is_none),
        cmocka_unit_test(schema),
        cmocka_unit_test(schema_hangs_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
