#include "ctl.h"

#include <errno.h>
#include <stdarg.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/fd.h"
#include "common/xalloc.h"
#include "ctl/terminal/out.h"
#include "ctl/view/fault.h"
#include "story/safe_text.h"

enum { JSON_TEXT_MAX = 256 * 1024 * 1024, TENANT_MAX = 32 };

int ctl_usage(const struct ctl *ctl, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    fprintf(stderr, "councilctl %s: ", ctl->row->name);
    vfprintf(stderr, format, args);
    fprintf(stderr, "\nSee: councilctl %s --help\n", ctl->row->name);
    va_end(args);
    return EXIT_USAGE;
}

static bool is_tenant(const char *name)
{
    static const char allowed[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-";
    size_t len = strlen(name);
    return len >= 1 && len <= TENANT_MAX && name[0] != '-' && strspn(name, allowed) == len;
}

int ctl_open(const struct ctl *ctl, struct client **ret)
{
    const char *tenant = args_value(&ctl->args, "tenant");
    if (tenant && !is_tenant(tenant))
        return ctl_usage(ctl, "a tenant's name has 1 to 32 of A-Z a-z 0-9 _ - and does not begin "
                              "with -");
    struct error err = {0};
    int r = client_open(args_value(&ctl->args, "socket"), tenant, ret, &err);
    if (r == 0)
        return 0;
    if (r == -ENOMEM)
        xcheck(NULL);
    if (r == -ENOENT || r == -ECONNREFUSED)
        fprintf(stderr, "councilctl: no daemon: %s\n", err.text);
    else
        fprintf(stderr, "councilctl: cannot connect: %s\n", err.text);
    return r == -ENAMETOOLONG ? EXIT_USAGE : EXIT_NO_CONNECTION;
}

int ctl_tell_error(int number, const struct error *err)
{
    if (number == -ENOMEM)
        xcheck(NULL);
    fprintf(stderr, "councilctl: %s\n", err->text);
    return number == -ECONNRESET || number == -EPROTO ? EXIT_NO_CONNECTION : EXIT_FAILED;
}

int ctl_tell_fault(const char *method, const struct client_fault *fault)
{
    struct buf text = BUF_INIT(JSON_TEXT_MAX);
    fault_describe(&text, method, fault->error);
    fd_write_all(STDERR_FILENO, text.at, text.len);
    buf_release(&text);
    return fault_exit_status(fault->reason);
}

int ctl_call(const struct ctl *ctl, struct client *c, const char *method, json_t *params,
             json_t **ret_result)
{
    (void)ctl;
    struct error err = {0};
    struct client_fault fault = {0};
    int r = client_call(c, method, params, -1, ret_result, &fault, &err);
    if (r == 0)
        return 0;
    if (r != -EREMOTEIO)
        return ctl_tell_error(r, &err);
    int status = ctl_tell_fault(method, &fault);
    client_fault_release(&fault);
    return status;
}

int ctl_once(const struct ctl *ctl, const char *method, json_t *params, json_t **ret_result)
{
    struct client *c = NULL;
    int status = ctl_open(ctl, &c);
    if (status == 0)
        status = ctl_call(ctl, c, method, params, ret_result);
    else
        json_decref(params);
    client_free(c);
    return status;
}

json_t *ctl_run_params(const struct ctl *ctl)
{
    json_t *id = json_string(ctl->args.operands[0]);
    return xcheck(json_pack("{s:o}", "run_id", id ? id : xcheck(json_string(""))));
}

json_t *ctl_registry_params(const struct ctl *ctl)
{
    const char *registry = args_value(&ctl->args, "registry");
    return xcheck(json_pack("{s:s*}", "registry", registry));
}
