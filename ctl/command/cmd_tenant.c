/* councilctl tenant add|remove|list|keys */
#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/jx.h"
#include "common/xalloc.h"
#include "ctl/session/ctl.h"
#include "ctl/tenant/machine_steps.h"
#include "ctl/tenant/tenant.h"
#include "ctl/terminal/out.h"
#include "story/columns.h"
#include "story/safe_text.h"

static const struct option_row OPTIONS[] = {
    {"root", 0, "DIR", "write below this folder, and run no program"},
    {0},
};

struct tenancy {
    const struct ctl *ctl;
    const char *root; /* "" on the machine itself */
    const char *name; /* of the tenant; NULL: list */
    json_t *done;
};

static int tell_failure(const struct error *err)
{
    fprintf(stderr, "councilctl: %s\n", err->text);
    return EXIT_FAILED;
}

static void print_done(const struct tenancy *w, const char *next)
{
    if (w->ctl->json) {
        out_json(w->done, true);
        return;
    }
    struct buf *out = out_begin();
    size_t i;
    json_t *step;
    json_array_foreach (w->done, i, step) {
        text_addf(out, "%-8s", j_str(step, "did", ""));
        text_add_json(out, json_object_get(step, "path"));
        text_add(out, "\n");
    }
    text_add(out, next);
    out_end(out);
}

/* ---- programs ---- */

/* One that is not there, or fails, is told; what was written stands all the same. */
static int run_step(struct tenancy *w, const char *const *argv)
{
    struct error err = {0};
    struct buf words = BUF_INIT(1024);
    for (size_t i = 0; argv[i]; i++)
        text_addf(&words, "%s%s", i ? " " : "", argv[i]);
    int r = machine_run(argv, false, &err);
    const char *line = xcheck(buf_str(&words));
    if (r < 0)
        fprintf(stderr, "councilctl: %s\n", err.text);
    else if (r > 0)
        fprintf(stderr, "councilctl: %s: exit status %d\n", line, r);
    else
        j_add(w->done, j_pack("{s:s, s:s}", "did", "ran", "path", line));
    buf_release(&words);
    return r == 0 ? EXIT_COMPLETE : EXIT_FAILED;
}

static int read_units_again(struct tenancy *w)
{
    static const char *const RELOAD[] = {"systemctl", "daemon-reload", NULL};
    return run_step(w, RELOAD);
}

static int make_group(struct tenancy *w)
{
    _cleanup_free_ char *file = xasprintf("councild-%s.conf", w->name);
    const char *const argv[] = {"systemd-sysusers", file, NULL};
    return run_step(w, argv);
}

/* A later tenant of that name must not be open to the clients of this one. */
static int remove_group(struct tenancy *w)
{
    struct error err = {0};
    _cleanup_free_ char *group = xasprintf("councild-%s-c", w->name);
    const char *const ask[] = {"getent", "group", group, NULL};
    const char *const argv[] = {"groupdel", group, NULL};
    return machine_run(ask, true, &err) == 0 ? run_step(w, argv) : EXIT_COMPLETE;
}

static bool is_active(const struct tenancy *w)
{
    struct error err = {0};
    _cleanup_free_ char *socket = xasprintf("councild@%s.socket", w->name);
    _cleanup_free_ char *service = xasprintf("councild@%s.service", w->name);
    const char *const argv[] = {"systemctl", "is-active", "--quiet", socket, service, NULL};
    return machine_run(argv, true, &err) == 0;
}

/* ---- what it does ---- */

static int add(struct tenancy *w)
{
    struct error err = {0};
    if (tenant_add(w->root, w->name, w->done, &err) < 0)
        return tell_failure(&err);
    int status = *w->root ? EXIT_COMPLETE : make_group(w);
    if (status == EXIT_COMPLETE && !*w->root)
        status = read_units_again(w);
    _cleanup_free_ char *next =
        xasprintf("\nA key     install -m 600 FILE /etc/councild/credentials/%s/OPENAI_API_KEY\n"
                  "A client  usermod -aG councild-%s-c NAME\n"
                  "The start systemctl enable --now councild@%s.socket\n",
                  w->name, w->name, w->name);
    print_done(w, next);
    return status;
}

