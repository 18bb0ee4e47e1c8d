#include "open_monitors.h"

#include <errno.h>
#include <stdlib.h>

#include "proto/json/json_make.h"
#include "proto/json/json_tree.h"

struct open_monitor {
    struct open_monitor *next;
    char *ref;
    json_t *down;
};

static void free_one(struct open_monitor *m)
{
    if (!m)
        return;
    free(m->ref);
    json_decref(m->down);
    free(m);
}

void open_monitors_release(struct open_monitors *list)
{
    while (list->first) {
        struct open_monitor *m = list->first;
        list->first = m->next;
        free_one(m);
    }
}

static json_t *load(struct json_span value)
{
    json_t *json = NULL;
    if (!value.at)
        return json_null();
    return json_span_load(value, &json) < 0 ? NULL : json;
}

static bool is_string(struct json_span value)
{
    return value.at && json_span_type(value) == JSON_STRING;
}

static json_t *make_down(struct json_span result, const char *run_id)
{
    static const char *const UNKNOWN[] = {"stopped_by", "outcome", "rusage", "containment"};
    struct json_span told = json_span_get(result, "run_id");
    json_t *down = json_object(), *reason = json_object();
    bool ok = json_put(reason, "kind", json_string("noconnection"));
    ok = json_put(down, "ref", load(json_span_get(result, "ref"))) && ok;
    ok = json_put(down, "run_id", is_string(told) ? load(told) : json_string(run_id)) && ok;
    ok = json_put(down, "pid", load(json_span_get(result, "pid"))) && ok;
    ok = json_put(down, "reason", reason) && ok;
    for (size_t i = 0; i < sizeof UNKNOWN / sizeof *UNKNOWN; i++)
        ok = json_put(down, UNKNOWN[i], json_null()) && ok;
    return json_done(down, ok);
}

int open_monitors_add(struct open_monitors *list, struct json_span result, const char *run_id)
{
    struct json_span ref = json_span_get(result, "ref");
    if (!is_string(ref) || (!run_id && !is_string(json_span_get(result, "run_id"))))
        return 0;
    struct open_monitor *m = calloc(1, sizeof *m);
    if (!m || json_span_string(ref, &m->ref, NULL) < 0 || !(m->down = make_down(result, run_id))) {
        free_one(m);
        return -ENOMEM;
    }
    m->next = list->first;
    list->first = m;
    return 0;
}

void open_monitors_remove(struct open_monitors *list, struct json_span ref)
{
    if (!is_string(ref))
        return;
    for (struct open_monitor **at = &list->first; *at; at = &(*at)->next) {
        if (!json_span_is(ref, (*at)->ref))
            continue;
        struct open_monitor *m = *at;
        *at = m->next;
        free_one(m);
        return;
    }
}

json_t *open_monitors_take(struct open_monitors *list)
{
    struct open_monitor *m = list->first;
    if (!m)
        return NULL;
    list->first = m->next;
    json_t *down = json_incref(m->down);
    free_one(m);
    return down;
}
