/* Labels: the names under which members read each other. A map gives every member
 * of the document one label and keeps it as long as the map lives. */
#ifndef RUNNER_DELIBERATION_FORM_LABELS_H
#define RUNNER_DELIBERATION_FORM_LABELS_H

#include <jansson.h>
#include <stdbool.h>

struct label_map;

/* ids: array of member ids in document order. anonymity: {assign, prefix, style}, absent members
 * have their defaults. scope: the part of the stream's purpose after `labels/`. */
struct label_map *label_map_new(const char *seed, const char *scope, json_t *ids,
                                json_t *anonymity);
/* The ids themselves as names, where the reader may know who wrote what. */
struct label_map *label_map_of_ids(json_t *ids);
void label_map_free(struct label_map *m);

/* The whole label ("Response B"); NULL for an id that has none. */
const char *label_of(const struct label_map *m, const char *id);
/* What a model wrote, back to an id: exact, then without ASCII case, then the bare letter or code
 * (also without case). NULL when it names nobody. Surrounding blanks do not count. */
const char *label_resolve(const struct label_map *m, const char *text);
/* Place of a member among the labels, from 0; -1 when unknown. */
int label_index(const struct label_map *m, const char *id);
/* {label: id} in the order of labels; the caller owns it. */
json_t *label_map_json(const struct label_map *m);
/* The text with names of `from` replaced by those of `to`, all at once: whole labels and ids,
 * lists ("Responses A and C", "A > B"), small letters, and letters in brackets or quotes. Who has
 * no name in `to` is called another response. Caller frees. */
char *label_translate(const char *text, const struct label_map *from, const struct label_map *to);

#endif
