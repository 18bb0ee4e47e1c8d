/* councilctl call METHOD [PARAMS] */
#include "ctl/session/ctl.h"
#include "ctl/terminal/out.h"

static int run(struct ctl *ctl)
{
    const char *text = ctl->args.n_operands > 1 ? ctl->args.operands[1] : "{}";
    json_error_t fault;
    json_t *params = json_loads(text, JSON_REJECT_DUPLICATES | JSON_ALLOW_NUL, &fault);
    if (!params || !json_is_object(params)) {
        json_decref(params);
        return ctl_usage(ctl, "PARAMS has to be a JSON object%s%s", params ? "" : ": ",
                         params ? "" : fault.text);
    }
    json_t *result = NULL;
    int status = ctl_once(ctl, ctl->args.operands[0], params, &result);
    if (status == 0)
        out_json(result, ctl->json);
    json_decref(result);
    return status;
}

const struct command cmd_call = {
    .usage = "METHOD [PARAMS]",
    .summary = "Call any method of the protocol and print its result",
    .help = "PARAMS is a JSON object. `councilctl call rpc.discover` lists the methods with their "
            "parameters.\n",
    .min_operands = 1,
    .max_operands = 2,
    .run = run,
};
