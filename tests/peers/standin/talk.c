/* Abilities that write: the link's lines, events, junk, stdout and stderr. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "standin.h"

static void send_json(json_t *line)
{
    char *text = json_dumps(line, JSON_COMPACT);
    if (!text)
        broken("memory");
    size_t len = strlen(text);
    text[len] = '\n';
    write_all(LINK_FD, text, len + 1);
    free(text);
    json_decref(line);
}

static void act_ready(struct standin *s, json_t *arg)
{
    (void)arg;
    s->ready_ns = now_ns();
    send_json(json_pack("{s:s}", "type", "ready"));
}

static void act_failed(struct standin *s, json_t *arg)
{
    (void)s;
    json_t *line = json_is_object(arg) ? json_copy(arg) : json_pack("{s:O}", "message", arg);
    json_object_set_new(line, "type", json_string("failed"));
    send_json(line);
}

static void act_close_link(struct standin *s, json_t *arg)
{
    (void)s;
    (void)arg;
    close(LINK_FD);
}

static void act_result(struct standin *s, json_t *arg)
{
    (void)s;
    json_t *line = json_copy(arg);
    json_object_set_new(line, "type", json_string("result"));
    send_json(line);
}

static void act_progress(struct standin *s, json_t *arg)
{
    (void)s;
    json_t *line = json_copy(arg);
    json_object_set_new(line, "type", json_string("progress"));
    send_json(line);
}

/* A line of the link as it stands; the newline is added. */
static void act_raw(struct standin *s, json_t *arg)
{
    (void)s;
    write_all(LINK_FD, json_string_value(arg), json_string_length(arg));
    write_all(LINK_FD, "\n", 1);
}

static void stamp(char *ret, size_t size)
{
    struct timespec now;
    struct tm parts;
    clock_gettime(CLOCK_REALTIME, &now);
    gmtime_r(&now.tv_sec, &parts);
    size_t len = strftime(ret, size, "%Y-%m-%dT%H:%M:%S", &parts);
    snprintf(ret + len, size - len, ".%03ldZ", now.tv_nsec / 1000000);
}

void send_event(struct standin *s, json_t *context, bool journal)
{
    char ts[64];
    stamp(ts, sizeof(ts));
    s->seq++;
    json_t *event =
        json_pack("{s:i s:O s:I s:s s:I s:s s:s s:s s:s s:o}", "v", 1, "run_id",
                  json_object_get(s->spec, "run_id"), "seq", (json_int_t)s->seq, "ts", ts, "ms",
                  (json_int_t)((now_ns() - s->spec_ns) / 1000000), "path", "", "type", "warning",
                  "code", "tie", "message", "scripted", "context", context);
    char *text = json_dumps(event, JSON_COMPACT);
    if (!text)
        broken("memory");
    size_t len = strlen(text);
    text[len] = '\n';
    if (journal && s->journal >= 0)
        write_all(s->journal, text, len + 1);
    char *line = malloc(len + 64);
    if (!line)
        broken("memory");
    int n = snprintf(line, len + 64, "{\"type\":\"event\",\"event\":%.*s}\n", (int)len, text);
    write_all(LINK_FD, line, (size_t)n);
    free(line);
    free(text);
    json_decref(event);
}

static json_t *padding(int64_t size)
{
    char *text = malloc((size_t)size + 1);
    if (!text)
        broken("memory");
    memset(text, 'x', (size_t)size);
    text[size] = '\0';
    json_t *value = json_string(text);
    free(text);
    return value;
}

static void send_delta(struct standin *s, int64_t n, json_t *pad)
{
    json_t *event =
        json_pack("{s:i s:O s:s s:s s:i s:s s:s s:i s:I s:I s:O}", "v", 1, "run_id",
                  json_object_get(s->spec, "run_id"), "path", "", "type", "member_token", "index",
                  0, "member_id", "a", "call_id", "0/a", "attempt", 1, "after", (json_int_t)s->seq,
                  "n", (json_int_t)n, "text", pad);
    send_json(json_pack("{s:s s:o}", "type", "delta", "event", event));
}

/* {count, size, interval_ms, delta: bool, journal: bool}: numbered events, without a pause between
 * them unless one is asked for. */
