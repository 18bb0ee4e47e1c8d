#include <inttypes.h>
#include <string.h>

#include "common/jx.h"
#include "safe_text.h"
#include "story.h"
#include "tally.h"
#include "transcript.h"

/* The longest run of a character in the text. */
static size_t longest_run(const char *s, size_t len, char c)
{
    size_t best = 0, run = 0;
    for (size_t i = 0; i < len; i++) {
        run = s[i] == c ? run + 1 : 0;
        best = run > best ? run : best;
    }
    return best;
}

static void add_fenced(struct buf *to, const json_t *value)
{
    struct buf text = BUF_INIT(64 * 1024 * 1024);
    if (json_is_string(value))
        text_escape(&text, json_string_value(value), json_string_length(value), TEXT_BLOCK);
    else
        text_add_json(&text, value);
    size_t ticks = longest_run(text.len ? text.at : "", text.len, '`') + 1;
    ticks = ticks < 3 ? 3 : ticks;
    for (size_t i = 0; i < ticks; i++)
        text_add(to, "`");
    text_addf(to, "\n%.*s\n", (int)text.len, text.len ? text.at : "");
    for (size_t i = 0; i < ticks; i++)
        text_add(to, "`");
    text_add(to, "\n\n");
    buf_release(&text);
}

/* One line of text in which nothing is markup. */
static void add_plain(struct buf *to, const char *s)
{
    struct buf line = BUF_INIT(1024 * 1024);
    text_escape(&line, s, strlen(s), TEXT_LINE);
    for (size_t i = 0; i < line.len; i++)
        text_addf(to, strchr("\\`*_{}[]<>#|", line.at[i]) ? "\\%c" : "%c", line.at[i]);
    buf_release(&line);
}

static void add_head(struct buf *to, const json_t *story)
{
    const char *name = j_str(story, "council_name", NULL);
    const json_t *result = j_get(story, "result");
    text_add(to, "# ");
    add_plain(to, name ? name : j_str(story, "council_id", "council"));
    text_add(to, "\n\n");
    if (j_str(story, "run_id", NULL)) {
        text_add(to, "Run ");
        add_plain(to, j_str(story, "run_id", NULL));
        text_add(to, ", started ");
        add_plain(to, j_str(story, "started_at", "at an unknown time"));
        text_add(to, ".  \n");
    }
    if (result) {
        const json_t *heard = j_get(result, "heard");
        text_add(to, "Outcome **");
        add_plain(to, j_str(result, "outcome", "?"));
        text_addf(to, "**, heard %" PRId64 " of %" PRId64 ".\n\n", j_int(heard, "ok", 0),
                  j_int(heard, "of", 0));
    } else {
        text_add(to, "The run has no result: it is under way, or it died.\n\n");
    }
    if (j_bool(story, "torn", false))
        text_add(to, "**" STORY_TORN "**\n\n");
}

static void add_holes(struct buf *to, const json_t *story, size_t rounds)
{
    story_add_holes(to, story, rounds, "**", "**\n\n");
}

static void add_missing(struct buf *to, const json_t *list, const char *title, const char *detail)
{
    size_t i;
    json_t *row;
    if (json_array_size(list))
        text_addf(to, "%s:\n\n", title);
    json_array_foreach ((json_t *)list, i, row) {
        text_add(to, "- ");
        add_plain(to, j_str(row, "code", "?"));
        if (j_str(row, "member_id", NULL)) {
            text_add(to, ", ");
            add_plain(to, j_str(row, "member_id", NULL));
        }
        if (j_str(row, detail, NULL)) {
            text_add(to, ": ");
            add_plain(to, j_str(row, detail, NULL));
        }
        text_add(to, "\n");
    }
    if (json_array_size(list))
        text_add(to, "\n");
}

static void add_caution(struct buf *to, const json_t *result)
{
    size_t i;
    json_t *word, *found = story_steering(result);
    if (json_array_size(found))
        text_add(to, "**Beware**: this text tries to steer its readers (");
    json_array_foreach (found, i, word) {
        text_add(to, i ? ", " : "");
        add_plain(to, json_string_value(word));
    }
    if (json_array_size(found))
        text_add(to, ").\n\n");
    json_decref(found);
}

