/* llm_classify and llm_build: a model chooses a council, or designs one. */
#include <math.h>
#include <stdio.h>
#include <stdlib.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "proto/council/tables/kinds.h"

#include "auto_choice.h"
#include "runner/deliberation/call/blocks.h"
#include "runner/deliberation/call/prompt.h"
#include "runner/deliberation/form/form.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/state/state.h"
#include "runner/deliberation/words/digest.h"
#include "runner/deliberation/words/need.h"
#include "runner/deliberation/words/strbuf.h"

/* ---- both ---- */

/* The task is shown as somebody else's text: it must not choose its own council. */
static void begin_prompt(struct prompt *p, struct seat_call *c, const char *task)
{
    char *text = task_text(c);
    json_decref(c->input);
    c->input = j_string(task);
    prompt_init(p, c);
    prompt_block(p, "task", "Task", NULL, text);
    free(text);
}

static json_t *string_type(void)
{
    json_t *o = j_object();
    j_set(o, "type", j_string("string"));
    return o;
}

static json_t *enum_of(json_t *words)
{
    json_t *o = string_type();
    j_set(o, "enum", words);
    return o;
}

static json_t *object_type(json_t *properties, json_t *required)
{
    json_t *o = j_object();
    j_set(o, "type", j_string("object"));
    j_set(o, "properties", properties);
    j_set(o, "required", required);
    j_set(o, "additionalProperties", json_false());
    return o;
}

static void set_form(struct seat_call *c, const char *name, json_t *schema)
{
    form_init(&c->form, FORM_SCHEMA);
    c->form.name = name;
    c->form.schema = schema;
}

/* ---- llm_classify ---- */

static bool tagged(const json_t *entry, const json_t *tags)
{
    size_t i;
    json_t *tag;
    json_array_foreach (tags, i, tag) {
        if (j_array_has(j_get(entry, "tags"), json_string_value(tag)))
            return true;
    }
    return json_array_size(tags) == 0;
}

static json_t *shown_entries(const struct auto_stage *s, const json_t *options, const char *call_id)
{
    int n = 0, order[256];
    size_t i;
    json_t *entry, *all = j_array(), *shown = j_array();
    struct stream stream;
    json_array_foreach (s->entries, i, entry) {
        if (n < 256 && tagged(entry, j_get(options, "tags"))) {
            order[n] = n;
            n++;
            j_add(all, json_incref(entry));
        }
    }
    stream_init(&stream, s->e->seed, "order/%s", call_id);
    stream_shuffle(&stream, order, n);
    stream_release(&stream);
    for (int k = 0; k < n; k++)
        j_add(shown, json_incref(json_array_get(all, (size_t)order[k])));
    json_decref(all);
    return shown;
}

static json_t *classification(json_t *shown)
{
    size_t i;
    json_t *entry, *ids = j_array();
    json_array_foreach (shown, i, entry)
        j_add(ids, json_incref(j_get(entry, "id")));
    j_add(ids, j_string("none"));
    json_t *p = j_object();
    j_set(p, "reason", string_type());
    j_set(p, "id", enum_of(ids));
    j_set(p, "confidence", j_pack("{sssisi}", "type", "number", "minimum", 0, "maximum", 1));
    return object_type(p, j_pack("[sss]", "reason", "id", "confidence"));
}

static void ask_choice(struct auto_stage *s, json_t *options)
{
    size_t i;
    json_t *entry;
    struct prompt p;
    struct seat_call *c = auto_call(s, j_get(options, "seat"));
    json_t *shown = shown_entries(s, options, c->id);
    set_form(c, "classification", classification(shown));
    begin_prompt(&p, c, "A council has to be chosen for the task below.");
    strbuf_str(&p.part, "Choose the council best fitted for the task, or none.\n");
    json_array_foreach (shown, i, entry) {
        const char *desc = need_str(entry, "desc");
        strbuf_addf(&p.part, "\n- %s%s%s", need_str(entry, "id"), *desc ? ": " : "", desc);
    }
    prompt_finish(&p);
    json_decref(shown);
}

static enum auto_answer auto_classify(struct auto_stage *s, json_t *options, struct auto_pick *pick)
{
    if (!s->call) {
        ask_choice(s, options);
        return AUTO_PENDING;
    }
    const json_t *said = call_ok(s->call) ? s->call->reading.parsed : NULL;
    const char *reason = said ? j_str(said, "reason", NULL) : s->call->reason;
    pick->reason = reason ? xstrdup(reason) : NULL;
    pick->score = j_num(said, "confidence", (double)NAN);
    pick->entry = auto_entry(s, j_str(said, "id", ""));
    bool sure = !isnan(pick->score) && pick->score >= need_num(options, "min_confidence");
    return pick->entry && sure ? AUTO_MATCH : AUTO_NO_MATCH;
}

