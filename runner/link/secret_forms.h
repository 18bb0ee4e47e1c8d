/* The ways in which a key may stand in a text: as it is, escaped for a URL or a JSON string, in
 * base64 (both alphabets, at any place of a longer text, as in an Authorization header). */
#ifndef RUNNER_LINK_SECRET_FORMS_H
#define RUNNER_LINK_SECRET_FORMS_H

/* Calls take with each form, malloc'ed and taken over. Some may be equal. */
void secret_forms(const char *key, void (*take)(void *context, char *form), void *context);
/* As the text stands within a JSON string; malloc'ed. */
char *secret_in_json(const char *text);

#endif
