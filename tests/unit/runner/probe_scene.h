/* What a probe has found of one provider and one model, set up by hand, and the rows that come of
 * it. Taken in behind cmocka.h, by one source of a test. */
#ifndef TESTS_UNIT_RUNNER_PROBE_SCENE_H
#define TESTS_UNIT_RUNNER_PROBE_SCENE_H

#include <string.h>

#include "runner/probe/probe_state.h"
#include "runner/provider/formats.h"

#define ANSWER "{\"content\": \"one two\", \"first_token_ms\": 120}"
#define FORM   "{\"content\": \"{\\\"answer\\\": \\\"yes\\\"}\"}"
#define ERROR(code, status)                                                                        \
    "{\"error\": {\"kind\": \"permanent\", \"code\": \"" code                                      \
    "\", \"message\": \"says the house\""                                                          \
    ", \"http_status\": " status "}}"

struct scene {
    struct probe_site site;
    struct probe_target target;
    json_t *config, *rows;
};

static inline json_t *tree(const char *text)
{
    json_t *value = text ? json_loads(text, 0, NULL) : NULL;
    assert_true(!text || value);
    return value;
}

static inline void set(struct scene *s, const char *type, const char *config, const char *models)
{
    memset(s, 0, sizeof(*s));
    s->config = tree(config);
    probe_site_init(&s->site, "house", s->config, "the-key-itself", provider_find(type), NULL);
    s->site.done = true;
    s->site.sent = true;
    s->site.models = tree(models);
    s->target = (struct probe_target){.site = &s->site, .model = "m-1"};
}

static inline void ask(struct scene *s, const char *stream, const char *form)
{
    s->target.begun = true;
    s->target.stream.fact = tree(stream);
    s->target.stream.pieces = 3;
    s->target.form.fact = tree(form);
}

static inline void judge(struct scene *s)
{
    struct probe_findings found = {&s->site, 1, &s->target, 1};
    s->rows = probe_rows(&found);
}

static inline void clear(struct scene *s)
{
    probe_site_release(&s->site);
    json_decref(s->target.stream.fact);
    json_decref(s->target.form.fact);
    json_decref(s->config);
    json_decref(s->rows);
}

static const char HTTPS[] = "{\"type\": \"openai\", \"base_url\": \"https://h/v1\", "
                            "\"key_env\": \"HOUSE_KEY\"}";

#endif