/* ---- llm_build ---- */

static json_t *member_type(json_t *profiles)
{
    json_t *p = j_object();
    j_set(p, "id", string_type());
    j_set(p, "role", string_type());
    j_set(p, "system_prompt", string_type());
    j_set(p, "profile", enum_of(j_copy(profiles)));
    return object_type(p, j_pack("[ssss]", "id", "role", "system_prompt", "profile"));
}

static json_t *chair_type(json_t *profiles)
{
    json_t *p = j_object();
    j_set(p, "system_prompt", string_type());
    j_set(p, "profile", enum_of(j_copy(profiles)));
    return object_type(p, j_pack("[s]", "profile"));
}

static json_t *reduced_council(const json_t *options)
{
    json_t *p = j_object(), *profiles = j_get(options, "profiles");
    j_set(p, "reason", string_type());
    j_set(p, "name", string_type());
    j_set(p, "template", enum_of(j_copy(j_get(options, "templates"))));
    j_set(p, "template_opts", j_pack("{ss}", "type", "object"));
    json_t *members = j_object();
    j_set(members, "type", j_string("array"));
    j_set(members, "minItems", j_integer(2));
    j_set(members, "maxItems", j_integer(need_int(options, "max_members")));
    j_set(members, "items", member_type(profiles));
    j_set(p, "members", members);
    j_set(p, "chair", chair_type(profiles));
    return object_type(p, j_pack("[ssss]", "reason", "name", "template", "members"));
}

/* The council that the reduced form stands for. */
static json_t *full_council(json_t *reduced)
{
    char hex[SHA256_HEX_SIZE], id[24];
    json_t *o = j_object(), *template = j_object(), *opts = j_get(reduced, "template_opts");
    snprintf(id, sizeof id, "built-%.8s", canonical_sha256(reduced, hex));
    j_set(o, "schema_version", j_integer(1));
    j_set(o, "id", j_string(id));
    j_ref(o, "name", j_get(reduced, "name"));
    j_ref(template, "name", j_get(reduced, "template"));
    j_set(template, "opts", opts ? json_incref(opts) : j_object());
    j_set(o, "template", template);
    j_ref(o, "members", j_get(reduced, "members"));
    if (j_get(reduced, "chair"))
        j_ref(o, "chair", j_get(reduced, "chair"));
    return o;
}

/* Its faults are the answer's: they go back once, as with any form. */
static void check_built(struct seat_call *c)
{
    struct auto_stage *s = c->e->stage;
    struct council_plan plan;
    json_t *document = full_council(c->reading.parsed);
    json_decref(s->built);
    s->built = NULL;
    if (auto_resolve(s, document, &plan, c->reading.errors) == 0) {
        s->built = json_incref(document);
        council_plan_release(&plan);
    } else {
        c->reading.ok = false;
    }
    json_decref(document);
}

static void list_words(struct strbuf *out, const char *title, const json_t *words)
{
    size_t i;
    json_t *word;
    strbuf_addf(out, "\n%s:", title);
    json_array_foreach (words, i, word)
        strbuf_addf(out, "%s %s", i ? "," : "", json_string_value(word));
}

static void ask_design(struct auto_stage *s, json_t *options)
{
    struct prompt p;
    struct seat_call *c = auto_call(s, j_get(options, "seat"));
    set_form(c, "council", reduced_council(options));
    c->check = check_built;
    begin_prompt(&p, c, "A council has to be designed for the task below.");
    strbuf_addf(&p.part,
                "Design a council of 2 to %lld members for the task. Use only the profiles and "
                "templates listed. Give each member a role and a system prompt that make it differ "
                "usefully from the others.\n",
                (long long)need_int(options, "max_members"));
    list_words(&p.part, "Profiles", j_get(options, "profiles"));
    list_words(&p.part, "Templates", j_get(options, "templates"));
    prompt_finish(&p);
}

static enum auto_answer auto_design(struct auto_stage *s, json_t *options, struct auto_pick *pick)
{
    if (!s->call) {
        ask_design(s, options);
        return AUTO_PENDING;
    }
    bool ok = call_ok(s->call) && s->built;
    const char *reason = ok ? j_str(s->call->reading.parsed, "reason", NULL) : s->call->reason;
    pick->reason = reason ? xstrdup(reason) : NULL;
    return ok ? AUTO_MATCH : AUTO_NO_MATCH;
}

const struct strategy strategy_llm_classify = {
    .kind = &STRATEGY_KINDS[STRATEGY_LLM_CLASSIFY],
    .try = auto_classify,
};

const struct strategy strategy_llm_build = {
    .kind = &STRATEGY_KINDS[STRATEGY_LLM_BUILD],
    .try = auto_design,
    .builds = true,
};
