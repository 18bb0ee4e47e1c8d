/* Which names a model may have, for each wire format: one that is let through chooses a path, one
 * that is not keeps a council from its model. */
#include "support.h"

#include "common/cleanup.h"
#include "proto/council/seat/model_name.h"

enum { PLAIN = 1, GEMINI = 2, AZURE = 4, ALL = PLAIN | GEMINI | AZURE };

/* In the body any plain name may stand; in a path only one segment, or those that Gemini knows. */
static void names_fit_where_they_stand(void **state)
{
    (void)state;
    static const struct {
        const char *name;
        int fits;
    } rows[] = {
        {"a", ALL},
        {"Z9", ALL},
        {"0.1_b-c", ALL},
        {"a:b", PLAIN},
        {"a/b", PLAIN},
        {"a+b~c", PLAIN},
        {"a@b", PLAIN | GEMINI},
        {"~a", PLAIN},
        {"@a", PLAIN},
        {"/a", PLAIN},
        {"", 0},
        {".a", 0},
        {"-a", 0},
        {"_a", 0},
        {":a", 0},
        {"+a", 0},
        {"a b", 0},
        {"a?b", 0},
        {"a#b", 0},
        {"a%b", 0},
        {"a\\b", 0},
        {"models/a", PLAIN | GEMINI},
        {"tunedModels/a", PLAIN | GEMINI},
        {"endpoints/1", PLAIN | GEMINI},
        {"files/a", PLAIN},
        {"models/", PLAIN},
        {"models/a/b", PLAIN},
        {"models/models/a", PLAIN},
        {"models/.a", PLAIN},
        {"publishers/google/models/a", PLAIN | GEMINI},
        {"publishers/google/models/", PLAIN},
        {"publishers/google/models/a/b", PLAIN},
        {"publishers/google/a", PLAIN},
        {"publishers/google", PLAIN},
        {"publishers//models/a", PLAIN},
        {"publishers/.a/models/a", PLAIN},
        {"publishers/", PLAIN},
    };
    static const enum format_id in_body[] = {FORMAT_OPENAI, FORMAT_OPENAI_RESPONSES,
                                             FORMAT_ANTHROPIC, FORMAT_OPENROUTER, FORMAT_OLLAMA};
    json_t *azure = json_pack("{s:s}", "api_version", "1");
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        const char *name = rows[i].name;
        bool right = model_name_fits(FORMAT_MOCK, NULL, name);
        for (size_t k = 0; k < ARRAY_LEN(in_body); k++)
            right &= model_name_fits(in_body[k], NULL, name) == !!(rows[i].fits & PLAIN);
        right &= model_name_fits(FORMAT_GEMINI, NULL, name) == !!(rows[i].fits & GEMINI);
        right &= model_name_fits(FORMAT_OPENAI, azure, name) == !!(rows[i].fits & AZURE);
        if (!right)
            fail_msg("%s", name);
    }
    json_decref(azure);
}

static void names_have_200_bytes(void **state)
{
    (void)state;
    char name[202];
    memset(name, 'a', sizeof name);
    for (size_t n = 199; n <= 201; n++) {
        name[n] = '\0';
        for (size_t format = 0; format < FORMAT_COUNT; format++)
            assert_int_equal(model_name_fits((enum format_id)format, NULL, name),
                             n <= 200 || format == FORMAT_MOCK);
        name[n] = 'a';
    }
}

static void the_rule_is_told(void **state)
{
    (void)state;
    static const char BODY[] =
        "a name of letters, digits, \".\", \"_\", \":\", \"/\", \"@\", \"+\", "
        "\"~\" and \"-\"";
    json_t *azure = json_pack("{s:s}", "api_version", "1");
    for (size_t format = 0; format < FORMAT_COUNT; format++)
        if (format != FORMAT_GEMINI)
            assert_string_equal(model_name_rule((enum format_id)format, NULL), BODY);
    assert_string_equal(model_name_rule(FORMAT_OPENROUTER, azure), BODY);
    assert_string_equal(model_name_rule(FORMAT_OPENAI, azure),
                        "a deployment's name of letters, digits, \".\", \"_\" and \"-\"");
    assert_string_equal(model_name_rule(FORMAT_GEMINI, NULL),
                        "a name of letters, digits, \".\", \"_\", \"@\" and \"-\", alone or behind "
                        "models/, tunedModels/, endpoints/ or publishers/NAME/models/");
    json_decref(azure);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(names_fit_where_they_stand),
        cmocka_unit_test(names_have_200_bytes),
        cmocka_unit_test(the_rule_is_told),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
