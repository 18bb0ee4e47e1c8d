#include "resume.h"

#include <errno.h>
#include <string.h>

#include "common/error.h"
#include "common/jx.h"

#include "carry.h"
#include "engine_spec.h"
#include "runner/deliberation/state/want.h"
#include "runner/deliberation/words/digest.h"

/* ---- the chain ---- */

bool resume_is_whole(const json_t *lines)
{
    size_t i;
    json_t *line;
    json_array_foreach (lines, i, line) {
        if (i >= 2 && !j_has(line, "type", "carried"))
            return j_has(line, "type", "carried_end");
    }
    return false;
}

/* A journal from before answers were carried over has no such lines, but what it used says itself
 * again where it was used. */
bool resume_stands_alone(const json_t *lines)
{
    return json_array_size(lines) > 2 && !j_has(json_array_get(lines, 2), "type", "carried");
}

static int check_lines(const struct resume_source *source, struct error *err)
{
    size_t i;
    json_t *line;
    if (json_array_size(source->lines) == 0)
        return 0;
    if (!j_has(json_array_get(source->lines, 0), "type", "run_started"))
        return error_set(err, EINVAL, "the journal of %s does not begin with run_started",
                         source->run_id);
    json_array_foreach (source->lines, i, line) {
        if (j_int(line, "seq", -1) != (int64_t)i + 1)
            return error_set(err, EINVAL, "in the journal of %s line %zu is missing",
                             source->run_id, i + 1);
    }
    return 0;
}

static void take_sums(struct resume *r, const struct carry *c)
{
    r->carried_tokens = c->charged.tokens;
    r->carried_cost = c->charged.cost;
    r->carried_attempts = c->attempts;
    r->spared = (struct reservation){.tokens = c->spared.tokens, .cost = c->spared.cost};
}

static void fold(const struct resume_source *chain, size_t n, struct resume *ret)
{
    struct carry carry;
    size_t i;
    json_t *line;
    carry_init(&carry);
    while (n-- > 0) {
        json_array_foreach (chain[n].lines, i, line)
            carry_line(&carry, line, chain[n].run_id);
        carry_close(&carry, chain[n].outage);
    }
    ret->calls = carry_calls(&carry, &ret->reusable);
    ret->carried = carry_lines(&carry);
    take_sums(ret, &carry);
    carry_release(&carry);
}

int resume_read(const struct resume_source *chain, size_t n, struct resume *ret, struct error *err)
{
    json_t *first = NULL;
    for (size_t i = 0; i < n; i++) {
        int r = check_lines(&chain[i], err);
        if (r < 0)
            return r;
        first = first ? first : json_array_get(chain[i].lines, 0);
    }
    *ret = (struct resume){
        .from_run_id = n ? chain[0].run_id : "",
        .first = first,
        .seed = j_str(first, "seed", ""),
        .reliability = j_get(first, "reliability"),
    };
    fold(chain, n, ret);
    return 0;
}

/* ---- the same again ---- */

/* What a run from before answers were carried over had taken over: it stands where it was used. */
static void read_used(struct carry *c, json_t *lines)
{
    size_t i;
    json_t *line, *fresh = j_object();
    json_array_foreach (lines, i, line) {
        const char *id = j_str(line, "call_id", NULL);
        if (!id)
            continue;
        if (j_has(line, "type", "member_started") && !j_get(line, "reused_from"))
            j_set(fresh, id, json_true());
        if (!json_object_get(fresh, id) &&
            (j_has(line, "type", "member_started") || j_bool(line, "reused", false)))
            carry_line(c, line, "");
    }
    json_decref(fresh);
}

static json_t *payload_of(const json_t *line)
{
    json_t *o = j_object();
    j_ref(o, "from_run_id", j_get(line, "from_run_id"));
    j_ref(o, "event", j_get(line, "event"));
    return o;
}

bool resume_of_replay(json_t *lines, struct resume *ret)
{
    size_t i;
    struct carry carry;
    json_t *line, *second = json_array_get(lines, 1);
    if (!j_has(second, "type", "run_resumed"))
        return false;
    *ret = (struct resume){.from_run_id = j_str(second, "from_run_id", "")};
    carry_init(&carry);
    if (resume_stands_alone(lines) && !resume_is_whole(lines)) {
        read_used(&carry, lines);
    } else {
        ret->carried = j_array();
        json_array_foreach (lines, i, line) {
            if (!j_has(line, "type", "carried"))
                continue;
            carry_line(&carry, line, "");
            j_add(ret->carried, payload_of(line));
        }
    }
    ret->calls = carry_calls(&carry, &ret->reusable);
    carry_line(&carry, second, "");
    take_sums(ret, &carry);
    ret->reusable = (int)j_int(second, "reusable_calls", 0);
    carry_release(&carry);
    return true;
}

void resume_release(struct resume *r)
{
    json_decref(r->calls);
    json_decref(r->carried);
    *r = (struct resume){0};
}

static void differ(json_t *list, const char *word, bool same)
{
    if (!same)
        j_add(list, j_string(word));
}

static bool same_option(const json_t *a, const json_t *b, const char *key)
{
    json_t *x = j_get(a, key), *y = j_get(b, key);
    bool none_x = json_array_size(x) == 0, none_y = json_array_size(y) == 0;
    return none_x || none_y ? none_x == none_y : json_equal(x, y);
}

json_t *resume_differences(json_t *run_started, const struct engine_spec *spec)
{
    char hex[SHA256_HEX_SIZE];
    json_t *list = j_array(), *options = j_get(run_started, "options");
    canonical_sha256(spec->input, hex);
    differ(list, "engine_version",
           strcmp(j_str(run_started, "engine_version", ""), ENGINE_VERSION) == 0);
    differ(list, "ask_sha256",
           spec->ask_sha256 && strcmp(j_str(run_started, "ask_sha256", ""), spec->ask_sha256) == 0);
    differ(list, "input_sha256", strcmp(j_str(run_started, "input_sha256", ""), hex) == 0);
    differ(list, "history", same_option(options, spec->options, "history"));
    differ(list, "documents", same_option(options, spec->options, "documents"));
    differ(list, "seed", !spec->seed || strcmp(j_str(run_started, "seed", ""), spec->seed) == 0);
    return list;
}
