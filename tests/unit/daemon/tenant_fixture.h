/* A client that follows the tenant, and what it hears in words: "snapshot[r1,r2]" ("..." behind it:
 * more follows), "+r3" a start, "-r3" an end, "~r3" progress, "gap", "reloaded",
 * "stopping:draining". Taken in behind cmocka.h, by one source of a test. */
#ifndef TESTS_UNIT_DAEMON_TENANT_FIXTURE_H
#define TESTS_UNIT_DAEMON_TENANT_FIXTURE_H

#include "client_fixture.h"
#include "daemon/watch/tenant_pull.h"
#include "daemon/watch/tenant_stream.h"
#include "daemon/watch/tenant_told.h"
#include "hear_lines.h"

enum { ALL_KINDS = (1 << TENANT_NEWS_COUNT) - 1, LONG = 40 * 1024, MUCH = 3 << 20 };

static char stream_ref[RUNID_GENERATED_LEN + 1]; /* of the last stream */

static inline struct tenant_stream *follow(const char *registry, int kinds)
{
    const char *ref = tenant_stream_new(&watchers, conn, registry, kinds);
    assert_non_null(ref);
    snprintf(stream_ref, sizeof stream_ref, "%s", ref);
    conn_touch(conn);
    return tenant_stream_find(&watchers, ref);
}

/* ---- runs ---- */

struct looks {
    const char *registry; /* NULL: "default" */
    bool unkept, unready;
    size_t label; /* bytes of one */
};

static inline struct run *run_that(const char *run_id, struct looks looks)
{
    static char labels[2 * LONG];
    snprintf(labels, sizeof labels, "{\"pad\":\"%0*d\"}", (int)looks.label, 0);
    order_id = run_id;
    struct start_order order = make_order(5000, LIMIT_NONE, !looks.unkept);
    order.registry = looks.registry ? looks.registry : "default";
    order.labels = looks.label ? labels : "{}";
    struct run *run = begin_order(&order);
    if (!looks.unready)
        assert_true(say_ready(run));
    return run;
}

static inline struct run *long_run(const char *run_id)
{
    return run_that(run_id, (struct looks){.label = LONG});
}

static inline void ends(struct run *run)
{
    leader_exits(run, CLD_EXITED, 0);
}

static inline int64_t noon(void)
{
    return (int64_t)12 * 3600 * 1000 * 1000;
}

/* It is not due before the test says so. */
static inline void progress(struct run *run, const char *phase)
{
    loop_set_clock(core.loop, noon);
    struct link_up up = {.type = LINK_PROGRESS, .phase = {phase, strlen(phase)}};
    assert_true(say(run, up));
}

static inline void the_progress_is_due(void)
{
    struct timer *t = &watchers.tenant.progress;
    assert_true(timer_is_set(t));
    timer_clear(t);
    t->fire(t->arg);
    assert_false(timer_is_set(t));
}

/* ---- the connection ---- */

/* So much that nothing finds room until the client reads. */
static inline void fill_connection(void)
{
    char *bytes = malloc(MUCH);
    assert_non_null(bytes);
    memset(bytes, ' ', MUCH);
    bytes[MUCH - 1] = '\n';
    struct out_line *line = out_line_new(bytes, MUCH);
    assert_non_null(line);
    conn_push(conn, line);
    free(bytes);
    turn();
    assert_false(conn_takes_events(conn));
}

static char heard_words[4096];
static char heard_last[4096]; /* the line, or its beginning */
static size_t heard_longest;  /* line */

static inline void add_word(const char *sign, const char *text)
{
    const size_t at = strlen(heard_words);
    snprintf(heard_words + at, sizeof heard_words - at, "%s%s%s", at ? " " : "", sign, text);
}

static inline void add_runs(const json_t *event)
{
    size_t i;
    const json_t *run;
    char list[1024];
    size_t at = (size_t)snprintf(list, sizeof list, "snapshot[");
    json_array_foreach (json_object_get(event, "runs"), i, run)
        at += (size_t)snprintf(list + at, sizeof list - at, "%s%s", i ? "," : "",
                               json_string_value(json_object_get(run, "run_id")));
    snprintf(list + at, sizeof list - at, "%s",
             json_is_true(json_object_get(event, "more")) ? "]..." : "]");
    add_word("", list);
}

static inline void note_event(const json_t *event)
{
    const char *type = json_string_value(json_object_get(event, "type"));
    const json_t *run = json_object_get(event, "run");
    const char *id = json_string_value(json_object_get(run ? run : event, "run_id"));
    if (!strcmp(type, "snapshot"))
        add_runs(event);
    else if (!strcmp(type, "run_started"))
        add_word("+", id);
    else if (!strcmp(type, "run_ended"))
        add_word("-", id);
    else if (!strcmp(type, "run_progress"))
        add_word("~", id);
    else if (!strcmp(type, "stopping"))
        add_word("stopping:", json_string_value(json_object_get(event, "state")));
    else
        add_word("", type);
}

static inline void note_line(const char *line, size_t len)
{
    if (*line == ' ')
        return;
    json_t *json = json_loadb(line, len, 0, NULL);
    assert_non_null(json);
    const json_t *params = json_object_get(json, "params");
    const char *method = json_string_value(json_object_get(json, "method"));
    if (!strcmp(method, "supervisor.gap"))
        add_word("", "gap");
    else
        note_event(json_object_get(params, "event"));
    assert_non_null(json_object_get(params, "ref"));
    heard_longest = len > heard_longest ? len : heard_longest;
    snprintf(heard_last, sizeof heard_last, "%.*s", (int)len, line);
    json_decref(json);
}

static inline void turn_at_home(void)
{
    if (home.conns)
        turn();
}

/* Reads until nothing more comes. */
static inline const char *heard(void)
{
    heard_words[0] = '\0';
    heard_longest = 0;
    hear_lines(client, note_line, turn_at_home);
    return heard_words;
}

static inline void expect_heard(const char *wanted)
{
    assert_string_equal(heard(), wanted);
}

/* One page was pulled, the others follow. */
static inline void begin_pages(struct run *to[4])
{
    static const char *const IDS[] = {"a", "b", "c", "d"};
    for (size_t i = 0; i < 4; i++)
        to[i] = long_run(IDS[i]);
    follow(NULL, ALL_KINDS);
    turn();
}

#endif
