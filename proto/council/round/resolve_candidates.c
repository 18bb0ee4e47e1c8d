#include "resolve_candidates.h"

#include <string.h>

#include "proto/council/check/ids.h"
#include "proto/council/seat/resolve_seat.h"

void need_two(struct work *w, const struct round_info *info)
{
    if (pool_size(w, info) < 2)
        r_fault(w->r, info->at, "too_few_members",
                "%s needs at least two members that take part: add members.", info->kind->name);
}

void warn_of_two(struct work *w, const struct round_info *info, const json_t *opts)
{
    if (json_array_size(json_object_get(w->raw, "members")) == 2 &&
        r_word_of(w->r, opts, "exclude", EXCLUDE_NAMES) != EXCLUDE_NONE)
        r_warn(w->r, info->at, "ranking_needs_three",
               "Without its own answer each member has one candidate to judge, so the ballots say "
               "nothing: use three members or more.");
}

static void option_id_check(struct work *w, const json_t *option, json_t *seen,
                            const struct place *at)
{
    const char *id = r_word(w->r, option, "id");
    struct place p = PLACE_AT_KEY(at, "id");
    if (!id)
        return;
    if (!json_equal(json_object_get(option, "id"), json_object_get(option, "text")) &&
        !id_valid(id))
        r_fault(w->r, &p, "bad_id",
                "An id is 1 to 64 letters, digits, '_', '.' or '-'; write a string instead of an "
                "object where the text is the option.");
    else if (strcmp(id, "abstain") == 0)
        r_fault(w->r, &p, "reserved_id",
                "\"abstain\" has a meaning of its own: choose another id.");
    else if (json_object_get(seen, id))
        r_fault(w->r, &p, "duplicate_id", "Two options have the id \"%.80s\": rename one.", id);
    r_put(w->r, seen, id, json_true());
}

static json_t *options_resolve(struct work *w, const json_t *options, const struct place *at)
{
    json_t *list = r_new(w->r, json_array());
    json_t *seen = r_new(w->r, json_object());
    size_t n = json_array_size(options), i;
    json_t *one;
    if (n < 2 || n > 26)
        r_fault(w->r, at, "bad_candidates", "There must be 2 to 26 options, not %zu.", n);
    json_array_foreach (options, i, one) {
        struct place p = PLACE_AT_INDEX(at, i);
        json_t *option = json_is_string(one)
                             ? r_new(w->r, json_pack("{s:O, s:O}", "id", one, "text", one))
                             : json_incref(one);
        option_id_check(w, option, seen, &p);
        r_append(w->r, list, option);
    }
    json_decref(seen);
    return list;
}

void options_fill(struct work *w, const struct round_info *info, json_t *opts)
{
    struct place p = PLACE_AT_KEY(info->opts, "options");
    json_t *options = r_get(w->r, opts, "options");
    if (options)
        r_put(w->r, opts, "options", options_resolve(w, options, &p));
}

bool option_known(const json_t *options, const char *id)
{
    size_t i;
    json_t *one;
    json_array_foreach (options, i, one) {
        if (word_is(json_object_get(one, "id"), id))
            return true;
    }
    return false;
}

static void missing_check(struct work *w, const struct round_info *info, const json_t *opts,
                          enum candidates_word candidates)
{
    struct place p = PLACE_AT_KEY(info->opts, "missing_counts_as");
    json_t *id = r_get(w->r, opts, "missing_counts_as");
    if (!json_is_string(id) || r_is_bad(w->r, json_object_get(opts, "options")))
        return;
    bool known = candidates == CANDIDATES_OPTIONS
                     ? option_known(r_get(w->r, opts, "options"), json_string_value(id))
                     : candidates == CANDIDATES_ANSWERS && member_known(w, id);
    if (!known)
        r_fault(w->r, &p, "bad_candidates", "\"%.80s\" is none of the options.",
                json_string_value(id));
}

static void answers_check(struct work *w, const struct round_info *info, const json_t *opts)
{
    struct place p = PLACE_AT_KEY(info->opts, "candidates");
    need_two(w, info);
    warn_of_two(w, info, opts);
    if (!info->answers_before)
        r_fault(w->r, json_object_get(opts, "candidates") ? &p : info->at, "bad_candidates",
                "There are no answers to choose from: put a round in which members answer before "
                "this one, or give options.");
}

void candidates_resolve(struct work *w, const struct round_info *info, json_t *opts,
                        enum candidates_word otherwise)
{
    struct place p = PLACE_AT_KEY(info->opts, "candidates");
    bool has = json_object_get(opts, "options") != NULL;
    if (r_is_bad(w->r, json_object_get(opts, "candidates")))
        return;
    int candidates = r_word_of(w->r, opts, "candidates", CANDIDATES_NAMES);
    if (candidates >= 0 && has != (candidates == CANDIDATES_OPTIONS)) {
        r_fault(w->r, &p, "bad_candidates",
                has ? "The round has options, so candidates can only be \"options\"."
                    : "Add the options that the members choose from.");
        return;
    }
    if (candidates < 0)
        candidates = has ? CANDIDATES_OPTIONS : (int)otherwise;
    options_fill(w, info, opts);
    if (candidates == CANDIDATES_ANSWERS)
        answers_check(w, info, opts);
    missing_check(w, info, opts, (enum candidates_word)candidates);
    r_put(w->r, opts, "candidates", json_string(CANDIDATES_NAMES[candidates]));
}
