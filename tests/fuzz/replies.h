/* What holds for the reading of every reply, whatever the provider sent. */
#ifndef TESTS_FUZZ_REPLIES_H
#define TESTS_FUZZ_REPLIES_H

#include <string.h>

#include "common/utf8.h"
#include "fuzz.h"
#include "runner/provider/formats.h"

static inline void check_fault(const struct reply_fault *fault)
{
    HOLDS(!*fault->kind || !strcmp(fault->kind, "transient") || !strcmp(fault->kind, "permanent"));
    HOLDS(!*fault->kind == !*fault->code);
    HOLDS(fault->retry_after_ms >= -1);
    HOLDS(utf8_valid(fault->message, strlen(fault->message)));
}

/* r: what the adapter answered last. A reply that is over makes a fact with the members that the
 * engine reads. */
static inline void check_reply(const struct reply *reply, const char *wire, int r)
{
    check_fault(&reply->fault);
    HOLDS(r == 0 || *reply->fault.kind || reply->fault.http_status);
    if (r < 0 || !reply->finish_reason)
        return;
    json_t *fact = reply_fact(reply, wire);
    HOLDS(json_is_string(json_object_get(fact, "content")));
    HOLDS(json_is_string(json_object_get(fact, "finish_reason")));
    HOLDS(json_object_get(fact, "usage") && json_object_get(fact, "cost"));
    char *line = json_dumps(fact, JSON_COMPACT);
    HOLDS(line);
    free(line);
    json_decref(fact);
}

#endif
