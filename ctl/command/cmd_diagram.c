/* councilctl diagram COUNCIL | RUN_ID */
#include <errno.h>
#include <string.h>

#include "common/jx.h"
#include "ctl/session/council_arg.h"
#include "ctl/session/ctl.h"
#include "ctl/session/fetch.h"
#include "ctl/terminal/out.h"
#include "story/diagram.h"
#include "story/story.h"

static const struct option_row OPTIONS[] = {
    {"format", 'f', "FORMAT", "mermaid (default), ascii, sequence or json"},
    {"run", 0, NULL, "the operand is certainly a run_id"},
    {0},
};

/* The resolved document: of a run the one that it was started with, else the daemon resolves it. */
static int get_document(const struct ctl *ctl, const json_t *events, json_t **ret)
{
    size_t i;
    json_t *event, *council, *result = NULL;
    struct error err = {0};
    json_array_foreach ((json_t *)events, i, event) {
        if (j_get(event, "council")) {
            *ret = json_incref(j_get(event, "council"));
            return 0;
        }
    }
    if (council_arg(ctl->args.operands[0], &council, &err) < 0)
        return ctl_usage(ctl, "%s", err.text);
    int status = ctl_once(ctl, "council.validate", json_pack("{s:o}", "council", council), &result);
    if (status == 0)
        *ret = json_incref(json_object_get(result, "document"));
    json_decref(result);
    return status;
}

static int render(const struct ctl *ctl, const char *format, const json_t *document,
                  const json_t *events)
{
    struct buf *out = out_begin();
    json_t *graph = diagram_graph(document);
    if (!strcmp(format, "json"))
        out_json(graph, ctl->json);
    else if (!strcmp(format, "ascii"))
        diagram_ascii(out, graph);
    else if (!strcmp(format, "sequence") && events)
        diagram_sequence_journal(out, events);
    else if (!strcmp(format, "sequence"))
        diagram_sequence_plan(out, document);
    else
        diagram_mermaid(out, graph);
    out_end(out);
    json_decref(graph);
    return EXIT_COMPLETE;
}

/* Is the operand the id of a run? A name that is both is taken for the run's. */
static int names_run(const struct ctl *ctl, bool *ret)
{
    const char *operand = ctl->args.operands[0];
    struct client *c = NULL;
    struct client_fault fault = {0};
    struct error err = {0};
    json_t *info = NULL;
    *ret = args_has(&ctl->args, "run");
    if (*ret || strpbrk(operand, "/{"))
        return 0;
    int status = ctl_open(ctl, &c);
    if (status)
        return status;
    int r = client_call(c, "run.info", ctl_run_params(ctl), -1, &info, &fault, &err);
    *ret = r == 0;
    if (r < 0 && r != -EREMOTEIO)
        status = ctl_tell_error(r, &err);
    json_decref(info);
    client_fault_release(&fault);
    client_free(c);
    return status;
}

static int run(struct ctl *ctl)
{
    static const char *const FORMATS[] = {"mermaid", "ascii", "sequence", "json"};
    const char *format = args_value(&ctl->args, "format");
    size_t known = 0;
    if (!format)
        format = ctl->json ? "json" : "mermaid";
    while (known < 4 && strcmp(FORMATS[known], format))
        known++;
    if (known == 4)
        return ctl_usage(ctl, "--format: mermaid, ascii, sequence or json is needed");
    json_t *events = NULL, *document = NULL;
    bool of_run = false;
    int status = names_run(ctl, &of_run);
    if (status == 0 && of_run)
        status = fetch_events(ctl, ctl->args.operands[0], &events);
    if (status == 0)
        status = get_document(ctl, events, &document);
    if (status == 0)
        status = render(ctl, format, document, events);
    json_decref(document);
    json_decref(events);
    return status;
}

const struct command cmd_diagram = {
    .usage = "COUNCIL | RUN_ID",
    .summary = "Draw a council, or a run as it really went",
    .help = "mermaid and ascii draw the rounds and who sits in them; sequence draws who was asked "
            "when, for a\n"
            "run from its journal. Names are ids; models are never shown.\n",
    .options = OPTIONS,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
