/* The log: one line per entry on a descriptor (stderr unless told otherwise).
 *
 * Under systemd a line starts with `<N>`, its syslog priority, otherwise with a time stamp; then
 * the message, then key=value fields. Text in fields may come from strangers: control characters,
 * quotes and ill-formed UTF-8 are escaped, and a line is 1 KiB at most. Nothing ever waits for the
 * reader of the log: a line that cannot be written at once is dropped and counted, and the count is
 * told with the next line that gets through. errno is kept. Never put a secret into a line.
 *
 *     log_info("run ended", LOG_S("run_id", id), LOG_I("pid", pid));
 */
#ifndef COMMON_LOG_H
#define COMMON_LOG_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum log_level {
    LOG_LEVEL_ERROR,
    LOG_LEVEL_WARNING,
    LOG_LEVEL_NOTICE,
    LOG_LEVEL_INFO,
    LOG_LEVEL_DEBUG,
    LOG_LEVELS
};

/* How people write them, NULL behind the last. */
extern const char *const LOG_LEVEL_NAMES[LOG_LEVELS + 1];

struct log_field {
    const char *key;  /* NULL ends the list */
    const char *text; /* NULL: number is meant */
    int64_t number;
    size_t len; /* bytes of text; SIZE_MAX: up to the NUL */
};

/* A text (NULL shows as "-"), n bytes that need not be text, a number. */
#define LOG_S(k, v)    log_text(k, v)
#define LOG_N(k, v, n) ((struct log_field){.key = (k), .text = (v), .len = (n)})
#define LOG_I(k, v)    ((struct log_field){.key = (k), .number = (v)})

static inline struct log_field log_text(const char *key, const char *text)
{
    return (struct log_field){.key = key, .text = text ? text : "-", .len = SIZE_MAX};
}

#define log_at(level, message, ...)                                                                \
    log_write(level, message, (const struct log_field[]){__VA_ARGS__ __VA_OPT__(, ){.key = NULL}})
#define log_error(...)   log_at(LOG_LEVEL_ERROR, __VA_ARGS__)
#define log_warning(...) log_at(LOG_LEVEL_WARNING, __VA_ARGS__)
#define log_notice(...)  log_at(LOG_LEVEL_NOTICE, __VA_ARGS__)
#define log_info(...)    log_at(LOG_LEVEL_INFO, __VA_ARGS__)
#define log_debug(...)   log_at(LOG_LEVEL_DEBUG, __VA_ARGS__)

/* Where lines go and how they begin. The descriptor stays the caller's and is polled, not switched
 * to non-blocking: that flag belongs to the open file, which others share. */
void log_open(int fd, bool systemd_prefix);
void log_set_level(enum log_level level);
void log_write(enum log_level level, const char *message, const struct log_field *fields);
/* Lines dropped since the start. The log tells the count itself; tests look here. */
uint64_t log_dropped(void);

#endif
