#include "form.h"

#include <stdlib.h>
#include <string.h>

#include "common/jx.h"
#include "common/xalloc.h"

#include "labels.h"
#include "runner/deliberation/words/strbuf.h"
#include "runner/deliberation/words/text.h"
#include "schema.h"

void form_init(struct form *f, enum form_kind kind)
{
    *f = (struct form){.kind = kind, .max = 10};
}

void form_share(struct form *f, const struct form *from)
{
    *f = *from;
    json_incref(f->schema);
    json_incref(f->presented);
    json_incref(f->rubric);
}

void form_release(struct form *f)
{
    json_decref(f->schema);
    json_decref(f->presented);
    json_decref(f->rubric);
    *f = (struct form){.kind = FORM_TEXT};
}

const char *form_name(const struct form *f, const char *id)
{
    const char *label = f->map ? label_of(f->map, id) : NULL;
    return label ? label : id;
}

static const char *by_id(const struct form *f, const char *text)
{
    size_t i;
    json_t *id;
    json_array_foreach (f->presented, i, id) {
        if (strcmp(json_string_value(id), text) == 0)
            return json_string_value(id);
    }
    json_array_foreach (f->presented, i, id) {
        if (text_equal_case(json_string_value(id), text))
            return json_string_value(id);
    }
    return NULL;
}

bool form_abstains(const struct form *f, const char *text)
{
    char *words = text_normalise_choice(text);
    bool abstains = f->abstain && strcmp(words, "abstain") == 0;
    free(words);
    return abstains;
}

const char *form_resolve(const struct form *f, const char *text)
{
    char *trimmed = text_trim(text);
    const char *id = NULL;
    if (form_abstains(f, text))
        id = "abstain";
    else if (f->map)
        id = label_resolve(f->map, trimmed);
    else
        id = by_id(f, trimmed);
    free(trimmed);
    return id;
}

static json_t *typed(const char *type)
{
    json_t *o = j_object();
    j_set(o, "type", j_string(type));
    return o;
}

static json_t *ranged(double min, double max)
{
    json_t *o = typed("number");
    j_set(o, "minimum", j_real(min));
    j_set(o, "maximum", j_real(max));
    return o;
}

static json_t *names_enum(const struct form *f)
{
    size_t i;
    json_t *id, *o = typed("string"), *list = j_array();
    json_array_foreach (f->presented, i, id) {
        j_add(list, j_string(form_name(f, json_string_value(id))));
    }
    if (f->abstain)
        j_add(list, j_string("abstain"));
    if (json_array_size(list) > 0 && !f->free)
        j_ref(o, "enum", list);
    json_decref(list);
    return o;
}

static json_t *list_of(json_t *items)
{
    json_t *o = typed("array");
    j_set(o, "items", items);
    return o;
}

static json_t *object_of(json_t *properties)
{
    const char *key;
    json_t *v, *o = typed("object"), *required = j_array();
    json_object_foreach (properties, key, v) {
        j_add(required, j_string(key));
    }
    j_set(o, "properties", properties);
    j_set(o, "required", required);
    j_set(o, "additionalProperties", json_false());
    return o;
}

static json_t *score_item(const struct form *f)
{
    size_t i;
    json_t *criterion, *p = j_object();
    j_set(p, "label", names_enum(f));
    j_set(p, "rationale", typed("string"));
    j_set(p, "score", ranged(f->min, f->max));
    if (json_array_size(f->rubric) > 0) {
        json_t *criteria = j_object();
        json_array_foreach (f->rubric, i, criterion) {
            j_set(criteria, j_str(criterion, "id", "?"), ranged(f->min, f->max));
        }
        j_set(p, "criteria", object_of(criteria));
    }
    return object_of(p);
}

static json_t *critique_item(const struct form *f)
{
    json_t *p = j_object(), *severity = typed("string");
    j_set(severity, "enum", j_pack("[sss]", "minor", "major", "fatal"));
    j_set(p, "target", names_enum(f));
    j_set(p, "severity", severity);
    j_set(p, "point", typed("string"));
    return object_of(p);
}

static json_t *dissent_item(const struct form *f)
{
    json_t *p = j_object();
    j_set(p, "point", typed("string"));
    j_set(p, "labels", list_of(names_enum(f)));
    return object_of(p);
}

static const char *build_properties(const struct form *f, json_t *p)
{
    switch (f->kind) {
    case FORM_VOTE:
        j_set(p, "rationale", typed("string"));
        j_set(p, "choice", names_enum(f));
        j_set(p, "confidence", ranged(0, 1));
        return "vote";
    case FORM_APPROVAL:
        j_set(p, "rationale", typed("string"));
        j_set(p, "approved", list_of(names_enum(f)));
        j_set(p, "confidence", ranged(0, 1));
        return "approval";
    case FORM_RANKING:
        j_set(p, "rationale", typed("string"));
        j_set(p, "ordering", list_of(names_enum(f)));
        j_set(p, "confidence", ranged(0, 1));
        return "ranking";
    case FORM_SCORES:
        j_set(p, "scores", list_of(score_item(f)));
        j_set(p, "ordering", list_of(names_enum(f)));
        j_set(p, "confidence", ranged(0, 1));
        return "scores";
    case FORM_CRITIQUE:
        j_set(p, "critiques", list_of(critique_item(f)));
        j_set(p, "revised_answer", typed("string"));
        j_set(p, "changed", typed("boolean"));
        j_set(p, "confidence", ranged(0, 1));
        return "critique";
    case FORM_CONSENSUS:
        j_set(p, "open_points", list_of(typed("string")));
        j_set(p, "agree", typed("boolean"));
        j_set(p, "score", ranged(0, 1));
        return "consensus";
    case FORM_DISSENT:
        j_set(p, "answer", typed("string"));
        j_set(p, "dissent", list_of(dissent_item(f)));
        j_set(p, "confidence", ranged(0, 1));
        return "dissent_report";
    case FORM_MEMBERS:
        j_set(p, "reason", typed("string"));
        j_set(p, "members", list_of(names_enum(f)));
        return "members";
    case FORM_GROUPS:
        j_set(p, "reason", typed("string"));
        j_set(p, "groups", list_of(list_of(typed("integer"))));
        return "groups";
    case FORM_TEXT:
    case FORM_SCHEMA:
        break;
    }
    return NULL;
}

void form_build(struct form *f)
{
    if (f->kind == FORM_TEXT || f->kind == FORM_SCHEMA)
        return;
    json_t *properties = j_object();
    f->name = build_properties(f, properties);
    f->schema = object_of(properties);
}

void form_text(const struct form *f, struct strbuf *out)
{
    if (f->schema) {
        strbuf_str(out, "Answer with one JSON object and nothing else:\n");
        schema_skeleton(f->schema, out);
        strbuf_str(out, "\n");
        return;
    }
    if (f->rebuttal)
        strbuf_str(out,
                   "Answer in plain text, in two parts under these two headings, which are not "
                   "translated:\n\n## Rebuttal\nThe best argument against your position, and "
                   "your reply to it.\n\n## Answer\nYour full answer to the task. It is read "
                   "and judged alone.\n\n");
    if (!f->tail_confidence && !f->tail_changed)
        return;
    strbuf_str(out, f->rebuttal ? "" : "Answer in plain text. ");
    strbuf_str(out, "End with one last line that is exactly this JSON object, filled in: {");
    if (f->tail_confidence)
        strbuf_str(out, "\"confidence\": <number from 0 to 1>");
    if (f->tail_changed)
        strbuf_addf(out, "%s\"changed\": <true or false>", f->tail_confidence ? ", " : "");
    strbuf_str(out, "}\n");
}
