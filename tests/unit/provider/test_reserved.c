/* What an adapter writes into a request must not be there for provider_options to name: the option
 * would be dropped without a word. The list stands in the council's checks, which cannot see the
 * adapters; here it is held against what they write. */
#include "adapter_help.h"
#include "proto/council/seat/reserved.h"

static bool is_reserved(const struct format_kind *type, const char *outer, const char *inner)
{
    char name[64];
    snprintf(name, sizeof(name), "%s%s%s", outer, *inner ? "." : "", inner);
    for (const char *const *one = reserved_fields(type->id); *one; one++)
        if (!strcmp(*one, name))
            return true;
    return false;
}

static void assert_all_reserved(const struct format_kind *type, json_t *body)
{
    const char *outer, *inner;
    json_t *value, *part;
    json_object_foreach (body, outer, value) {
        if (is_reserved(type, outer, ""))
            continue;
        if (!json_object_size(value))
            fail_msg("%s writes %s, which is not reserved", type->name, outer);
        json_object_foreach (value, inner, part)
            if (!is_reserved(type, outer, inner))
                fail_msg("%s writes %s.%s, which is not reserved", type->name, outer, inner);
    }
}

/* Everything that can be asked for at once. */
static void ask_all(const char *name, bool tools)
{
    struct question q;
    question_init(&q, TOOL_TURN_MESSAGES("null"),
                  "{\"temperature\":1,\"top_p\":1,\"max_tokens\":9,\"logprobs\":true}");
    json_array_insert_new(q.ask.messages, 0,
                          json_of("{\"role\":\"system\",\"content\":\"Be brief.\"}"));
    q.ask.schema = json_of("{\"type\":\"object\"}");
    q.ask.stream = true;
    q.ask.parallel_tools = false;
    if (tools)
        q.ask.tools = json_of("[{\"name\":\"look\",\"parameters\":{\"type\":\"object\"}}]");
    question_build(&q, provider_find(name));
    assert_all_reserved(format_kind_find(name), q.body);
    question_release(&q);
}

static void what_is_written_is_reserved(void **state)
{
    (void)state;
    for (size_t i = 0; i < FORMAT_COUNT; i++) {
        if (!(FORMAT_KINDS[i].flags & FORMAT_NETWORK))
            continue;
        ask_all(FORMAT_KINDS[i].name, false);
        ask_all(FORMAT_KINDS[i].name, true);
    }
}

static void every_row_has_its_adapter(void **state)
{
    (void)state;
    for (size_t i = 0; i < FORMAT_COUNT; i++) {
        const struct provider *p = provider_find(FORMAT_KINDS[i].name);
        assert_non_null(p);
        assert_int_equal(p->id, i);
        assert_string_equal(provider_type_name(p), FORMAT_KINDS[i].name);
        assert_int_equal(p->base_url != NULL, (FORMAT_KINDS[i].flags & FORMAT_NETWORK) != 0);
    }
    assert_null(provider_find("telepathy"));
    assert_null(provider_find(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(what_is_written_is_reserved),
                                       cmocka_unit_test(every_row_has_its_adapter)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
