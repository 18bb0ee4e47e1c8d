/* Whatever stands in a journal: it is replayed, resumed and told, or refused with a reason.
 *
 * The bytes are the lines of a journal, or edits of a recorded one: the number of the journal, then
 * for each edit the numbers of line, member, and what becomes of it. So a few bytes reach deep. */
#include "fuzz.h"

#include <glob.h>
#include <string.h>

#include "common/jx.h"
#include "runner/deliberation/engine.h"
#include "runner/deliberation/replay.h"
#include "runner/deliberation/resume.h"
#include "story/diagram.h"
#include "story/story.h"
#include "story/transcript.h"

#define RECORDED "tests/fixtures/journals/*.jsonl"

static json_t *lines_of(char *text)
{
    char *save = NULL;
    json_t *lines = json_array();
    for (char *line = strtok_r(text, "\n", &save); line; line = strtok_r(NULL, "\n", &save)) {
        json_t *event = json_loads(line, JSON_DECODE_ANY | JSON_REJECT_DUPLICATES, NULL);
        if (event)
            json_array_append_new(lines, event);
    }
    return lines;
}

static char *content_of(const char *path)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = fopen(path, "r");
    HOLDS(file);
    if (getdelim(&text, &size, '\0', file) < 0)
        HOLDS(!"a recorded journal is empty");
    fclose(file);
    return text;
}

static json_t *recorded(size_t which)
{
    glob_t found;
    HOLDS(glob(RECORDED, 0, NULL, &found) == 0);
    char *text = content_of(found.gl_pathv[which % found.gl_pathc]);
    json_t *lines = lines_of(text);
    free(text);
    globfree(&found);
    return lines;
}

/* ---- edits ---- */

struct bytes {
    const uint8_t *at;
    size_t left;
};

static size_t take(struct bytes *b)
{
    if (b->left == 0)
        return 0;
    b->left--;
    return *b->at++;
}

/* The holder of the nth member (or element) below a value, counted downwards; NULL behind the last.
 */
static json_t *holder_of(json_t *value, size_t *n, const char **ret_key, size_t *ret_at)
{
    const char *key;
    size_t i;
    json_t *one, *found;
    json_object_foreach (value, key, one) {
        *ret_key = key;
        if ((*n)-- == 0)
            return value;
        if ((found = holder_of(one, n, ret_key, ret_at)))
            return found;
    }
    json_array_foreach (value, i, one) {
        *ret_at = i;
        if ((*n)-- == 0)
            return value;
        if ((found = holder_of(one, n, ret_key, ret_at)))
            return found;
    }
    return NULL;
}

static json_t *new_value(json_t *lines, struct bytes *b)
{
    static const char *const values[] = {"null",
                                         "true",
                                         "0",
                                         "-1",
                                         "9223372036854775807",
                                         "-9223372036854775807",
                                         "1e308",
                                         "\"\"",
                                         "\"zed\"",
                                         "\"chair\"",
                                         "[]",
                                         "{}",
                                         "[{}]",
                                         "\"r0i0:member:ann\"",
                                         "\"iterate\"",
                                         "\"vote\""};
    size_t what = take(b), n = take(b) * 4, at = 0;
    const char *key = NULL;
    if (what < 192)
        return json_loads(values[what % 16], JSON_DECODE_ANY, NULL);
    json_t *line = json_array_get(lines, take(b) % json_array_size(lines));
    json_t *other = holder_of(line, &n, &key, &at);
    if (!other)
        return json_deep_copy(line);
    return json_deep_copy(json_is_object(other) ? json_object_get(other, key)
                                                : json_array_get(other, at));
}

static void edit_member(json_t *lines, size_t line, struct bytes *b)
{
    size_t n = take(b) * 256, at = 0;
    const char *key = NULL;
    n += take(b);
    json_t *value = new_value(lines, b);
    json_t *holder = holder_of(json_array_get(lines, line), &n, &key, &at);
    if (json_is_object(holder))
        json_object_set(holder, key, value);
    else if (holder)
        json_array_set(holder, at, value);
    json_decref(value);
}

static void edit(json_t *lines, struct bytes *b)
{
    size_t line = take(b) % json_array_size(lines), how = take(b) % 8;
    json_t *copy = json_deep_copy(json_array_get(lines, line));
    if (how == 0 && json_array_size(lines) > 1)
        json_array_remove(lines, line);
    else if (how == 1)
        json_array_insert(lines, take(b) % json_array_size(lines), copy);
    else
        edit_member(lines, line, b);
    json_decref(copy);
}

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
