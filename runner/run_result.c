#include "run_result.h"

#include <string.h>

#include "common/jx.h"
#include "common/xalloc.h"

void result_note_event(struct run_result *r, const json_t *event, int64_t at, size_t bytes)
{
    json_t *result = j_get(event, "result");
    const char *name = j_str(event, "type", "");
    int type = event_find(name, strlen(name));
    if (type >= 0 && event_is_terminal((enum event_type)type))
        *r = (struct run_result){at, bytes, !j_bool(result, "rounds_omitted", false)};
}

/* ---- a line of its own ---- */

static int append(struct run_result *r, struct journal *journal, struct buf *line,
                  struct error *err)
{
    int64_t at = journal->size;
    size_t bytes = line->len;
    if (buf_add_char(line, '\n') < 0)
        xcheck(NULL);
    int e = journal_append(journal, line->at, line->len, err);
    e = e < 0 ? e : journal_sync(journal, err);
    if (e == 0)
        *r = (struct run_result){at, bytes, true};
    return e;
}

/* What the terminal event had to leave out stands behind it, unless nobody would read so much. */
static int add_line(struct run_result *r, const struct run_result_parts *parts,
                    enum outcome outcome, json_t *document, struct error *err)
{
    struct buf line;
    json_t *whole = j_pack("{s:s, s:s, s:O}", "type", "result", "outcome", outcome_name(outcome),
                           "result", document);
    tell_dump(parts->tell, &line, whole, NULL);
    int e = line.len <= parts->tell->longest ? append(r, parts->journal, &line, err) : 0;
    buf_release(&line);
    json_decref(whole);
    return e;
}

/* ---- a broken journal ---- */

static bool says_so(const json_t *document)
{
    size_t i;
    json_t *error;
    json_array_foreach (j_get(document, "errors"), i, error) {
        if (strcmp(j_str(error, "code", ""), "journal") == 0)
            return true;
    }
    return false;
}

/* The engine had come to the end before it broke. */
static void spoil(json_t *document, const char *fault)
{
    if (says_so(document))
        return;
    json_t *errors = j_get(document, "errors") ? j_copy(j_get(document, "errors")) : j_array();
    j_add(errors, j_pack("{s:s, s:s, s:s, s:n}", "kind", "permanent", "code", "journal", "message",
                         fault, "context"));
    j_set(document, "errors", errors);
    j_set(document, "status", j_string("failed"));
    j_set(document, "outcome", j_string("failed"));
}

void result_tell(struct run_result *r, const struct run_result_parts *parts, enum outcome outcome,
                 json_t *document)
{
    struct error err = {.text = ""};
    const char *fault = parts->fault;
    if (!fault && parts->by_place && !r->whole && add_line(r, parts, outcome, document, &err) < 0)
        fault = err.text;
    if (fault) {
        spoil(document, fault);
        tell_result(parts->tell, OUTCOME_FAILED, document, false);
    } else if (parts->by_place && r->bytes) {
        tell_result_at(parts->tell, outcome, r->at, r->bytes);
    } else {
        tell_result(parts->tell, outcome, document, true);
    }
}
