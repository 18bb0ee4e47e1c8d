#include "awaited.h"

#include <stdlib.h>
#include <string.h>

#include "proto/methods/methods.h"

static void free_one(struct awaited *call)
{
    free(call->run_id);
    json_decref(call->result);
    json_decref(call->error);
    free(call);
}

void awaited_release(struct awaited_list *list)
{
    while (list->first)
        awaited_remove(list, list->first);
}

struct awaited *awaited_add(struct awaited_list *list, int64_t id, const char *method,
                            const json_t *params)
{
    const char *run_id = json_string_value(json_object_get(params, "run_id"));
    struct awaited *call = calloc(1, sizeof *call);
    if (!call)
        return NULL;
    call->id = id;
    int asked = method_find(method, strlen(method));
    call->monitors = asked == METHOD_RUN_MONITOR || asked == METHOD_RUN_START;
    if (run_id && !(call->run_id = strdup(run_id))) {
        free(call);
        return NULL;
    }
    struct awaited **at = &list->first;
    while (*at)
        at = &(*at)->next;
    *at = call;
    list->n++;
    return call;
}

struct awaited *awaited_find(const struct awaited_list *list, int64_t id)
{
    struct awaited *call = list->first;
    while (call && call->id != id)
        call = call->next;
    return call;
}

struct awaited *awaited_by(const struct awaited_list *list, struct json_span id)
{
    int64_t number;
    if (!id.at)
        return NULL;
    if (json_span_int(id, &number) == 0)
        return awaited_find(list, number);
    if (json_span_type(id) != JSON_NULL)
        return NULL;
    struct awaited *call = list->first;
    while (call && call->answered)
        call = call->next;
    return call;
}

void awaited_remove(struct awaited_list *list, struct awaited *call)
{
    struct awaited **at = &list->first;
    while (*at != call)
        at = &(*at)->next;
    *at = call->next;
    list->n--;
    free_one(call);
}
