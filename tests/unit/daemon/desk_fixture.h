/* A client that speaks to the daemon's methods over a real socket: runs live as in life_fixture.h,
 * with a catalogue, providers and a key. Taken in behind cmocka.h, by one source of a test. */
#ifndef TESTS_UNIT_DAEMON_DESK_FIXTURE_H
#define TESTS_UNIT_DAEMON_DESK_FIXTURE_H

#include "client_fixture.h"
#include "daemon/method/dispatch.h"
#include "daemon/settings/config_load.h"
#include "daemon/settings/resources.h"
#include "serve/line_server.h"

#define COUNCIL                                                                                    \
    "{\"schema_version\":1,\"id\":\"quick\",\"members\":[{\"id\":\"s\",\"provider\":\"mock\","     \
    "\"model\":\"deep\"},{\"id\":\"t\",\"provider\":\"house\",\"model\":\"wide\"}],"               \
    "\"rounds\":[{\"type\":\"independent_analysis\"}]}"
#define KEY "sk-of-the-house-0123456789"

/* ---- more neighbours ---- */

static struct keeper_order *kept_order; /* what the keeper was asked for last */
static struct retention_policy kept_policy;
static struct record_whose kept_whose;

void keeper_take(struct keeper *k, struct keeper_order *order,
                 const struct retention_policy *policy, const struct record_whose *whose)
{
    (void)k;
    kept_whose = *whose;
    kept_order = order;
    kept_policy = *policy;
}

int64_t line_server_max_conns(const struct line_server *s)
{
    (void)s;
    return 77;
}

size_t line_server_queued(const struct line_server *s)
{
    (void)s;
    return 4097;
}

static int stops, drains;

static int reloads;
static const char *reload_fault; /* NULL: it succeeds */

static inline int note_reload(void *root, struct error *err)
{
    (void)root;
    reloads++;
    return reload_fault ? error_set(err, EINVAL, "%s", reload_fault) : 0;
}

static inline void note_stop(void *root)
{
    (void)root;
    stops++;
}

static inline void note_drain(void *root)
{
    (void)root;
    drains++;
}

static inline void take_line(struct conn *c, const char *line, size_t len)
{
    dispatch_line(c, line, len);
}

static const struct conn_owner DISPATCH = {
    .line = take_line, .torn = dispatch_torn, .too_long = dispatch_too_long};

static struct config *loaded;
static struct keys *keys;
static struct resources *resources;

static inline int load_settings(void)
{
    char file[128], text[512];
    char *argv[] = {(char *)"councild", (char *)"--config", file};
    struct error err = {0};
    snprintf(file, sizeof file, "%s/config.json", folder.path);
    snprintf(text, sizeof text,
             "{\"catalogue_dir\":\"%s/catalogue\",\"max_children\":3,\"shutdown_ms\":5000,"
             "\"providers\":{\"house\":{\"type\":\"openai\",\"base_url\":\"http://h/v1\","
             "\"key_env\":\"HOUSE_KEY\"}}}",
             folder.path);
    put_file(&folder, "config.json", text);
    if (mkdirat(folder.fd, "catalogue", 0700) || mkdirat(folder.fd, "catalogue/councils", 0700))
        return -1;
    put_file(&folder, "catalogue/councils/quick.json", COUNCIL);
    setenv("XDG_STATE_HOME", folder.path, 1);
    setenv("XDG_RUNTIME_DIR", folder.path, 1);
    setenv("HOUSE_KEY", KEY, 1);
    if (keys_new(&keys) || config_load(3, argv, &loaded, &err) ||
        resources_load(loaded, keys, &resources, &err))
        return -1;
    config = *loaded;
    core.keys = keys;
    core.resources = resources;
    core.config = &config;
    return 0;
}

static inline int setup_desk(void **state)
{
    if (setup_with_client(state) || load_settings())
        return -1;
    desk.stop = note_stop;
    desk.drain = note_drain;
    desk.reload = note_reload;
    reloads = 0;
    reload_fault = NULL;
    home.owner = &DISPATCH;
    kept_order = NULL;
    stops = drains = 0;
    return 0;
}

static inline int teardown_desk(void **state)
{
    resources_free(resources);
    keys_free(keys);
    config_free(loaded);
    return teardown_with_client(state);
}

/* ---- asking ---- */

static inline void turns(int count)
{
    for (int i = 0; i < count; i++)
        turn();
}

