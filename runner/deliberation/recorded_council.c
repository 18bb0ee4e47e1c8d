#include "recorded_council.h"

#include <errno.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "proto/council/council_spec.h"
#include "proto/council/document.h"
#include "proto/council/tables/format_kinds.h"
#include "proto/council/tables/words.h"

#include "runner/deliberation/council/auto_doc.h"

enum { PARALLEL_MOST = 64, CALLS_MOST = 1000000000 };

/* What the document takes for granted around itself. */
struct around {
    json_t *providers; /* {name: {type}} */
    json_t *tools;     /* {name: document}, which the operator's catalogue brings */
};

static bool of_catalogue(const json_t *tool)
{
    int kind = word_index(TOOL_KIND_NAMES, j_str(tool, "kind", ""));
    return kind >= 0 && kind != TOOL_KIND_DOCS && json_is_string(json_object_get(tool, "name"));
}

static void note_tool(const struct around *a, const json_t *tool)
{
    if (!of_catalogue(tool))
        return;
    json_t *file = xcheck(json_copy((json_t *)tool));
    j_set(file, "argv", j_pack("[s]", "/bin/false"));
    j_set(a->tools, j_str(tool, "name", ""), file);
}

static void look(const struct around *a, const json_t *value)
{
    const char *key, *provider = j_str(value, "provider", NULL);
    size_t i;
    json_t *one;
    note_tool(a, value);
    if (provider)
        j_set(a->providers, provider, j_pack("{ss}", "type", FORMAT_KINDS[FORMAT_MOCK].name));
    json_array_foreach (value, i, one)
        look(a, one);
    json_object_foreach ((json_t *)value, key, one)
        look(a, one);
}

static int tell_fault(const struct council_faults *faults, struct error *err)
{
    if (faults->council.count > 0) {
        const struct fault *f = &faults->council.at[0];
        return error_set(err, EINVAL, "the council of run_started: %s %s: %s", f->path, f->code,
                         f->message);
    }
    return error_set(err, EINVAL, "the options of run_started: %s",
                     faults->option_message ? faults->option_message : "");
}

/* Resolves and compares. */
static int check(const struct council_context *context, const json_t *council, json_t *document,
                 const json_t *options, struct error *err)
{
    struct council_plan plan;
    struct council_faults faults;
    struct council_request request = {.council = council, .options = options};
    int r = council_resolve(context, &request, &plan, &faults);
    if (r == -ENOMEM)
        xcheck(NULL);
    if (r < 0) {
        tell_fault(&faults, err);
    } else {
        bool equal = json_equal(plan.document, document);
        council_plan_release(&plan);
        if (!equal)
            r = error_set(err, EINVAL, "the council of run_started is not a resolved one");
    }
    council_faults_release(&faults);
    return r;
}

/* Those options that the engine itself looks at; the others have done their work. */
static json_t *options_used(const json_t *all)
{
    static const char *const used[] = {"history", "documents", "reports", "metadata"};
    json_t *some = j_object();
    for (size_t i = 0; i < sizeof used / sizeof used[0]; i++)
        if (json_object_get(all, used[i]))
            j_keep(some, used[i], json_object_get(all, used[i]));
    return some;
}

static int check_council(json_t *document, const json_t *options, struct error *err)
{
    struct around a = {.providers = j_object(), .tools = j_object()};
    struct catalogue *catalogue = NULL;
    look(&a, document);
    json_t *files = j_pack("{sO}", "tools", a.tools);
    int r = catalogue_from_json(files, &catalogue, err);
    struct council_context context = {
        .catalogue = catalogue,
        .providers = a.providers,
        .max_planned_calls = CALLS_MOST,
        .max_parallel = PARALLEL_MOST,
    };
    if (r == 0)
        r = check(&context, document, document, options, err);
    catalogue_free(catalogue);
    json_decref(files);
    json_decref(a.providers);
    json_decref(a.tools);
    return r;
}

static int check_auto(json_t *document, const json_t *options, const json_t *around,
                      struct error *err)
{
    struct council_context context;
    json_t *council = j_object();
    j_ref(council, "auto", document);
    int r = council_context_from_spec(around, &context, err);
    if (r == 0) {
        r = check(&context, council, document, options, err);
        council_context_release(&context);
    }
    json_decref(council);
    return r;
}

int recorded_council_check(json_t *run_started, struct error *err)
{
    json_t *document = j_get(run_started, "council");
    json_t *given = j_get(run_started, "options");
    if (!json_is_object(document) || (given && !json_is_object(given)))
        return error_set(err, EINVAL, "council and options of run_started are no objects");
    json_t *options = options_used(given);
    int r = auto_is(document) ? check_auto(document, options, j_get(run_started, "context"), err)
                              : check_council(document, options, err);
    json_decref(options);
    return r;
}
