/* Why a run ended, or why it could not be started: one value, and its JSON form
 * {"kind": ..., ...} as it stands in DOWNs, records and in the cause of start_failed.
 *
 * A struct reason is a plain value that may own a reference (`failed`): release it once, copy it
 * with reason_copy. REASON_INIT is "not known yet" and has no JSON form. */
#ifndef PROTO_REASON_H
#define PROTO_REASON_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>

enum reason_kind {
    REASON_NONE,
    /* ends of a run */
    REASON_NORMAL,       /* exited 0 */
    REASON_EXIT,         /* code */
    REASON_SHUTDOWN,     /* SIGTERM, and we had sent it; also the cause of an aborted start */
    REASON_SIGNAL,       /* signal, core */
    REASON_KILLED,       /* SIGKILL; by */
    REASON_NOPROC,       /* there was no such run */
    REASON_NOCONNECTION, /* the supervisor was lost */
    REASON_UNKNOWN,      /* the status was lost */
    /* failed starts only */
    REASON_TIMEOUT,
    REASON_LINK,
    REASON_FAILED, /* failed: {message, code?, data?} */
    REASON_EXEC,   /* errnum */
    REASON_SPAWN,  /* errnum */
    REASON_RECORD, /* errnum */
    REASON_KIND_COUNT
};

enum reason_by { REASON_BY_SUPERVISOR, REASON_BY_OOM, REASON_BY_UNKNOWN };

struct reason {
    enum reason_kind kind;
    int code;          /* REASON_EXIT: 1..255 */
    int signal;        /* REASON_SIGNAL */
    bool core;         /* REASON_SIGNAL: a core was dumped */
    enum reason_by by; /* REASON_KILLED */
    int errnum;        /* REASON_EXEC, _SPAWN, _RECORD: errno, > 0 */
    json_t *failed;    /* REASON_FAILED: object {message, code?, data?}; owned */
};

#define REASON_INIT                                                                                \
    {                                                                                              \
        .kind = REASON_NONE                                                                        \
    }

void reason_release(struct reason *reason); /* back to REASON_INIT */
void reason_copy(struct reason *to, const struct reason *from);

/* {"kind": ...}, a new reference; NULL when out of memory (or REASON_NONE). `core` is told with
 * every signal but SIGTERM, which never dumps one. */
json_t *reason_to_json(const struct reason *reason);

const char *reason_kind_name(enum reason_kind kind); /* NULL for REASON_NONE */
const char *reason_by_name(enum reason_by by);

enum { SIGNAL_NAME_SIZE = 16 };
/* `SIGSEGV`, `SIGRTMIN+3`; `SIG32` for a number without a name. Returns ret. */
char *signal_name(int signal, char ret[SIGNAL_NAME_SIZE]);

/* `ENOENT`; never NULL. */
const char *errno_name(int number);

#endif
