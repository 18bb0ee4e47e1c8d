#include "tenant.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/jx.h"
#include "common/xalloc.h"

#define SYSUSERS    "/etc/sysusers.d"
#define SYSUSERS_AT "councild-"
#define SYSUSERS_TO ".conf"

#define SYSUSERS_TEXT                                                                              \
    "# councilctl tenant add %s: members of this group may connect to it.\n"                       \
    "g councild-%s-c -\n"
#define CONFIG_TEXT                                                                                \
    "{\n"                                                                                          \
    "    \"access\": [\n"                                                                          \
    "        {\"group\": \"councild-%s-c\", \"role\": \"ask\"}\n"                                  \
    "    ]\n"                                                                                      \
    "}\n"
#define DROP_IN_TEXT                                                                               \
    "# councilctl tenant add %s\n"                                                                 \
    "[Service]\n"                                                                                  \
    "Environment=COUNCILD_CONFIG=--config=/etc/councild/%s.json\n"

bool tenant_name_fits(const char *name)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    const size_t len = strlen(name);
    return len >= 1 && len <= TENANT_NAME_MAX && name[0] != '-' && strspn(name, allowed) == len &&
           (len < 2 || strcmp(name + len - 2, "-c") != 0);
}

static void tell(json_t *done, const char *did, const char *path)
{
    j_add(done, j_pack("{s:s, s:s}", "did", did, "path", path));
}

/* The places of one tenant, below root; strings to free. */
struct places {
    char *sysusers;
    char *config;
    char *keys;
    char *drop_in_folder;
    char *drop_in;
    char *records, *environment;
};

static struct places places_of(const char *root, const char *name)
{
    return (struct places){
        .sysusers = xasprintf("%s" SYSUSERS "/" SYSUSERS_AT "%s" SYSUSERS_TO, root, name),
        .config = xasprintf("%s/etc/councild/%s.json", root, name),
        .keys = xasprintf("%s/etc/councild/credentials/%s", root, name),
        .drop_in_folder = xasprintf("%s/etc/systemd/system/councild@%s.service.d", root, name),
        .drop_in = xasprintf("%s/etc/systemd/system/councild@%s.service.d/tenant.conf", root, name),
        .records = xasprintf("%s/var/lib/private/councild/%s", root, name),
        .environment = xasprintf("%s/etc/councild/%s.env", root, name),
    };
}

static void places_release(struct places *p)
{
    char *const all[] = {p->sysusers, p->config,  p->keys,       p->drop_in_folder,
                         p->drop_in,  p->records, p->environment};
    for (size_t i = 0; i < ARRAY_LEN(all); i++)
        free(all[i]);
}

/* ---- adding ---- */

static int make_folder(const char *path, mode_t mode, json_t *done, struct error *err)
{
    struct stat st;
    if (lstat(path, &st) == 0) {
        if (!S_ISDIR(st.st_mode))
            return error_set(err, ENOTDIR, "%s is there and no folder", path);
        tell(done, "kept", path);
        return 0;
    }
    _cleanup_free_ char *above = xstrdup(path);
    *strrchr(above, '/') = '\0';
    int r = file_make_dirs(above, 0755, err);
    if (r == 0 && mkdir(path, mode) < 0)
        r = error_errno(err, errno, "cannot make %s", path);
    if (r == 0 && chmod(path, mode) < 0) /* whatever the umask */
        r = error_errno(err, errno, "cannot set the mode of %s", path);
    if (r == 0)
        tell(done, "made", path);
    return r;
}

static int write_new(const char *path, const char *text, json_t *done, struct error *err)
{
    struct stat st;
    if (lstat(path, &st) == 0) {
        tell(done, "kept", path);
        return 0;
    }
    _cleanup_free_ char *above = xstrdup(path);
    *strrchr(above, '/') = '\0';
    int r = file_make_dirs(above, 0755, err);
    if (r == 0)
        r = file_replace(AT_FDCWD, path, text, strlen(text), 0644, err);
    if (r == 0)
        tell(done, "wrote", path);
    return r;
}

int tenant_add(const char *root, const char *name, json_t *done, struct error *err)
{
    struct places p = places_of(root, name);
    _cleanup_free_ char *sysusers = xasprintf(SYSUSERS_TEXT, name, name);
    _cleanup_free_ char *config = xasprintf(CONFIG_TEXT, name);
    _cleanup_free_ char *drop_in = xasprintf(DROP_IN_TEXT, name, name);
    int r = write_new(p.sysusers, sysusers, done, err);
    if (r == 0)
        r = write_new(p.config, config, done, err);
    if (r == 0)
        r = make_folder(p.keys, 0700, done, err);
    if (r == 0)
        r = write_new(p.drop_in, drop_in, done, err);
    places_release(&p);
    return r;
}