static void act_events(struct standin *s, json_t *arg)
{
    json_t *pad = padding(arg_int(arg, "size", 0));
    int64_t count = arg_int(arg, "count", 1), pause_ms = arg_int(arg, "interval_ms", 0);
    bool journal = !json_is_false(json_object_get(arg, "journal"));
    for (int64_t n = 0; count < 0 || n < count; n++) {
        if (arg_true(arg, "delta"))
            send_delta(s, n, pad);
        else
            send_event(s, json_pack("{s:I s:O}", "n", (json_int_t)n, "pad", pad), journal);
        if (pause_ms > 0)
            sleep_ms(pause_ms);
    }
    json_decref(pad);
}

/* {bytes, kind: noise | text | endless, count}: nonsense on the link. */
static void act_junk(struct standin *s, json_t *arg)
{
    (void)s;
    const char *kind = arg_str(arg, "kind", "text");
    size_t bytes = (size_t)arg_int(arg, "bytes", 40);
    char *line = malloc(bytes + 1);
    if (!line)
        broken("memory");
    for (size_t i = 0; i < bytes; i++)
        line[i] = strcmp(kind, "noise") == 0 ? (char)(128 + i % 120) : 'j';
    line[bytes] = '\n';
    for (int64_t n = arg_int(arg, "count", 1); n > 0; n--)
        write_all(LINK_FD, line, bytes + (strcmp(kind, "endless") != 0));
    free(line);
}

/* {fd, bytes, kind: text | binary | noline, pause_ms}: output in pieces of 4 KiB at most. */
static void act_output(struct standin *s, json_t *arg)
{
    (void)s;
    char piece[4096];
    const char *kind = arg_str(arg, "kind", "text");
    for (size_t i = 0; i < sizeof(piece); i++)
        piece[i] = strcmp(kind, "binary") == 0                 ? (char)(i * 7)
                   : strcmp(kind, "text") == 0 && i % 80 == 79 ? '\n'
                                                               : 'o';
    int64_t left = arg_int(arg, "bytes", 80), pause_ms = arg_int(arg, "pause_ms", 0);
    for (; left > 0; left -= (int64_t)sizeof(piece)) {
        size_t len = left < (int64_t)sizeof(piece) ? (size_t)left : sizeof(piece);
        write_all((int)arg_int(arg, "fd", 1), piece, len);
        if (pause_ms > 0)
            sleep_ms(pause_ms);
    }
}

/* {fd, text}: this text. */
static void act_print(struct standin *s, json_t *arg)
{
    (void)s;
    json_t *text = json_object_get(arg, "text");
    write_all((int)arg_int(arg, "fd", 1), json_string_value(text), json_string_length(text));
}

static void act_write_for_ever(struct standin *s, json_t *arg)
{
    (void)s;
    char piece[4096];
    memset(piece, 'w', sizeof(piece));
    for (;;)
        write_all((int)json_integer_value(arg), piece, sizeof(piece));
}

/* "event", or a file's path. */
static void act_report(struct standin *s, json_t *arg)
{
    json_t *report = self_report(s);
    if (strcmp(json_string_value(arg), "event") == 0) {
        send_event(s, report, true);
        return;
    }
    char path[4096];
    snprintf(path, sizeof(path), "%s.part", json_string_value(arg));
    if (json_dump_file(report, path, 0) < 0 || rename(path, json_string_value(arg)) < 0)
        broken("report");
    json_decref(report);
}

/* {ms, want: TYPE}: reads the link until such a line comes, and sends it back as an event. */
static void act_listen(struct standin *s, json_t *arg)
{
    char line[65536];
    int64_t end = now_ns() + arg_int(arg, "ms", 60000) * 1000000;
    while (link_read_line(line, sizeof(line), (end - now_ns()) / 1000000)) {
        json_t *got = json_loads(line, 0, NULL);
        const char *type = arg_str(got, "type", "");
        bool wanted = strcmp(type, arg_str(arg, "want", "cancel")) == 0;
        if (wanted)
            send_event(s, json_pack("{s:O}", "heard", got), true);
        json_decref(got);
        if (wanted)
            return;
    }
}

const struct ability TALK[] = {
    {"ready", act_ready},
    {"failed", act_failed},
    {"close_link", act_close_link},
    {"result", act_result},
    {"progress", act_progress},
    {"raw", act_raw},
    {"events", act_events},
    {"junk", act_junk},
    {"output", act_output},
    {"print", act_print},
    {"write_for_ever", act_write_for_ever},
    {"report", act_report},
    {"listen", act_listen},
    {NULL, NULL},
};
