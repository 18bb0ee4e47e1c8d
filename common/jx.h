/* JSON for programs in which running out of memory ends the process (common/xalloc.h): the runner,
 * the story of a run, councilctl. The supervisor and its libraries return errors instead and use
 * proto/json/json_make.h; nothing uses both.
 *
 * Readers take anything, NULL too: a member that is missing, null or of another type is absent, and
 * the caller says what it gets then. What they give is borrowed. Builders never fail and never give
 * NULL; what is handed to them by j_set and j_add is taken over. */
#ifndef COMMON_JX_H
#define COMMON_JX_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* ---- readers ---- */

const char *j_str(const json_t *o, const char *key, const char *absent);
int64_t j_int(const json_t *o, const char *key, int64_t absent);
double j_num(const json_t *o, const char *key, double absent);
bool j_bool(const json_t *o, const char *key, bool absent);
json_t *j_get(const json_t *o, const char *key); /* NULL when absent or null */
bool j_is_number(const json_t *o, const char *key);

bool j_is(const json_t *value, const char *text);               /* the value is this string */
bool j_has(const json_t *o, const char *key, const char *text); /* the member is */
bool j_array_has(const json_t *array, const char *text);

/* ---- builders ---- */

/* Sets a member; takes the value over. A NULL value means out of memory. */
void j_set(json_t *o, const char *key, json_t *value);
void j_add(json_t *array, json_t *value);
/* The same with a value that stays the caller's; NULL becomes null. */
void j_ref(json_t *o, const char *key, json_t *value);
/* The same when there is a value; nothing for NULL. */
void j_keep(json_t *o, const char *key, json_t *value);

json_t *j_string(const char *text);            /* null for NULL; ill-formed UTF-8 is replaced */
json_t *j_text(const char *bytes, size_t len); /* the same; "" when len is 0 */
json_t *j_integer(int64_t n);
json_t *j_real(double x);         /* null for NAN and infinities */
json_t *j_null_or(json_t *value); /* a new reference, null for NULL */
json_t *j_object(void);
json_t *j_array(void);
/* A deep copy; null for NULL. */
json_t *j_copy(const json_t *value);
/* As json_pack: strings have to be well-formed, and what `o` takes may not be NULL. */
json_t *j_pack(const char *format, ...);

/* Compact text; caller frees. */
char *j_dump(const json_t *value);

#endif
