#include <inttypes.h>
#include <string.h>

#include "common/jx.h"
#include "safe_text.h"
#include "story.h"
#include "transcript.h"

static const char STYLE[] =
    ":root{color-scheme:light dark;--line:#8886;--soft:#8881;--bar:#3b82c4}"
    "body{font:16px/1.5 system-ui,sans-serif;max-width:52rem;margin:0 auto;padding:1rem}"
    "h1{margin:.2em 0}h2{margin-top:2em;border-bottom:1px solid var(--line)}h3{margin-bottom:.2em}"
    ".meta{color:#888;font-size:.9em}.text{white-space:pre-wrap;overflow-wrap:anywhere;background:"
    "var(--soft);"
    "border-left:3px solid var(--line);padding:.6em .8em;margin:.4em 0 1em}"
    ".final .text{border-left-color:var(--bar)}"
    ".badge{display:inline-block;padding:.1em .6em;border-radius:1em;border:1px solid "
    "var(--line);font-weight:600}"
    ".complete{background:#2a81}.degraded{background:#c912}.failed,.refused,.cancelled,.none{"
    "background:#c221}"
    "table{border-collapse:collapse;width:100%}td,th{text-align:left;padding:.2em .6em .2em "
    "0;vertical-align:middle}"
    "td.bar{width:50%}.bar div{background:var(--bar);height:.9em;min-width:1px;border-radius:.2em}"
    "td.n{text-align:right;font-variant-numeric:tabular-nums}"
    "@media print{body{max-width:none;font-size:11pt}.text{break-inside:avoid-page}"
    ".bar div{print-color-adjust:exact;-webkit-print-color-adjust:exact}}";

/* Text of strangers: control characters made visible, markup made harmless. */
static void add(struct buf *to, const char *s, size_t len, enum text_form form)
{
    struct buf clean = BUF_INIT(64 * 1024 * 1024);
    text_escape(&clean, s, len, form);
    for (size_t i = 0; i < clean.len; i++) {
        switch (clean.at[i]) {
        case '<':
            text_add(to, "&lt;");
            break;
        case '>':
            text_add(to, "&gt;");
            break;
        case '&':
            text_add(to, "&amp;");
            break;
        case '"':
            text_add(to, "&quot;");
            break;
        default:
            text_addf(to, "%c", clean.at[i]);
        }
    }
    buf_release(&clean);
}

static void add_line(struct buf *to, const char *s)
{
    if (s)
        add(to, s, strlen(s), TEXT_LINE);
}

static void add_block(struct buf *to, const json_t *value)
{
    if (!value || json_is_null(value))
        return;
    text_add(to, "<div class=\"text\">");
    if (json_is_string(value)) {
        add(to, json_string_value(value), json_string_length(value), TEXT_BLOCK);
    } else {
        char *text = json_dumps(value, JSON_INDENT(2) | JSON_ENCODE_ANY);
        if (text)
            add(to, text, strlen(text), TEXT_BLOCK);
        free(text);
    }
    text_add(to, "</div>\n");
}

static void add_head(struct buf *to, const json_t *story)
{
    const json_t *result = j_get(story, "result"), *heard = j_get(result, "heard");
    const char *name = j_str(story, "council_name", NULL),
               *outcome = j_str(result, "outcome", NULL);
    if (!name)
        name = j_str(story, "council_id", NULL);
    text_add(to, "<!doctype html>\n<html lang=\"en\"><head><meta charset=\"utf-8\">"
                 "<meta name=\"viewport\" content=\"width=device-width,initial-scale=1\"><title>");
    add_line(to, name);
    text_addf(to, "</title><style>%s</style></head><body>\n<h1>", STYLE);
    add_line(to, name);
    text_add(to, "</h1>\n<p class=\"meta\">run ");
    add_line(to, j_str(story, "run_id", NULL));
    text_add(to, ", started ");
    add_line(to, j_str(story, "started_at", NULL));
    text_add(to, "</p>\n<p><span class=\"badge ");
    add_line(to, outcome ? outcome : "none");
    text_add(to, "\">");
    add_line(to, outcome ? outcome : "no result");
    text_add(to, "</span>");
    if (heard)
        text_addf(to, " heard %" PRId64 " of %" PRId64, j_int(heard, "ok", 0),
                  j_int(heard, "of", 0));
    text_add(to, "</p>\n");
    if (j_bool(story, "torn", false))
        text_add(to, "<p><strong>" STORY_TORN "</strong></p>\n");
}

