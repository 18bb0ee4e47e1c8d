/* A council that is chosen first: drives an auto document over a small catalogue of councils. */
#ifndef TESTS_UNIT_AUTO_DRIVE_H
#define TESTS_UNIT_AUTO_DRIVE_H

#include "proto/council/document.h"
#include "proto/council/tables/records.h"

#include "drive.h" /* its macros have names of tables */
#include "proto/council/council_spec.h"

#define MEMBERS                                                                                    \
    "\"members\": [{\"id\": \"ann\", \"provider\": \"mock\", \"model\": \"m\"}, {\"id\": "         \
    "\"bob\", "                                                                                    \
    "\"provider\": \"mock\", \"model\": \"n\"}], \"rounds\": [{\"type\": "                         \
    "\"independent_analysis\"}]"
#define DOCUMENT(id, text)                                                                         \
    "\"" id "\": {\"schema_version\": 1, \"id\": \"" id "\", \"description\": \"" text             \
    "\", " MEMBERS "}"
static const char context_text[] = "{\"catalogue\": {\"councils\": {" DOCUMENT(
    "kitchen",
    "Cooking, eggs, and storing "
    "food") ", " DOCUMENT("garage",
                          "Cars, engines and repairs") ", \"far\": {\"schema_version\": 1, \"id\": "
                                                       "\"far\", \"members\": [{\"id\": \"x\", "
                                                       "\"provider\": "
                                                       "\"nowhere\", \"model\": \"m\"}], "
                                                       "\"rounds\": [{\"type\": "
                                                       "\"independent_analysis\"}]}}, "
                                                       "\"profiles\": {\"plain\": {\"provider\": "
                                                       "\"mock\", "
                                                       "\"model\": \"m\"}}}, "
                                                       "\"providers\": {\"mock\": {\"type\": "
                                                       "\"mock\"}}}";

#define SEAT_OF "\"seat\": {\"id\": \"clerk\", \"provider\": \"mock\", \"model\": \"small\"}"
#define BOTH    "[{\"council\": \"garage\"}, {\"council\": \"kitchen\"}]"

/* Resolved as the runner gets it. */
static inline struct drive auto_new_drive(const char *document, const char *script)
{
    struct drive d = drive_new("{}", script);
    struct council_context context;
    struct council_plan plan;
    struct council_faults faults = {0};
    json_t *written = json_pack("{so}", "auto", parse_json(document));
    d.context = parse_json(context_text);
    assert_int_equal(council_context_from_spec(d.context, &context, NULL), 0);
    struct council_request request = {.council = written};
    if (council_resolve(&context, &request, &plan, &faults) < 0)
        fail_msg("%s %s %s", faults.council.at[0].path, faults.council.at[0].code,
                 faults.council.at[0].message);
    json_decref(d.council);
    d.council = json_incref(plan.document);
    council_plan_release(&plan);
    council_faults_release(&faults);
    council_context_release(&context);
    json_decref(written);
    return d;
}

#endif
