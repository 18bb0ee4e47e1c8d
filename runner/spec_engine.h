/* The engine of a run, from its spec. */
#ifndef RUNNER_SPEC_ENGINE_H
#define RUNNER_SPEC_ENGINE_H

#include "run_spec.h"
#include "runner/deliberation/engine.h"

/* resume: what an earlier run has to give, or NULL; copied as needed. run_spec_finish has been
 * called. To be freed with engine_free. */
struct engine *spec_engine(const struct run_spec *spec, const struct resume *resume);

#endif
