#include "config_paths.h"

#include <errno.h>
#include <limits.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"

/* A variable that holds an absolute path; the XDG specification has others ignored. */
static const char *directory_variable(const char *name)
{
    const char *value = getenv(name);
    return value && value[0] == '/' ? value : NULL;
}

static char *join(const char *a, const char *b, const char *c, const char *d)
{
    char *path;
    return asprintf(&path, "%s%s%s%s", a, b, c, d) < 0 ? NULL : path;
}

char *config_path_absolute(const char *path)
{
    char *full;
    if (path[0] == '/') {
        full = strdup(path);
    } else {
        _cleanup_free_ char *here = getcwd(NULL, 0);
        full = here ? join(here, "/", path, "") : NULL;
    }
    for (size_t len = full ? strlen(full) : 0; len > 1 && full[len - 1] == '/'; len--)
        full[len - 1] = '\0';
    return full;
}

char *config_path_socket(const char *tenant)
{
    const char *runtime = geteuid() == 0 ? NULL : directory_variable("XDG_RUNTIME_DIR");
    return join(runtime ? runtime : "/run", "/councild/", tenant, "/sock");
}

char *config_path_state(const char *tenant)
{
    const char *state = directory_variable("XDG_STATE_HOME");
    if (state)
        return join(state, "/councild/", tenant, "");
    const char *home = geteuid() == 0 ? NULL : directory_variable("HOME");
    return join(home ? home : "/var/lib", home ? "/.local/state/councild/" : "/councild/", tenant,
                "");
}

char *config_path_catalogue(void)
{
    const char *configuration = directory_variable("XDG_CONFIG_HOME");
    if (configuration)
        return join(configuration, "/councild", "", "");
    const char *home = geteuid() == 0 ? NULL : directory_variable("HOME");
    char *own = home ? join(home, "/.config/councild", "", "") : NULL;
    if (home && !own)
        return NULL;
    if (own && access(own, F_OK) == 0)
        return own;
    free(own);
    return strdup("/etc/councild");
}

char *config_path_credentials(const char *tenant)
{
    const char *configuration = directory_variable("XDG_CONFIG_HOME");
    if (configuration)
        return join(configuration, "/councild/credentials", "", "");
    const char *home = geteuid() == 0 ? NULL : directory_variable("HOME");
    char *own = home ? join(home, "/.config/councild/credentials", "", "") : NULL;
    if (home && !own)
        return NULL;
    /* Who became somebody else may have that one's HOME. */
    if (own && (access(own, X_OK) == 0 || errno == ENOENT))
        return own;
    free(own);
    return join("/etc/councild/credentials/", tenant, "", "");
}

char *config_path_runner(void)
{
    char self[PATH_MAX];
    const ssize_t len = readlink("/proc/self/exe", self, sizeof self - 1);
    char *slash = NULL;
    if (len > 0) {
        self[len] = '\0';
        slash = strrchr(self, '/');
    }
    if (slash) {
        *slash = '\0';
        char *beside = join(self, "/council-runner", "", "");
        if (!beside || access(beside, F_OK) == 0)
            return beside;
        free(beside);
    }
    return strdup(LIBEXECDIR "/council-runner");
}

char *config_path_in(const char *folder, const char *file)
{
    return join(folder, "/", file, "");
}

char *config_path_models(const char *catalogue_dir, const char *system_catalogue_dir)
{
    char *own = config_path_in(catalogue_dir, "models.json");
    if (!own || access(own, F_OK) == 0)
        return own;
    char *shipped = config_path_in(system_catalogue_dir, "models.json");
    if (shipped && access(shipped, F_OK) < 0) {
        free(shipped);
        return own;
    }
    free(own);
    return shipped;
}
