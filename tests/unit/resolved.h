/* A council as the engine gets it: what a test writes, resolved by the real resolver, so that every
 * default is filled in from the tables and nothing is run that would be refused.
 *
 *     json_t *council = resolved_council(parse_json("{\"id\": \"x\", ...}"));
 *
 * The document is taken, the answer is a new reference. `schema_version` may be left out. Any
 * provider that a seat names counts as configured, as a mock, and any command as a tool of the
 * catalogue. A document that is refused fails the test with its faults; what the resolver would
 * refuse but the engine must bear all the same is changed in the resolved document. */
#ifndef TESTS_UNIT_RESOLVED_H
#define TESTS_UNIT_RESOLVED_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "proto/council/document.h"

struct resolved_around {
    json_t *providers; /* every one that a seat names, as a mock */
    json_t *tools;     /* commands, which only the operator's catalogue may bring */
};

static inline void resolved_tool(const struct resolved_around *a, json_t *tool)
{
    const char *name = json_string_value(json_object_get(tool, "name"));
    const char *kind = json_string_value(json_object_get(tool, "kind"));
    if (!name || !kind || (strcmp(kind, "command") != 0 && strcmp(kind, "mcp") != 0))
        return;
    json_t *file = json_copy(tool);
    json_object_set_new(file, "argv", json_pack("[s]", "/bin/true"));
    json_object_set_new(a->tools, name, file);
}

/* Looks for both on all levels; inner councils get a schema_version too. */
static inline void resolved_look(const struct resolved_around *a, json_t *value)
{
    const char *key;
    size_t i;
    json_t *one;
    json_array_foreach (value, i, one) {
        resolved_look(a, one);
    }
    if (json_object_get(value, "members") && json_object_get(value, "id") &&
        !json_object_get(value, "schema_version"))
        json_object_set_new(value, "schema_version", json_integer(1));
    resolved_tool(a, value);
    json_object_foreach (value, key, one) {
        if (strcmp(key, "provider") == 0 && json_is_string(one))
            json_object_set_new(a->providers, json_string_value(one),
                                json_pack("{ss}", "type", "mock"));
        resolved_look(a, one);
    }
}

/* NULL for a document that is refused; *ret_faults, if given, is then [{path, code, message}]. */
static inline json_t *try_resolved(json_t *document, json_t **ret_faults)
{
    struct council_plan plan;
    struct council_faults faults;
    struct catalogue *catalogue;
    struct resolved_around a = {.providers = json_object(), .tools = json_object()};
    resolved_look(&a, document);
    json_t *files = json_pack("{sO}", "tools", a.tools);
    assert_int_equal(catalogue_from_json(files, &catalogue, NULL), 0);
    struct council_context context = {.catalogue = catalogue, .providers = a.providers};
    struct council_request request = {.council = document};
    int r = council_resolve(&context, &request, &plan, &faults);
    json_t *council = r == 0 ? json_incref(plan.document) : NULL;
    if (r == 0)
        council_plan_release(&plan);
    else if (ret_faults)
        *ret_faults = faults_json(&faults.council);
    council_faults_release(&faults);
    catalogue_free(catalogue);
    json_decref(files);
    json_decref(a.providers);
    json_decref(a.tools);
    json_decref(document);
    return council;
}

static inline json_t *resolved_council(json_t *document)
{
    json_t *faults = NULL, *council = try_resolved(document, &faults);
    if (!council)
        fail_msg("the council of the test is refused: %s", json_dumps(faults, JSON_INDENT(1)));
    return council;
}

#endif
