/* Of tools those that are programs: their documents have a command. Whoever runs one starts it in a
 * process of its own, so that a run without any needs nothing that starts processes. */
#ifndef PROTO_COUNCIL_PROGRAM_TOOLS_H
#define PROTO_COUNCIL_PROGRAM_TOOLS_H

#include <jansson.h>
#include <stdbool.h>

/* Take anything, NULL too. */
bool tool_is_program(const json_t *document);
bool tools_have_programs(const json_t *documents); /* {name: document} */

#endif
