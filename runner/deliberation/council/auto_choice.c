#include "auto_choice.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/jx.h"
#include "common/xalloc.h"

#include "runner/deliberation/call/call.h"
#include "runner/deliberation/state/council_data.h"
#include "runner/deliberation/state/round_state.h"
#include "runner/deliberation/state/seat_call.h"
#include "runner/deliberation/state/state.h"
#include "runner/deliberation/words/need.h"

static void add_faults(const struct council_faults *faults, json_t *errors)
{
    for (size_t i = 0; i < faults->council.count; i++) {
        const struct fault *f = &faults->council.at[i];
        char *line = xasprintf("%s: %s: %s", f->path, f->code, f->message);
        j_add(errors, j_string(line));
        free(line);
    }
    if (faults->council.count == 0)
        j_add(errors, j_string(faults->option_message));
}

int auto_resolve(struct auto_stage *s, const json_t *council, struct council_plan *ret,
                 json_t *errors)
{
    struct council_faults faults = {0};
    char *input = j_dump(s->e->input);
    struct council_request request = {
        .council = council,
        .options = s->e->options,
        .input_bytes = strlen(input),
        .budget = j_get(s->e->doc, "budget"),
    };
    int r = council_resolve(&s->context, &request, ret, &faults);
    if (r == -ENOMEM)
        xcheck(NULL);
    if (r < 0)
        add_faults(&faults, errors);
    council_faults_release(&faults);
    free(input);
    return r;
}

static bool needs_absent_provider(struct auto_stage *s, const json_t *entry)
{
    struct council_plan plan;
    json_t *errors = j_array(), *line;
    bool absent = false;
    size_t i;
    if (auto_resolve(s, j_get(entry, "council"), &plan, errors) == 0)
        council_plan_release(&plan);
    json_array_foreach (errors, i, line)
        absent |= strstr(json_string_value(line), ": unknown_provider: ") != NULL;
    json_decref(errors);
    return absent;
}

json_t *auto_usable_entries(struct auto_stage *s)
{
    size_t i;
    json_t *entry, *list = j_array();
    bool check = need_bool(s->e->doc, "provider_check");
    json_array_foreach (j_get(s->e->doc, "catalog"), i, entry) {
        if (!check || !needs_absent_provider(s, entry))
            j_add(list, json_incref(entry));
    }
    return list;
}

json_t *auto_entry(const struct auto_stage *s, const char *id)
{
    size_t i;
    json_t *entry;
    json_array_foreach (s->entries, i, entry) {
        if (strcmp(j_str(entry, "id", ""), id) == 0)
            return entry;
    }
    return NULL;
}

struct seat_call *auto_call(struct auto_stage *s, json_t *seat)
{
    struct council *host = s->e->root;
    char slot[24];
    snprintf(slot, sizeof slot, "s%zu", s->at);
    s->call =
        call_new(host->round, council_named_seat(host, seat), CALL_KIND_AUTO, s->at ? slot : NULL);
    round_add_call(host->round, s->call);
    return s->call;
}
