/* A prompt that nobody has read tells a judge whose answer it judges, or asks for one thing twice.
 * tests/golden/prompts holds, as text, what each seat is told in each kind of round; a change of a
 * prompt is a change of these files, which `make golden` writes and a reviewer reads. */
#include <dirent.h>

#include "proto/council/tables/kinds.h"
#include "proto/council/tables/words.h"

#include "golden.h"

#define PROMPTS GOLDEN "/prompts"

#define MODEL(id) "\"id\": \"" id "\", \"provider\": \"mock\", \"model\": \"m-" id "\""
#define ANN       "{" MODEL("ann") ", \"role\": \"cook\"}"
#define BOB       "{" MODEL("bob") ", \"role\": \"farmer\", \"confidence\": \"self_report\"}"
#define CY        "{" MODEL("cy") "}"
#define TRIO      "[" ANN ", " BOB ", " CY "]"
#define FIRST     "{\"type\": \"independent_analysis\"}, "
#define LAST      "{\"type\": \"synthesis\"}"
#define OF(members, rounds)                                                                        \
    "{\"id\": \"g\", \"members\": " members                                                        \
    ", \"chair\": {" MODEL("chair") "}, \"rounds\": [" rounds "]}"
#define THREE_IN(rounds) OF(TRIO, rounds)

struct golden {
    const char *name, *title, *council, *script;
};