/* A request with these params; its answer may come later. */
static inline void request_is(int id, const char *method, const char *params)
{
    static char line[65536];
    int len = snprintf(line, sizeof line,
                       "{\"jsonrpc\":\"2.0\",\"id\":%d,\"method\":\"%s\",\"params\":%s}\n", id,
                       method, params);
    assert_true(len < (int)sizeof line);
    assert_int_equal(send(client, line, (size_t)len, MSG_NOSIGNAL), len);
    turns(5);
}

/* The next line that the client gets; "" when none comes. */
static inline const char *next_line(void)
{
    static char bytes[524288], line[262144];
    static size_t have;
    for (int i = 0; i < 10 && !memchr(bytes, '\n', have); i++) {
        ssize_t n = recv(client, bytes + have, sizeof bytes - have, 0);
        have += n > 0 ? (size_t)n : 0;
        turn();
    }
    const char *end = memchr(bytes, '\n', have);
    const size_t len = end ? (size_t)(end - bytes) : 0;
    assert_true(len < sizeof line);
    memcpy(line, bytes, len);
    line[len] = '\0';
    have -= end ? len + 1 : have;
    memmove(bytes, bytes + len + 1, have);
    return line;
}

/* ---- what is said, where "?" stands for anything ---- */

static inline bool is_like(const json_t *got, const json_t *wanted)
{
    const char *name;
    const json_t *value;
    size_t i;
    if (json_is_string(wanted) && strcmp(json_string_value(wanted), "?") == 0)
        return got != NULL;
    if (!json_is_object(wanted) && !json_is_array(wanted))
        return got && json_equal(got, wanted);
    if (json_typeof(wanted) != (got ? json_typeof(got) : JSON_NULL))
        return false;
    if (json_is_array(wanted)) {
        json_array_foreach ((json_t *)wanted, i, value)
            if (!is_like(json_array_get(got, i), value))
                return false;
        return json_array_size(got) == json_array_size(wanted);
    }
    json_object_foreach ((json_t *)wanted, name, value)
        if (!is_like(json_object_get(got, name), value))
            return false;
    return json_object_size(got) == json_object_size(wanted);
}

static inline void expect_text(const char *text, const char *wanted)
{
    json_t *got = json_loads(text, JSON_DECODE_ANY, NULL);
    json_t *like = json_loads(wanted, JSON_DECODE_ANY, NULL);
    if (!like)
        fail_msg("no JSON: %s", wanted);
    if (!is_like(got, like))
        fail_msg("%s\nis not %s", text, wanted);
    json_decref(got);
    json_decref(like);
}

static inline void expect_result(int id, const char *result)
{
    char wanted[16384];
    snprintf(wanted, sizeof wanted, "{\"jsonrpc\":\"2.0\",\"id\":%d,\"result\":%s}", id, result);
    expect_text(next_line(), wanted);
}

/* data: its members beside the reason, each behind a comma; the last may be the message. */
static inline void expect_error(int id, const char *reason, const char *data)
{
    char wanted[4096];
    static const char MESSAGE[] = ",\"message\":";
    const char *at = strstr(data, MESSAGE);
    at = at && memchr(data, '{', (size_t)(at - data)) ? NULL : at; /* that of a cause */
    const int len = at ? (int)(at - data) : (int)strlen(data);
    snprintf(wanted, sizeof wanted,
             "{\"jsonrpc\":\"2.0\",\"id\":%d,\"error\":{\"code\":\"?\",\"message\":%s,"
             "\"data\":{\"reason\":\"%s\"%.*s}}}",
             id, at ? at + strlen(MESSAGE) : "\"?\"", reason, len, data);
    expect_text(next_line(), wanted);
}

static inline void expect_silence(void)
{
    assert_string_equal(next_line(), "");
}

static inline void call_gives(const char *method, const char *params, const char *result)
{
    request_is(1, method, params);
    expect_result(1, result);
    expect_silence();
}

static inline void call_fails(const char *method, const char *params, const char *reason,
                              const char *data)
{
    request_is(1, method, params);
    expect_error(1, reason, data);
    expect_silence(); /* it is answered once */
}

static inline struct run *run_of(const char *run_id)
{
    struct run *run = runs_find(runs, run_id, strlen(run_id));
    assert_non_null(run);
    return run;
}

/* The first line of its record, while it lives. */
static inline const char *spec_of(const char *run_id)
{
    static char text[65536];
    char name[RECORD_FILE_SIZE + 8] = "open/";
    record_key_file(run_view(run_of(run_id)).record, name + 5);
    snprintf(text, sizeof text, "%s", get_file(&folder, name));
    text[strcspn(text, "\n")] = '\0';
    return text;
}

#define AT_DESK(name) cmocka_unit_test_setup_teardown(name, setup_desk, teardown_desk)

#endif
