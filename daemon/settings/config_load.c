#include "config_load.h"

#include <errno.h>
#include <grp.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "addresses.h"
#include "common/cleanup.h"
#include "common/parse.h"
#include "config_keys.h"
#include "config_paths.h"
#include "json_file.h"
#include "own_paths.h"
#include "people.h"
#include "proto/council/seat/allowed.h"
#include "proto/json/json_make.h"

enum { FILE_MAX = 4 << 20, NAME_MAX_BYTES = 64, QUEUE_DEFAULT = 16 << 20 };

const char *config_usage(void)
{
    return "usage: councild [FLAG...]\n"
           "\n"
           "Supervises LLM council runs for one tenant and serves the control protocol on a UNIX\n"
           "socket. A flag takes its value as --flag=VALUE or --flag VALUE and wins over the "
           "file.\n"
           "\n"
           "  --config FILE                  a JSON object with any of these keys (- becomes _)\n"
           "                                 and access, limits, providers, defaults, budget,\n"
           "                                 allow_options, allow_addresses, deny_addresses,\n"
           "                                 retention\n"
           "  --tenant NAME                  [default]\n"
           "  --socket PATH                  [$XDG_RUNTIME_DIR/councild/TENANT/sock; root: /run]\n"
           "  --state-dir PATH               records, locks\n"
           "  --catalogue-dir PATH           councils, profiles, tools ... by name\n"
           "  --credentials-dir PATH         keys of providers, a file each\n"
           "  --runner PATH                  [council-runner beside councild]\n"
           "  --prices PATH                  [CATALOGUE/prices.json]\n"
           "  --models PATH                  [CATALOGUE/models.json]\n"
           "  --access-group GROUP           its members may connect [nobody else]\n"
           "  --cgroup auto|off|PATH         where runs get cgroups of their own [auto]\n"
           "  --sandbox best|strict|off      what runs are closed in with [best]\n"
           "  --max-children N               live runs at most [1000]\n"
           "  --spares N                     runners kept ready [1]\n"
           "  --start-timeout-ms N           until a runner has to be ready [10000]\n"
           "  --shutdown-ms N                from SIGTERM to SIGKILL, unless a run says [5000]\n"
           "  --stop-limit-ms N              the longest stop of an `infinity` run [90000]\n"
           "  --kill-limit-ms N              until a run that outlives SIGKILL is told [10000]\n"
           "  --max-connections N            [256]\n"
           "  --max-request-bytes N          [4194304]\n"
           "  --max-output-queue-bytes N     for each connection [16777216]\n"
           "  --max-planned-calls N          of one council [2000]\n"
           "  --max-parallel N               calls of one run at once [16]\n"
           "  --log-level LEVEL              error, warning, notice, info or debug [info]\n"
           "  --version, --help\n";
}

/* ---- command line ---- */

static void flag_to_key(const char *flag, size_t len, char *to)
{
    for (size_t i = 0; i < len; i++)
        to[i] = flag[i] == '-' ? '_' : flag[i];
    to[len] = '\0';
}

/* Takes one flag and its word apart: how many arguments it was, or -EINVAL, -ENOMEM. */
static int parse_flag(char *const *args, json_t *flags, char **file, struct error *err)
{
    char name[NAME_MAX_BYTES];
    const char *flag = args[0];
    if (strncmp(flag, "--", 2) != 0)
        return error_set(err, EINVAL, "unexpected argument %s; see --help", flag);
    const size_t len = strcspn(flag + 2, "=");
    if (len == 0 || len >= sizeof name)
        return error_set(err, EINVAL, "unknown flag %s; see --help", flag);
    flag_to_key(flag + 2, len, name);
    const struct field *key = config_key_find(name);
    const bool is_file = strcmp(name, "config") == 0;
    const bool plain = key && config_key_is_flag(key);
    if (memchr(flag + 2, '_', len) || (!is_file && !plain))
        return error_set(err, EINVAL, "unknown flag %s; see --help", flag);
    const bool joined = flag[2 + len] == '=';
    const char *word = joined ? flag + 3 + len : args[1];
    if (!word)
        return error_set(err, EINVAL, "%s needs a value", flag);
    if (is_file) {
        free(*file);
        *file = config_path_absolute(word);
        if (!*file)
            return error_errno(err, ENOMEM, "%s", flag);
    } else if (!json_put(flags, name, config_key_from_flag(key, word))) {
        return error_errno(err, ENOMEM, "%s", flag);
    }
    return joined ? 1 : 2;
}

