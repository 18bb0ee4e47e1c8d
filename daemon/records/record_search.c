#include "record_search.h"

#include <string.h>

#include "proto/json/json_scan.h"
#include "record_row_text.h"

enum { QUESTION_MAX = 1024 }; /* bytes; what is longer is no question of ours */

static bool is_word(struct json_span value, const char *wanted)
{
    return !wanted || (value.at && json_span_is(value, wanted));
}

static bool has_text(struct json_span question, const char *wanted)
{
    char text[QUESTION_MAX];
    if (!wanted)
        return true;
    if (!question.at || json_span_type(question) != JSON_STRING)
        return false;
    json_decode_cut(json_span_text(question), text, sizeof text);
    return strcasestr(text, wanted) != NULL;
}

static bool has_labels(struct json_span labels, const json_t *wanted)
{
    const char *name;
    json_t *value;
    json_object_foreach ((json_t *)wanted, name, value) {
        const char *text = json_string_value(value);
        const struct json_span has = json_span_get(labels, name);
        if (strlen(text) != json_string_length(value) || !has.at || !json_span_is(has, text))
            return false;
    }
    return true;
}

static bool has_ended(const struct json_list *row, const struct record_search *search)
{
    const struct json_span outcome = json_list_find(row, "outcome");
    if (!search->ended)
        return true;
    if (!json_span_is(json_list_find(row, "type"), RECORD_ROW_END))
        return false;
    return search->outcome == OUTCOME_NONE ? !outcome.at || json_span_type(outcome) != JSON_STRING
                                           : is_word(outcome, outcome_name(search->outcome));
}

static bool has_all(const struct json_list *row, const struct record_search *search)
{
    return is_word(json_list_find(row, "council_id"), search->council_id) &&
           is_word(json_list_find(row, "registry"), search->registry) && has_ended(row, search) &&
           has_labels(json_list_find(row, "labels"), search->labels) &&
           has_text(json_list_find(row, "question"), search->text);
}

int record_search_row(const struct record_search *search, const char *row, size_t len, json_t **ret)
{
    struct json_scan scan;
    int r = json_scan_object(row, len, &scan);
    if (r < 0)
        return r;
    const bool found = has_all(&scan.outer, search);
    json_scan_release(&scan);
    r = found ? record_row_summary(row, len, ret) : 0;
    return r < 0 ? r : found;
}
