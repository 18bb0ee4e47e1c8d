/* councilctl validate COUNCIL */
#include <errno.h>

#include "ctl/session/council_arg.h"
#include "ctl/session/ctl.h"
#include "ctl/terminal/out.h"
#include "ctl/view/fault.h"
#include "story/safe_text.h"

static const struct option_row OPTIONS[] = {
    {"expand", 'x', NULL, "print the document with names looked up and defaults filled in"},
    {0},
};

static void add_warnings(struct buf *out, const json_t *warnings)
{
    size_t n = json_array_size(warnings);
    if (n)
        text_addf(out, "%zu warning%s\n", n, n == 1 ? "" : "s");
    fault_list(out, warnings);
}

static int tell_valid(const struct ctl *ctl, const json_t *result)
{
    if (ctl->json || args_has(&ctl->args, "expand")) {
        out_json(ctl->json ? result : json_object_get(result, "document"), ctl->json);
        return EXIT_COMPLETE;
    }
    struct buf *out = out_begin();
    text_add_json(out, json_object_get(result, "council_id"));
    text_add(out, ": valid\n");
    add_warnings(out, json_object_get(result, "warnings"));
    out_end(out);
    return EXIT_COMPLETE;
}

static int tell_invalid(const struct ctl *ctl, const json_t *data)
{
    const json_t *errors = json_object_get(data, "errors");
    if (ctl->json) {
        out_json(data, true);
        return EXIT_USAGE;
    }
    size_t n = json_array_size(errors);
    struct buf *out = out_begin();
    text_addf(out, "invalid: %zu error%s\n", n, n == 1 ? "" : "s");
    fault_list(out, errors);
    add_warnings(out, json_object_get(data, "warnings"));
    out_end(out);
    return EXIT_USAGE;
}

static int run(struct ctl *ctl)
{
    json_t *council;
    struct error err = {0};
    if (council_arg(ctl->args.operands[0], &council, &err) < 0)
        return ctl_usage(ctl, "%s", err.text);
    json_t *params = json_pack("{s:o}", "council", council);
    struct client *c = NULL;
    int status = ctl_open(ctl, &c);
    if (status) {
        json_decref(params);
        return status;
    }
    json_t *result = NULL;
    struct client_fault fault = {0};
    int r = client_call(c, "council.validate", params, -1, &result, &fault, &err);
    if (r == 0)
        status = tell_valid(ctl, result);
    else if (r != -EREMOTEIO)
        status = ctl_tell_error(r, &err);
    else if (!strcmp(fault.reason, "invalid_council"))
        status = tell_invalid(ctl, json_object_get(fault.error, "data"));
    else
        status = ctl_tell_fault("council.validate", &fault);
    client_fault_release(&fault);
    json_decref(result);
    client_free(c);
    return status;
}

const struct command cmd_validate = {
    .usage = "COUNCIL",
    .summary = "Check a council and tell every fault in it",
    .help =
        "COUNCIL is a name of the catalogue, the path of a JSON file (with a / in it or ending "
        "in .json), or\nthe JSON itself. Each fault is told with the JSON Pointer of its place, "
        "a code and how to mend it.\nExit status 0: valid, 2: not.\n",
    .options = OPTIONS,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
