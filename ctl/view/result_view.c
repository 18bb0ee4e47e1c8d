#include "result_view.h"

#include <inttypes.h>
#include <string.h>

#include "common/jx.h"
#include "story/safe_text.h"

enum { DISSENT_COLUMNS = 300 };

static void add_dissent(struct buf *to, const json_t *dissent)
{
    size_t i;
    json_t *d;
    if (json_array_size(dissent))
        text_add(to, "dissent:\n");
    json_array_foreach (dissent, i, d) {
        text_add(to, "  ");
        text_add_json(to, json_object_get(d, "member_id"));
        text_add(to, " (");
        text_add_json(to, json_object_get(d, "kind"));
        text_add(to, "): ");
        text_add_json(to, json_object_get(d, "position"));
        struct buf text = BUF_INIT(64 * 1024 * 1024);
        text_add_json(&text, j_get(d, "text"));
        size_t fit = text_fit(text.at, text.len, DISSENT_COLUMNS);
        if (j_get(d, "text") && text.len)
            text_addf(to, ": %.*s%s", (int)fit, text.at, fit < text.len ? "..." : "");
        text_add(to, "\n");
        buf_release(&text);
    }
}

/* A number of degraded_reasons or errors: the code, where, and the detail. */
static void add_faults(struct buf *to, const char *title, const json_t *faults, const char *detail)
{
    size_t i;
    json_t *f;
    if (json_array_size(faults))
        text_addf(to, "%s:\n", title);
    json_array_foreach (faults, i, f) {
        text_add(to, "  ");
        text_add_json(to, json_object_get(f, "code"));
        if (j_get(f, "member_id")) {
            text_add(to, ", ");
            text_add_json(to, json_object_get(f, "member_id"));
        }
        int64_t round = j_int(f, "index", j_int(f, "round", -1));
        if (round >= 0)
            text_addf(to, ", round %" PRId64, round + 1);
        if (j_get(f, detail)) {
            text_add(to, ": ");
            text_add_json(to, json_object_get(f, detail));
        }
        text_add(to, "\n");
    }
}

/* Texts of members that try to steer their readers: the reader of the result is one of them. */
static void add_cautions(struct buf *to, const json_t *warnings)
{
    size_t i;
    json_t *w, *list = j_array();
    json_array_foreach (warnings, i, w) {
        if (j_has(w, "code", "injection_suspected"))
            j_add(list, json_incref(w));
    }
    add_faults(to, "beware", list, "message");
    json_decref(list);
}

static enum style style_of(const char *outcome)
{
    if (outcome && !strcmp(outcome, "complete"))
        return STYLE_GREEN;
    return outcome && !strcmp(outcome, "degraded") ? STYLE_YELLOW : STYLE_RED;
}

static void add_outcome(struct screen *screen, const json_t *result)
{
    struct buf *to = screen_out(screen);
    text_add(to, "outcome: ");
    text_add(to, screen_style(screen, style_of(j_str(result, "outcome", NULL))));
    text_add_json(to, json_object_get(result, "outcome"));
    text_add(to, screen_style(screen, STYLE_PLAIN));
    const json_t *heard = j_get(result, "heard");
    if (heard)
        text_addf(to, ", heard %" PRId64 " of %" PRId64, j_int(heard, "ok", 0),
                  j_int(heard, "of", 0));
    text_add(to, "\n");
}

static void add_usage(struct buf *to, const json_t *result)
{
    const json_t *usage = j_get(result, "usage");
    const json_t *cost = j_get(result, "cost");
    const json_t *duration = j_get(j_get(result, "timing"), "duration_ms");
    if (!usage)
        return;
    text_addf(to, "used: %" PRId64 " calls, ", j_int(usage, "calls", 0));
    text_add_count(to, json_object_get(usage, "input_tokens"));
    text_add(to, " tokens in, ");
    text_add_count(to, json_object_get(usage, "output_tokens"));
    text_add(to, " out, ");
    if (json_is_number(cost))
        text_addf(to, "%.4f USD", json_number_value(cost));
    else
        text_add(to, "cost unknown");
    if (duration) {
        text_add(to, ", ");
        text_add_duration(to, (long long)json_number_value(duration));
    }
    text_add(to, "\n");
}

static void add_final(struct screen *screen, const json_t *final)
{
    struct buf *to = screen_out(screen);
    const json_t *content = j_get(final, "content");
    text_add(to, screen_style(screen, STYLE_BOLD));
    text_add(to, content ? "\nfinal answer" : "no final answer");
    text_add(to, screen_style(screen, STYLE_PLAIN));
    const json_t *source = j_get(final, "source");
    const json_t *member = j_get(final, "member_id");
    if (source) {
        text_add(to, " (");
        text_add_json(to, source);
        if (member && !json_equal(member, source)) {
            text_add(to, ", ");
            text_add_json(to, member);
        }
        text_add(to, ")");
    }
    text_add(to, "\n");
    if (json_is_string(content)) {
        text_add(to, "\n");
        text_escape(to, json_string_value(content), json_string_length(content), TEXT_BLOCK);
        text_add(to, "\n");
    }
}

void result_add(struct screen *screen, const json_t *result)
{
    struct buf *to = screen_out(screen);
    add_dissent(to, j_get(result, "dissent"));
    add_cautions(to, j_get(result, "warnings"));
    add_faults(to, "errors", j_get(result, "errors"), "message");
    add_faults(to, "missing", j_get(result, "degraded_reasons"), "detail");
    add_usage(to, result);
    add_outcome(screen, result);
    add_final(screen, j_get(result, "final"));
}
