/* Forms that need no file: a model that is held to another one than is written here gives
 * ballots and critiques that nobody can read. */
#include "support.h"

#define TEXT   "{'type': 'string'}"
#define TEXTS  "{'type': 'array', 'items': " TEXT "}"
#define SHARE  "{'type': 'number', 'minimum': 0, 'maximum': 1}"
#define CLOSED "'type': 'object', 'additionalProperties': false, "

static const struct {
    const char *name, *schema;
} ROWS[] = {
    {"vote", "{" CLOSED "'properties': {'rationale': " TEXT ", 'choice': " TEXT
             ", 'confidence': " SHARE "}, 'required': ['rationale', 'choice', 'confidence']}"},
    {"approval",
     "{" CLOSED "'properties': {'rationale': " TEXT ", 'approved': " TEXTS ", 'confidence': " SHARE
     "}, 'required': ['rationale', 'approved', 'confidence']}"},
    {"ranking", "{" CLOSED "'properties': {'rationale': " TEXT ", 'ordering': " TEXTS
                ", 'confidence': " SHARE "}, 'required': ['rationale', 'ordering', 'confidence']}"},
    {"critique",
     "{" CLOSED "'properties': {'critiques': {'type': 'array', 'items': {" CLOSED
     "'properties': {'target': " TEXT
     ", 'severity': {'type': 'string', 'enum': ['minor', 'major', 'fatal']}, 'point': " TEXT
     "}, 'required': ['target', 'severity', 'point']}}, 'revised_answer': " TEXT
     ", 'changed': {'type': 'boolean'}, 'confidence': " SHARE
     "}, 'required': ['critiques', 'revised_answer', 'changed', 'confidence']}"},
    {"consensus", "{" CLOSED "'properties': {'open_points': " TEXTS
                  ", 'agree': {'type': 'boolean'}, 'score': " SHARE
                  "}, 'required': ['open_points', 'agree', 'score']}"},
    {"dissent_report",
     "{" CLOSED "'properties': {'answer': " TEXT ", 'dissent': {'type': 'array', 'items': {" CLOSED
     "'properties': {'point': " TEXT ", 'labels': " TEXTS
     "}, 'required': ['point', 'labels']}}, 'confidence': " SHARE
     "}, 'required': ['answer', 'dissent', 'confidence']}"},
};

static void each_is_what_it_is_said_to_be(void **state)
{
    (void)state;
    struct fixture f;
    fixture_init(&f, NULL);
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        char council[400];
        snprintf(council, sizeof council,
                 "{'schema_version': 1, 'id': 'c', 'members': [{'id': 'a', 'provider': 'mock', "
                 "'model': 'm', 'output_schema': '%s'}], 'rounds': [{'type': "
                 "'independent_analysis'}]}",
                 ROWS[i].name);
        struct council_plan plan = resolve_with(&f, council, NULL);
        assert_json(plan.document, "/members/0/output_schema_inline", ROWS[i].schema);
        council_plan_release(&plan);
    }
    fixture_release(&f);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_is_what_it_is_said_to_be),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
