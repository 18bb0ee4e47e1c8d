/* A council document is either refused with faults that can be shown, or it resolves to a document
 * that resolves to itself. Bytes that are JSON are taken as the council, and, when they are an
 * array of two, as council and options. */
#include "fuzz.h"

#include <errno.h>
#include <string.h>

#include "proto/council/council.h"

static const char CATALOGUE[] =
    "{\"profiles\": {\"p\": {\"provider\": \"openai\", \"model\": \"gpt\"}},"
    " \"schemas\": {\"s\": {\"type\": \"object\", \"properties\": {\"x\": {\"type\": "
    "\"string\"}}}},"
    " \"routers\": {\"r\": {\"kind\": \"sample\", \"k\": 1}},"
    " \"rounds\": {\"preset\": {\"type\": \"vote\", \"opts\": {\"options\": [\"a\", \"b\"]}}},"
    " \"mappers\": {\"m\": {\"pointer\": \"/x\"}},"
    " \"tools\": {\"t\": {\"kind\": \"command\", \"argv\": [\"/bin/true\"], \"description\": "
    "\"\"}},"
    " \"councils\": {\"c\": {\"schema_version\": 1, \"id\": \"c\", \"default_profile\": \"p\","
    "   \"members\": [{\"id\": \"x\"}, {\"id\": \"y\"}],"
    "   \"rounds\": [{\"type\": \"independent_analysis\"}]},"
    "   \"loop\": {\"schema_version\": 1, \"id\": \"loop\", \"members\": [{\"id\": \"x\","
    "   \"sub_council\": \"loop\"}], \"rounds\": [{\"type\": \"independent_analysis\"}]}}}";

static json_t *constant(const char *text)
{
    json_t *value = json_loads(text, 0, NULL);
    HOLDS(value);
    return value;
}

static void show(const struct council_faults *faults)
{
    HOLDS(faults->council.count > 0 || faults->option_field);
    HOLDS(faults->council.count <= FAULTS_SHOWN + 1);
    for (size_t i = 0; i < faults->council.count; i++) {
        const struct fault *fault = &faults->council.at[i];
        HOLDS(fault->path[0] == '\0' || fault->path[0] == '/');
        HOLDS(fault->code[0] && fault->message[0]);
    }
    json_t *list = faults_json(&faults->council);
    HOLDS(list && json_array_size(list) == faults->council.count);
    json_decref(list);
}

static void again(const struct council_context *context, const struct council_plan *plan)
{
    struct council_request request = {.council = plan->document};
    struct council_plan second;
    struct council_faults faults;
    char hash[COUNCIL_HASH_SIZE];
    HOLDS(council_document_sha256(plan->document, hash) == 0);
    HOLDS(council_ask_sha256(plan->document, hash) == 0);
    if (plan->is_auto)
        return;
    int r = council_resolve(context, &request, &second, &faults);
    for (size_t i = 0; i < faults.council.count; i++)
        fprintf(stderr, "%s %s %s\n", faults.council.at[i].path, faults.council.at[i].code,
                faults.council.at[i].message);
    HOLDS(r == 0);
    HOLDS(json_equal(plan->document, second.document));
    council_plan_release(&second);
    council_faults_release(&faults);
}

static void resolve(const struct council_context *context, const json_t *council,
                    const json_t *options)
{
    struct council_request request = {.council = council, .options = options, .input_bytes = 10};
    struct council_plan plan;
    struct council_faults faults;
    int r = council_resolve(context, &request, &plan, &faults);
    HOLDS(r == 0 || r == -EINVAL);
    if (r < 0) {
        show(&faults);
    } else {
        again(context, &plan);
        council_plan_release(&plan);
    }
    council_faults_release(&faults);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *value = json_loadb((const char *)data, size,
                               JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL | JSON_DECODE_ANY, NULL);
    if (!value)
        return 0;
    json_t *files = constant(CATALOGUE);
    json_t *providers = constant("{\"mock\": {\"type\": \"mock\"}, \"openai\": {\"type\":"
                                 " \"openai\"}}");
    json_t *prices = constant("{\"gpt\": {\"input\": 1, \"output\": 2}}");
    struct catalogue *catalogue;
    HOLDS(catalogue_from_json(files, &catalogue, NULL) == 0);
    struct council_context context = {
        .catalogue = catalogue, .providers = providers, .prices = prices, .all_features = true};
    if (json_array_size(value) == 2)
        resolve(&context, json_array_get(value, 0), json_array_get(value, 1));
    else
        resolve(&context, value, NULL);
    context.all_features = false;
    resolve(&context, value, NULL);
    catalogue_free(catalogue);
    json_decref(files);
    json_decref(providers);
    json_decref(prices);
    json_decref(value);
    return 0;
}