static const struct golden cases[] = {
    {"independent_analysis",
     "Members answer the task alone: one with words of its own, one with a form, one with tools, "
     "one "
     "that reports its confidence; a document stands under the task.",
     "{\"id\": \"g\", \"name\": \"Egg council\", \"grounding\": {\"mode\": \"all\"}, "
     "\"documents\": "
     "[{\"id\": \"eggs\", \"title\": \"On eggs\", \"text\": \"Washed eggs spoil on the "
     "counter.\"}], "
     "\"members\": [{" MODEL(
         "ann") ", \"role\": \"cook\", \"system_prompt\": \"You cook for "
                "{{council}}.\"}, {" MODEL(
                    "bob") ", \"output_schema_inline\": {\"type\": \"object\", "
                           "\"properties\": {\"place\": {\"type\": \"string\", \"enum\": "
                           "[\"fridge\", \"counter\"]}, "
                           "\"weeks\": {\"type\": \"integer\"}}, \"required\": [\"place\"], "
                           "\"additionalProperties\": "
                           "false}}, {" MODEL(
                               "cy") ", \"tools\": [{\"name\": \"find\", \"kind\": \"docs\", "
                                     "\"description\": \"searches the documents\"}]}, {" MODEL(
                                         "dee") ", \"confidence\": \"self_report\"}], \"rounds\": "
                                                "[{\"type\": \"independent_analysis\"}]}",
     "{\"r0i0:member:bob\": [{\"text\": \"{\\\"where\\\": \\\"fridge\\\"}\"}, {\"text\": "
     "\"{\\\"place\\\": \\\"fridge\\\"}\"}], \"r0i0:member:cy\": [{\"text\": \"\", "
     "\"finish_reason\": \"tool_calls\", \"tool_calls\": [{\"id\": \"t1\", \"name\": \"find\", "
     "\"args_raw\": \"{\\\"query\\\": \\\"washed eggs\\\"}\"}, {\"id\": \"t2\", \"name\": "
     "\"browse\", \"args_raw\": \"{}\"}]}, {\"text\": \"In the fridge.\"}]}"},
    {"peer_review",
     "Members review each other by id; the chair reads reviews and answers by id too.",
     THREE_IN(FIRST "{\"type\": \"peer_review\"}, " LAST), "{}"},
    {"peer_review_revise", "Members review each other by label and answer again.",
     THREE_IN(FIRST "{\"type\": \"peer_review\", \"opts\": {\"revise\": true, \"attribution\": "
                    "\"labels\"}}, " LAST),
     "{}"},
    {"anonymized_peer_review", "Members rank the answers of the others; the chair writes.",
     THREE_IN(FIRST "{\"type\": \"anonymized_peer_review\"}, " LAST), "{}"},
    {"anonymized_peer_review_rubric", "Members score by a rubric, each with labels of its own.",
     THREE_IN(FIRST "{\"type\": \"anonymized_peer_review\", \"opts\": {\"anonymity\": {\"scope\": "
                    "\"reviewer\"}, \"rubric\": [{\"id\": \"safe\", \"text\": \"Is it safe?\"}, "
                    "{\"id\": \"plain\", \"text\": \"Is it plain?\"}]}}, " LAST),
     "{\"r1i0:member:ann\": [{\"text\": \"{\\\"scores\\\": [{\\\"label\\\": \\\"Response A\\\", "
     "\\\"rationale\\\": \\\"Response A is better than Responses B and C.\\\", \\\"score\\\": 9, "
     "\\\"criteria\\\": {\\\"safe\\\": 9, \\\"plain\\\": 8}}, {\\\"label\\\": \\\"Response B\\\", "
     "\\\"rationale\\\": \\\"Not as safe as (A).\\\", \\\"score\\\": 5, \\\"criteria\\\": "
     "{\\\"safe\\\": "
     "4, \\\"plain\\\": 6}}, {\\\"label\\\": \\\"Response C\\\", \\\"rationale\\\": \\\"As "
     "response "
     "b.\\\", \\\"score\\\": 5, \\\"criteria\\\": {\\\"safe\\\": 4, \\\"plain\\\": 6}}], "
     "\\\"ordering\\\": [\\\"Response A\\\", \\\"Response B\\\", \\\"Response C\\\"], "
     "\\\"confidence\\\": 0.8}\"}]}"},
    {"critique", "Members object to each answer and revise, until the chair finds that they agree.",
     THREE_IN(FIRST "{\"type\": \"iterate\", \"opts\": {\"wrap\": {\"type\": \"critique\"}, "
                    "\"max_iterations\": 2, \"until\": {\"judge\": {\"score\": 1.0}}}}, " LAST),
     "{\"r1i0:consensus:chair\": [{\"text\": \"{\\\"open_points\\\": [\\\"how long\\\"], "
     "\\\"agree\\\": false, \\\"score\\\": 0.4}\"}]}"},
    {"critique_only", "Members object by id, without a new answer.",
     THREE_IN(FIRST "{\"type\": \"critique\", \"opts\": {\"revise\": false, \"attribution\": "
                    "\"ids\"}}, " LAST),
     "{}"},
    {"debate",
     "Two iterations of a debate with sides; answers and rebuttals stand apart, and only answers "
     "are "
     "voted on. One member has a form of its own.",
     OF("[" ANN ", " BOB ", {" MODEL("cy") ", \"output_schema_inline\": {\"type\": \"object\", "
                                           "\"properties\": {\"answer\": {\"type\": \"string\"}}, "
                                           "\"required\": [\"answer\"]}}]",
        FIRST "{\"type\": \"iterate\", \"opts\": {\"wrap\": {\"type\": \"debate\", \"opts\": "
              "{\"stances\": {\"ann\": \"for\", \"bob\": \"Eggs need no fridge.\", \"cy\": "
              "\"neutral\"}}}, \"max_iterations\": 2, \"until\": {\"never\": true}}}, {\"type\": "
              "\"vote\", \"opts\": {\"candidates\": \"answers\"}}, " LAST),
     "{}"},
    {"debate_sequential", "Members speak one after the other and read what was said before them.",
     THREE_IN(FIRST "{\"type\": \"debate\", \"opts\": {\"turns\": \"sequential\", \"stances\": "
                    "{\"ann\": \"against\"}, \"attribution\": \"ids\"}}, " LAST),
     "{}"},
    {"vote", "Members vote on options, and see their own answers.",
     THREE_IN(FIRST "{\"type\": \"vote\", \"opts\": {\"question\": \"Where?\", \"options\": "
                    "[{\"id\": \"fridge\", \"text\": \"in the fridge\"}, \"counter\"], "
                    "\"allow_abstain\": true}}, " LAST),
     "{}"},
    {"vote_answers", "Members vote on answers, one each; the chair decides the tie.",
     THREE_IN(FIRST "{\"type\": \"vote\", \"opts\": {\"candidates\": \"answers\", \"tie_break\": "
                    "[\"chair\"]}}, " LAST),
     "{}"},
    {"vote_approval", "Members approve of options, and see all answers.",
     THREE_IN(FIRST
              "{\"type\": \"vote\", \"opts\": {\"options\": [\"fridge\", \"counter\"], "
              "\"ballot\": \"approval\", \"show\": \"all\", \"tie_break\": [\"chair\"]}}, " LAST),
     "{}"},
    {"vote_score", "Members score options, and see no answers.",
     THREE_IN("{\"type\": \"vote\", \"opts\": {\"options\": [\"fridge\", \"counter\"], "
              "\"ballot\": \"score\", \"show\": \"none\"}}, " LAST),
     "{}"},
    {"vote_free", "Members vote in words of their own; the chair decides the tie.",
     THREE_IN("{\"type\": \"vote\", \"opts\": {\"tie_break\": [\"chair\"]}}, " LAST), "{}"},
    {"ranking", "Members order the answers of the others.",
     THREE_IN(FIRST "{\"type\": \"ranking\"}, " LAST), "{}"},
    {"ranking_options", "Members order options.",
     THREE_IN("{\"type\": \"ranking\", \"opts\": {\"options\": [\"fridge\", \"counter\", "
              "\"cellar\"]}}, " LAST),
     "{}"},
    {"pairwise_elimination",
     "The chair judges pairs of answers, both ways round, until one is left.",
     THREE_IN(FIRST
              "{\"type\": \"iterate\", \"opts\": {\"wrap\": \"pairwise_elimination\"}}, " LAST),
     "{}"},
    {"pairwise_elimination_members", "Members judge the pairs in which they do not stand.",
     THREE_IN(FIRST
              "{\"type\": \"pairwise_elimination\", \"opts\": {\"judge\": \"members\"}}, " LAST),
     "{}"},
    {"pairwise_elimination_seat", "A seat of its own judges, in words that were written for it.",
     THREE_IN(FIRST "{\"type\": \"pairwise_elimination\", \"opts\": {\"judge\": {" MODEL(
         "umpire") ", \"role\": \"umpire\", \"system_prompt\": \"You are fair.\"}}}, " LAST),
     "{}"},
    {"synthesis_dissent", "The chair lists what is in dispute.",
     THREE_IN(FIRST "{\"type\": \"synthesis\", \"opts\": {\"extract_dissent\": true}}"), "{}"},
    {"synthesis_select", "The chair chooses an answer, and knows nothing of who wrote it.",
     THREE_IN(FIRST "{\"type\": \"peer_review\"}, {\"type\": \"synthesis\", \"opts\": {\"mode\": "
                    "\"select\"}}"),
     "{}"},
    {"synthesis_verdict", "The chair chooses an option.",
     THREE_IN(FIRST "{\"type\": \"synthesis\", \"opts\": {\"mode\": \"verdict\", \"options\": "
                    "[{\"id\": \"fridge\", \"text\": \"in the fridge\"}, \"counter\"]}}"),
     "{}"},
    {"weighted_synthesis", "The chair is told a weight for each answer.",
     THREE_IN(FIRST "{\"type\": \"weighted_synthesis\"}"), "{}"},
    {"fallback_chair", "The chair fails, and a member is asked in its place, in the chair's words.",
     "{\"id\": \"g\", \"members\": " TRIO
     ", \"chair\": {" MODEL("chair") ", \"role\": \"editor\", "
                                     "\"fallback_chairs\": [\"ann\"], \"retry\": "
                                     "{\"max_attempts\": 1}}, \"rounds\": [" FIRST LAST "]}",
     "{\"r1i0:chair:chair\": [{\"error\": {\"class\": \"permanent\", \"code\": \"bad_request\", "
     "\"message\": \"no\"}}]}"},
    {"semantic_entropy",
     "A member is asked several times, and the chair says which answers mean the same.",
     OF("[{" MODEL("ann") ", \"confidence\": {\"semantic_entropy\": {\"samples\": 2, \"cluster\": "
                          "\"judge\"}}}, " BOB "]",
        FIRST LAST),
     "{}"},
    {"router", "The chair chooses who reviews.",
     THREE_IN(FIRST
              "{\"type\": \"peer_review\", \"router\": {\"kind\": \"llm\", \"max\": 2}}, " LAST),
     "{}"},
    {"sub_council",
     "A council sits in the seat of a member; its seats get the answers it has to judge.",
     OF("[" ANN ", " BOB ", {\"id\": \"kitchen\", \"sub_council\": {\"id\": \"k\", \"members\": "
        "[{" MODEL("sue") "}, {" MODEL("tom") "}], \"chair\": {" MODEL(
            "head") "}, \"rounds\": [{\"type\": "
                    "\"independent_analysis\"}]}}]",
        FIRST "{\"type\": \"anonymized_peer_review\"}, " LAST),
     "{}"},
};

