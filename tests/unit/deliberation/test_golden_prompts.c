/* A prompt that nobody has read tells a judge whose answer it judges, or asks for one thing twice.
 * tests/golden/prompts holds, as text, what each seat is told in each kind of round; a change of a
 * prompt is a change of these files, which `make golden` writes and a reviewer reads. */
#include <dirent.h>

#include "proto/council/tables/kinds.h"
#include "proto/council/tables/words.h"

#include "golden_cases.h"
#include "golden_text.h"

#define PROMPTS GOLDEN "/prompts"

/* ---- files ---- */

struct shown {
    json_t *files;  /* written or compared */
    json_t *rounds; /* round types */
    json_t *kinds;  /* of calls */
    json_t *words;  /* {opt: {word: true}} of all rounds */
    int differ;
};

static void compare(struct shown *s, const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, PROMPTS "/%s.txt", name);
    json_object_set_new(s->files, name, json_true());
    s->differ += golden_differs(path, text);
}

/* ---- what was shown ---- */

static void note_words(struct shown *s, json_t *value)
{
    const char *key;
    size_t i;
    json_t *one;
    json_array_foreach (value, i, one)
        note_words(s, one);
    json_object_foreach (value, key, one) {
        if (json_is_string(one)) {
            json_t *set = json_object_get(s->words, key);
            if (!set)
                json_object_set_new(s->words, key, set = json_object());
            json_object_set_new(set, json_string_value(one), json_true());
        }
        note_words(s, one);
    }
}

static void note_run(struct shown *s, struct drive *d)
{
    size_t i;
    json_t *o;
    json_array_foreach (d->events, i, o) {
        if (strcmp(j_str(o, "type", ""), "round_started") == 0)
            json_object_set_new(s->rounds, j_str(o, "round_type", ""), json_true());
        if (strcmp(j_str(o, "type", ""), "member_started") == 0)
            json_object_set_new(s->kinds, j_str(o, "kind", ""), json_true());
    }
    note_words(s, json_object_get(d->council, "rounds"));
}

static void show(struct shown *s, struct drive *d, const char *name, const char *title, bool firsts)
{
    d->says = golden_says;
    drive_run(d);
    note_run(s, d);
    json_t *first = json_array_get(json_object_get(d->council, "rounds"), 0);
    bool one = json_array_size(json_object_get(d->council, "rounds")) == 1;
    bool alone = firsts || one || strcmp(j_str(first, "type", ""), "independent_analysis") != 0;
    char *text = golden_text(d, title, firsts, alone);
    compare(s, name, text);
    free(text);
}

static void show_cases(struct shown *s)
{
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        struct drive d = drive_new(cases[i].council, cases[i].script);
        show(s, &d, cases[i].name, cases[i].title, false);
        drive_release(&d);
    }
    for (size_t i = 0; i < sizeof autos / sizeof autos[0]; i++) {
        struct drive d = auto_new_drive(autos[i].council, autos[i].script);
        d.resolved = true;
        show(s, &d, autos[i].name, autos[i].title, false);
        drive_release(&d);
    }
}

static void show_templates(struct shown *s)
{
    for (int i = 0; i < TEMPLATE_COUNT; i++) {
        char name[64], title[300];
        const struct template_kind *kind = &TEMPLATE_KINDS[i];
        struct drive d = drive_new(THREE_IN(""), "{}");
        json_object_del(d.council, "rounds");
        json_object_set_new(d.council, "template", json_pack("{ss}", "name", kind->name));
        if (i == TEMPLATE_VOTING || i == TEMPLATE_DEBATE || i == TEMPLATE_JURY_WITH_RETRY)
            json_object_set_new(json_object_get(d.council, "template"), "opts",
                                parse_json("{\"options\": [\"fridge\", \"counter\"]}"));
        snprintf(name, sizeof name, "template_%s", kind->name);
        snprintf(title, sizeof title, "Template %s: %s. The first request of each round and kind.",
                 kind->name, kind->doc);
        show(s, &d, name, title, true);
        drive_release(&d);
    }
}

/* ---- nothing is missing ---- */

static void assert_all(json_t *seen, const char *const *names, const char *what)
{
    for (int i = 0; names[i]; i++)
        if (!json_object_get(seen, names[i]))
            fail_msg("no golden prompt shows %s %s: add a case to golden_cases.h", what, names[i]);
}

static void assert_complete(const struct shown *s)
{
    static const char *const ballots[] = {"single", "approval", "score", NULL};
    const struct {
        const char *opt;
        const char *const *words;
    } sets[] = {
        {"mode", CHAIR_MODE_NAMES}, {"candidates", CANDIDATES_NAMES},   {"ballot", ballots},
        {"show", SHOW_NAMES},       {"attribution", ATTRIBUTION_NAMES}, {"turns", TURNS_NAMES},
    };
    /* An iterate is shown by what it wraps. */
    json_object_set_new(s->rounds, ROUND_KINDS[ROUND_TYPE_ITERATE].name, json_true());
    assert_all(s->rounds, ROUND_TYPE_NAMES, "the round type");
    for (int i = 0; i < CALL_KIND_COUNT; i++)
        assert_all(s->kinds, (const char *const[]){CALL_KINDS[i].name, NULL}, "a call of kind");
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++)
        assert_all(json_object_get(s->words, sets[i].opt), sets[i].words, sets[i].opt);
}

/* A strategy either asks no model or has a case. */
static void assert_strategies(void)
{
    static const char *const known[] = {"rules", "cascade", "embedding", "llm_classify",
                                        "llm_build"};
    for (int i = 0; i < STRATEGY_COUNT; i++) {
        bool found = false;
        for (size_t k = 0; k < sizeof known / sizeof known[0]; k++)
            found |= strcmp(STRATEGY_KINDS[i].name, known[k]) == 0;
        if (!found)
            fail_msg("is a model asked by strategy %s? Then it has a golden prompt",
                     STRATEGY_KINDS[i].name);
    }
}

static void assert_no_other_files(const struct shown *s)
{
    struct dirent *entry;
    DIR *dir = opendir(PROMPTS);
    assert_non_null(dir);
    while ((entry = readdir(dir))) {
        char *dot = strrchr(entry->d_name, '.');
        if (entry->d_name[0] == '.' || !dot)
            continue;
        *dot = '\0';
        if (!json_object_get(s->files, entry->d_name))
            fail_msg(PROMPTS "/%s.txt is shown by no case", entry->d_name);
    }
    closedir(dir);
}

static void the_prompts_are_the_golden_ones(void **state)
{
    (void)state;
    struct shown s = {json_object(), json_object(), json_object(), json_object(), 0};
    show_cases(&s);
    show_templates(&s);
    assert_complete(&s);
    assert_strategies();
    assert_no_other_files(&s);
    if (s.differ)
        fail_msg("%d files differ: read them, and if they are as they should be, make golden",
                 s.differ);
    json_decref(s.files);
    json_decref(s.rounds);
    json_decref(s.kinds);
    json_decref(s.words);
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(the_prompts_are_the_golden_ones)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
