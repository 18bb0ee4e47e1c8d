/* Refs: the names under which clients know their monitors and subscriptions. What has one stands in
 * one table, whatever it is, so that no two are alike. */
#ifndef DAEMON_WATCH_REFS_H
#define DAEMON_WATCH_REFS_H

#include "common/hash.h"
#include "proto/runid.h"

enum ref_kind { REF_MONITOR, REF_SUBSCRIPTION, REF_TENANT_STREAM };

/* Stands inside of what it names. */
struct ref {
    char text[RUNID_GENERATED_LEN + 1];
    enum ref_kind kind;
    UT_hash_handle hh;
};

/* Zeroed: an empty table. */
struct refs {
    struct ref *by_text;
};

/* A text that no ref has. 0 or -errno. */
int refs_invent(const struct refs *all, char ret[RUNID_GENERATED_LEN + 1]);
/* Gives it a text and puts it into the table. 0 or -errno. */
int refs_add(struct refs *all, struct ref *ref, enum ref_kind kind);
void refs_remove(struct refs *all, struct ref *ref);
/* NULL: no ref of that kind. */
struct ref *refs_find(const struct refs *all, const char *text, enum ref_kind kind);

#endif
