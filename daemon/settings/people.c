#include "people.h"

#include <errno.h>
#include <grp.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/parse.h"
#include "proto/fields.h"
#include "proto/fields_tree.h"

enum { PEOPLE_MAX = 1000 };

struct people_entry {
    char *user, *group, *registry;
    int role;
    bool many;
    int64_t id; /* of the user or the group */
};

struct people {
    gid_t access_gid;
    size_t count;
    struct people_entry entries[];
};

#define MEMBER(member, kind, ...)                                                                  \
    {                                                                                              \
        .name = #member, .type = (kind), .offset = offsetof(struct people_entry, member),          \
        __VA_ARGS__                                                                                \
    }
static const struct field ENTRY[] = {
    MEMBER(user, FIELD_TEXT, .min = 1, .max = 256, .doc = "name or number"),
    MEMBER(group, FIELD_TEXT, .min = 1, .max = 256, .doc = "name or number"),
    MEMBER(role, FIELD_WORD, .flags = FIELD_REQUIRED, .min = ROLE_LOOK, .words = ROLE_WORDS,
           .doc = "what they may do"),
    MEMBER(registry, FIELD_TEXT, .min = 1, .max = REGISTRY_MAX, .doc = "the only one they see"),
    MEMBER(many, FIELD_BOOL, .doc = "they are not bound to a share of the connections"),
    FIELDS_END,
};

/* ---- reading ---- */

/* There is one thread: the static buffers of getpwnam and getgrnam are nobody else's. */
static int64_t number_of_user(const char *name)
{
    int64_t number;
    const struct passwd *user = getpwnam(name);
    if (user)
        return user->pw_uid;
    return parse_int(name, 0, UINT32_MAX - 1, &number) == 0 ? number : -1;
}

static int64_t number_of_group(const char *name)
{
    int64_t number;
    const struct group *group = getgrnam(name);
    if (group)
        return group->gr_gid;
    return parse_int(name, 0, UINT32_MAX - 1, &number) == 0 ? number : -1;
}

static int find_number(struct people_entry *e, size_t at, struct error *err)
{
    if (!e->user == !e->group)
        return error_set(err, EINVAL, "access: entry %zu must have user or group, one of them", at);
    e->id = e->user ? number_of_user(e->user) : number_of_group(e->group);
    if (e->id >= 0)
        return 0;
    return error_set(err, EINVAL, "access: entry %zu: there is no %s %s", at,
                     e->user ? "user" : "group", e->user ? e->user : e->group);
}

static bool is_same(const struct people_entry *a, const struct people_entry *b)
{
    return a->id == b->id && !a->user == !b->user;
}

static int check_once(const struct people *people, size_t at, struct error *err)
{
    for (size_t i = 0; i < at; i++)
        if (is_same(&people->entries[i], &people->entries[at]))
            return error_set(err, EINVAL, "access: entry %zu names whom entry %zu names", at, i);
    return 0;
}

/* "role: must be ...", or "unknown key x". */
static int refuse(size_t at, const struct field_fault *fault, struct error *err)
{
    if (fault->kind == FIELD_FAULT_UNKNOWN)
        return error_set(err, EINVAL, "access: entry %zu: unknown key %s", at, fault->field);
    return error_set(err, EINVAL, "access: entry %zu: %s", at, fault->message);
}

static int read_entry(struct people *people, const json_t *json, struct error *err)
{
    struct field_fault fault = {0};
    const size_t at = people->count;
    struct people_entry *e = &people->entries[at];
    if (!json_is_object(json))
        return error_set(err, EINVAL, "access: entry %zu must be an object", at);
    people->count++;
    fields_defaults(ENTRY, e);
    int r = fields_update_tree(ENTRY, json, e, &fault);
    if (r == -EBADMSG)
        return refuse(at, &fault, err);
    if (r < 0)
        return error_errno(err, -r, "cannot read access");
    r = find_number(e, at, err);
    return r < 0 ? r : check_once(people, at, err);
}

int people_new(const json_t *list, gid_t access_gid, struct people **ret, struct error *err)
{
    const size_t count = json_array_size(list);
    int r = 0;
    if (count > PEOPLE_MAX)
        return error_set(err, EINVAL, "access: at most %d entries", PEOPLE_MAX);
    struct people *people = calloc(1, sizeof *people + count * sizeof *people->entries);
    if (!people)
        return error_errno(err, ENOMEM, "cannot read access");
    people->access_gid = access_gid;
    for (size_t i = 0; r == 0 && i < count; i++)
        r = read_entry(people, json_array_get(list, i), err);
    if (r < 0)
        people_free(people);
    else
        *ret = people;
    return r;
}

void people_free(struct people *people)
{
    if (!people)
        return;
    for (size_t i = 0; i < people->count; i++)
        fields_release(ENTRY, &people->entries[i]);
    free(people);
}

mode_t people_socket_mode(const struct people *people)
{
    if (people->count > 0)
        return 0666;
    return people->access_gid == (gid_t)-1 ? 0600 : 0660;
}

mode_t people_folder_mode(const struct people *people)
{
    if (people->count > 0)
        return 0711;
    return people->access_gid == (gid_t)-1 ? 0700 : 0750;
}

/* ---- looking up ---- */

struct peer_groups {
    gid_t own;
    const gid_t *others;
    size_t count;
};

static bool has_group(const struct peer_groups *groups, int64_t gid)
{
    bool found = groups->own == gid;
    for (size_t i = 0; !found && i < groups->count; i++)
        found = groups->others[i] == gid;
    return found;
}

static const struct people_entry *entry_of(const struct people *people, uid_t uid,
                                           const struct peer_groups *groups)
{
    const struct people_entry *best = NULL;
    for (size_t i = 0; i < people->count; i++) {
        const struct people_entry *e = &people->entries[i];
        if (e->user && e->id == uid)
            return e;
        if (e->group && has_group(groups, e->id) && (!best || e->role > best->role))
            best = e;
    }
    return best;
}

bool people_find(const struct people *people, uid_t uid, gid_t gid, const gid_t *groups,
                 size_t count, struct person *ret)
{
    const struct peer_groups all = {.own = gid, .others = groups, .count = count};
    const bool is_own = uid == 0 || uid == geteuid();
    const struct people_entry *e = is_own ? NULL : entry_of(people, uid, &all);
    const bool operates = people->access_gid != (gid_t)-1 && has_group(&all, people->access_gid) &&
                          (!e || (e->group && e->role < ROLE_OPERATE));
    if (is_own || operates)
        *ret = (struct person){.role = ROLE_OPERATE};
    else if (e)
        *ret =
            (struct person){.role = (enum role)e->role, .registry = e->registry, .many = e->many};
    return is_own || operates || e;
}
