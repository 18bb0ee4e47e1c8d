/* The council in whose name the calls of a choice are made, until the chosen one takes its place:
 * nobody sits in it and nothing is played. It is as complete as any resolved council. */
#ifndef PROTO_COUNCIL_AUTO_HOST_H
#define PROTO_COUNCIL_AUTO_HOST_H

#include <jansson.h>

/* Of a resolved auto document, with its limits. A new reference; NULL: out of memory. */
json_t *auto_host_council(const json_t *document);
/* The round in which the calls stand. A new reference; NULL: out of memory. */
json_t *auto_host_round(int max_parallel);
/* The seat that is asked for embeddings. options: of the strategy. As above. */
json_t *auto_host_embedder(const json_t *options);

#endif