static void add_result(struct buf *to, const json_t *story, const json_t *result, bool labelled)
{
    char model[256];
    const char *id = j_str(result, "member_id", "?");
    const char *status = j_str(result, "status", "?");
    const char *name = story_model(result, model, sizeof model);
    text_add(to, "### ");
    if (labelled && j_str(result, "label", NULL)) {
        add_plain(to, j_str(result, "label", NULL));
        text_add(to, ": ");
    }
    add_plain(to, story_role(story, id));
    text_add(to, "\n\n");
    if (strcmp(status, "ok")) {
        text_add(to, "**");
        add_plain(to, status);
        text_add(to, j_str(result, "reason", NULL) ? "**, " : "**");
        add_plain(to, j_str(result, "reason", ""));
        text_add(to, *name ? ". " : "");
    }
    add_plain(to, name);
    if (json_is_number(json_object_get(result, "confidence")))
        text_addf(to, ", confidence %.2f",
                  json_number_value(json_object_get(result, "confidence")));
    text_add(to, "\n\n");
    add_caution(to, result);
    if (j_get(result, "error"))
        add_fenced(to, json_object_get(j_get(result, "error"), "message"));
    if (j_get(result, "content"))
        add_fenced(to, j_get(result, "content"));
    if (j_get(result, "ballot")) {
        text_add(to, "Ballot: ");
        char *ballot = json_dumps(j_get(result, "ballot"), JSON_COMPACT | JSON_ENCODE_ANY);
        add_plain(to, ballot ? ballot : "?");
        free(ballot);
        text_add(to, "\n\n");
    }
}

static void add_round(struct buf *to, const json_t *story, const json_t *round)
{
    size_t i;
    json_t *result;
    const char *name = j_str(round, "name", NULL), *path = j_str(round, "path", NULL);
    text_add(to, "## ");
    add_plain(to, path);
    text_add(to, *path ? " " : "");
    add_plain(to, name ? name : "round");
    if (j_int(round, "iteration", 0) > 0)
        text_addf(to, ", iteration %" PRIu64, (uint64_t)j_int(round, "iteration", 0) + 1);
    text_add(to, "\n\n");
    json_array_foreach (json_object_get(round, "results"), i, result)
        add_result(to, story, result, true);
    json_array_foreach (json_object_get(round, "calls"), i, result)
        add_result(to, story, result, false);
    if (j_get(round, "aggregate")) {
        text_add(to, "Tally:\n\n");
        struct buf tally = BUF_INIT(16 * 1024 * 1024);
        tally_add(&tally, j_get(round, "aggregate"));
        text_addf(to, "```\n%.*s```\n\n", (int)tally.len, tally.len ? tally.at : "");
        buf_release(&tally);
    }
}

/* A round, behind what is missing before it. */
static void add_part(struct buf *to, const json_t *story, size_t before, const json_t *round)
{
    add_holes(to, story, before);
    add_round(to, story, round);
}

static void add_dissent(struct buf *to, const json_t *dissent)
{
    size_t i;
    json_t *d;
    if (json_array_size(dissent))
        text_add(to, "## Dissent\n\n");
    json_array_foreach ((json_t *)dissent, i, d) {
        text_add(to, "- ");
        add_plain(to, j_str(d, "member_id", "?"));
        text_add(to, ": ");
        struct buf position = BUF_INIT(1024 * 1024);
        text_add_json(&position, json_object_get(d, "position"));
        add_plain(to, buf_str(&position));
        buf_release(&position);
        text_add(to, "\n\n");
        if (j_get(d, "text"))
            add_fenced(to, j_get(d, "text"));
    }
}

void transcript_markdown(struct buf *to, const json_t *story)
{
    const json_t *result = j_get(story, "result");
    size_t i;
    json_t *round;
    add_head(to, story);
    add_missing(to, j_get(result, "errors"), "Errors", "message");
    add_missing(to, j_get(result, "degraded_reasons"), "Missing", "detail");
    text_add(to, "## Task\n\n");
    add_fenced(to, json_object_get(story, "input"));
    json_array_foreach (json_object_get(story, "rounds"), i, round)
        add_part(to, story, i, round);
    add_holes(to, story, i);
    add_dissent(to, j_get(result, "dissent"));
    const json_t *final = j_get(result, "final");
    if (!final)
        return;
    text_add(to, "## Final answer\n\n");
    if (j_str(final, "source", NULL)) {
        text_add(to, "From: ");
        add_plain(to, j_str(final, "source", NULL));
        text_add(to, j_str(final, "member_id", NULL) ? ", " : "");
        add_plain(to, j_str(final, "member_id", ""));
        text_add(to, "\n\n");
    }
    add_fenced(to, json_object_get(final, "content"));
}
