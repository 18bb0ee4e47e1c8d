#include "resume.h"

#include <errno.h>
#include <string.h>

#include "common/error.h"
#include "common/jx.h"

#include "engine_spec.h"
#include "runner/deliberation/state/want.h"
#include "runner/deliberation/words/digest.h"

static bool is(const json_t *line, const char *type)
{
    return strcmp(j_str(line, "type", ""), type) == 0;
}

/* The entry of a call in the store, made when it is new. */
static json_t *entry_of(json_t *calls, const char *id)
{
    json_t *entry = json_object_get(calls, id);
    if (entry)
        return entry;
    entry = j_object();
    j_set(entry, "exchanges", j_array());
    j_set(entry, "requests", j_array());
    j_set(entry, "tools", j_array());
    j_set(calls, id, entry);
    return json_object_get(calls, id);
}

static void charge(struct resume *r, const json_t *charged, bool asked)
{
    r->carried_attempts += asked;
    r->carried_tokens += j_int(charged, "tokens", 0);
    r->carried_cost += j_num(charged, "cost", 0);
}

/* Is a request of this call perhaps still on its way when this line is its last? */
static bool leaves_open(const json_t *line)
{
    return is(line, "member_started") || is(line, "member_reask") || is(line, "tool_call_result") ||
           (is(line, "attempt_failed") && strcmp(j_str(line, "next", ""), "give_up") != 0);
}

static void begin_call(json_t *calls, const json_t *line)
{
    json_t *entry = entry_of(calls, j_str(line, "call_id", ""));
    j_ref(entry, "call_key", j_get(line, "call_key"));
    j_ref(entry, "reserved", j_get(line, "reserved"));
    j_set(entry, "open", json_true());
}

/* answered_seq: of the last answer, for the order in which calls are reused. */
static void add_exchange(json_t *entry, json_t *line)
{
    j_add(j_get(entry, "exchanges"), json_incref(line));
    j_ref(entry, "answered_seq", j_get(line, "seq"));
}

static void read_line(struct resume *r, json_t *line)
{
    const char *id = j_str(line, "call_id", j_str(j_get(line, "result"), "call_id", NULL));
    if (is(line, "run_resumed")) {
        r->carried_tokens += j_int(line, "carried_tokens", 0);
        r->carried_cost += j_num(line, "carried_cost", 0);
        r->carried_attempts += j_int(line, "carried_attempts", 0);
    }
    if (!id)
        return;
    if (is(line, "member_started"))
        begin_call(r->calls, line);
    json_t *entry = entry_of(r->calls, id);
    j_set(entry, "open", json_boolean(leaves_open(line)));
    if (is(line, "exchange_completed"))
        add_exchange(entry, line);
    if (is(line, "tool_call_request"))
        j_add(j_get(entry, "requests"), json_incref(line));
    if (is(line, "tool_call_result"))
        j_add(j_get(entry, "tools"), json_incref(line));
    if (is(line, "exchange_completed") || is(line, "attempt_failed"))
        charge(r, j_get(line, "charged"), !j_bool(line, "reused", false));
    if (is(line, "member_completed"))
        j_set(entry, "status", j_string(j_str(j_get(line, "result"), "status", NULL)));
}

/* Only what stands complete is kept: ok calls, and the exchanges of those that were cut off. */
static void keep_useful(struct resume *r)
{
    const char *id;
    json_t *entry;
    void *next;
    json_object_foreach_safe (r->calls, next, id, entry) {
        const char *status = j_str(entry, "status", NULL);
        bool open = j_bool(entry, "open", false);
        if (open && !status)
            charge(r, j_get(entry, "reserved"), true);
        bool useful = j_get(entry, "call_key") && json_array_size(j_get(entry, "exchanges")) > 0 &&
                      (!status || strcmp(status, "ok") == 0);
        if (!useful)
            json_object_del(r->calls, id);
    }
    r->reusable = (int)json_object_size(r->calls);
}

int resume_read(json_t *lines, struct resume *ret, struct error *err)
{
    size_t i;
    json_t *line, *first = json_array_get(lines, 0);
    if (!is(first, "run_started"))
        return error_set(err, EINVAL, "the journal does not begin with run_started");
    *ret = (struct resume){
        .from_run_id = j_str(first, "run_id", ""),
        .seed = j_str(first, "seed", ""),
        .reliability = j_get(first, "reliability"),
        .calls = j_object(),
    };
    json_array_foreach (lines, i, line) {
        read_line(ret, line);
    }
    keep_useful(ret);
    return 0;
}

bool resume_of_replay(json_t *lines, struct resume *ret)
{
    size_t i;
    json_t *line, *second = json_array_get(lines, 1);
    if (!is(second, "run_resumed"))
        return false;
    *ret = (struct resume){
        .from_run_id = j_str(second, "from_run_id", ""),
        .calls = j_object(),
        .reusable = (int)j_int(second, "reusable_calls", 0),
        .carried_tokens = j_int(second, "carried_tokens", 0),
        .carried_cost = j_num(second, "carried_cost", 0),
        .carried_attempts = j_int(second, "carried_attempts", 0),
    };
    json_array_foreach (lines, i, line) {
        const char *id = j_str(line, "call_id", NULL);
        if (is(line, "member_started") && j_get(line, "reused_from"))
            begin_call(ret->calls, line);
        if (!id || !json_object_get(ret->calls, id) || !j_bool(line, "reused", false))
            continue;
        if (is(line, "exchange_completed"))
            add_exchange(entry_of(ret->calls, id), line);
        else
            j_add(j_get(entry_of(ret->calls, id), "tools"), json_incref(line));
    }
    return true;
}

void resume_release(struct resume *r)
{
    json_decref(r->calls);
    *r = (struct resume){0};
}

static void differ(json_t *list, const char *word, bool same)
{
    if (!same)
        j_add(list, j_string(word));
}

static bool same_option(const json_t *a, const json_t *b, const char *key)
{
    json_t *x = j_get(a, key), *y = j_get(b, key);
    bool none_x = json_array_size(x) == 0, none_y = json_array_size(y) == 0;
    return none_x || none_y ? none_x == none_y : json_equal(x, y);
}

json_t *resume_differences(json_t *run_started, const struct engine_spec *spec)
{
    char hex[SHA256_HEX_SIZE];
    json_t *list = j_array(), *options = j_get(run_started, "options");
    canonical_sha256(spec->input, hex);
    differ(list, "engine_version",
           strcmp(j_str(run_started, "engine_version", ""), ENGINE_VERSION) == 0);
    differ(list, "ask_sha256",
           spec->ask_sha256 && strcmp(j_str(run_started, "ask_sha256", ""), spec->ask_sha256) == 0);
    differ(list, "input_sha256", strcmp(j_str(run_started, "input_sha256", ""), hex) == 0);
    differ(list, "history", same_option(options, spec->options, "history"));
    differ(list, "documents", same_option(options, spec->options, "documents"));
    differ(list, "seed", !spec->seed || strcmp(j_str(run_started, "seed", ""), spec->seed) == 0);
    return list;
}
