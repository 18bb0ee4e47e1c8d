/* A council document is either refused with faults that can be shown, or it resolves to a document
 * that resolves to itself. Bytes that are JSON are taken as the council, and, when they are an
 * array of two, as council and options. */
#include "fuzz.h"

#include <errno.h>
#include <string.h>

#include "proto/council/document.h"
#include "proto/council/document_hash.h"

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
    char hash[SHA256_HEX_SIZE];
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
        .catalogue = catalogue, .providers = providers, .prices = prices};
    if (json_array_size(value) == 2)
        resolve(&context, json_array_get(value, 0), json_array_get(value, 1));
    else
        resolve(&context, value, NULL);
    catalogue_free(catalogue);
    json_decref(files);
    json_decref(providers);
    json_decref(prices);
    json_decref(value);
    return 0;
}

/* ---- mutations that keep the bytes JSON
 * ------------------------------------------------------------ Bytes changed at random are hardly
 * ever a document; so values are moved about, taken out, and replaced by words that mean something
 * somewhere. */

static const char *const WORDS[] = {"null",
                                    "true",
                                    "0",
                                    "1",
                                    "2",
                                    "3",
                                    "0.5",
                                    "64",
                                    "1000",
                                    "\"\"",
                                    "\"a\"",
                                    "\"b\"",
                                    "\"p\"",
                                    "\"c\"",
                                    "\"s\"",
                                    "\"t\"",
                                    "\"m\"",
                                    "\"r\"",
                                    "[]",
                                    "{}",
                                    "\"chair\"",
                                    "\"members\"",
                                    "\"all\"",
                                    "\"none\"",
                                    "\"mock\"",
                                    "\"openai\"",
                                    "\"gpt\"",
                                    "\"self_report\"",
                                    "\"vote\"",
                                    "\"ranking\"",
                                    "\"critique\"",
                                    "\"debate\"",
                                    "\"peer_review\"",
                                    "\"anonymized_peer_review\"",
                                    "\"pairwise_elimination\"",
                                    "\"iterate\"",
                                    "\"synthesis\"",
                                    "\"weighted_synthesis\"",
                                    "\"preset\"",
                                    "\"options\"",
                                    "\"answers\"",
                                    "\"free\"",
                                    "\"approval\"",
                                    "\"score\"",
                                    "\"majority\"",
                                    "\"condorcet\"",
                                    "\"borda\"",
                                    "\"mean_score\"",
                                    "\"reliability\"",
                                    "\"member\"",
                                    "\"provider\"",
                                    "\"select\"",
                                    "\"verdict\"",
                                    "\"required\"",
                                    "[\"x\",\"y\"]",
                                    "{\"judge\":{\"score\":1}}",
                                    "{\"semantic_entropy\":{}}",
                                    "{\"min\":1}",
                                    "{\"wrap\":\"vote\"}",
                                    "{\"name\":\"jury_with_retry\"}",
                                    "{\"name\":\"voting\",\"opts\":{\"options\":[\"x\",\"y\"]}}",
                                    "{\"type\":\"debate\"}",
                                    "{\"id\":\"z\",\"profile\":\"p\"}",
                                    "{\"total_ms\":100}",
                                    "{\"kind\":\"sample\",\"k\":2}",
                                    "{\"kind\":\"llm\",\"max\":1}",
                                    "{\"pointer\":\"/a\"}",
                                    "\"{{role}} {{input:/a}}\"",
                                    "{\"type\":\"object\",\"pattern\":\"x\"}"};
static const char *const NAMES[] = {"opts",
                                    "type",
                                    "quorum",
                                    "router",
                                    "members",
                                    "name",
                                    "wrap",
                                    "until",
                                    "aggregator",
                                    "options",
                                    "candidates",
                                    "ballot",
                                    "weights",
                                    "tie_break",
                                    "missing_counts_as",
                                    "rubric",
                                    "mode",
                                    "judge",
                                    "profile",
                                    "model",
                                    "provider",
                                    "sub_council",
                                    "tools",
                                    "tool_choice",
                                    "output_schema",
                                    "output_schema_inline",
                                    "input_mapper",
                                    "confidence",
                                    "fallback",
                                    "timeouts",
                                    "price",
                                    "tier",
                                    "chair",
                                    "template",
                                    "profiles",
                                    "default_profile",
                                    "budget",
                                    "max_cost",
                                    "max_tokens",
                                    "anonymity",
                                    "revise",
                                    "extract_dissent",
                                    "fallback_chairs",
                                    "recuse",
                                    "documents",
                                    "grounding",
                                    "instructions",
                                    "weight",
                                    "retain",
                                    "blind",
                                    "system_prompt"};

static size_t below(unsigned *seed, size_t n)
{
    *seed = *seed * 1103515245U + 12345U;
    return n ? (*seed >> 8) % n : 0;
}

static json_t *word(unsigned *seed)
{
    return json_loads(WORDS[below(seed, sizeof(WORDS) / sizeof(WORDS[0]))], JSON_DECODE_ANY, NULL);
}

/* A value somewhere inside (borrowed). */
static json_t *inside(json_t *value, unsigned *seed)
{
    size_t n = json_is_array(value) ? json_array_size(value) : json_object_size(value);
    if (n == 0 || below(seed, 4) == 0)
        return value;
    size_t k = below(seed, n);
    if (json_is_array(value))
        return inside(json_array_get(value, k), seed);
    void *member = json_object_iter(value);
    while (k-- > 0)
        member = json_object_iter_next(value, member);
    return inside(json_object_iter_value(member), seed);
}

static void change_array(json_t *array, json_t *with, unsigned *seed)
{
    size_t n = json_array_size(array), k = below(seed, n);
    size_t what = below(seed, 3);
    if (what == 0)
        json_array_remove(array, k);
    else if (what == 1 && n > 0)
        json_array_set(array, k, with);
    else
        json_array_append(array, with);
}

static void change_object(json_t *object, json_t *with, unsigned *seed)
{
    size_t n = json_object_size(object), k = below(seed, n), what = below(seed, 3);
    const char *name = NAMES[below(seed, sizeof(NAMES) / sizeof(NAMES[0]))];
    char key[64];
    void *member = json_object_iter(object);
    while (member && k-- > 0)
        member = json_object_iter_next(object, member);
    snprintf(key, sizeof(key), "%s", what < 2 && member ? json_object_iter_key(member) : name);
    if (what == 0)
        json_object_del(object, key);
    else
        json_object_set(object, key, with);
}

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed);

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t max, unsigned seed)
{
    json_t *root = json_loadb((const char *)data, size, JSON_DECODE_ANY | JSON_ALLOW_NUL, NULL);
    if (!root)
        root = word(&seed);
    for (size_t i = below(&seed, 4) + 1; i > 0; i--) {
        json_t *other = inside(root, &seed), *at = inside(root, &seed);
        json_t *with = below(&seed, 3) ? word(&seed) : json_deep_copy(other);
        if (json_is_array(at))
            change_array(at, with, &seed);
        else if (json_is_object(at))
            change_object(at, with, &seed);
        json_decref(with);
    }
    size_t len = json_dumpb(root, (char *)data, max, JSON_COMPACT | JSON_ENCODE_ANY);
    json_decref(root);
    return len <= max ? len : size;
}