/* ---- removing ---- */

static int remove_file(const char *path, json_t *done, struct error *err)
{
    if (unlink(path) == 0)
        tell(done, "removed", path);
    else if (errno != ENOENT)
        return error_errno(err, errno, "cannot remove %s", path);
    return 0;
}

/* One that somebody has put something else into stays. */
static int remove_folder(const char *path, json_t *done, struct error *err)
{
    if (rmdir(path) == 0)
        tell(done, "removed", path);
    else if (errno == ENOTEMPTY || errno == EEXIST)
        tell(done, "left", path);
    else if (errno != ENOENT)
        return error_errno(err, errno, "cannot remove %s", path);
    return 0;
}

static int remove_keys(const char *path, json_t *done, struct error *err)
{
    DIR *folder = opendir(path);
    if (!folder)
        return errno == ENOENT ? 0 : error_errno(err, errno, "cannot read %s", path);
    int r = 0;
    for (struct dirent *entry; r == 0 && (entry = readdir(folder));) {
        if (!strcmp(entry->d_name, ".") || !strcmp(entry->d_name, ".."))
            continue;
        _cleanup_free_ char *file = xasprintf("%s/%s", path, entry->d_name);
        r = remove_file(file, done, err);
    }
    closedir(folder);
    return r == 0 ? remove_folder(path, done, err) : r;
}

static void tell_left(const char *path, json_t *done)
{
    if (access(path, F_OK) == 0)
        tell(done, "left", path);
}

int tenant_remove(const char *root, const char *name, json_t *done, struct error *err)
{
    struct places p = places_of(root, name);
    int r = remove_file(p.drop_in, done, err);
    if (r == 0)
        r = remove_folder(p.drop_in_folder, done, err);
    if (r == 0)
        r = remove_keys(p.keys, done, err);
    if (r == 0)
        r = remove_file(p.config, done, err);
    if (r == 0)
        r = remove_file(p.sysusers, done, err); /* last: until then it is in the list */
    tell_left(p.records, done);
    tell_left(p.environment, done);
    places_release(&p);
    return r;
}

/* ---- listing ---- */

/* The tenant that a file of sysusers is of, or NULL. */
static char *tenant_of(const char *file)
{
    const size_t before = strlen(SYSUSERS_AT), behind = strlen(SYSUSERS_TO), len = strlen(file);
    if (len <= before + behind || strncmp(file, SYSUSERS_AT, before) != 0 ||
        strcmp(file + len - behind, SYSUSERS_TO) != 0)
        return NULL;
    char *name = xstrndup(file + before, len - before - behind);
    if (tenant_name_fits(name))
        return name;
    free(name);
    return NULL;
}

static int no_dots(const struct dirent *entry)
{
    return entry->d_name[0] != '.';
}

/* Names in a folder, sorted; none where there is no folder. */
static int names_in(const char *path, json_t *to, char *(*name_of)(const char *file),
                    struct error *err)
{
    struct dirent **entries = NULL;
    int n = scandir(path, &entries, no_dots, alphasort);
    if (n < 0)
        return errno == ENOENT ? 0 : error_errno(err, errno, "cannot read %s", path);
    for (int i = 0; i < n; i++) {
        char *name = name_of(entries[i]->d_name);
        if (name)
            j_add(to, j_string(name));
        free(name);
        free(entries[i]);
    }
    free(entries);
    return 0;
}

static int add_row(const char *root, const char *name, json_t *rows, struct error *err)
{
    _cleanup_free_ char *folder = xasprintf("%s/etc/councild/credentials/%s", root, name);
    _cleanup_free_ char *group = xasprintf("councild-%s-c", name);
    json_t *keys = j_array();
    int r = names_in(folder, keys, xstrdup, err);
    j_add(rows, j_pack("{s:s, s:s, s:o}", "tenant", name, "group", group, "keys", keys));
    return r;
}

int tenant_list(const char *root, json_t **ret, struct error *err)
{
    _cleanup_free_ char *folder = xasprintf("%s" SYSUSERS, root);
    json_t *names = j_array(), *rows = j_array(), *name;
    size_t i;
    int r = names_in(folder, names, tenant_of, err);
    json_array_foreach (names, i, name)
        if (r == 0)
            r = add_row(root, json_string_value(name), rows, err);
    json_decref(names);
    if (r == 0)
        *ret = rows;
    else
        json_decref(rows);
    return r;
}
