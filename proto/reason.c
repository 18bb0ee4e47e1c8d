#include "reason.h"

#include <errno.h>
#include <signal.h>
#include <string.h>

static const char *const KINDS[] = {
    [REASON_NONE] = NULL,         [REASON_NORMAL] = "normal",
    [REASON_EXIT] = "exit",       [REASON_SHUTDOWN] = "shutdown",
    [REASON_SIGNAL] = "signal",   [REASON_KILLED] = "killed",
    [REASON_NOPROC] = "noproc",   [REASON_NOCONNECTION] = "noconnection",
    [REASON_UNKNOWN] = "unknown", [REASON_TIMEOUT] = "timeout",
    [REASON_LINK] = "link",       [REASON_FAILED] = "failed",
    [REASON_EXEC] = "exec",       [REASON_SPAWN] = "spawn",
    [REASON_RECORD] = "record",
};
_Static_assert(sizeof(KINDS) / sizeof(KINDS[0]) == REASON_KIND_COUNT, "a name for every kind");

static const char *const BY[] = {
    [REASON_BY_SUPERVISOR] = "supervisor",
    [REASON_BY_OOM] = "oom",
    [REASON_BY_UNKNOWN] = "unknown",
};

void reason_release(struct reason *reason)
{
    json_decref(reason->failed);
    *reason = (struct reason)REASON_INIT;
}

void reason_copy(struct reason *to, const struct reason *from)
{
    *to = *from;
    json_incref(to->failed);
}

const char *reason_kind_name(enum reason_kind kind)
{
    return KINDS[kind];
}

const char *reason_by_name(enum reason_by by)
{
    return BY[by];
}

/* ---- to JSON ---- */

static json_t *signal_to_json(const struct reason *reason)
{
    char name[SIGNAL_NAME_SIZE];

    signal_name(reason->signal, name);
    if (reason->signal == SIGTERM)
        return json_pack("{s:s, s:s}", "kind", "signal", "signal", name);
    return json_pack("{s:s, s:s, s:b}", "kind", "signal", "signal", name, "core", reason->core);
}

/* jansson's own copy and update_missing do not tell when memory runs out. `kind` is not copied: it
 * is ours to say. */
static int copy_members(json_t *to, const json_t *from)
{
    const char *name;
    json_t *value;

    json_object_foreach ((json_t *)from, name, value)
        if (strcmp(name, "kind") != 0 && json_object_set(to, name, value) < 0)
            return -ENOMEM;
    return 0;
}

static json_t *failed_to_json(const struct reason *reason)
{
    json_t *json = json_pack("{s:s}", "kind", "failed");

    if (json && copy_members(json, reason->failed) < 0) {
        json_decref(json);
        return NULL;
    }
    return json;
}

json_t *reason_to_json(const struct reason *reason)
{
    const char *kind = KINDS[reason->kind];

    switch (reason->kind) {
    case REASON_NONE:
    case REASON_KIND_COUNT:
        return NULL;
    case REASON_EXIT:
        return json_pack("{s:s, s:i}", "kind", kind, "code", reason->code);
    case REASON_SIGNAL:
        return signal_to_json(reason);
    case REASON_KILLED:
        return json_pack("{s:s, s:s}", "kind", kind, "by", BY[reason->by]);
    case REASON_FAILED:
        return failed_to_json(reason);
    case REASON_EXEC:
    case REASON_SPAWN:
    case REASON_RECORD:
        return json_pack("{s:s, s:s}", "kind", kind, "errno", errno_name(reason->errnum));
    case REASON_NORMAL:
    case REASON_SHUTDOWN:
    case REASON_NOPROC:
    case REASON_NOCONNECTION:
    case REASON_UNKNOWN:
    case REASON_TIMEOUT:
    case REASON_LINK:
        break;
    }
    return json_pack("{s:s}", "kind", kind);
}

/* ---- names ---- */

char *signal_name(int signal, char ret[SIGNAL_NAME_SIZE])
{
    const char *name = signal > 0 && signal < SIGRTMIN ? sigabbrev_np(signal) : NULL;

    if (name)
        snprintf(ret, SIGNAL_NAME_SIZE, "SIG%s", name);
    else if (signal == SIGRTMIN)
        snprintf(ret, SIGNAL_NAME_SIZE, "SIGRTMIN");
    else if (signal > SIGRTMIN && signal <= SIGRTMAX)
        snprintf(ret, SIGNAL_NAME_SIZE, "SIGRTMIN+%d", signal - SIGRTMIN);
    else
        snprintf(ret, SIGNAL_NAME_SIZE, "SIG%d", signal);
    return ret;
}

const char *errno_name(int number)
{
    const char *name = strerrorname_np(number);

    return name && number > 0 ? name : "EUNKNOWN";
}
