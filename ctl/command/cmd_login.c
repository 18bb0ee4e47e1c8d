/* councilctl login PROVIDER */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "common/jx.h"
#include "common/xalloc.h"
#include "ctl/session/ctl.h"
#include "ctl/terminal/out.h"
#include "ctl/terminal/secret_line.h"
#include "story/safe_text.h"

enum { KEY_MAX = 16384 };

static const struct option_row OPTIONS[] = {
    {"no-check", 0, NULL, "do not ask the provider whether it takes the key"},
    {0},
};

/* One login: everything that is let go at its end. */
struct login {
    const struct ctl *ctl;
    struct client *client;
    const char *provider;
    char *name;   /* of the key, key_env */
    char *folder; /* credentials_dir of the daemon */
    char *path;
    char key[KEY_MAX];
    char old[KEY_MAX]; /* what stood in the file */
    ssize_t old_len;   /* -1: there was none */
};

static void login_release(struct login *l)
{
    explicit_bzero(l->key, sizeof l->key);
    explicit_bzero(l->old, sizeof l->old);
    client_free(l->client);
    free(l->name);
    free(l->folder);
    free(l->path);
}

static int tell(const struct error *err)
{
    fprintf(stderr, "councilctl: %s\n", err->text);
    return EXIT_FAILED;
}

/* ---- the file ---- */

