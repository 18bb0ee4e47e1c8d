/* From the document of a tool to the program that is started (child.h). */
#ifndef RUNNER_TOOL_TOOL_PROGRAM_H
#define RUNNER_TOOL_TOOL_PROGRAM_H

#include <jansson.h>

/* {name: document} -> {name: document with its credentials in `env`}. Each gets what its own entry
 * names and nothing else; one that names what is not there gets a `fault` instead. A new tree that
 * holds secrets. */
json_t *tool_programs(json_t *documents, json_t *credentials);

#endif
