/* The official JSON Schema cases for the keywords that answers are checked against: a case counts
 * when its schema has no other keyword. Cases of our own in the same form stand beside them. */
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runner/deliberation/form/schema.h"

enum { GROUPS_MIN = 90, DEPTH_MAX = 16 };

static const char *const known[] = {
    "type",
    "properties",
    "required",
    "additionalProperties",
    "items",
    "enum",
    "const",
    "minimum",
    "maximum",
    "anyOf",
    "exclusiveMinimum",
    "exclusiveMaximum",
    "minLength",
    "maxLength",
    "minItems",
    "maxItems",
    "uniqueItems",
    "$defs",
    "$ref",
    "$schema",
    "$comment",
    "title",
    "description",
    "default",
};

static bool within(const json_t *schema, int depth);

static bool all_within(json_t *list, int depth)
{
    size_t i;
    const char *key;
    json_t *one;
    json_array_foreach (list, i, one)
        if (!within(one, depth))
            return false;
    json_object_foreach (list, key, one)
        if (!within(one, depth))
            return false;
    return true;
}

static bool known_keyword(const char *key)
{
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strcmp(known[i], key) == 0)
            return true;
    return false;
}

/* References to definitions of the same schema, by plain names. */
static bool plain_ref(const json_t *ref)
{
    const char *text = json_string_value(ref);
    return text && strncmp(text, "#/$defs/", 8) == 0 && !strpbrk(text + 8, "/%~");
}

static bool within(const json_t *schema, int depth)
{
    const char *key;
    json_t *v;
    if (json_is_boolean(schema))
        return true;
    if (!json_is_object(schema) || depth > DEPTH_MAX)
        return false;
    json_object_foreach ((json_t *)schema, key, v) {
        if (!known_keyword(key) || (strcmp(key, "$ref") == 0 && !plain_ref(v)))
            return false;
        bool map = strcmp(key, "properties") == 0 || strcmp(key, "$defs") == 0;
        if ((map || strcmp(key, "anyOf") == 0) && !all_within(v, depth + 1))
            return false;
        if ((strcmp(key, "items") == 0 || strcmp(key, "additionalProperties") == 0) &&
            !within(v, depth + 1))
            return false;
    }
    return true;
}

static void run_group(const char *file, json_t *group)
{
    size_t i;
    json_t *test, *schema = json_object_get(group, "schema");
    json_array_foreach (json_object_get(group, "tests"), i, test) {
        bool valid = json_is_true(json_object_get(test, "valid"));
        json_t *errors = json_array();
        bool found = schema_check(schema, json_object_get(test, "data"), errors);
        if (found != valid)
            fail_msg("%s: %s: %s: found %s", file,
                     json_string_value(json_object_get(group, "description")),
                     json_string_value(json_object_get(test, "description")),
                     found ? "valid" : "not valid");
        assert_int_equal(json_array_size(errors) > 0, !found);
        json_decref(errors);
    }
}

static int run_file(const char *folder, const char *name)
{
    char path[1024];
    json_error_t error;
    size_t i;
    json_t *group;
    int ran = 0;
    snprintf(path, sizeof path, "%s/%s", folder, name);
    json_t *groups = json_load_file(path, JSON_DECODE_ANY | JSON_ALLOW_NUL, &error);
    if (!groups)
        fail_msg("%s: %s", path, error.text);
    json_array_foreach (groups, i, group) {
        if (!within(json_object_get(group, "schema"), 0))
            continue;
        run_group(name, group);
        ran++;
    }
    json_decref(groups);
    return ran;
}

static void official_cases(void **state)
{
    (void)state;
    static const char folder[] = FIXTURES "/json-schema-test-suite";
    int ran = 0;
    struct dirent *entry;
    DIR *dir = opendir(folder);
    assert_non_null(dir);
    while ((entry = readdir(dir))) {
        size_t len = strlen(entry->d_name);
        if (len > 5 && strcmp(entry->d_name + len - 5, ".json") == 0)
            ran += run_file(folder, entry->d_name);
    }
    closedir(dir);
    assert_true(ran >= GROUPS_MIN);
}

static const char own[] =
    "[{\"description\": \"an answer with a list of findings\", \"schema\": {\"type\": \"object\", "
    "\"properties\": {\"findings\": {\"type\": \"array\", \"minItems\": 1, \"items\": {\"$ref\": "
    "\"#/$defs/finding\"}}, \"score\": {\"type\": [\"number\", \"null\"], \"minimum\": 0, "
    "\"maximum\": 1}}, \"required\": [\"findings\", \"score\"], \"additionalProperties\": false, "
    "\"$defs\": {\"finding\": {\"type\": \"object\", \"properties\": {\"level\": {\"enum\": "
    "[\"must\", \"should\"]}, \"text\": {\"type\": \"string\", \"minLength\": 3}}, \"required\": "
    "[\"level\"]}}}, \"tests\": ["
    "{\"description\": \"good\", \"data\": {\"findings\": [{\"level\": \"must\", \"text\": "
    "\"abc\"}], \"score\": null}, \"valid\": true},"
    "{\"description\": \"no finding\", \"data\": {\"findings\": [], \"score\": 1}, \"valid\": "
    "false},"
    "{\"description\": \"other level\", \"data\": {\"findings\": [{\"level\": \"may\"}], "
    "\"score\": 1}, \"valid\": false},"
    "{\"description\": \"short text\", \"data\": {\"findings\": [{\"level\": \"must\", \"text\": "
    "\"ab\"}], \"score\": 1}, \"valid\": false},"
    "{\"description\": \"score beyond\", \"data\": {\"findings\": [{\"level\": \"must\"}], "
    "\"score\": 1.5}, \"valid\": false},"
    "{\"description\": \"more than asked\", \"data\": {\"findings\": [{\"level\": \"must\"}], "
    "\"score\": 1, \"more\": 1}, \"valid\": false},"
    "{\"description\": \"not an object\", \"data\": [], \"valid\": false}]},"
    "{\"description\": \"one of two forms\", \"schema\": {\"anyOf\": [{\"type\": \"object\", "
    "\"properties\": {\"yes\": {\"const\": true}}, \"required\": [\"yes\"]}, {\"type\": "
    "\"string\", \"maxLength\": 2}]}, \"tests\": ["
    "{\"description\": \"first\", \"data\": {\"yes\": true}, \"valid\": true},"
    "{\"description\": \"second\", \"data\": \"no\", \"valid\": true},"
    "{\"description\": \"neither\", \"data\": {\"yes\": 1}, \"valid\": false},"
    "{\"description\": \"too long\", \"data\": \"nope\", \"valid\": false}]},"
    "{\"description\": \"equality\", \"schema\": {\"type\": \"array\", \"uniqueItems\": true}, "
    "\"tests\": ["
    "{\"description\": \"1 and true differ\", \"data\": [1, true], \"valid\": true},"
    "{\"description\": \"1 and 1.0 are one\", \"data\": [1, 1.0], \"valid\": false},"
    "{\"description\": \"order of members\", \"data\": [{\"a\": 1, \"b\": 2}, {\"b\": 2, \"a\": "
    "1}], \"valid\": false}]}]";

static void cases_of_our_own(void **state)
{
    (void)state;
    size_t i;
    json_t *group, *groups = json_loads(own, 0, NULL);
    assert_non_null(groups);
    json_array_foreach (groups, i, group) {
        assert_true(within(json_object_get(group, "schema"), 0));
        run_group("own", group);
    }
    json_decref(groups);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(cases_of_our_own),
                                       cmocka_unit_test(official_cases)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
