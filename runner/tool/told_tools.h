/* What members are told of the tools of MCP servers: the operator's word first, then the server's,
 * then nothing.
 *
 *     names = told_tools_wanted(documents, tree);       [name]: those of which something is missing
 *     told = ... ask the servers ...                    {name: {description?, inputSchema?}}
 *     told_tools_fill(documents, tree, told); */
#ifndef RUNNER_TOOL_TOLD_TOOLS_H
#define RUNNER_TOOL_TOLD_TOOLS_H

#include <jansson.h>
#include <stdbool.h>

/* Is it a tool of an MCP server? */
bool tool_is_at_server(const json_t *document);

/* Objects of kind mcp anywhere in the tree that lack `parameters` (null) or `description` ("") and
 * have a document {name: document}. A new array. */
json_t *told_tools_wanted(json_t *documents, json_t *tree);
/* Fills in what they lack. Where a server has not told them, tools take any arguments. */
void told_tools_fill(json_t *documents, json_t *tree, json_t *told);

#endif
