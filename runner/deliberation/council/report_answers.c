#include "report_answers.h"

#include <string.h>

#include "common/jx.h"
#include "proto/council/tables/kinds.h"

#include "runner/deliberation/round/round_type.h"
#include "runner/deliberation/types/round_types.h"

enum round_section report_section(const json_t *round)
{
    return round_type_find(j_str(round, "type", ""))->kind->section;
}

static bool sets_answers(const json_t *round)
{
    const struct round_type *type = round_type_find(j_str(round, "type", ""));
    return type->kind->answers != ANSWERS_NEVER &&
           strcmp(j_str(round, "status", ""), "completed") == 0;
}

const char *report_answer_in(const json_t *round, const json_t *result)
{
    const struct round_type *type = round_type_find(j_str(round, "type", ""));
    if (strcmp(j_str(result, "status", ""), "ok") != 0)
        return NULL;
    if (type->answer)
        return j_str(j_get(result, "parsed"), type->answer, NULL);
    return j_str(result, "content", NULL);
}

void report_apply(json_t *answers, const json_t *round)
{
    const char *id;
    json_t *result;
    if (!sets_answers(round))
        return;
    json_object_foreach (j_get(round, "member_results"), id, result) {
        const char *text = report_answer_in(round, result);
        if (text)
            j_set(answers, id, j_string(text));
    }
}

int report_texts(const json_t *answers, const char *without, const char **texts)
{
    const char *id;
    json_t *text;
    int n = 0;
    json_object_foreach ((json_t *)answers, id, text) {
        if (!without || strcmp(id, without) != 0)
            texts[n++] = json_string_value(text);
    }
    return n;
}
