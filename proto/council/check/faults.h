/* What is wrong (or doubtful) in a council document: a list of {path, code, message}. `path` is a
 * JSON Pointer into the document, "" for the whole of it; `code` is one of the words of
 * docs/council.md; `message` is for people and says how to mend it.
 *
 * A list is a value: `struct faults f = {0}`, add, sort once, read, release. */
#ifndef PROTO_COUNCIL_CHECK_FAULTS_H
#define PROTO_COUNCIL_CHECK_FAULTS_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>

#include <jansson.h>

enum {
    FAULTS_SHOWN = 100, /* faults_sort leaves so many, then adds too_many_errors */
    FAULTS_KEPT = 1000  /* to sort; those found behind them are only counted */
};

struct fault {
    char *path;
    const char *code; /* static text */
    char *message;
};

struct faults {
    struct fault *at;
    size_t count;
    size_t found; /* all that were added, kept or not: grows with each */
    size_t size;  /* allocated entries */
    size_t bytes; /* of all paths: a list of long paths is cut early */
    bool cut;     /* more were found than were kept */
};

/* Adds one. `code` must be static text. 0 or -ENOMEM. */
int faults_add(struct faults *list, const char *path, const char *code, const char *format, ...)
    __attribute__((format(printf, 4, 5)));
int faults_vadd(struct faults *list, const char *path, const char *code, const char *format,
                va_list args) __attribute__((format(printf, 4, 0)));

/* True, and the fault is counted, when the list keeps no more: then nobody needs to make its texts.
 */
bool faults_pass(struct faults *list);

/* Sorts by path (array indices as numbers), then code; drops exact repetitions; cuts after
 * FAULTS_SHOWN and then adds too_many_errors at path "". 0 or -ENOMEM. */
int faults_sort(struct faults *list);

/* [{path, code, message}, ...] as a new reference; NULL when out of memory. */
json_t *faults_json(const struct faults *list);

/* Frees the entries; the list is empty and usable again. */
void faults_release(struct faults *list);

#endif