static const struct golden autos[] = {
    {"auto_classify", "A model chooses a council for the task.",
     "{\"schema_version\": 1, \"id\": \"pick\", \"strategy\": \"llm_classify\", \"options\": "
     "{" SEAT_OF "}, \"catalog\": " BOTH "}",
     "{}"},
    {"auto_build",
     "A model designs a council for the task, and is told what is wrong with its design.",
     "{\"schema_version\": 1, \"id\": \"pick\", \"strategy\": \"llm_build\", \"options\": {" SEAT_OF
     ", \"profiles\": [\"plain\"], \"templates\": [\"parallel_panel\", \"weighted_consensus\"]}, "
     "\"catalog\": " BOTH "}",
     "{\"r0i0:auto:clerk\": [{\"text\": \"{\\\"reason\\\": \\\"r\\\", \\\"name\\\": \\\"Eggs\\\", "
     "\\\"template\\\": \\\"weighted_consensus\\\", \\\"members\\\": [{\\\"id\\\": \\\"hen\\\", "
     "\\\"role\\\": \\\"layer\\\", \\\"system_prompt\\\": \\\"You lay eggs.\\\", \\\"profile\\\": "
     "\\\"plain\\\"}, {\\\"id\\\": \\\"fox\\\", \\\"role\\\": \\\"taster\\\", "
     "\\\"system_prompt\\\": "
     "\\\"You steal eggs.\\\", \\\"profile\\\": \\\"plain\\\"}]}\"}, {\"text\": \"{\\\"reason\\\": "
     "\\\"r\\\", \\\"name\\\": \\\"Eggs\\\", \\\"template\\\": \\\"parallel_panel\\\", "
     "\\\"members\\\": "
     "[{\\\"id\\\": \\\"hen\\\", \\\"role\\\": \\\"layer\\\", \\\"system_prompt\\\": \\\"You lay "
     "eggs.\\\", \\\"profile\\\": \\\"plain\\\"}, {\\\"id\\\": \\\"fox\\\", \\\"role\\\": "
     "\\\"taster\\\", \\\"system_prompt\\\": \\\"You steal eggs.\\\", \\\"profile\\\": "
     "\\\"plain\\\"}]}\"}]}"},
};

