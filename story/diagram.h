/* Diagrams of councils and of runs. First a graph (diagram_graph.c), then a rendering of it
 * (diagram_text.c, diagram_sequence.c):
 *
 *   graph: {nodes [{id, kind, label}], edges [{from, to, kind, label}]}
 *   node kinds: input, output, round, member, sub_council, chair, router, tool
 *   edge kinds: feeds, aggregates, contains, routes_to, invokes
 *
 * Labels are ids only, never models. A sequence is made from the plan (a resolved document) or from
 * a journal, in the order in which things really happened. */
#ifndef STORY_DIAGRAM_H
#define STORY_DIAGRAM_H

#include <jansson.h>

#include "common/buf.h"

/* The graph of a resolved council document; the caller drops it. */
json_t *diagram_graph(const json_t *document);

void diagram_mermaid(struct buf *to, const json_t *graph);
void diagram_ascii(struct buf *to, const json_t *graph);

/* Mermaid sequence diagrams. */
void diagram_sequence_plan(struct buf *to, const json_t *document);
void diagram_sequence_journal(struct buf *to, const json_t *events);

#endif
