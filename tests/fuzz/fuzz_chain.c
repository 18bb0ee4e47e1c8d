/* Whatever stands in the journals of a chain of runs: they are resumed, and what comes of it can be
 * replayed and resumed again, or they are refused with a reason.
 *
 * The bytes: how many journals, for each which recorded one, how much of its end is lost, whether
 * it died with its daemon, and how many edits (edits.h) of it follow. */
#include "edits.h"

#include "runner/deliberation/engine.h"
#include "runner/deliberation/replay.h"
#include "runner/deliberation/resume.h"

enum { JOURNALS_MOST = 4, EDITS_MOST = 6 };

static json_t *one_of_chain(struct bytes *b, struct resume_source *source)
{
    json_t *lines = recorded(take(b));
    size_t lost = take(b), outage = take(b);
    for (size_t edits = outage / 2 % EDITS_MOST; edits > 0; edits--)
        edit(lines, b);
    while (lost-- > 0 && json_array_size(lines) > 0)
        json_array_remove(lines, json_array_size(lines) - 1);
    *source = (struct resume_source){.run_id = "run_before", .lines = lines, .outage = outage % 2};
    return lines;
}

/* What the engine wrote down when it took over the chain. */
static json_t *begun_from(const struct engine_spec *spec)
{
    json_t *events = json_array(), *event;
    struct engine *e = engine_new(spec);
    engine_start(e);
    while ((event = engine_next_event(e)))
        HOLDS(json_array_append_new(events, event) == 0);
    engine_free(e);
    return events;
}

/* Its own words are accepted by whoever reads them. */
static void read_again(json_t *events)
{
    struct error err = {0};
    struct resume store = {0};
    struct resume_source source = {.run_id = "run_again", .lines = events, .outage = true};
    size_t i;
    json_t *line;
    HOLDS(resume_read(&source, 1, &store, &err) == 0);
    resume_release(&store);
    resume_is_whole(events);
    resume_stands_alone(events);
    struct replay *r = replay_new(events, &err);
    if (!r)
        return;
    json_array_foreach (events, i, line)
        if (replay_line(r, line, &err) < 0)
            break;
    replay_free(r);
}

static void go_on(json_t *first, const struct resume *store)
{
    struct error err = {0};
    struct engine_spec spec;
    if (replay_spec(json_array_get(first, 0), &spec, &err) < 0) {
        HOLDS(err.text[0]);
        return;
    }
    json_decref(resume_differences(json_array_get(first, 0), &spec));
    spec.resume = store;
    json_t *events = begun_from(&spec);
    HOLDS(json_array_size(events) > 0);
    read_again(events);
    json_decref(events);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes b = {data, size};
    struct resume_source chain[JOURNALS_MOST];
    struct resume store = {0};
    struct error err = {0};
    size_t n = take(&b) % JOURNALS_MOST + 1;
    for (size_t i = 0; i < n; i++)
        one_of_chain(&b, &chain[i]);
    if (resume_read(chain, n, &store, &err) < 0) {
        HOLDS(err.text[0]);
    } else {
        go_on(chain[0].lines, &store);
        resume_release(&store);
    }
    for (size_t i = 0; i < n; i++)
        json_decref(chain[i].lines);
    return 0;
}
