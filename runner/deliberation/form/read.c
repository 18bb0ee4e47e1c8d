/* Reading an answer: the tail of a text, the ladder down which a schema answer is looked for. */
#include "read.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "common/jx.h"
#include "common/xalloc.h"

#include "ballot_text.h"
#include "form.h"
#include "read_ballot.h"
#include "reading.h"
#include "runner/deliberation/words/extract.h"
#include "runner/deliberation/words/strbuf.h"
#include "schema.h"

/* An object with only the keys that a tail may have, and at least one. A model that was asked for
 * one of them writes both: what was not asked for is no part of the answer either. */
static bool is_tail(json_t *o)
{
    const char *key;
    json_t *v;
    json_object_foreach (o, key, v) {
        if (strcmp(key, "confidence") != 0 && strcmp(key, "changed") != 0)
            return false;
    }
    return json_object_size(o) > 0;
}

static json_t *find_tail(const char *content, size_t *at)
{
    json_t *tail = extract_last_line(content, at);
    if (tail && is_tail(tail))
        return tail;
    json_decref(tail);
    tail = extract_block(content, at);
    const char *close = tail ? strstr(strchr(content + *at, '\n'), "```") : NULL;
    if (close && is_tail(tail) && extract_only_blank(close + 3))
        return tail;
    json_decref(tail);
    return NULL;
}

static void read_tail(const struct form *f, struct reading *r)
{
    size_t at = 0;
    json_t *tail = find_tail(r->content, &at);
    if (!tail)
        return;
    if (f->tail_confidence)
        reading_confidence(r, json_object_get(tail, "confidence"));
    json_t *changed = f->tail_changed ? json_object_get(tail, "changed") : NULL;
    r->changed = json_is_boolean(changed) ? json_is_true(changed) : -1;
    json_decref(tail);
    r->content[at] = '\0';
    char *trimmed = text_trim(r->content);
    free(r->content);
    r->content = trimmed;
}

/* The line that is the heading, however it is set; NULL for none. */
static const char *heading(const char *text, const char *word)
{
    for (const char *line = text; *line; line += strcspn(line, "\n"), line += *line == '\n') {
        const char *at = line + strspn(line, " \t#*_");
        size_t len = strlen(word);
        if (strncasecmp(at, word, len) != 0)
            continue;
        at += len;
        at += strspn(at, " \t\r#*_:");
        if (*at == '\n' || *at == '\0')
            return line;
    }
    return NULL;
}

static char *behind_line(const char *line, const char *end)
{
    const char *from = line + strcspn(line, "\n");
    char *part = xstrndup(from, (size_t)(end - from)), *trimmed = text_trim(part);
    free(part);
    return trimmed;
}

/* Without both headings all of it is the answer. */
static void read_parts(struct reading *r)
{
    const char *first = heading(r->content, "rebuttal");
    const char *second = first ? heading(first, "answer") : NULL;
    if (!second)
        return;
    char *answer = behind_line(second, second + strlen(second));
    if (!*answer) {
        free(answer);
        return;
    }
    r->rebuttal = behind_line(first, second);
    free(r->content);
    r->content = answer;
}

static void read_text(const struct form *f, struct reading *r)
{
    if (f->tail_confidence || f->tail_changed)
        read_tail(f, r);
    if (f->rebuttal)
        read_parts(r);
    if (extract_only_blank(r->content)) {
        reading_error(r, "the answer is empty");
        return;
    }
    r->answer = xstrdup(r->content);
}

/* The property without which the answer says nothing. */
static const char *decisive(const struct form *f)
{
    switch (f->kind) {
    case FORM_VOTE:
        return "choice";
    case FORM_APPROVAL:
        return "approved";
    case FORM_RANKING:
        return "ordering";
    case FORM_SCORES:
        return "scores";
    case FORM_CRITIQUE:
        return "revised_answer";
    case FORM_CONSENSUS:
        return "score";
    case FORM_DISSENT:
        return "answer";
    case FORM_MEMBERS:
        return "members";
    case FORM_GROUPS:
        return "groups";
    case FORM_SCHEMA:
        return json_string_value(json_array_get(json_object_get(f->schema, "required"), 0));
    case FORM_TEXT:
        break;
    }
    return NULL;
}

