/* The one error contract: a function that can fail returns 0 (or a result >= 0) on success and a
 * negative errno on failure, and describes the failure in a struct error if the caller gave one.
 * On the way up each level may say what it was doing (error_wrap); the text is shown once, at the
 * top. ret_ arguments are written on success only. */
#ifndef COMMON_ERROR_H
#define COMMON_ERROR_H

struct error {
    int number;     /* errno, > 0 once set */
    char text[480]; /* one line for people, cut if longer */
};

/* Describes a failure. `number` is an errno (> 0). Returns -number. err may be NULL. */
int error_set(struct error *err, int number, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Like error_set, with ": " and the system's words for the errno behind the text. */
int error_errno(struct error *err, int number, const char *format, ...)
    __attribute__((format(printf, 3, 4)));

/* Puts "text: " before what is there. Returns -err->number (-EIO without err). */
int error_wrap(struct error *err, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
