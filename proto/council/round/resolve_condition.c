#include "resolve_condition.h"

#include <string.h>

#include "common/cleanup.h"
#include "proto/council/check/placeholder.h"
#include "proto/council/check/shape.h"
#include "proto/council/seat/resolve_seat.h"

static void bad(struct work *w, const struct place *at, const char *text)
{
    r_fault(w->r, at, "bad_condition", "%s", text);
}

/* The one member of an object, or NULL after a fault. */
static json_t *only_member(struct work *w, json_t *object, const char **ret_key,
                           const struct place *at, const char *text)
{
    void *member = json_object_iter(object);
    if (!json_is_object(object) || json_object_size(object) != 1) {
        bad(w, at, text);
        return NULL;
    }
    *ret_key = json_object_iter_key(member);
    return json_object_iter_value(member);
}

static bool texts(const json_t *list)
{
    size_t i;
    json_t *one;
    json_array_foreach (list, i, one) {
        if (!json_is_string(one))
            return false;
    }
    return json_array_size(list) > 0;
}

static bool count(const json_t *value)
{
    return json_is_integer(value) && json_integer_value(value) >= 0;
}

static bool share(const json_t *value)
{
    return json_is_number(value) && json_number_value(value) >= 0 && json_number_value(value) <= 1;
}

static bool always(const json_t *value)
{
    return value != NULL;
}

static bool filled_list(const json_t *value)
{
    return json_array_size(value) > 0;
}

static bool boolean(const json_t *value)
{
    return json_is_boolean(value);
}

static bool string(const json_t *value)
{
    return json_is_string(value);
}

static bool only_true(const json_t *value)
{
    return json_is_true(value);
}

static bool from_one(const json_t *value)
{
    return json_is_integer(value) && json_integer_value(value) >= 1;
}

struct condition_form {
    const char *key;
    bool (*good)(const json_t *value);
    const char *text;
};

static const struct condition_form MATCHES[] = {
    {"equals", always, ""},
    {"in", filled_list, "in takes a list of at least one value."},
    {"contains_any", texts, "contains_any takes a list of at least one text."},
    {"contains_all", texts, "contains_all takes a list of at least one text."},
    {"glob", string, "glob takes a text with * and ?."},
    {"min_chars", count, "min_chars takes a number of characters."},
    {"max_chars", count, "max_chars takes a number of characters."},
    {"exists", boolean, "exists takes true or false."},
};

static const struct condition_form PLAIN[] = {
    {"round", texts, "round takes a list of round names or types."},
    {"iteration_from", count, "iteration_from takes an iteration number from 0."},
    {"tie", only_true, "tie takes true."},
    {"agreement_below", share, "agreement_below takes a number from 0 to 1."},
    {"mean_confidence_below", share, "mean_confidence_below takes a number from 0 to 1."},
};

static const struct condition_form UNTILS[] = {
    {"converged", only_true, "converged takes true."},
    {"never", only_true, "never takes true."},
    {"unanimous", only_true, "unanimous takes true."},
    {"same_winner", from_one, "same_winner takes a number of iterations from 1."},
    {"agreement", share, "agreement takes a number from 0 to 1."},
    {"mean_confidence", share, "mean_confidence takes a number from 0 to 1."},
};

/* True when the key is in the table; its value is checked then. */
static bool form_check(struct work *w, const struct condition_form *forms, size_t n,
                       const char *key, const json_t *value, const struct place *at)
{
    for (size_t i = 0; i < n; i++) {
        if (strcmp(forms[i].key, key) != 0)
            continue;
        if (!forms[i].good(value))
            bad(w, at, forms[i].text);
        return true;
    }
    return false;
}

static void match_check(struct work *w, json_t *match, const struct place *at)
{
    const char *key;
    json_t *value = only_member(w, match, &key, at,
                                "A match is an object with one key: equals, in, contains_any, "
                                "contains_all, glob, min_chars, max_chars or exists.");
    if (!value)
        return;
    struct place p = PLACE_AT_KEY(at, key);
    if (!form_check(w, MATCHES, ARRAY_LEN(MATCHES), key, value, &p))
        bad(w, &p,
            "Known are equals, in, contains_any, contains_all, glob, min_chars, max_chars and "
            "exists.");
}

static void pointer_match_check(struct work *w, json_t *condition, const struct place *at)
{
    json_t *pointer = json_object_get(condition, "pointer");
    json_t *match = json_object_get(condition, "is");
    struct place p = PLACE_AT_KEY(at, "pointer"), q = PLACE_AT_KEY(at, "is");
    if (json_object_size(condition) != 2 || !match) {
        bad(w, at, "pointer goes with \"is\": {\"pointer\": \"/x\", \"is\": {...}}.");
        return;
    }
    if (!json_is_string(pointer) ||
        !pointer_valid(json_string_value(pointer), json_string_length(pointer)))
        bad(w, &p, "This must be a JSON Pointer: \"\" or \"/name/0/name\".");
    match_check(w, match, &q);
}