static void add_holes(struct buf *to, const json_t *story, size_t rounds)
{
    story_add_holes(to, story, rounds, "<p><strong>", "</strong></p>\n");
}

static void add_missing(struct buf *to, const json_t *list, const char *title, const char *detail)
{
    size_t i;
    json_t *row;
    if (!json_array_size(list))
        return;
    text_addf(to, "<p>%s:</p><ul>\n", title);
    json_array_foreach ((json_t *)list, i, row) {
        text_add(to, "<li>");
        add_line(to, j_str(row, "code", NULL));
        if (j_str(row, "member_id", NULL))
            text_add(to, ", ");
        add_line(to, j_str(row, "member_id", NULL));
        if (j_str(row, detail, NULL))
            text_add(to, ": ");
        add_line(to, j_str(row, detail, NULL));
        text_add(to, "</li>\n");
    }
    text_add(to, "</ul>\n");
}

static void add_caution(struct buf *to, const json_t *result)
{
    size_t i;
    json_t *word, *found = story_steering(result);
    if (json_array_size(found))
        text_add(to, "<p><strong>Beware</strong>: this text tries to steer its readers (");
    json_array_foreach (found, i, word) {
        text_add(to, i ? ", " : "");
        add_line(to, json_string_value(word));
    }
    if (json_array_size(found))
        text_add(to, ").</p>\n");
    json_decref(found);
}

static void add_result(struct buf *to, const json_t *story, const json_t *result)
{
    char model[256];
    const char *id = j_str(result, "member_id", NULL);
    text_add(to, "<h3>");
    if (j_str(result, "label", NULL)) {
        add_line(to, j_str(result, "label", NULL));
        text_add(to, ": ");
    }
    add_line(to, story_role(story, id ? id : "?"));
    text_add(to, "</h3>\n<p class=\"meta\">");
    const char *name = story_model(result, model, sizeof model);
    add_line(to, name);
    if (!j_has(result, "status", "ok")) {
        text_add(to, *name ? ", " : "");
        add_line(to, j_str(result, "status", NULL));
        if (j_str(result, "reason", NULL))
            text_add(to, ", ");
        add_line(to, j_str(result, "reason", NULL));
    }
    if (json_is_number(json_object_get(result, "confidence")))
        text_addf(to, ", confidence %.2f",
                  json_number_value(json_object_get(result, "confidence")));
    text_add(to, "</p>\n");
    add_caution(to, result);
    add_block(to, json_object_get(j_get(result, "error"), "message"));
    add_block(to, j_get(result, "content"));
}

/* ---- the tally as bars ---- */

static double greatest(const json_t *scores)
{
    double best = 0;
    const char *id;
    json_t *score;
    json_object_foreach ((json_t *)scores, id, score)
        if (json_is_number(score) && json_number_value(score) > best)
            best = json_number_value(score);
    return best;
}

static void add_bar(struct buf *to, const json_t *aggregate, const char *id, double best)
{
    json_t *score = json_object_get(j_get(aggregate, "scores"), id);
    double value = json_is_number(score) ? json_number_value(score) : 0;
    text_add(to, "<tr><td>");
    if (j_has(aggregate, "winner", id))
        text_add(to, "<strong>");
    add_line(to, id);
    if (j_has(aggregate, "winner", id))
        text_add(to, "</strong>");
    text_addf(to, "</td><td class=\"bar\"><div style=\"width:%.1f%%\"></div></td><td class=\"n\">",
              best > 0 && value > 0 ? value / best * 100 : 0);
    text_addf(to, json_is_number(score) ? "%.4g" : "-", value);
    text_add(to, "</td></tr>\n");
}

