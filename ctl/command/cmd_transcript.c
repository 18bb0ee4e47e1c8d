/* councilctl transcript RUN_ID */
#include "ctl/session/ctl.h"
#include "ctl/session/fetch.h"
#include "ctl/terminal/out.h"
#include "story/story.h"
#include "story/transcript.h"

static const struct option_row OPTIONS[] = {
    {"format", 'f', "FORMAT", "md (default), html or json"},
    {0},
};

static int run(struct ctl *ctl)
{
    const char *format = args_value(&ctl->args, "format");
    if (!format)
        format = ctl->json ? "json" : "md";
    bool html = !strcmp(format, "html"), json = !strcmp(format, "json");
    if (!html && !json && strcmp(format, "md"))
        return ctl_usage(ctl, "--format: md, html or json is needed");
    json_t *events = NULL, *end = NULL;
    int status = fetch_record(ctl, ctl->args.operands[0], &events, &end);
    if (status)
        return status;
    json_t *story = story_fold(events);
    story_close(story, end);
    struct buf *out = out_begin();
    if (json)
        out_json(story, ctl->json);
    else if (html)
        transcript_html(out, story);
    else
        transcript_markdown(out, story);
    out_end(out);
    json_decref(story);
    json_decref(events);
    json_decref(end);
    return EXIT_COMPLETE;
}

const struct command cmd_transcript = {
    .usage = "RUN_ID",
    .summary = "Write a run down: task, rounds, answers, tallies, dissent, the final answer",
    .help =
        "Made from the journal, so it works for live runs, ended ones, and such as died on the "
        "way.\n"
        "Events that its record lacks are told where they are missing, and damaged lines at the "
        "beginning.\n"
        "The HTML is one file that needs nothing else.\n",
    .options = OPTIONS,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
