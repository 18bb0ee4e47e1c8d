#include "tally.h"

#include <inttypes.h>

#include "columns.h"
#include "common/jx.h"
#include "safe_text.h"

/* A figure of the peer ranking report, wherever the aggregate keeps the report. */
static const json_t *report_of(const json_t *aggregate)
{
    static const char *const places[] = {"report", "raw"};
    for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
        const json_t *inner = j_get(aggregate, places[i]);
        if (j_get(inner, "avg_position"))
            return inner;
    }
    return j_get(aggregate, "avg_position") ? aggregate : NULL;
}

static const char *label_of(const json_t *report, const json_t *aggregate, const char *id)
{
    const json_t *labels = j_get(report, "label_to_id");
    const char *label;
    json_t *member;
    if (!labels)
        labels = j_get(aggregate, "label_to_id");
    json_object_foreach ((json_t *)labels, label, member) {
        if (json_is_string(member) && !strcmp(json_string_value(member), id))
            return label;
    }
    return "-";
}

static void add_number(struct table *t, const json_t *number, int digits)
{
    char text[64] = "-";
    if (json_is_number(number))
        snprintf(text, sizeof text, "%.*f", digits, json_number_value(number));
    table_cell(t, text);
}

static void add_row(struct table *t, size_t place, const json_t *candidate, const json_t *aggregate,
                    const json_t *report)
{
    const char *id = json_string_value(candidate);
    char number[24];
    snprintf(number, sizeof number, "%zu", place);
    table_cell(t, number);
    table_json(t, candidate);
    add_number(t, json_object_get(j_get(aggregate, "scores"), id ? id : ""), 4);
    if (!report)
        return;
    table_cell(t, label_of(report, aggregate, id ? id : ""));
    add_number(t, json_object_get(j_get(report, "avg_position"), id ? id : ""), 2);
    add_number(t, json_object_get(j_get(report, "first_places"), id ? id : ""), 0);
    add_number(t, json_object_get(j_get(report, "votes"), id ? id : ""), 0);
}

/* Groups of equal place: [["a"], ["b", "c"]]; a bare id is a group of one. */
static void add_rows(struct table *t, const json_t *aggregate, const json_t *report)
{
    size_t i, k, place = 1;
    json_t *group, *candidate;
    json_array_foreach (j_get(aggregate, "order"), i, group) {
        if (json_is_string(group))
            add_row(t, place, group, aggregate, report);
        json_array_foreach (group, k, candidate)
            add_row(t, place, candidate, aggregate, report);
        place += json_is_array(group) ? json_array_size(group) : 1;
    }
}

static void add_winner(struct buf *to, const json_t *aggregate)
{
    const json_t *winner = j_get(aggregate, "winner");
    const json_t *tied = j_get(aggregate, "tied");
    const json_t *ballots = j_get(aggregate, "ballots");
    if (winner) {
        text_add(to, "  winner: ");
        text_add_json(to, winner);
    } else if (json_array_size(tied)) {
        text_add(to, "  tied: ");
        size_t i;
        json_t *id;
        json_array_foreach (tied, i, id) {
            text_add(to, i ? ", " : "");
            text_add_json(to, id);
        }
    } else {
        text_add(to, "  no winner");
    }
    if (j_get(ballots, "cast"))
        text_addf(to, " (%" PRId64 " of %" PRId64 " ballots)", j_int(ballots, "cast", 0),
                  j_int(ballots, "seats", 0));
    text_add(to, "\n");
}

void tally_add(struct buf *to, const json_t *aggregate)
{
    static const char *const plain[] = {">PLACE", "CANDIDATE", ">SCORE", NULL};
    static const char *const ranking[] = {">PLACE",         "CANDIDATE",     ">SCORE",   "LABEL",
                                          ">MEAN POSITION", ">FIRST PLACES", ">BALLOTS", NULL};
    const json_t *report = report_of(aggregate);
    if (json_array_size(j_get(aggregate, "order"))) {
        struct table *t = table_new(report ? ranking : plain);
        add_rows(t, aggregate, report);
        table_print(t, "  ", to);
        table_free(t);
    }
    add_winner(to, aggregate);
}