/* A folder that nobody else can look into, if it is not there yet. */
static int open_folder(const struct login *l, struct error *err)
{
    int r = file_make_dirs(l->folder, 0700, err);
    int fd = r < 0 ? r : open(l->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    return r == 0 && fd < 0 ? error_errno(err, errno, "cannot open %s", l->folder) : fd;
}

static int keep_old(struct login *l, int folder, struct error *err)
{
    l->old_len = -1;
    _cleanup_close_ int fd =
        openat(folder, l->name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return errno == ENOENT ? 0 : error_errno(err, errno, "cannot read %s", l->path);
    l->old_len = read(fd, l->old, sizeof l->old);
    return l->old_len < 0 ? error_errno(err, errno, "cannot read %s", l->path) : 0;
}

static int put(const struct login *l, int folder, const char *key, size_t len, struct error *err)
{
    /* What was left beside it may be open to others. */
    _cleanup_free_ char *beside = xasprintf("%s.new", l->name);
    unlinkat(folder, beside, 0);
    return file_replace(folder, l->name, key, len, 0600, err);
}

static int write_key(struct login *l, struct error *err)
{
    _cleanup_close_ int folder = open_folder(l, err);
    int r = folder < 0 ? folder : keep_old(l, folder, err);
    return r < 0 ? r : put(l, folder, l->key, strlen(l->key), err);
}

static int put_back(const struct login *l, struct error *err)
{
    _cleanup_close_ int folder = open_folder(l, err);
    if (folder < 0)
        return folder;
    if (l->old_len >= 0)
        return put(l, folder, l->old, (size_t)l->old_len, err);
    if (unlinkat(folder, l->name, 0) < 0)
        return error_errno(err, errno, "cannot remove %s", l->path);
    return 0;
}

/* ---- who is asked ---- */

/* Only one that is our own reads what we write. */
static int check_daemon(struct login *l)
{
    struct ucred peer = {0};
    socklen_t size = sizeof peer;
    json_t *info = NULL;
    if (getsockopt(client_fd(l->client), SOL_SOCKET, SO_PEERCRED, &peer, &size) < 0 ||
        peer.uid != geteuid()) {
        fprintf(stderr, "councilctl: this councild is not yours: the keys of a tenant of units are "
                        "files in /etc/councild/credentials/TENANT\n");
        return EXIT_FAILED;
    }
    int status = ctl_call(l->ctl, l->client, "supervisor.info", NULL, &info);
    const char *folder = j_str(info, "credentials_dir", NULL);
    if (status == 0 && folder)
        l->folder = xstrdup(folder);
    json_decref(info);
    if (status == 0 && !folder) {
        fprintf(stderr,
                "councilctl: this councild is too old: it does not say where its keys are\n");
        status = EXIT_FAILED;
    }
    return status;
}

static int find_provider(struct login *l)
{
    json_t *result = NULL, *one;
    const char *name = NULL;
    bool known = false;
    size_t i;
    int status = ctl_call(l->ctl, l->client, "provider.list", NULL, &result);
    json_array_foreach (json_object_get(result, "providers"), i, one)
        if (j_has(one, "name", l->provider)) {
            known = true;
            name = j_str(one, "key_env", NULL);
        }
    if (name)
        l->name = xstrdup(name);
    json_decref(result);
    if (status || name)
        return status;
    fprintf(stderr,
            known ? "councilctl: %s needs no key\n"
                  : "councilctl: there is no provider %s: see councilctl providers\n",
            l->provider);
    return EXIT_FAILED;
}

static int prepare(struct login *l)
{
    int status = ctl_open(l->ctl, &l->client);
    if (status == 0)
        status = check_daemon(l);
    if (status == 0)
        status = find_provider(l);
    if (status == 0)
        l->path = xasprintf("%s/%s", l->folder, l->name);
    return status;
}

/* ---- the key ---- */

static int read_key(struct login *l)
{
    struct error err = {0};
    _cleanup_free_ char *prompt = xasprintf("Key for %s (%s), not shown: ", l->provider, l->name);
    int len = secret_line_read(prompt, l->key, sizeof l->key, &err);
    if (len < 0)
        return tell(&err);
    for (int i = 0; i < len; i++)
        if (l->key[i] <= ' ' || l->key[i] > '~')
            len = 0;
    if (len > 0)
        return 0;
    fprintf(stderr, "councilctl: a key has printable ASCII characters and no blanks\n");
    return EXIT_FAILED;
}

static int take_over(const struct login *l)
{
    json_t *result = NULL;
    int status = ctl_call(l->ctl, l->client, "supervisor.reload", NULL, &result);
    json_decref(result);
    return status;
}

/* What is said of the key itself; models and the rest are doctor's. */
static int judge(const struct login *l, const json_t *rows)
{
    size_t i;
    json_t *row;
    struct buf text = BUF_INIT(1 << 20);
    bool accepted = false;
    json_array_foreach (rows, i, row) {
        if (j_has(row, "check", "key_accepted"))
            accepted |= j_has(row, "status", "ok");
        if (j_get(row, "model") || !j_has(row, "status", "failed"))
            continue;
        text_add(&text, "councilctl: ");
        text_add_json(&text, json_object_get(row, "check"));
        text_add(&text, ": ");
        text_add_json(&text, json_object_get(row, "detail"));
        text_add(&text, "\n");
    }
    if (!accepted) {
        text_addf(&text,
                  "councilctl: %s has not accepted the key: everything stays as it was "
                  "(--no-check writes it all the same)\n",
                  l->provider);
        out_tell(xcheck(buf_str(&text)));
    }
    buf_release(&text);
    return accepted ? EXIT_COMPLETE : EXIT_FAILED;
}

static int check_key(const struct login *l)
{
    json_t *result = NULL;
    int status = ctl_call(l->ctl, l->client, "provider.check",
                          j_pack("{s:s}", "provider", l->provider), &result);
    if (status == 0)
        status = judge(l, json_object_get(result, "rows"));
    json_decref(result);
    return status;
}

static int try_key(struct login *l)
{
    struct error err = {0};
    if (write_key(l, &err) < 0)
        return tell(&err);
    int status = take_over(l);
    if (status == 0 && !args_has(&l->ctl->args, "no-check"))
        status = check_key(l);
    if (status == 0)
        return 0;
    if (put_back(l, &err) < 0)
        tell(&err);
    take_over(l);
    return status;
}

static void print_done(const struct login *l)
{
    const bool checked = !args_has(&l->ctl->args, "no-check");
    if (l->ctl->json) {
        json_t *done = j_pack("{s:s, s:s, s:s, s:b}", "provider", l->provider, "key_env", l->name,
                              "file", l->path, "checked", (int)checked);
        out_json(done, true);
        json_decref(done);
        return;
    }
    struct buf *out = out_begin();
    text_addf(out, checked ? "%s accepts the key; it is in " : "The key of %s is in ", l->provider);
    text_add(out, l->path);
    text_add(out, "\n");
    out_end(out);
}

static int run(struct ctl *ctl)
{
    struct login l = {.ctl = ctl, .provider = ctl->args.operands[0], .old_len = -1};
    int status = prepare(&l);
    if (status == 0)
        status = read_key(&l);
    if (status == 0)
        status = try_key(&l);
    if (status == 0)
        print_done(&l);
    login_release(&l);
    return status;
}

const struct command cmd_login = {
    .usage = "PROVIDER",
    .summary = "Give your own councild the key of a provider",
    .help = "Asks for the key, or reads a line from a pipe, and shows it nowhere. It is written to "
            "the daemon's\nfolder of keys (mode 0600), the daemon reads it, and the provider is "
            "asked whether it takes it: if not,\neverything is as before. Later runs use it. As "
            "doctor does, this may ask models short questions.\n",
    .options = OPTIONS,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
