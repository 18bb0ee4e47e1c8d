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

/* ---- from JSON ---- */

static int find_word(const char *const *words, size_t n, const char *word)
{
    for (size_t i = 0; word && i < n; i++)
        if (words[i] && strcmp(words[i], word) == 0)
            return (int)i;
    return -EINVAL;
}

static const char *text_of(const json_t *json, const char *name)
{
    return json_string_value(json_object_get(json, name));
}

static int exit_from_json(const json_t *json, struct reason *reason)
{
    json_int_t code = json_integer_value(json_object_get(json, "code"));

    if (code < 1 || code > 255)
        return -EINVAL;
    reason->code = (int)code;
    return 0;
}

static int signal_from_json(const json_t *json, struct reason *reason)
{
    const char *name = text_of(json, "signal");
    int number = name ? signal_find(name) : -EINVAL;

    if (number < 0)
        return number;
    reason->signal = number;
    reason->core = json_is_true(json_object_get(json, "core"));
    return 0;
}

static int killed_from_json(const json_t *json, struct reason *reason)
{
    int by = find_word(BY, sizeof(BY) / sizeof(BY[0]), text_of(json, "by"));

    if (by < 0)
        return by;
    reason->by = (enum reason_by)by;
    return 0;
}

static int failed_from_json(const json_t *json, struct reason *reason)
{
    if (!text_of(json, "message"))
        return -EINVAL;
    reason->failed = json_object();
    if (reason->failed && copy_members(reason->failed, json) == 0)
        return 0;
    reason_release(reason);
    return -ENOMEM;
}

static int errno_from_json(const json_t *json, struct reason *reason)
{
    const char *name = text_of(json, "errno");
    int number = name ? errno_find(name) : -EINVAL;

    if (number < 0)
        return number;
    reason->errnum = number;
    return 0;
}

static int payload_from_json(const json_t *json, struct reason *reason)
{
    switch (reason->kind) {
    case REASON_EXIT:
        return exit_from_json(json, reason);
    case REASON_SIGNAL:
        return signal_from_json(json, reason);
    case REASON_KILLED:
        return killed_from_json(json, reason);
    case REASON_FAILED:
        return failed_from_json(json, reason);
    case REASON_EXEC:
    case REASON_SPAWN:
    case REASON_RECORD:
        return errno_from_json(json, reason);
    default:
        return 0;
    }
}

int reason_from_json(const json_t *json, struct reason *ret)
{
    struct reason reason = REASON_INIT;
    int kind = find_word(KINDS, REASON_KIND_COUNT, text_of(json, "kind"));
    int r;

    if (kind < 0)
        return kind;
    reason.kind = (enum reason_kind)kind;
    r = payload_from_json(json, &reason);
    if (r < 0)
        return r;
    *ret = reason;
    return 0;
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

int signal_find(const char *name)
{
    char candidate[SIGNAL_NAME_SIZE];

    for (int i = 1; i <= SIGRTMAX; i++)
        if (strcmp(signal_name(i, candidate), name) == 0)
            return i;
    return -EINVAL;
}

/* Linux has no error number above this one (MAX_ERRNO). */
enum { ERRNO_MAX = 4095 };

const char *errno_name(int number)
{
    const char *name = strerrorname_np(number);

    return name && number > 0 ? name : "EUNKNOWN";
}

int errno_find(const char *name)
{
    for (int i = 1; i <= ERRNO_MAX; i++) {
        const char *known = strerrorname_np(i);
        if (known && strcmp(known, name) == 0)
            return i;
    }
    return -EINVAL;
}
