/* councilctl show RUN_ID */
#include <unistd.h>

#include "common/jx.h"
#include "ctl/session/ctl.h"
#include "ctl/session/fetch.h"
#include "ctl/terminal/out.h"
#include "ctl/terminal/screen.h"
#include "ctl/view/result_view.h"
#include "story/columns.h"
#include "story/safe_text.h"
#include "story/story.h"
#include "story/tally.h"

static const struct option_row OPTIONS[] = {
    {"answers", 'a', NULL, "what each member answered, too"},
    {0},
};

static void add_members(struct buf *out, const json_t *result)
{
    static const char *const HEADS[] = {"MEMBER",      "LABEL", "MODEL",    "STATUS", ">TOKENS IN",
                                        ">TOKENS OUT", ">COST", ">LATENCY", NULL};
    const char *id;
    json_t *member;
    struct table *t = table_new(HEADS);
    json_object_foreach (j_get(result, "members"), id, member) {
        char model[256];
        json_t *statuses = j_get(member, "statuses");
        table_cell(t, id);
        table_json(t, json_object_get(member, "label"));
        table_cell(t, story_model(member, model, sizeof model));
        table_json(t, json_array_get(statuses, json_array_size(statuses) - 1));
        table_count(t, json_object_get(j_get(member, "usage"), "input_tokens"));
        table_count(t, json_object_get(j_get(member, "usage"), "output_tokens"));
        table_json(t, json_object_get(member, "cost"));
        table_duration(t, json_object_get(member, "latency_ms"));
    }
    table_print(t, "  ", out);
    table_free(t);
}

static void add_answers(struct buf *out, const json_t *round)
{
    size_t i;
    json_t *result;
    json_array_foreach (json_object_get(round, "results"), i, result) {
        json_t *content = j_get(result, "content");
        text_add(out, "\n  ");
        text_add_json(out, json_object_get(result, "member_id"));
        text_add(out, ": ");
        if (json_is_string(content))
            text_escape(out, json_string_value(content), json_string_length(content), TEXT_BLOCK);
        else
            text_add_json(out, json_object_get(result, "status"));
        text_add(out, "\n");
    }
}

static void add_holes(struct buf *out, const json_t *story, size_t rounds)
{
    story_add_holes(out, story, rounds, "(", ")\n");
}

static void add_rounds(struct buf *out, const json_t *story, bool answers)
{
    size_t i;
    json_t *round;
    json_array_foreach (json_object_get(story, "rounds"), i, round) {
        add_holes(out, story, i);
        text_addf(out, "round %zu: ", i + 1);
        text_add_json(out, json_object_get(round, "name"));
        text_addf(out, ", %s\n", j_str(round, "status", "not finished"));
        if (answers)
            add_answers(out, round);
        if (j_get(round, "aggregate"))
            tally_add(out, j_get(round, "aggregate"));
    }
    add_holes(out, story, i);
    if (j_bool(story, "torn", false))
        text_add(out, "(" STORY_TORN ")\n");
}

static int run(struct ctl *ctl)
{
    json_t *events = NULL, *end = NULL;
    const char *run_id = ctl->args.operands[0];
    int status = fetch_record(ctl, run_id, &events, &end);
    if (status)
        return status;
    json_t *story = story_fold(events), *result = j_get(story, "result");
    story_close(story, end);
    if (ctl->json) {
        out_json(result ? result : story, true);
    } else {
        struct screen *screen = screen_new(STDOUT_FILENO);
        struct buf *out = screen_out(screen);
        text_add_json(out, json_object_get(story, "council_id"));
        text_addf(out, ", run %s, %s\n", run_id, j_str(story, "started_at", ""));
        add_rounds(out, story, args_has(&ctl->args, "answers"));
        if (result) {
            add_members(out, result);
            result_add(screen, result);
        } else {
            text_add(out, "no result: the run is under way, or it died\n");
        }
        screen_free(screen);
    }
    json_decref(story);
    json_decref(events);
    json_decref(end);
    return EXIT_COMPLETE;
}

const struct command cmd_show = {
    .usage = "RUN_ID",
    .summary = "Show a run: rounds, tallies, dissent, costs, the final answer",
    .options = OPTIONS,
    .min_operands = 1,
    .max_operands = 1,
    .run = run,
};