/* ---- files ---- */

struct shown {
    json_t *files;  /* written or compared */
    json_t *rounds; /* round types */
    json_t *kinds;  /* of calls */
    json_t *words;  /* {opt: {word: true}} of all rounds */
    int differ;
};

static char *read_file(const char *path)
{
    char *text = NULL;
    size_t size = 0;
    FILE *file = fopen(path, "r");
    if (!file)
        return NULL;
    if (getdelim(&text, &size, '\0', file) < 0) {
        free(text);
        text = NULL;
    }
    fclose(file);
    return text;
}

static void write_file(const char *path, const char *text)
{
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fputs(text, file);
    assert_int_equal(fclose(file), 0);
}

static void tell_difference(const char *path, const char *old, const char *now)
{
    int line = 1;
    const char *a = old, *b = now;
    for (; *a && *a == *b; a++, b++)
        line += *a == '\n';
    while (a > old && a[-1] != '\n') {
        a--;
        b--;
    }
    print_error("%s: line %d differs:\n  it has  %.*s\n  now is  %.*s\n", path, line,
                (int)strcspn(a, "\n"), a, (int)strcspn(b, "\n"), b);
}

static void compare(struct shown *s, const char *name, const char *text)
{
    char path[256];
    snprintf(path, sizeof path, PROMPTS "/%s.txt", name);
    json_object_set_new(s->files, name, json_true());
    if (getenv("GOLDEN_WRITE"))
        write_file(path, text);
    char *old = read_file(path);
    if (!old || strcmp(old, text) != 0) {
        tell_difference(path, old ? old : "", text);
        s->differ++;
    }
    free(old);
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
            fail_msg("no golden prompt shows %s %s: add a case to test_golden_prompts.c", what,
                     names[i]);
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
