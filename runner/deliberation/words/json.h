/* JSON with defaults for readers, and builders that cannot fail (running out of memory ends the
 * process). Readers take NULL for the object; null and an absent member are the same to them. */
#ifndef RUNNER_DELIBERATION_WORDS_JSON_H
#define RUNNER_DELIBERATION_WORDS_JSON_H

#include <jansson.h>
#include <stdbool.h>
#include <stdint.h>

const char *j_str(const json_t *o, const char *key, const char *absent);
int64_t j_int(const json_t *o, const char *key, int64_t absent);
double j_num(const json_t *o, const char *key, double absent);
bool j_bool(const json_t *o, const char *key, bool absent);
json_t *j_get(const json_t *o, const char *key); /* NULL when absent or null; borrowed */
bool j_is_number(const json_t *o, const char *key);

/* Sets a member; takes the value over. A NULL value means out of memory. */
void j_set(json_t *o, const char *key, json_t *value);
void j_add(json_t *array, json_t *value);
/* The same with a value that stays the caller's; NULL becomes null. */
void j_ref(json_t *o, const char *key, json_t *value);

json_t *j_string(const char *text); /* null for NULL; ill-formed UTF-8 is replaced */
json_t *j_integer(int64_t n);
json_t *j_real(double x);         /* null for NAN and infinities */
json_t *j_null_or(json_t *value); /* a new reference, null for NULL */
json_t *j_object(void);
json_t *j_array(void);
/* A deep copy. */
json_t *j_copy(const json_t *value);

bool j_array_has(const json_t *array, const char *text);
/* Compact text; caller frees. */
char *j_dump(const json_t *value);

#endif
