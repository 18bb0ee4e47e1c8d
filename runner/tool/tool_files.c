#include "tool_files.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/jx.h"
#include "common/xalloc.h"

const char *const TOOL_SYSTEM[] = {"/usr",    "/bin", "/sbin", "/lib", "/lib32", "/lib64",
                                   "/libx32", "/etc", "/opt",  "/nix", "/gnu",   NULL};
const char *const TOOL_DEVICES[] = {"/dev/null",   "/dev/zero",    "/dev/full",
                                    "/dev/random", "/dev/urandom", NULL};

bool path_is_in(const char *path, const char *folder)
{
    size_t len = strlen(folder);
    if (len == 1)
        return true;
    return !strncmp(path, folder, len) && (path[len] == '/' || !path[len]);
}

/* ---- one path ---- */

int tool_file_open(const char *path)
{
    struct open_how how = {.flags = O_PATH | O_CLOEXEC, .resolve = RESOLVE_NO_SYMLINKS};
    int fd = (int)syscall(SYS_openat2, AT_FDCWD, path, &how, sizeof(how));
    if (fd < 0 && errno == ENOSYS)
        fd =
            open(path, O_PATH | O_NOFOLLOW | O_CLOEXEC); /* there are filters that do not know it */
    return fd < 0 ? -errno : fd;
}

static void put(struct tool_files *f, const char *path, const char *name, enum tool_file_kind kind)
{
    f->at = xrealloc(f->at, (f->count + 1) * sizeof(*f->at));
    f->at[f->count++] = (struct tool_file){xstrdup(path), name ? xstrdup(name) : NULL, kind};
}

static bool is_own(const struct tool_files *f, const char *path)
{
    json_t *own;
    size_t i;
    json_array_foreach (f->own, i, own)
        if (path_is_in(path, json_string_value(own)))
            return true;
    return false;
}

static bool holds_own(const struct tool_files *f, const char *path)
{
    json_t *own;
    size_t i;
    json_array_foreach (f->own, i, own)
        if (path_is_in(json_string_value(own), path))
            return true;
    return false;
}

/* What is there on every machine, as far as it is there. */
static void add_there(struct tool_files *f, const char *const *paths, enum tool_file_kind kind)
{
    for (; *paths; paths++) {
        _cleanup_free_ char *real = realpath(*paths, NULL);
        if (real && !is_own(f, real))
            put(f, real, strcmp(real, *paths) != 0 ? *paths : NULL, kind);
    }
}

/* Everything, or what a tool has of its own. */
static bool is_no_place(const char *real)
{
    return !strcmp(real, "/") || !strcmp(real, "/tmp") || !strcmp(real, "/dev") ||
           path_is_in(real, "/proc");
}

static int add_listed(struct tool_files *f, const char *name, enum tool_file_kind kind,
                      struct error *err)
{
    if (!name || name[0] != '/')
        return error_set(err, EINVAL, "its entry lists %s: paths are absolute",
                         name ? name : "no text");
    _cleanup_free_ char *real = realpath(name, NULL);
    if (!real)
        return error_errno(err, errno, "its entry lists %s", name);
    if (is_no_place(real))
        return error_set(err, EINVAL, "its entry lists %s: name what it needs there", name);
    if (is_own(f, real))
        return error_set(err, EACCES, "its entry lists %s, which is councild's own", name);
    put(f, real, strcmp(real, name) != 0 ? name : NULL, kind);
    return 0;
}

static int add_list(struct tool_files *f, const json_t *list, enum tool_file_kind kind,
                    struct error *err)
{
    json_t *name;
    size_t i;
    int r = 0;
    json_array_foreach (list, i, name)
        r = r < 0 ? r : add_listed(f, json_string_value(name), kind, err);
    return r;
}

/* ---- all of them ---- */

/* Of what is not there yet the name counts. */
static void learn_own(struct tool_files *f, const json_t *own)
{
    json_t *one;
    size_t i;
    f->own = j_array();
    json_array_foreach (own, i, one) {
        const char *path = json_string_value(one);
        _cleanup_free_ char *real = path ? realpath(path, NULL) : NULL;
        if (path && path[0] == '/')
            j_add(f->own, j_string(real ? real : path));
    }
}

/* What is named without being listed: given if it can be. */
static void add_named(struct tool_files *f, const char *name, mode_t type)
{
    struct stat st;
    _cleanup_free_ char *real = name && name[0] == '/' ? realpath(name, NULL) : NULL;
    if (real && stat(real, &st) == 0 && (st.st_mode & S_IFMT) == type && !is_no_place(real) &&
        !is_own(f, real))
        put(f, real, strcmp(real, name) != 0 ? name : NULL, TOOL_FILE_READ);
}

