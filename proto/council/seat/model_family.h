/* What is known of families of models by their names, whoever serves them. It is data, shipped and
 * dated (examples/models.json), and the operator's to change:
 *
 *     {"schema_version": 1, "date": "2026-11-27", "families": [
 *         {"prefix": "gpt-", "from": "5", "max_tokens": "max_completion_tokens", "reasoning":
 * true}]}
 *
 * The first row that a name fits holds. A name fits whose part behind the last slash begins with
 * `prefix` and then has a version that is at least `from` and before `before`, written as 4.7 or
 * 4-7, and that holds `contains`; each of the three may be left out. Where a name tells nothing (a
 * deployment of one's own, a model newer than the rows), the refusal of the provider does. */
#ifndef PROTO_COUNCIL_SEAT_MODEL_FAMILY_H
#define PROTO_COUNCIL_SEAT_MODEL_FAMILY_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

#include "common/error.h"

/* By which name chat completions take the limit of an answer: the second counts thoughts too. */
enum token_field { TOKEN_FIELD_ANSWER, TOKEN_FIELD_ALL };
extern const char *const TOKEN_FIELD_NAMES[];

/* What has to be asked for by responses rather than by chat completions. */
enum responses_use { RESPONSES_NEVER, RESPONSES_TOOLS, RESPONSES_ALWAYS };

struct model_family {
    int token_field;  /* enum token_field */
    int responses;    /* enum responses_use */
    bool sampling;    /* takes temperature, top_p and top_k */
    bool reasoning;   /* its reasoning is to be asked for and given back */
    bool json_schema; /* can be held to a schema */
    int64_t context;  /* tokens of question and answer together; 0: not known */
};

/* Checks a whole document. 0; -EINVAL with a text that names the row and its field; -ENOMEM. */
int model_families_check(const json_t *document, struct error *err);

/* families: the rows of a checked document, or NULL. A name that no row fits has the family of
 * everything else. 0 or -ENOMEM. */
int model_family_find(const json_t *families, const char *model, struct model_family *ret);

#endif
