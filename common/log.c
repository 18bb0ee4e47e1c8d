#include "log.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

#include "cleanup.h"
#include "clock.h"
#include "utf8.h"

enum { LINE_MAX_BYTES = 1024 };

static struct {
    int fd;
    bool systemd;
    enum log_level level;
    uint64_t dropped;
    uint64_t untold;
} sink = {.fd = STDERR_FILENO, .level = LOG_LEVEL_INFO};

const char *const LOG_LEVEL_NAMES[LOG_LEVELS + 1] = {"error", "warning", "notice", "info", "debug"};
static const int PRIORITIES[LOG_LEVELS] = {3, 4, 5, 6, 7};

struct line {
    char text[LINE_MAX_BYTES];
    size_t len;
    bool full;
};

void log_open(int fd, bool systemd_prefix)
{
    sink.fd = fd;
    sink.systemd = systemd_prefix;
}

void log_set_level(enum log_level level)
{
    sink.level = level;
}

uint64_t log_dropped(void)
{
    return sink.dropped;
}

/* Adds whole pieces only, so that no escape or UTF-8 sequence is cut; one byte stays for the
 * newline. */
static void put(struct line *line, const char *bytes, size_t len)
{
    if (line->full || len > sizeof line->text - 1 - line->len) {
        line->full = true;
        return;
    }
    memcpy(line->text + line->len, bytes, len);
    line->len += len;
}

static void put_escaped(struct line *line, const char *s, size_t len)
{
    for (size_t n; len > 0 && !line->full; s += n, len -= n) {
        uint32_t code = 0;
        char hex[8];
        n = utf8_sequence(s, len, &code);
        if (n == 0 || code < 0x20 || code == 0x7f || (code >= 0x80 && code < 0xa0)) {
            n = n ? n : 1;
            for (size_t i = 0; i < n; i++)
                put(line, hex, (size_t)snprintf(hex, sizeof hex, "\\x%02x", (unsigned char)s[i]));
        } else if (code == '"' || code == '\\') {
            hex[0] = '\\';
            hex[1] = (char)code;
            put(line, hex, 2);
        } else {
            put(line, s, n);
        }
    }
}

static void put_field(struct line *line, const struct log_field *field)
{
    char number[24];
    put(line, " ", 1);
    put(line, field->key, strlen(field->key));
    put(line, "=", 1);
    if (!field->text) {
        put(line, number,
            (size_t)snprintf(number, sizeof number, "%lld", (long long)field->number));
        return;
    }
    size_t len = field->len == SIZE_MAX ? strlen(field->text) : field->len;
    bool quoted = len == 0 || memchr(field->text, ' ', len) || memchr(field->text, '=', len);
    if (quoted)
        put(line, "\"", 1);
    put_escaped(line, field->text, len);
    if (quoted)
        put(line, "\"", 1);
}

static void put_head(struct line *line, enum log_level level)
{
    char head[64], stamp[CLOCK_RFC3339_SIZE];
    int n = sink.systemd
                ? snprintf(head, sizeof head, "<%d>", PRIORITIES[level])
                : snprintf(head, sizeof head, "%s %s: ", clock_rfc3339(clock_wall_ms(), stamp),
                           LOG_LEVEL_NAMES[level]);
    put(line, head, (size_t)n);
}

/* PIPE_BUF bounds what a pipe that polls as writable takes without blocking, and a line is shorter.
 */
static bool send_line(struct line *line)
{
    struct pollfd p = {.fd = sink.fd, .events = POLLOUT};
    if (poll(&p, 1, 0) != 1 || !(p.revents & POLLOUT) || (p.revents & (POLLERR | POLLNVAL)))
        return false;
    line->text[line->len++] = '\n';
    return write(sink.fd, line->text, line->len) == (ssize_t)line->len;
}

static void tell_dropped(void)
{
    if (sink.untold == 0)
        return;
    struct line line = {.len = 0};
    put_head(&line, LOG_LEVEL_WARNING);
    put(&line, "log lines dropped", strlen("log lines dropped"));
    put_field(&line, &LOG_I("count", (int64_t)sink.untold));
    if (send_line(&line))
        sink.untold = 0;
}

void log_write(enum log_level level, const char *message, const struct log_field *fields)
{
    if (level > sink.level)
        return;
    int saved = errno;
    struct line line = {.len = 0};
    put_head(&line, level);
    put_escaped(&line, message, strlen(message));
    for (; fields && fields->key; fields++)
        put_field(&line, fields);
    tell_dropped();
    if (sink.untold > 0 || !send_line(&line)) {
        sink.dropped++;
        sink.untold++;
    }
    errno = saved;
}
