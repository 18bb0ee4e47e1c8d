/* What several adapters need of JSON trees. */
#ifndef RUNNER_PROVIDER_JSON_HELP_H
#define RUNNER_PROVIDER_JSON_HELP_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* True when the value is this string. */
bool json_help_is(json_t *value, const char *text);
/* The string member, "" when there is none. */
const char *json_help_text(json_t *object, const char *name);
int64_t json_help_integer(json_t *object, const char *name, int64_t otherwise);
/* Copies a member that is a number under another name; nothing otherwise. */
void json_help_copy_number(json_t *body, json_t *params, const char *name, const char *as);
/* The object that a text holds; an empty one when it holds none. A new reference. */
json_t *json_help_object(json_t *text);
/* The provider's own message of an assistant message, when the same wire format made it; borrowed.
 */
json_t *json_help_own_message(json_t *message, const char *wire);
/* All system messages, a blank line between them: malloc'ed, NULL when there are none. */
char *json_help_system(json_t *messages);

#endif
