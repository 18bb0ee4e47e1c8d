/* A start that was asked for before, under the same key. */
#ifndef DAEMON_METHOD_DESK_START_AGAIN_H
#define DAEMON_METHOD_DESK_START_AGAIN_H

#include "daemon/records/start_keys.h"
#include "desk.h"
#include "proto/field.h"
#include "start_wait.h"

/* The text by which this call's key is known (start_keys.h): of the client's uid, the name it acts
 * for, the registry and the key; and of all params but the key, the registry, and what the
 * connection wants to hear of the run. */
void start_key_of(const struct call *call, const char *registry, const struct field_string *key,
                  char ret[START_KEY_LEN + 1]);

/* Answers with the run that was started under it, or waits with it while it is starting, or answers
 * key_reused: 1. 0: it is a new one, and nothing was answered. council_id: where that run's is not
 * known. -errno. */
int start_again(struct call *call, const char *start_key, const char *council_id,
                const struct start_wishes *wishes);

#endif
