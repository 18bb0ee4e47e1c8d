#include "resolve_type.h"

#include "proto/council/check/shape.h"

static void unknown_type(struct work *w, const char *name, const struct place *at)
{
    char list[300];
    r_fault(w->r, at, "unknown_round_type",
            "\"%.80s\" is no round type and no preset of the catalogue. Types are %s.", name,
            words_join(ROUND_TYPE_NAMES, list, sizeof(list)));
}

static json_t *opts_check(struct work *w, const struct round_kind *kind, json_t *opts,
                          const struct place *at)
{
    if (!opts)
        return r_new(w->r, json_object());
    json_t *checked = doc_check(w->r, kind->opts, opts, at);
    if (!r_is_bad(w->r, checked))
        return checked;
    json_decref(checked);
    return r_new(w->r, json_object());
}

/* The preset's kind, and its checked opts in *ret_opts; NULL after a fault. */
static const struct round_kind *preset_resolve(struct work *w, json_t *document,
                                               const struct place *at, json_t **ret_opts)
{
    json_t *plain = r_plain(w->r, document);
    json_t *preset = doc_check(w->r, &PRESET, plain, at);
    struct place type_at = PLACE_AT_KEY(at, "type"), opts_at = PLACE_AT_KEY(at, "opts");
    const char *name = r_word(w->r, preset, "type");
    const struct round_kind *kind = round_kind_find(name);
    if (kind)
        *ret_opts = opts_check(w, kind, r_get(w->r, preset, "opts"), &opts_at);
    else if (name)
        unknown_type(w, name, &type_at);
    json_decref(plain);
    json_decref(preset);
    return kind;
}

bool type_resolve(struct work *w, const char *name, json_t *opts, const struct place *type_at,
                  const struct place *opts_at, struct typed *ret)
{
    bool told;
    json_t *below = NULL;
    json_t *document = r_look_up(w->r, CATALOGUE_ROUNDS, name, type_at, &told);
    struct place p = PLACE_AT_DOCUMENT(type_at, "rounds", name);
    ret->opts = NULL;
    ret->kind = document ? preset_resolve(w, document, &p, &below) : round_kind_find(name);
    if (!ret->kind) {
        if (!document && !told)
            unknown_type(w, name, type_at);
        return false;
    }
    /* Opts that are left out are empty: what they cannot do without is told, too. */
    json_t *none = opts || document ? NULL : r_new(w->r, json_object());
    json_t *own = opts_check(w, ret->kind, opts ? opts : none, opts_at);
    json_decref(none);
    if (below && json_object_update(below, own) < 0)
        w->r->no_memory = true;
    if (below)
        json_decref(own);
    ret->opts = below ? below : own;
    return true;
}
