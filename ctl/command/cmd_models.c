/* councilctl models PROVIDER */
#include "common/jx.h"
#include "ctl/session/ctl.h"
#include "ctl/terminal/out.h"
#include "story/safe_text.h"

static void print_models(const json_t *result)
{
    struct buf *out = out_begin();
    size_t i;
    json_t *id;
    json_array_foreach (json_object_get(result, "models"), i, id) {
        text_add_json(out, id);
        text_add(out, "\n");
    }
    out_end(out);
}

static void tell_fault(const struct ctl *ctl, const json_t *fault)
{
    struct buf text = BUF_INIT(1 << 20);
    const char *hint = j_str(fault, "hint", NULL);
    text_addf(&text, "councilctl: no models of %s: ", ctl->args.operands[0]);
    text_add_json(&text, json_object_get(fault, "message"));
    if (hint && *hint) {
        text_add(&text, "\n  ");
        text_add_json(&text, json_object_get(fault, "hint"));
    }
    fprintf(stderr, "%.*s\n", (int)text.len, text.at);
    buf_release(&text);
}

static int run(struct ctl *ctl)
{
    json_t *params = json_pack("{s:s}", "provider", ctl->args.operands[0]);
    if (!params)
        return ctl_usage(ctl, "that is no name");
    json_t *result = NULL;
    int status = ctl_once(ctl, "provider.models", params, &result);
    if (status)
        return status;
    const json_t *fault = j_get(result, "fault");
    if (ctl->json)
        out_json(result, true);
    else if (fault)
        tell_fault(ctl, fault);
    else
        print_models(result);
    status = fault ? EXIT_FAILED : EXIT_COMPLETE;
    json_decref(result);
    return status;
}

const struct command cmd_models = {
    .usage = "PROVIDER",
    .summary = "List the models that a provider offers",
    .help = "One id per line, as councils name them. A runner asks the provider; councilctl needs "
            "no key.\nExit status 1: there is no list, for the reason that is told.\n",
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
