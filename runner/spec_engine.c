#include "spec_engine.h"

#include "common/cleanup.h"
#include "common/clock.h"
#include "common/jx.h"
#include "common/xalloc.h"
#include "runner/deliberation/resume.h"

/* What the engine needs to resolve a council that is chosen in the run; no headers of providers,
 * for it is journaled. NULL when the council is there already. */
static json_t *choice_context(const struct run_spec *spec)
{
    static const char *const NAMES[] = {"catalogue", "prices", "defaults", "allow_options"};
    const char *name;
    json_t *config, *providers = j_object(), *context = j_object();
    for (size_t i = 0; i < ARRAY_LEN(NAMES); i++)
        if (json_object_get(spec->tree, NAMES[i]))
            j_keep(context, NAMES[i], json_object_get(spec->tree, NAMES[i]));
    json_object_foreach (json_object_get(spec->tree, "providers"), name, config) {
        json_t *copy = xcheck(json_copy(config));
        json_object_del(copy, "headers");
        j_set(providers, name, copy);
    }
    j_set(context, "providers", providers);
    return context;
}

struct engine *spec_engine(const struct run_spec *spec, const struct resume *resume)
{
    struct engine_spec engine = {.run_id = spec->run_id,
                                 .council_id = spec->council_id,
                                 .council = spec->plan.document,
                                 .input = spec->input,
                                 .options = spec->options,
                                 .seed = spec->seed,
                                 .council_sha256 = spec->council_sha256,
                                 .ask_sha256 = spec->ask_sha256,
                                 .max_parallel = (int)spec->context.max_parallel,
                                 .started_wall_ms = clock_wall_ms(),
                                 .verbose = spec->verbose,
                                 .resume = resume};
    engine.reliability = json_object_get(json_object_get(spec->tree, "defaults"), "reliability");
    if (resume)
        engine.reliability = resume->reliability;
    if (spec->plan.is_auto)
        engine.context = choice_context(spec);
    struct engine *made = engine_new(&engine);
    json_decref(engine.context);
    return made;
}