static void statuses_check(struct work *w, json_t *value, const struct place *at)
{
    static const char *const STATUSES[] = {"ok",     "error",     "timeout", "invalid_output",
                                           "budget", "cancelled", "skipped", "eliminated"};
    const char *id;
    json_t *list, *one;
    size_t i;
    if (json_object_size(value) == 0)
        bad(w, at, "member_status takes {member id: [statuses]}.");
    json_object_foreach (value, id, list) {
        struct place p = PLACE_AT_KEY(at, id);
        json_t *name = r_new(w->r, json_string(id));
        member_check(w, name, &p);
        json_decref(name);
        if (!texts(list))
            bad(w, &p, "This must be a list of statuses.");
        json_array_foreach (list, i, one) {
            bool known = false;
            for (size_t k = 0; k < ARRAY_LEN(STATUSES); k++)
                known |= word_is(one, STATUSES[k]);
            struct place q = PLACE_AT_INDEX(&p, i);
            if (!known && json_is_string(one))
                bad(w, &q,
                    "Statuses are ok, error, timeout, invalid_output, budget, cancelled, skipped "
                    "and eliminated.");
        }
    }
}

static void list_check(struct work *w, const json_t *list, const struct place *at)
{
    if (json_array_size(list) == 0)
        bad(w, at, "This takes a list of at least one condition.");
}

static void each_check(struct work *w, json_t *list, const struct place *at)
{
    size_t i;
    json_t *one;
    list_check(w, list, at);
    json_array_foreach (list, i, one) {
        struct place p = PLACE_AT_INDEX(at, i);
        condition_check(w, one, &p);
    }
}

void condition_check(struct work *w, json_t *condition, const struct place *at)
{
    const char *key;
    if (json_object_get(condition, "pointer")) {
        pointer_match_check(w, condition, at);
        return;
    }
    json_t *value = only_member(w, condition, &key, at,
                                "A condition is an object with one key: all, any, not, input, "
                                "pointer (with is), round, iteration_from, tie, agreement_below, "
                                "mean_confidence_below or member_status.");
    if (!value)
        return;
    struct place p = PLACE_AT_KEY(at, key);
    if (strcmp(key, "all") == 0 || strcmp(key, "any") == 0)
        each_check(w, value, &p);
    else if (strcmp(key, "not") == 0)
        condition_check(w, value, &p);
    else if (strcmp(key, "input") == 0)
        match_check(w, value, &p);
    else if (strcmp(key, "member_status") == 0)
        statuses_check(w, value, &p);
    else if (!form_check(w, PLAIN, ARRAY_LEN(PLAIN), key, value, &p))
        bad(w, &p,
            "Known are all, any, not, input, pointer (with is), round, iteration_from, tie, "
            "agreement_below, mean_confidence_below and member_status.");
}

static json_t *judge_seat(struct work *w, json_t *seat, const struct place *at)
{
    if (!seat)
        return json_null();
    json_t *checked = json_is_object(seat) ? doc_check(w->r, &MEMBER, seat, at) : json_incref(seat);
    json_t *resolved = seat_or_name(w, checked, NULL, at);
    json_decref(checked);
    return resolved;
}

static json_t *judge_resolve(struct work *w, json_t *judge, const struct place *at)
{
    struct place p = PLACE_AT_KEY(at, "judge");
    struct place score = PLACE_AT_KEY(&p, "score"), seat_at = PLACE_AT_KEY(&p, "seat");
    json_t *seat = json_object_get(judge, "seat");
    if (!json_is_object(judge) ||
        json_object_size(judge) != (json_is_object(judge) && seat ? 2 : 1) ||
        !json_object_get(judge, "score")) {
        bad(w, &p, "judge takes {\"score\": 0.85, \"seat\": ...}; seat may be left out.");
        return json_incref(w->r->bad);
    }
    if (!share(json_object_get(judge, "score")))
        bad(w, &score, "score takes a number from 0 to 1.");
    if (json_is_null(seat))
        seat = NULL;
    if (!seat && !w->has_chair)
        r_fault(w->r, &p, "chair_required", "The judge is the chair: add a chair, or name a seat.");
    json_t *copy = r_copy(w->r, judge);
    r_put(w->r, copy, "seat", judge_seat(w, seat, &seat_at));
    json_t *wrapped = r_new(w->r, json_object());
    r_put(w->r, wrapped, "judge", copy);
    return wrapped;
}

static json_t *until_part(struct work *w, json_t *until, const struct place *at);

static json_t *until_each(struct work *w, const char *key, json_t *list, const struct place *at)
{
    size_t i;
    json_t *one;
    list_check(w, list, at);
    json_t *copies = r_new(w->r, json_array());
    json_array_foreach (list, i, one) {
        struct place p = PLACE_AT_INDEX(at, i);
        r_append(w->r, copies, until_part(w, one, &p));
    }
    json_t *copy = r_new(w->r, json_object());
    r_put(w->r, copy, key, copies);
    return copy;
}

static json_t *until_part(struct work *w, json_t *until, const struct place *at)
{
    const char *key;
    json_t *value = only_member(w, until, &key, at,
                                "until is an object with one key: converged, never, unanimous, "
                                "same_winner, agreement, mean_confidence, judge, all or any.");
    if (!value)
        return json_incref(w->r->bad);
    struct place p = PLACE_AT_KEY(at, key);
    if (strcmp(key, "all") == 0 || strcmp(key, "any") == 0)
        return until_each(w, key, value, &p);
    if (strcmp(key, "judge") == 0)
        return judge_resolve(w, value, at);
    if (!form_check(w, UNTILS, ARRAY_LEN(UNTILS), key, value, &p))
        bad(w, &p,
            "Known are converged, never, unanimous, same_winner, agreement, mean_confidence, "
            "judge, all and any.");
    return json_incref(until);
}

json_t *until_resolve(struct work *w, json_t *until, const struct place *at)
{
    return free_check(w->r, until, at) ? until_part(w, until, at) : json_incref(w->r->bad);
}
