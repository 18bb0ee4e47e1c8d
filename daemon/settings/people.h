/* Who may speak on the socket, and what each may do: `access` and `access_group` of the
 * configuration. The daemon's own uid and root operate, whatever stands there. */
#ifndef DAEMON_SETTINGS_PEOPLE_H
#define DAEMON_SETTINGS_PEOPLE_H

#include <jansson.h>
#include <stdbool.h>
#include <stddef.h>
#include <sys/types.h>

#include "common/error.h"
#include "proto/methods/role.h"

enum { REGISTRY_MAX = 128 }; /* bytes of its name */

struct people;

struct person {
    enum role role;
    const char *registry; /* borrowed: the only one that it sees; NULL: all */
    bool many;            /* not bound to a share of the connections */
};

/* list: `access` as configured (NULL: empty); access_gid: of access_group, (gid_t)-1: none. 0,
 * -EINVAL with a text that names the entry and what is wrong, -ENOMEM. */
int people_new(const json_t *list, gid_t access_gid, struct people **ret, struct error *err);
void people_free(struct people *people); /* NULL is fine */
/* Modes of the socket and of its folder: whom they let through is looked at then. With entries in
 * `access` that is everybody. */
mode_t people_socket_mode(const struct people *people);
mode_t people_folder_mode(const struct people *people);

/* The entry of its user, else of its groups the one with the highest role, the first of equal ones.
 * False: it may not connect. */
bool people_find(const struct people *people, uid_t uid, gid_t gid, const gid_t *groups,
                 size_t count, struct person *ret);

#endif