/* A program in PREFIX/bin has its libraries and its helpers in PREFIX. */
static void add_libraries(struct tool_files *f, const char *program)
{
    static const char *const FOLDERS[] = {"lib", "lib64", "libexec"};
    const char *name = strrchr(program, '/');
    if (name - program < 4 || strncmp(name - 4, "/bin", 4) != 0)
        return;
    for (size_t i = 0; i < sizeof(FOLDERS) / sizeof(*FOLDERS); i++) {
        _cleanup_free_ char *path =
            xasprintf("%.*s/%s", (int)(name - 4 - program), program, FOLDERS[i]);
        add_named(f, path, S_IFDIR);
    }
}

/* Scripts that an interpreter is to run, and other files that its arguments name. */
static void add_arguments(struct tool_files *f, const json_t *argv)
{
    for (size_t i = 1; i < json_array_size(argv); i++)
        add_named(f, json_string_value(json_array_get(argv, i)), S_IFREG);
}

/* Its interpreter, if it is a script, comes from the system or is listed. */
static int add_program(struct tool_files *f, const json_t *program, struct error *err)
{
    const json_t *argv = json_object_get(program, "argv");
    const char *path = json_string_value(json_array_get(argv, 0));
    _cleanup_free_ char *real = path ? realpath(path, NULL) : NULL;
    if (!real)
        return error_errno(err, errno, "cannot start %s", path ? path : "nothing");
    if (is_own(f, real))
        return error_set(err, EACCES, "cannot start %s: it is councild's own", path);
    put(f, real, strcmp(real, path) != 0 ? path : NULL, TOOL_FILE_READ);
    add_libraries(f, real);
    if (strcmp(real, path) != 0)
        add_libraries(f, path);
    add_arguments(f, argv);
    return 0;
}

/* With a network names are looked up, in files that often are links out of the system's folders. */
static void add_resolver(struct tool_files *f, const json_t *program)
{
    const char *const PATHS[] = {"/etc/resolv.conf", NULL};
    json_t *network = json_object_get(program, "network");
    if (json_is_true(network) || json_array_size(network))
        add_there(f, PATHS, TOOL_FILE_READ);
}

/* Shorter ones first: what lies in another comes behind it. */
static int compare_lengths(const void *a, const void *b)
{
    size_t x = strlen(((const struct tool_file *)a)->path),
           y = strlen(((const struct tool_file *)b)->path);
    return (x > y) - (x < y);
}

int tool_files_init(struct tool_files *f, const json_t *program, const json_t *own,
                    struct error *err)
{
    *f = (struct tool_files){0};
    learn_own(f, own);
    add_there(f, TOOL_SYSTEM, TOOL_FILE_SYSTEM);
    add_there(f, TOOL_DEVICES, TOOL_FILE_DEVICE);
    add_resolver(f, program);
    int r = add_program(f, program, err);
    if (r == 0)
        r = add_list(f, json_object_get(program, "read"), TOOL_FILE_READ, err);
    if (r == 0)
        r = add_list(f, json_object_get(program, "write"), TOOL_FILE_WRITE, err);
    if (r < 0)
        tool_files_release(f);
    else
        qsort(f->at, f->count, sizeof(*f->at), compare_lengths);
    return r;
}

void tool_files_release(struct tool_files *f)
{
    for (size_t i = 0; i < f->count; i++) {
        free(f->at[i].path);
        free(f->at[i].name);
    }
    free(f->at);
    json_decref(f->own);
    *f = (struct tool_files){0};
}

/* ---- without councild's own ---- */

struct giving {
    const struct tool_files *files;
    tool_path_given give;
    void *context;
    enum tool_file_kind kind;
};

static void give_path(const struct giving *g, const char *path);

static void give_entries(const struct giving *g, const char *folder)
{
    DIR *entries = opendir(folder);
    struct dirent *e;
    while (entries && (e = readdir(entries))) {
        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
            continue;
        char *path = xasprintf("%s/%s", folder, e->d_name);
        if (e->d_type != DT_LNK)
            give_path(g, path);
        free(path);
    }
    if (entries)
        closedir(entries);
}

/* Goes as deep as councild's own lies. */
static void give_path(const struct giving *g, const char *path)
{
    if (is_own(g->files, path))
        return;
    if (holds_own(g->files, path))
        give_entries(g, path);
    else
        g->give(g->context, path, g->kind);
}

void tool_files_each(const struct tool_files *f, tool_path_given give, void *context)
{
    for (size_t i = 0; i < f->count; i++)
        give_path(&(struct giving){f, give, context, f->at[i].kind}, f->at[i].path);
}
