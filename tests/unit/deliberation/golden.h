/* What each model is told, as text for a reviewer: runs a council with believable answers and
 * writes down every request in order, each message once. */
#ifndef TESTS_UNIT_GOLDEN_H
#define TESTS_UNIT_GOLDEN_H

#include "auto_drive.h"
#include "drive.h" /* its macros have names of tables */
#include "runner/deliberation/words/strbuf.h"

/* ---- what the models answer ---- */

static inline const char *golden_answer(const char *member)
{
    static const char *const answers[][2] = {
        {"ann",
         "Keep eggs in the fridge, in their carton, the blunt end up. They last five weeks."},
        {"bob", "Eggs that were never washed keep on the counter for three weeks. Washed ones "
                "belong into the fridge."},
        {"cy", "The fridge, but not its door: it is warmest there."},
        {"chair", "Keep washed eggs in the fridge, in their carton, away from the door."},
    };
    for (size_t i = 0; i < sizeof answers / sizeof answers[0]; i++)
        if (strcmp(answers[i][0], member) == 0)
            return answers[i][1];
    return "In the fridge.";
}

static inline json_t *golden_leaf(const struct engine_want *w, json_t *schema, const char *name)
{
    const char *type = j_str(schema, "type", "");
    if (strcmp(type, "number") == 0 || strcmp(type, "integer") == 0)
        return json_real(strcmp(name, "confidence") == 0 ? 0.7 : 1);
    if (strcmp(type, "boolean") == 0)
        return json_true();
    if (strstr(name, "answer") || strcmp(name, "choice") == 0)
        return json_string(golden_answer(w->ask->member_id));
    return json_sprintf("The %s of %s.", name, w->ask->member_id);
}

static inline json_t *golden_says(const struct engine_want *w)
{
    json_t *messages = w->ask->messages;
    const char *asked =
        j_str(json_array_get(messages, json_array_size(messages) - 1), "content", "");
    const char *answer = golden_answer(w->ask->member_id);
    if (w->ask->schema) {
        json_t *value = fitting(w, w->ask->schema, "", golden_leaf);
        char *text = json_dumps(value, 0);
        json_t *reply = json_pack("{ss}", "text", text);
        free(text);
        json_decref(value);
        return reply;
    }
    const char *tail = strstr(asked, "\"changed\"")
                           ? "\n\n{\"changed\": false, \"confidence\": 0.6}"
                       : strstr(asked, "\"confidence\"") ? "\n\n{\"confidence\": 0.6}"
                                                         : "";
    if (strstr(asked, "## Rebuttal"))
        return json_pack("{so}", "text",
                         json_sprintf("## Rebuttal\nWhat %s argues.\n\n## Answer\n%s%s",
                                      w->ask->member_id, answer, tail));
    if (strstr(asked, "Review each"))
        return json_pack(
            "{so}", "text",
            json_sprintf("The review of %s: no answer says how long.", w->ask->member_id));
    return json_pack("{so}", "text", json_sprintf("%s%s", answer, tail));
}

/* ---- what is written down ---- */

static inline void golden_message(struct strbuf *out, json_t *m)
{
    size_t i;
    json_t *call;
    const char *text = j_str(m, "content", "");
    size_t len = strlen(text);
    strbuf_addf(out, "---- %s\n%s%s", j_str(m, "role", ""), text,
                len > 0 && text[len - 1] == '\n' ? "" : "\n");
    json_array_foreach (json_object_get(m, "tool_calls"), i, call)
        strbuf_addf(out, "(calls %s %s)\n", j_str(call, "name", ""), j_str(call, "args_raw", ""));
}

static inline void golden_tools(struct strbuf *out, json_t *tools)
{
    size_t i;
    json_t *tool;
    json_array_foreach (tools, i, tool)
        strbuf_addf(out, "---- tool %s: %s\n", j_str(tool, "name", ""),
                    j_str(tool, "description", ""));
}

/* How many messages of the call were written down with an earlier request. */
static inline size_t golden_told(json_t *all, size_t upto, const char *call_id)
{
    size_t told = 0;
    for (size_t i = 0; i < upto; i++) {
        json_t *o = json_array_get(all, i);
        if (strcmp(j_str(o, "call_id", ""), call_id) == 0)
            told = json_array_size(json_object_get(o, "messages"));
    }
    return told;
}

static inline void golden_request(struct strbuf *out, json_t *all, size_t i)
{
    json_t *asked = json_array_get(all, i), *messages = json_object_get(asked, "messages");
    const char *call_id = j_str(asked, "call_id", "");
    size_t told = golden_told(all, i, call_id);
    strbuf_addf(out, "\n======== %s: %s, as %s%s\n", call_id, j_str(asked, "model", ""),
                j_str(asked, "member_id", ""), told ? ", again" : "");
    if (told == 0)
        golden_tools(out, json_object_get(asked, "tools"));
    for (; told < json_array_size(messages); told++)
        golden_message(out, json_array_get(messages, told));
}

/* The part of the call id before the seat: round and kind. */
static inline bool golden_same_kind(json_t *a, json_t *b)
{
    const char *x = j_str(a, "call_id", ""), *y = j_str(b, "call_id", "");
    size_t n = (size_t)(strrchr(x, ':') - x);
    return (size_t)(strrchr(y, ':') - y) == n && strncmp(x, y, n) == 0;
}

/* Has an earlier request told it already? firsts: each round and kind once. A first round in which
 * members answer alone is shown where it is the subject. */
static inline bool golden_is_known(json_t *all, size_t i, bool firsts, bool alone)
{
    json_t *asked = json_array_get(all, i);
    if (!alone && strncmp(j_str(asked, "call_id", ""), "r0i0:member:", 12) == 0)
        return true;
    for (size_t k = 0; firsts && k < i; k++)
        if (golden_same_kind(json_array_get(all, k), asked))
            return true;
    return false;
}

/* The text is the caller's. */
static inline char *golden_text(struct drive *d, const char *title, bool firsts, bool alone)
{
    struct strbuf out = STRBUF_INIT;
    json_t *all = d->asked;
    strbuf_addf(&out, "%s\n\nWritten by `make golden`, compared by `make test`.\n", title);
    for (size_t i = 0; i < json_array_size(all); i++) {
        if (golden_is_known(all, i, firsts, alone))
            strbuf_addf(&out, "\n======== %s: %s\n", j_str(json_array_get(all, i), "call_id", ""),
                        firsts ? "as the first of its kind" : "answers the task alone");
        else
            golden_request(&out, all, i);
    }
    return strbuf_take(&out);
}

#endif