static int parse_flags(int argc, char *const argv[], json_t *flags, char **file, struct error *err)
{
    for (int i = 1; i < argc;) {
        if (strcmp(argv[i], "--help") == 0)
            return CONFIG_HELP;
        if (strcmp(argv[i], "--version") == 0)
            return CONFIG_VERSION;
        int r = parse_flag(argv + i, flags, file, err);
        if (r < 0)
            return r;
        i += r;
    }
    return 0;
}

/* ---- the file ---- */

static int load_file(const char *path, json_t **ret, struct error *err)
{
    json_t *json = NULL;
    int r = json_file_read(path, FILE_MAX, &json, err);
    if (r < 0)
        return r;
    if (!json_is_object(json)) {
        json_decref(json);
        return error_set(err, EINVAL, "%s: must be a JSON object", path);
    }
    *ret = json;
    return 0;
}

static int apply_all(struct config *config, const json_t *values, struct error *err)
{
    config->prices_set |= json_object_get(values, "prices") != NULL;
    config->models_set |= json_object_get(values, "models") != NULL;
    return config_keys_apply(values, config, err);
}

/* ---- what follows from other keys ---- */

static int find_group(struct config *config, struct error *err)
{
    if (!config->access_group)
        return 0;
    int64_t number;
    errno = 0;
    /* There is one thread: the static buffer of getgrnam is nobody else's. */
    const struct group *group = getgrnam(config->access_group);
    if (group)
        config->access_gid = group->gr_gid;
    else if (parse_int(config->access_group, 0, UINT32_MAX - 1, &number) == 0)
        config->access_gid = (gid_t)number;
    else
        return error_set(err, EINVAL, "access_group: there is no group %s", config->access_group);
    return 0;
}

static int default_to(char **member, char *path)
{
    *member = path;
    return path ? 0 : -ENOMEM;
}

static int fill_paths(struct config *c)
{
    int r = config_keys_absolute(c);
    if (r == 0 && !c->socket)
        r = default_to(&c->socket, config_path_socket(c->tenant));
    if (r == 0 && !c->state_dir)
        r = default_to(&c->state_dir, config_path_state(c->tenant));
    if (r == 0 && !c->catalogue_dir)
        r = default_to(&c->catalogue_dir, config_path_catalogue());
    if (r == 0 && !c->credentials_dir)
        r = default_to(&c->credentials_dir, config_path_credentials(c->tenant));
    if (r == 0 && !c->runner)
        r = default_to(&c->runner, config_path_runner());
    if (r == 0 && !c->cgroup)
        r = default_to(&c->cgroup, strdup("auto"));
    if (r == 0 && !c->prices)
        r = default_to(&c->prices, config_path_in(c->catalogue_dir, "prices.json"));
    if (r == 0)
        r = default_to(&c->system_catalogue_dir, strdup(PREFIX "/share/councild/catalogue"));
    if (r == 0 && !c->models)
        r = default_to(&c->models, config_path_models(c->catalogue_dir, c->system_catalogue_dir));
    return r;
}

/* A line of the link is at most M = 2 L, and two of those have to fit into a queue. */
static int check_queue(struct config *c, struct error *err)
{
    const int64_t least = 4 * c->max_request_bytes;
    if (c->max_output_queue_bytes == 0)
        c->max_output_queue_bytes = least > QUEUE_DEFAULT ? least : QUEUE_DEFAULT;
    if (c->max_output_queue_bytes >= least)
        return 0;
    return error_set(err, EINVAL,
                     "max_output_queue_bytes: must be at least 4 times max_request_bytes, "
                     "%" PRId64,
                     least);
}

