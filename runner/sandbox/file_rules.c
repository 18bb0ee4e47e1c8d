#include "file_rules.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/landlock.h"

static const char *const PATHS[] = {
    "/etc/ld.so.cache", /* libraries that are loaded late */
    "/lib",
    "/lib64",
    "/usr/lib",
    "/usr/lib64",
    "/usr/local/lib",
    "/etc/ssl/openssl.cnf",
    "/usr/lib/ssl",
    "/etc/pki/tls/openssl.cnf",
    "/etc/crypto-policies/back-ends", /* included by openssl.cnf there */
    "/etc/nsswitch.conf",
    "/etc/hosts",
    "/etc/host.conf",
    "/etc/resolv.conf",
    "/etc/gai.conf",
    "/etc/services",
    "/etc/protocols",
    "/etc/networks",
    "/run/systemd/resolve",
    "/run/resolvconf", /* where resolv.conf may lead, and be renewed */
    "/etc/localtime",
    "/etc/timezone",
    "/usr/share/zoneinfo",
    "/dev/null",
    "/dev/urandom",
    "/dev/random",
    "/proc/sys/vm/overcommit_memory",
    "/sys/devices/system/cpu", /* libc, about memory and threads */
};

static int add(int ruleset, const char *path)
{
    int r = landlock_add_path(ruleset, path, LANDLOCK_READ);
    return r == -ENOENT || r == -ENOTDIR || r == -EACCES || r == -ELOOP ? 0 : r;
}

/* Folders of certificates that the system keeps are allowed as a whole, for there may be hundreds;
 * elsewhere only the file that a link leads to. */
static int add_target(int ruleset, char *target, char last[PATH_MAX])
{
    char *slash = strrchr(target, '/');
    if (!strncmp(target, "/usr/", 5))
        *slash = '\0';
    if (!strcmp(target, last))
        return 0;
    snprintf(last, PATH_MAX, "%s", target);
    return add(ruleset, target);
}

static int add_link(int ruleset, int folder, const char *path, const char *name,
                    char last[PATH_MAX])
{
    char target[PATH_MAX], whole[PATH_MAX];
    ssize_t len = readlinkat(folder, name, target, sizeof(target) - 1);
    if (len <= 0)
        return 0;
    target[len] = '\0';
    if (target[0] == '/')
        return add_target(ruleset, target, last);
    if (!strchr(target, '/'))
        return 0; /* to another one of this folder */
    int n = snprintf(whole, sizeof(whole), "%s/%s", path, target);
    return n < (int)sizeof(whole) ? add_target(ruleset, whole, last) : 0;
}

static void close_folder(DIR **folder)
{
    if (*folder)
        closedir(*folder);
}

/* A hashed directory is full of links, some into other folders. */
static int add_links(int ruleset, const char *path)
{
    _cleanup_(close_folder) DIR *folder = opendir(path);
    char last[PATH_MAX] = "";
    struct dirent *entry;
    int r = 0;
    while (r == 0 && folder && (entry = readdir(folder)))
        if (entry->d_type == DT_LNK)
            r = add_link(ruleset, dirfd(folder), path, entry->d_name, last);
    return r;
}

int file_rules_add(int ruleset, const char *ca_dir)
{
    int r = 0;
    for (size_t i = 0; r == 0 && i < ARRAY_LEN(PATHS); i++)
        r = add(ruleset, PATHS[i]);
    if (r < 0 || !ca_dir)
        return r;
    r = add(ruleset, ca_dir);
    return r < 0 ? r : add_links(ruleset, ca_dir);
}
