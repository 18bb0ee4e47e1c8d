/* The tenants of units councild@TENANT: what of them stands in files. Everything is plain files
 * below `root` ("" on a machine; tests and images: another folder), and each step is told.
 *
 *     /etc/sysusers.d/councild-T.conf                       the group of its clients, councild-T-c
 *     /etc/councild/T.json                                  its configuration
 *     /etc/councild/credentials/T/                          keys of providers, a file each; root's
 *     /etc/systemd/system/councild@T.service.d/tenant.conf  has the service read the configuration
 *
 * What is there already stays as it is, so adding twice is adding once.
 *
 * `done` is an array to which {"did", "path"} is added for each step: made, wrote, kept, removed,
 * left. Errors: 0, or -errno with *err. */
#ifndef CTL_TENANT_TENANT_H
#define CTL_TENANT_TENANT_H

#include <jansson.h>
#include <stdbool.h>

#include "common/error.h"

/* Names of users and groups end at 31 characters: `councild-` and `-c` leave 20. */
enum { TENANT_NAME_MAX = 20 };

/* None ends with -c: the group of the daemon of a tenant x-c is the one of the clients of x. */
bool tenant_name_fits(const char *name);

int tenant_add(const char *root, const char *name, json_t *done, struct error *err);
/* Records below /var/lib and what an administrator has put beside these files are left, and told.
 */
int tenant_remove(const char *root, const char *name, json_t *done, struct error *err);
/* *ret: an array of {"tenant", "group", "keys": [name]}, by name. */
int tenant_list(const char *root, json_t **ret, struct error *err);

/* Copies the tenant's keys to /run/councild/T/keys, where its daemon may read them and nobody may
 * write: those of its folder, and /etc/credstore/councild-T.NAME where the folder has none of that
 * name. Called as root by the unit before each start and at each reload. What is no key any more
 * goes. *ret: how many there are. */
int tenant_hand_keys(const char *root, const char *name, size_t *ret, struct error *err);

#endif