static int complete(struct config *c, struct error *err)
{
    if (!c->tenant && default_to(&c->tenant, strdup("default")) < 0)
        return error_errno(err, ENOMEM, "cannot read the configuration");
    if (!c->providers)
        c->providers = json_object();
    if (!c->defaults)
        c->defaults = json_object();
    if (!c->budget)
        c->budget = json_object();
    if (!c->allow_options)
        c->allow_options = json_object();
    if (!c->allow_addresses)
        c->allow_addresses = json_array();
    if (!c->deny_addresses)
        c->deny_addresses = addresses_denied_by_default();
    if (!c->providers || !c->defaults || !c->budget || !c->allow_options || !c->allow_addresses ||
        !c->deny_addresses || fill_paths(c) < 0)
        return error_errno(err, ENOMEM, "cannot read the configuration");
    int r = allow_options_check(c->allow_options, err);
    r = r < 0 ? r : addresses_check(c->allow_addresses, "allow_addresses", err);
    r = r < 0 ? r : addresses_check(c->deny_addresses, "deny_addresses", err);
    r = r < 0 ? r : sandbox_policy_read(c->sandbox, &c->sandbox_policy, err);
    r = r < 0 ? r : run_limits_check_cores(&c->limits, &c->sandbox_policy, err);
    r = r < 0 ? r : find_group(c, err);
    r = r < 0 ? r : people_new(c->access, c->access_gid, &c->people, err);
    r = r < 0 ? r : check_queue(c, err);
    if (r == 0 && !(c->own_paths = own_paths(c)))
        return error_errno(err, ENOMEM, "cannot read the configuration");
    return r;
}

/* ---- loading ---- */

static int load_values(struct config *config, struct error *err)
{
    int r = 0;
    if (config->file) {
        json_t *values = NULL;
        r = load_file(config->file, &values, err);
        if (r == 0) {
            r = apply_all(config, values, err);
            if (r < 0)
                error_wrap(err, "%s", config->file);
        }
        json_decref(values);
    }
    if (r == 0)
        r = apply_all(config, config->from_flags, err);
    return r == 0 ? complete(config, err) : r;
}

static struct config *config_new(void)
{
    struct config *config = calloc(1, sizeof *config);
    if (config)
        config_keys_defaults(config);
    return config;
}

int config_load(int argc, char *const argv[], struct config **ret, struct error *err)
{
    struct config *config = config_new();
    if (config)
        config->from_flags = json_object();
    if (!config || !config->from_flags) {
        config_free(config);
        return error_errno(err, ENOMEM, "cannot read the configuration");
    }
    int r = parse_flags(argc, argv, config->from_flags, &config->file, err);
    if (r == 0)
        r = load_values(config, err);
    if (r != 0) {
        config_free(config);
        return r;
    }
    *ret = config;
    return 0;
}

static int check_fixed(const struct config *old, const struct config *fresh, struct error *err)
{
    for (const struct field *key = CONFIG_KEYS; key->name; key++)
        if (config_key_changed(key, old, fresh))
            return error_set(err, EINVAL, "%s: cannot change while the daemon runs", key->name);
    return 0;
}

int config_reload(const struct config *old, struct config **ret, struct error *err)
{
    struct config *config = config_new();
    if (!config)
        return error_errno(err, ENOMEM, "cannot read the configuration");
    config->from_flags = json_incref(old->from_flags);
    int r = 0;
    if (old->file && !(config->file = strdup(old->file)))
        r = error_errno(err, ENOMEM, "cannot read the configuration");
    if (r == 0)
        r = load_values(config, err);
    if (r == 0)
        r = check_fixed(old, config, err);
    if (r < 0) {
        config_free(config);
        return r;
    }
    *ret = config;
    return 0;
}