static void climb_down(const struct form *f, json_t *structured, struct reading *r)
{
    bool any = f->kind == FORM_SCHEMA;
    if (structured && (any || json_is_object(structured))) {
        r->parsed = json_incref(structured);
        r->parse = "native";
        return;
    }
    r->parsed = extract_whole(r->content);
    r->parse = "json";
    if (r->parsed && (any || json_is_object(r->parsed)))
        return;
    json_decref(r->parsed);
    if ((r->parsed = extract_block(r->content, NULL))) {
        r->parse = "block";
        return;
    }
    if ((r->parsed = extract_embedded(r->content, decisive(f)))) {
        r->parse = "embedded";
        return;
    }
    r->parsed = ballot_of_text(f, r->content);
    r->parse = r->parsed ? "text" : NULL;
}

static void text_of(struct strbuf *out, const json_t *value, int depth)
{
    const char *key;
    size_t i;
    json_t *v;
    if (json_is_string(value)) {
        strbuf_addf(out, "%s\n", json_string_value(value));
    } else if (json_is_object(value) && depth < 8) {
        strbuf_str(out, depth ? "\n" : "");
        json_object_foreach ((json_t *)value, key, v) {
            strbuf_addf(out, "%*s%s: ", 2 * depth, "", key);
            text_of(out, v, depth + 1);
        }
    } else if (json_is_array(value) && depth < 8) {
        strbuf_str(out, "\n");
        json_array_foreach (value, i, v) {
            strbuf_addf(out, "%*s- ", 2 * depth, "");
            text_of(out, v, depth + 1);
        }
    } else {
        char *text = j_dump(value);
        strbuf_addf(out, "%s\n", text);
        free(text);
    }
}

static void read_user_schema(const struct form *f, struct reading *r)
{
    if (!schema_check(f->schema, r->parsed, r->errors)) {
        r->ok = false;
        return;
    }
    struct strbuf text = STRBUF_INIT;
    text_of(&text, r->parsed, 0);
    r->shown = strbuf_take(&text);
    r->answer = xstrdup(r->content);
    if (json_is_object(r->parsed))
        reading_confidence(r, json_object_get(r->parsed, "confidence"));
}

static void read_schema(const struct form *f, json_t *structured, bool cut, struct reading *r)
{
    if (!structured && extract_only_blank(r->content)) {
        reading_error(r, "the answer is empty");
        return;
    }
    if (cut) {
        reading_error(r, "the answer was cut off before its end; be shorter");
        return;
    }
    climb_down(f, structured, r);
    if (!r->parsed) {
        reading_error(r, "no JSON object of the required form was found");
        return;
    }
    if (f->kind == FORM_SCHEMA) {
        read_user_schema(f, r);
        return;
    }
    if (!json_object_get(r->parsed, decisive(f))) {
        char *line = xasprintf("\"%s\" is missing", decisive(f));
        reading_error(r, line);
        free(line);
        return;
    }
    reading_confidence(r, json_object_get(r->parsed, "confidence"));
    read_ballot(f, r);
}

void form_read(const struct form *f, const char *content, json_t *structured, bool cut,
               struct reading *r)
{
    *r = (struct reading){
        .ok = true,
        .content = xstrdup(content),
        .confidence = NAN,
        .changed = -1,
        .flags = j_array(),
        .errors = j_array(),
    };
    if (f->schema)
        read_schema(f, json_is_null(structured) ? NULL : structured, cut, r);
    else
        read_text(f, r);
    if (cut && r->ok)
        reading_flag(r, "truncated");
}
