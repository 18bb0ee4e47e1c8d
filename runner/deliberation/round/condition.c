#include "condition.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "common/jx.h"
#include "common/xalloc.h"

#include "runner/deliberation/form/schema.h"
#include "runner/deliberation/words/pointer.h"
#include "runner/deliberation/words/steps.h"
#include "runner/deliberation/words/text.h"
#include "runner/deliberation/words/unknown.h"

static char lower(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c + 32) : c;
}

bool glob_matches(const char *pattern, const char *text, int64_t *steps)
{
    const char *star = NULL, *again = NULL;
    while (*text) {
        if (!steps_spend(steps, 1))
            return false;
        if (*pattern == '*') {
            star = pattern++;
            again = text;
        } else if (*pattern == '?' || (*pattern && lower(*pattern) == lower(*text))) {
            text++;
            pattern++;
            /* `?` stands for a character, not for a byte. */
            while (pattern[-1] == '?' && ((unsigned char)*text & 0xc0) == 0x80)
                text++;
        } else if (star) {
            pattern = star + 1;
            text = ++again;
        } else {
            return false;
        }
    }
    while (*pattern == '*')
        pattern++;
    return *pattern == '\0';
}

static bool equal(const json_t *a, const json_t *b, int64_t *steps)
{
    if (!steps_spend(steps, 1 + json_string_length(a)))
        return false;
    if (json_is_string(a) && json_is_string(b))
        return text_equal_case(json_string_value(a), json_string_value(b));
    return schema_equal(a, b);
}

static bool contains(const char *text, const char *part, int64_t *steps)
{
    size_t n = strlen(part);
    for (; *text || n == 0; text++) {
        size_t i = 0;
        while (i < n && lower(text[i]) == lower(part[i]))
            i++;
        if (!steps_spend(steps, i + 1))
            return false;
        if (i == n)
            return true;
    }
    return false;
}

static bool holds_part(const json_t *value, const char *text, const char *part, int64_t *steps)
{
    size_t i;
    json_t *one;
    json_array_foreach (value, i, one) {
        if (!steps_spend(steps, 1))
            return false;
        if (json_is_string(one) && text_equal_case(json_string_value(one), part))
            return true;
    }
    return !json_is_array(value) && contains(text, part, steps);
}

static bool contains_parts(const json_t *value, const char *text, const json_t *parts, bool all,
                           int64_t *steps)
{
    size_t i;
    json_t *part;
    json_array_foreach (parts, i, part) {
        if (holds_part(value, text, json_string_value(part), steps) != all)
            return !all;
    }
    return all;
}

static bool in_list(const json_t *list, const json_t *value, int64_t *steps)
{
    size_t i;
    json_t *one;
    json_array_foreach (list, i, one) {
        if (equal(one, value, steps))
            return true;
    }
    return false;
}

static int64_t characters(const char *text)
{
    int64_t n = 0;
    for (; *text; text++)
        n += ((unsigned char)*text & 0xc0) != 0x80;
    return n;
}

static bool match_value(const json_t *match, const json_t *value, const char *text, int64_t *steps)
{
    json_t *v;
    if ((v = json_object_get(match, "equals")))
        return equal(v, value, steps);
    if ((v = json_object_get(match, "in")))
        return in_list(v, value, steps);
    if ((v = json_object_get(match, "contains_any")))
        return contains_parts(value, text, v, false, steps);
    if ((v = json_object_get(match, "contains_all")))
        return contains_parts(value, text, v, true, steps);
    if ((v = json_object_get(match, "glob")))
        return glob_matches(json_string_value(v), text, steps);
    if ((v = json_object_get(match, "min_chars")))
        return characters(text) >= json_integer_value(v);
    if ((v = json_object_get(match, "max_chars")))
        return characters(text) <= json_integer_value(v);
    key_unknown("match", match);
}

bool match_holds(const json_t *match, json_t *value, int64_t *steps)
{
    json_t *exists = json_object_get(match, "exists");
    if (exists)
        return json_is_true(exists) == (value != NULL);
    if (!value)
        return false;
    char *text = json_is_string(value) ? xstrdup(json_string_value(value)) : j_dump(value);
    bool found = steps_spend(steps, strlen(text)) && match_value(match, value, text, steps);
    free(text);
    return found;
}

static double mean_confidence(const json_t *round)
{
    const char *id;
    json_t *result;
    double sum = 0;
    int n = 0;
    json_object_foreach (j_get(round, "member_results"), id, result) {
        if (!j_is_number(result, "confidence"))
            continue;
        sum += j_num(result, "confidence", 0);
        n++;
    }
    return n ? sum / n : (double)NAN;
}

static bool below(double measure, const json_t *limit)
{
    return !isnan(measure) && score_compare(measure, json_number_value(limit)) < 0;
}

static bool statuses_hold(const json_t *wanted, const json_t *round)
{
    const char *id;
    json_t *list;
    json_object_foreach ((json_t *)wanted, id, list) {
        const char *status = j_str(j_get(j_get(round, "member_results"), id), "status", NULL);
        if (!status || !j_array_has(list, status))
            return false;
    }
    return round != NULL;
}

static bool of_round(const json_t *condition, const struct condition_facts *f)
{
    json_t *v;
    if ((v = json_object_get(condition, "round")))
        return f->round_name && (j_array_has(v, f->round_name) || j_array_has(v, f->round_type));
    if ((v = json_object_get(condition, "iteration_from")))
        return f->iteration >= 0 && f->iteration >= json_integer_value(v);
    if (json_object_get(condition, "tie"))
        return json_array_size(j_get(j_get(f->last, "aggregate"), "tied")) > 1;
    if ((v = json_object_get(condition, "agreement_below")))
        return below(j_num(f->last, "agreement", (double)NAN), v);
    if ((v = json_object_get(condition, "mean_confidence_below")))
        return below(mean_confidence(f->last), v);
    if ((v = json_object_get(condition, "member_status")))
        return statuses_hold(v, f->last);
    key_unknown("condition", condition);
}

static bool holds(const json_t *condition, const struct condition_facts *f);

static bool combined(const json_t *list, const struct condition_facts *f, bool all)
{
    size_t i;
    json_t *one;
    json_array_foreach (list, i, one) {
        if (holds(one, f) != all)
            return !all;
    }
    return all;
}

static bool holds(const json_t *condition, const struct condition_facts *f)
{
    json_t *v;
    if (!steps_spend(f->steps, 1))
        return false;
    if ((v = json_object_get(condition, "all")))
        return combined(v, f, true);
    if ((v = json_object_get(condition, "any")))
        return combined(v, f, false);
    if ((v = json_object_get(condition, "not")))
        return !holds(v, f);
    if ((v = json_object_get(condition, "input")))
        return match_holds(v, f->input, f->steps);
    if ((v = json_object_get(condition, "pointer")))
        return match_holds(json_object_get(condition, "is"),
                           json_pointed(f->input, json_string_value(v)), f->steps);
    return of_round(condition, f);
}

bool condition_holds(const json_t *condition, const struct condition_facts *f)
{
    return holds(condition, f) && *f->steps >= 0;
}
