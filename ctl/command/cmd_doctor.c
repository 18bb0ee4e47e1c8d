/* councilctl doctor [COUNCIL] */
#include "common/jx.h"
#include "common/parse.h"
#include "ctl/session/council_arg.h"
#include "ctl/session/ctl.h"
#include "ctl/terminal/out.h"
#include "ctl/view/sandbox_words.h"
#include "story/columns.h"
#include "story/safe_text.h"

static const struct option_row OPTIONS[] = {
    {"provider", 'p', "NAME", "look at this provider only"},
    {"timeout", 0, "MS", "give up after so many milliseconds (default: 60000)"},
    {0},
};

static void print_table(struct buf *out, const json_t *rows)
{
    static const char *const heads[] = {"PROVIDER", "MODEL", "CHECK", "STATUS", "DETAIL", NULL};
    static const char *const MEMBERS[] = {"provider", "model", "check", "status", "detail"};
    struct table *t = table_new(heads);
    size_t i;
    json_t *row;
    json_array_foreach (rows, i, row)
        for (size_t k = 0; k < sizeof MEMBERS / sizeof *MEMBERS; k++)
            table_json(t, json_object_get(row, MEMBERS[k]));
    table_print(t, "", out);
    table_free(t);
}

/* `house model-x, stream: why not`, and below it what to do. */
static void print_failure(struct buf *out, const json_t *row)
{
    const char *hint = j_str(row, "hint", NULL);
    text_add(out, "\n");
    text_add_json(out, json_object_get(row, "provider"));
    if (j_str(row, "model", NULL)) {
        text_add(out, " ");
        text_add_json(out, json_object_get(row, "model"));
    }
    text_add(out, ", ");
    text_add_json(out, json_object_get(row, "check"));
    text_add(out, ": ");
    text_add_json(out, json_object_get(row, "detail"));
    if (hint && *hint) {
        text_add(out, "\n  -> ");
        text_add_json(out, json_object_get(row, "hint"));
    }
    text_add(out, "\n");
}

static void print_report(const json_t *result)
{
    const json_t *rows = json_object_get(result, "rows");
    struct buf *out = out_begin();
    size_t failed = 0, i;
    json_t *row;
    if (json_array_size(rows))
        print_table(out, rows);
    else
        text_add(out, "No provider is set up: configure one, or give councild a key.\n");
    json_array_foreach (rows, i, row) {
        if (!j_has(row, "status", "failed"))
            continue;
        failed++;
        print_failure(out, row);
    }
    if (failed)
        text_addf(out, "\n%zu check%s failed.\n", failed, failed == 1 ? "" : "s");
    else if (json_array_size(rows))
        text_add(out, "\nAll is well.\n");
    out_end(out);
}

static void print_sandbox(const json_t *info)
{
    struct buf *out = out_begin();
    sandbox_line(out, json_object_get(info, "sandbox"));
    out_end(out);
}

/* The report, and what the daemon says of itself. */
static int check(struct ctl *ctl, json_t *params, json_t **ret_result)
{
    struct client *c = NULL;
    json_t *info = NULL;
    int status = ctl_open(ctl, &c);
    if (status)
        json_decref(params);
    else
        status = ctl_call(ctl, c, "provider.check", params, ret_result);
    if (status == 0 && ctl->json)
        out_json(*ret_result, true);
    else if (status == 0)
        print_report(*ret_result);
    if (status == 0 && !ctl->json && ctl_call(ctl, c, "supervisor.info", json_object(), &info) == 0)
        print_sandbox(info);
    json_decref(info);
    client_free(c);
    return status;
}

/* NULL after having told what is wrong with the command line. */
static json_t *make_params(const struct ctl *ctl)
{
    json_t *council = NULL;
    int64_t timeout = 0;
    struct error err = {0};
    const char *provider = args_value(&ctl->args, "provider");
    const char *ms = args_value(&ctl->args, "timeout");
    if (ms && parse_int(ms, 100, 600000, &timeout) < 0) {
        ctl_usage(ctl, "--timeout wants 100 to 600000 milliseconds");
        return NULL;
    }
    if (ctl->args.n_operands && council_arg(ctl->args.operands[0], &council, &err) < 0) {
        ctl_usage(ctl, "%s", err.text);
        return NULL;
    }
    json_t *params = json_pack("{s:o*, s:s*}", "council", council, "provider", provider);
    if (params && ms)
        j_set(params, "timeout_ms", j_integer(timeout));
    if (!params)
        ctl_usage(ctl, "that is no name");
    return params;
}

static int run(struct ctl *ctl)
{
    json_t *params = make_params(ctl);
    if (!params)
        return EXIT_USAGE;
    json_t *result = NULL;
    int status = check(ctl, params, &result);
    if (status)
        return status;
    status = json_is_true(json_object_get(result, "ok")) ? EXIT_COMPLETE : EXIT_FAILED;
    json_decref(result);
    return status;
}

const struct command cmd_doctor = {
    .usage = "[COUNCIL]",
    .summary = "Check the providers and models of a council, and tell what to do",
    .help = "Looks at name resolution, TLS and key of each provider, and asks each model of the "
            "council, fallbacks\nincluded, two short questions: does it stream, does it keep a "
            "form, how long to the first token.\nThen it tells what runs are closed in "
            "with.\nWithout COUNCIL: the providers that are set up, "
            "with the models of the catalogue's councils.\nExit status 0: nothing failed, 1: "
            "something did.\n",
    .options = OPTIONS,
    .max_operands = 1,
    .run = run,
};