static int forget(struct tenancy *w)
{
    struct error err = {0};
    if (!*w->root && is_active(w)) {
        fprintf(stderr,
                "councilctl: tenant %s is running: systemctl disable --now councild@%s.socket "
                "councild@%s.service\n",
                w->name, w->name, w->name);
        return EXIT_FAILED;
    }
    if (tenant_remove(w->root, w->name, w->done, &err) < 0)
        return tell_failure(&err);
    int status = *w->root ? EXIT_COMPLETE : remove_group(w);
    if (!*w->root && json_array_size(w->done) > 0 && read_units_again(w) != EXIT_COMPLETE)
        status = EXIT_FAILED;
    print_done(w, "");
    return status;
}

static void add_row(struct table *t, const json_t *row)
{
    json_t *keys = json_object_get(row, "keys"), *key;
    struct buf names = BUF_INIT(1 << 20);
    size_t i;
    json_array_foreach (keys, i, key)
        text_addf(&names, "%s%s", i ? ", " : "", json_string_value(key));
    table_json(t, json_object_get(row, "tenant"));
    table_json(t, json_object_get(row, "group"));
    table_cell(t, names.len ? xcheck(buf_str(&names)) : "-");
    buf_release(&names);
}

static void print_list(const json_t *rows)
{
    static const char *const heads[] = {"TENANT", "GROUP OF CLIENTS", "KEYS", NULL};
    struct table *t = table_new(heads);
    struct buf *out = out_begin();
    size_t i;
    json_t *row;
    json_array_foreach (rows, i, row)
        add_row(t, row);
    table_print(t, "", out);
    out_end(out);
    table_free(t);
}

static int list(struct tenancy *w)
{
    struct error err = {0};
    json_t *rows = NULL;
    if (tenant_list(w->root, &rows, &err) < 0)
        return tell_failure(&err);
    if (w->ctl->json)
        out_json(rows, true);
    else
        print_list(rows);
    json_decref(rows);
    return EXIT_COMPLETE;
}

static int hand_keys(struct tenancy *w)
{
    struct error err = {0};
    size_t count = 0;
    if (tenant_hand_keys(w->root, w->name, &count, &err) < 0)
        return tell_failure(&err);
    fprintf(stderr, "councilctl: %zu key%s for tenant %s\n", count, count == 1 ? "" : "s", w->name);
    return EXIT_COMPLETE;
}

static const struct deed {
    const char *word;
    size_t operands;
    int (*act)(struct tenancy *w);
} DEEDS[] = {{"add", 2, add}, {"remove", 2, forget}, {"list", 1, list}, {"keys", 2, hand_keys}};

static const struct deed *find_deed(const char *word)
{
    for (size_t i = 0; i < ARRAY_LEN(DEEDS); i++)
        if (strcmp(DEEDS[i].word, word) == 0)
            return &DEEDS[i];
    return NULL;
}

static int run(struct ctl *ctl)
{
    const struct args *a = &ctl->args;
    const struct deed *deed = find_deed(a->operands[0]);
    const char *root = args_value(a, "root");
    struct tenancy w = {
        .ctl = ctl, .root = root ? root : "", .name = a->n_operands > 1 ? a->operands[1] : NULL};
    if (!deed)
        return ctl_usage(ctl, "%s is none of add, remove, list, keys", a->operands[0]);
    if (a->n_operands != deed->operands)
        return ctl_usage(ctl, "%s wants %s", deed->word,
                         deed->operands == 2 ? "the name of a tenant" : "no name");
    if (deed->operands == 2 && !tenant_name_fits(w.name))
        return ctl_usage(ctl,
                         "a tenant of units has a name of 1 to %d of A-Z a-z 0-9 _ -, not "
                         "beginning with - and not ending with -c",
                         TENANT_NAME_MAX);
    if (!root && geteuid() != 0) {
        fprintf(stderr, "councilctl: only root may do this; --root DIR writes somewhere else\n");
        return EXIT_FAILED;
    }
    w.done = j_array();
    int status = deed->act(&w);
    json_decref(w.done);
    return status;
}

const struct command cmd_tenant = {
    .usage = "add|remove|list|keys [TENANT]",
    .summary = "Set up the tenants of councild's systemd units",
    .help = "add: a group for its clients (councild-TENANT-c), a folder for its keys, its "
            "configuration, a drop-in\nof its service. What is there stays as it is.\n"
            "remove: takes these away, keys too; records are left.\n"
            "list: the tenants that were added.\n"
            "keys: hands its keys to its service; the unit does that at each start and reload.\n",
    .options = OPTIONS,
    .min_operands = 1,
    .max_operands = 2,
    .run = run,
};
