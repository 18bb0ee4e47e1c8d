#include "tool_program.h"

#include "common/jx.h"

static json_t *environment(json_t *document)
{
    json_t *env = json_object_get(document, "env");
    return json_is_object(env) ? j_copy(env) : j_object();
}

static void add_credentials(json_t *program, json_t *names, json_t *credentials)
{
    json_t *env = json_object_get(program, "env"), *name;
    size_t i;
    json_array_foreach (names, i, name) {
        const char *text = json_string_value(name);
        json_t *value = text ? json_object_get(credentials, text) : NULL;
        if (json_is_string(value))
            j_set(env, text, j_copy(value));
        else
            j_set(program, "fault",
                  json_sprintf("its credential %s is not there: the operator has to provide it",
                               text ? text : "without a name"));
    }
}

json_t *tool_programs(json_t *documents, json_t *credentials)
{
    json_t *programs = j_object(), *document;
    const char *name;
    json_object_foreach (documents, name, document) {
        json_t *program = j_copy(document);
        j_set(program, "env", environment(document));
        add_credentials(program, json_object_get(document, "credentials"), credentials);
        j_set(programs, name, program);
    }
    return programs;
}