static void add_tally(struct buf *to, const json_t *aggregate)
{
    const json_t *ballots = j_get(aggregate, "ballots"), *tied = j_get(aggregate, "tied");
    double best = greatest(j_get(aggregate, "scores"));
    size_t i, k;
    json_t *group, *id;
    text_add(to, "<h3>Tally</h3>\n<table>\n");
    json_array_foreach (j_get(aggregate, "order"), i, group) {
        if (json_is_string(group))
            add_bar(to, aggregate, json_string_value(group), best);
        json_array_foreach (group, k, id)
            if (json_is_string(id))
                add_bar(to, aggregate, json_string_value(id), best);
    }
    text_add(to, "</table>\n<p class=\"meta\">");
    if (j_str(aggregate, "winner", NULL)) {
        text_add(to, "winner: ");
        add_line(to, j_str(aggregate, "winner", NULL));
    } else {
        text_add(to, json_array_size(tied) ? "tied, no winner" : "no winner");
    }
    if (ballots)
        text_addf(to, ", %" PRId64 " of %" PRId64 " ballots", j_int(ballots, "cast", 0),
                  j_int(ballots, "seats", 0));
    text_add(to, "</p>\n");
}

static void add_round(struct buf *to, const json_t *story, const json_t *round)
{
    size_t i;
    json_t *result;
    const char *path = j_str(round, "path", NULL);
    text_add(to, "<h2>");
    add_line(to, path);
    text_add(to, path && *path ? " " : "");
    add_line(to, j_str(round, "name", NULL));
    if (j_int(round, "iteration", 0) > 0)
        text_addf(to, ", iteration %" PRIu64, (uint64_t)j_int(round, "iteration", 0) + 1);
    text_add(to, "</h2>\n");
    json_array_foreach (json_object_get(round, "results"), i, result)
        add_result(to, story, result);
    json_array_foreach (json_object_get(round, "calls"), i, result)
        add_result(to, story, result);
    if (j_get(round, "aggregate"))
        add_tally(to, j_get(round, "aggregate"));
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
        text_add(to, "<h2>Dissent</h2>\n");
    json_array_foreach ((json_t *)dissent, i, d) {
        struct buf position = BUF_INIT(1024 * 1024);
        text_add_json(&position, json_object_get(d, "position"));
        text_add(to, "<p><strong>");
        add_line(to, j_str(d, "member_id", NULL));
        text_add(to, "</strong>: ");
        add_line(to, buf_str(&position));
        text_add(to, "</p>\n");
        add_block(to, j_get(d, "text"));
        buf_release(&position);
    }
}

static void add_final(struct buf *to, const json_t *final)
{
    if (!final)
        return;
    text_add(to, "<div class=\"final\"><h2>Final answer</h2>\n<p class=\"meta\">from: ");
    add_line(to, j_str(final, "source", NULL));
    if (j_str(final, "member_id", NULL))
        text_add(to, ", ");
    add_line(to, j_str(final, "member_id", NULL));
    text_add(to, "</p>\n");
    add_block(to, j_get(final, "content"));
    text_add(to, "</div>\n");
}

void transcript_html(struct buf *to, const json_t *story)
{
    const json_t *result = j_get(story, "result");
    size_t i;
    json_t *round;
    add_head(to, story);
    add_missing(to, j_get(result, "errors"), "Errors", "message");
    add_missing(to, j_get(result, "degraded_reasons"), "Missing", "detail");
    text_add(to, "<h2>Task</h2>\n");
    add_block(to, json_object_get(story, "input"));
    json_array_foreach (json_object_get(story, "rounds"), i, round)
        add_part(to, story, i, round);
    add_holes(to, story, i);
    add_dissent(to, j_get(result, "dissent"));
    add_final(to, j_get(result, "final"));
    text_add(to, "</body></html>\n");
}
