/* Whatever stands in a journal: it is replayed, resumed and told, or refused with a reason.
 *
 * The bytes are the lines of a journal, or edits of a recorded one (edits.h): the number of the
 * journal, then for each edit the numbers of line, member, and what becomes of it. */
#include "edits.h"

#include "common/jx.h"
#include "runner/deliberation/engine.h"
#include "runner/deliberation/replay.h"
#include "runner/deliberation/resume.h"
#include "story/diagram.h"
#include "story/story.h"
#include "story/transcript.h"

static json_t *journal_of(const uint8_t *data, size_t size)
{
    struct bytes b = {data, size};
    if (size > 0 && *data == '{') {
        char *text = strndup((const char *)data, size);
        json_t *lines = lines_of(text);
        free(text);
        return lines;
    }
    json_t *lines = recorded(take(&b));
    for (int i = 0; i < 16 && b.left > 0; i++)
        edit(lines, &b);
    return lines;
}

/* ---- those who read journals ---- */

static void replay_it(json_t *lines)
{
    struct error err = {0};
    size_t i;
    json_t *line;
    struct replay *r = replay_new(lines, &err);
    HOLDS(r || err.text[0]);
    json_array_foreach (lines, i, line) {
        int done = r ? replay_line(r, line, &err) : -1;
        HOLDS(done == 0 || err.text[0]);
        if (done < 0)
            break;
    }
    replay_free(r);
}

static void resume_it(json_t *lines)
{
    struct error err = {0};
    struct engine_spec spec;
    struct resume resume = {0};
    struct resume_source source = {.run_id = "run_before", .lines = lines, .outage = true};
    json_t *event;
    if (resume_read(&source, 1, &resume, &err) < 0) {
        HOLDS(err.text[0]);
        return;
    }
    if (replay_spec(json_array_get(lines, 0), &spec, &err) == 0) {
        json_decref(resume_differences(json_array_get(lines, 0), &spec));
        spec.resume = &resume;
        struct engine *e = engine_new(&spec);
        engine_start(e);
        while ((event = engine_next_event(e)))
            json_decref(event);
        engine_free(e);
    }
    resume_release(&resume);
}

static void tell_it(json_t *lines)
{
    struct buf page;
    json_t *story = story_fold(lines);
    buf_init(&page, 64 << 20);
    transcript_markdown(&page, story);
    transcript_html(&page, story);
    diagram_sequence_journal(&page, lines);
    buf_release(&page);
    json_decref(story);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    json_t *lines = journal_of(data, size);
    replay_it(lines);
    resume_it(lines);
    tell_it(lines);
    json_decref(lines);
    return 0;
}
