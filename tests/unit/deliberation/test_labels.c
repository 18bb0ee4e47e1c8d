/* A label that changes its meaning inside its scope attributes a review to the wrong member. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner/deliberation/form/labels.h"

/* As every resolved document has it when it does not say. */
static json_t *usual_anonymity(void)
{
    return json_pack("{ss,ss,ss}", "style", "letters", "assign", "shuffle", "prefix", "Response ");
}

static struct label_map *map_of(const char *scope, const char *anonymity)
{
    json_t *ids = json_loads("[\"ann\", \"bob\", \"cy\", \"dee\", \"eve\"]", 0, NULL);
    json_t *a = json_loads(anonymity, 0, NULL), *usual = usual_anonymity();
    json_object_update_missing(a, usual);
    json_decref(usual);
    struct label_map *m = label_map_new("council", scope, ids, a);
    json_decref(ids);
    json_decref(a);
    return m;
}

static void shuffled_letters(void **state)
{
    (void)state;
    struct label_map *m = map_of("", "{}");
    assert_string_equal(label_of(m, "cy"), "Response A");
    assert_string_equal(label_of(m, "eve"), "Response B");
    assert_string_equal(label_of(m, "ann"), "Response E");
    assert_null(label_of(m, "nobody"));
    assert_int_equal(label_index(m, "bob"), 2);
    json_t *j = label_map_json(m);
    char *text = json_dumps(j, JSON_COMPACT);
    assert_string_equal(text,
                        "{\"Response A\":\"cy\",\"Response B\":\"eve\",\"Response C\":\"bob\","
                        "\"Response D\":\"dee\",\"Response E\":\"ann\"}");
    free(text);
    json_decref(j);
    label_map_free(m);
}

static void what_models_write(void **state)
{
    (void)state;
    struct label_map *m = map_of("", "{}");
    assert_string_equal(label_resolve(m, "Response A"), "cy");
    assert_string_equal(label_resolve(m, " response a\n"), "cy");
    assert_string_equal(label_resolve(m, "b"), "eve");
    assert_null(label_resolve(m, "Response F"));
    assert_null(label_resolve(m, "cy"));
    assert_null(label_resolve(m, ""));
    label_map_free(m);
}

static void styles(void **state)
{
    (void)state;
    struct label_map *m = map_of("", "{\"style\": \"ids\", \"assign\": \"as_given\"}");
    assert_string_equal(label_of(m, "bob"), "bob");
    label_map_free(m);
    m = map_of("", "{\"assign\": \"stable\", \"prefix\": \"Nr \"}");
    assert_string_equal(label_of(m, "ann"), "Nr A");
    label_map_free(m);
    m = map_of("", "{\"style\": \"codes\", \"assign\": \"as_given\"}");
    json_t *j = label_map_json(m);
    assert_int_equal(json_object_size(j), 5);
    json_decref(j);
    const char *label = label_of(m, "ann");
    assert_int_equal(strlen(label), strlen("Response B2"));
    assert_non_null(strchr("BCDFGHJKLMNPQRSTVWXZ", label[9]));
    assert_in_range(label[10], '2', '9');
    assert_string_equal(label_resolve(m, label + 9), "ann");
    label_map_free(m);
}

static void many_letters(void **state)
{
    (void)state;
    json_t *ids = json_array();
    for (int i = 0; i < 30; i++) {
        char id[8];
        snprintf(id, sizeof id, "m%02d", i);
        json_array_append_new(ids, json_string(id));
    }
    json_t *a = usual_anonymity();
    json_object_set_new(a, "assign", json_string("as_given"));
    struct label_map *m = label_map_new("s", "", ids, a);
    assert_string_equal(label_of(m, "m25"), "Response Z");
    assert_string_equal(label_of(m, "m26"), "Response AA");
    assert_string_equal(label_of(m, "m29"), "Response AD");
    assert_string_equal(label_resolve(m, "Response AA"), "m26");
    label_map_free(m);
    json_decref(a);
    json_decref(ids);
}

/* As given: A ann, B bob, C cy, D dee, E eve; shuffled: A cy, B eve, C bob, D dee, E ann. */
static void assert_translated(const struct label_map *from, const struct label_map *to,
                              const char *text, const char *expected)
{
    char *got = label_translate(text, from, to);
    assert_string_equal(got, expected);
    free(got);
}

static void translation_is_simultaneous_and_whole(void **state)
{
    (void)state;
    static const char *const texts[][2] = {
        {"Response A beats Response B; Response AB stays.",
         "Response E beats Response C; Response AB stays."},
        {"Responses A and C agree.", "Responses E and A agree."},
        {"Responses A, B, and C; responses b & e.", "Responses E, C, and A; responses C & B."},
        {"in my view response c is right", "in my view response A is right"},
        {"RESPONSE A's proof", "RESPONSE E's proof"},
        {"It (C) is wrong, **B** and `A` too.", "It (A) is wrong, **C** and `E` too."},
        {"A > B > C", "E > C > A"},
        {"C > A", "A > E"},
        {"A, B and C miss it", "E, C and A miss it"},
        {"Response\nA", "Response\nE"},
        /* words that only look like names */
        {"A better answer, written in C.", "A better answer, written in C."},
        {"In response a user said so.", "In response a user said so."},
        {"Response B and a good point.", "Response C and a good point."},
        {"MyResponse A, Response Ab, Responsen A", "MyResponse A, Response Ab, Responsen A"},
        {"Vitamin C, b then", "Vitamin C, b then"},
        {"responses, all of them", "responses, all of them"},
        {"", ""},
    };
    struct label_map *from = map_of("", "{\"assign\": \"as_given\"}");
    struct label_map *to = map_of("", "{}");
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        assert_translated(from, to, texts[i][0], texts[i][1]);
    label_map_free(from);
    label_map_free(to);
}

/* A is E, B is C, C is A, D is D and E is B for the other reader. */
static void each_way_to_name_several_is_known(void **state)
{
    (void)state;
    static const char *const JOINTS[] = {", and ", ", or ", " and ", " or ", ", ",    " & ", " > ",
                                         " = ",    ">",     "=",     ",",    " vs. ", " vs "};
    static const char *const NONE[] = {"; ", " / ", " AND ", "  ", " with ", " vs.", ". "};
    struct label_map *from = map_of("", "{\"assign\": \"as_given\"}");
    struct label_map *to = map_of("", "{}");
    char text[64], wanted[64];
    for (size_t i = 0; i < sizeof JOINTS / sizeof *JOINTS; i++) {
        snprintf(text, sizeof text, "Response A%sB.", JOINTS[i]);
        snprintf(wanted, sizeof wanted, "Response E%sC.", JOINTS[i]);
        assert_translated(from, to, text, wanted);
        snprintf(text, sizeof text, "B%sE!", JOINTS[i]);
        snprintf(wanted, sizeof wanted, "C%sB!", JOINTS[i]);
        assert_translated(from, to, text, wanted);
        snprintf(text, sizeof text, "B%sme", JOINTS[i]);
        assert_translated(from, to, text, text);
    }
    for (size_t i = 0; i < sizeof NONE / sizeof *NONE; i++) {
        snprintf(text, sizeof text, "Response A%sB.", NONE[i]);
        snprintf(wanted, sizeof wanted, "Response E%sB.", NONE[i]);
        assert_translated(from, to, text, wanted);
        snprintf(text, sizeof text, "B%sE!", NONE[i]);
        assert_translated(from, to, text, text);
    }
    label_map_free(from);
    label_map_free(to);
}

static void a_letter_alone_is_a_name_only_where_it_is_set_off(void **state)
{
    (void)state;
    static const char *const TEXTS[][2] = {
        {"(A) [A] {A} \"A\" 'A' `A` *A*", "(E) [E] {E} \"E\" 'E' `E` *E*"},
        {"(A] [A} {A) \"A' 'A\" (A A) A", "(A] [A} {A) \"A' 'A\" (A A) A"},
        {"(A B) (AB) (F)", "(A B) (AB) (F)"},
        {"(a)", "(a)"},
        {"Response #A, Response  A, Response A", "Response #E, Response  E, Response E"},
        {"Response# A; Responses #B", "Response# E; Responses #C"},
        {"ResponseA, Respons A, Response\tA", "ResponseA, Respons A, Response\tA"},
        {"Response AA, Response A_, Response A\xc3\xa9",
         "Response AA, Response A_, Response A\xc3\xa9"},
        {"in response A; in response b; In Response a",
         "in response E; in response C; In Response a"},
        {"within response a", "within response a"},
        {"Response b and C", "Response C and A"},
        {"Response B and c", "Response C and c"}, /* written large, so the others are too */
        {"response b and c.", "response C and A."},
        {"Response A or a better one", "Response E or a better one"},
        {"responses b and a.", "responses C and E."},
        {"responses b and a  x", "responses C and a  x"},
        {"responses b and a X", "responses C and E X"},
        {"Response F, Response", "Response F, Response"},
    };
    struct label_map *from = map_of("", "{\"assign\": \"as_given\"}");
    struct label_map *to = map_of("", "{}");
    for (size_t i = 0; i < sizeof TEXTS / sizeof *TEXTS; i++)
        assert_translated(from, to, TEXTS[i][0], TEXTS[i][1]);
    label_map_free(from);
    label_map_free(to);
}

/* Codes are no words, so they stand for themselves wherever they stand. */
static void codes_are_names_wherever_they_stand(void **state)
{
    (void)state;
    struct label_map *codes = map_of("", "{\"style\": \"codes\", \"assign\": \"as_given\"}");
    struct label_map *names = map_of("", "{\"assign\": \"as_given\"}");
    const char *ann = label_of(codes, "ann") + strlen("Response ");
    const char *bob = label_of(codes, "bob") + strlen("Response ");
    char text[64], wanted[64];
    snprintf(text, sizeof text, "%s is right, x%s not", bob, ann);
    snprintf(wanted, sizeof wanted, "B is right, x%s not", ann);
    assert_translated(codes, names, text, wanted);
    label_map_free(codes);
    label_map_free(names);
}

static void names_of_one_kind_become_those_of_another(void **state)
{
    (void)state;
    json_t *five = json_loads("[\"ann\", \"bob\", \"cy\", \"dee\", \"eve\"]", 0, NULL),
           *two = json_pack("[ss]", "bob", "ann");
    struct label_map *letters = map_of("", "{\"assign\": \"as_given\"}");
    struct label_map *names = label_map_of_ids(five);
    json_t *plain =
        json_pack("{ss,ss,ss}", "style", "letters", "assign", "as_given", "prefix", "Response ");
    struct label_map *pair = label_map_new("council", "", two, plain);
    assert_translated(names, letters, "bob is right, \"ann\" not; bobby, ann_2 and Ann stay",
                      "Response B is right, \"Response A\" not; bobby, ann_2 and Ann stay");
    assert_translated(letters, names, "Responses A and C agree, (B) not",
                      "ann and cy agree, (bob) not");
    /* who is not shown has no name that could be another's */
    assert_translated(letters, pair, "Response A beats Response C",
                      "Response B beats another response");
    assert_translated(letters, pair, "Responses A and B", "Responses B and A");
    assert_translated(letters, pair, "Responses A and E", "Response B and another response");
    assert_translated(names, pair, "cy, not bob", "another response, not Response A");
    label_map_free(pair);
    label_map_free(names);
    label_map_free(letters);
    json_decref(plain);
    json_decref(five);
    json_decref(two);
}

/* Where the letter does not stand alone behind the prefix the name is the whole of it. */
static void a_prefix_without_a_blank_is_part_of_the_name(void **state)
{
    (void)state;
    struct label_map *from = map_of("", "{\"assign\": \"as_given\", \"prefix\": \"R-\"}");
    struct label_map *to = map_of("", "{\"prefix\": \"R-\"}");
    assert_translated(from, to, "R-A beats R-B, xR-A does not; R-AB and r-A stay, R- A not.",
                      "R-E beats R-C, xR-A does not; R-AB and r-A stay, R- E not.");
    label_map_free(from);
    label_map_free(to);
}

static char *translated(const char *from_prefix, const char *to_prefix, const char *text)
{
    char a[64], b[64];
    snprintf(a, sizeof a, "{\"prefix\": \"%s\"}", from_prefix);
    snprintf(b, sizeof b, "{\"prefix\": \"%s\"}", to_prefix);
    struct label_map *from = map_of("", a), *to = map_of("x", b);
    char *r = label_translate(text, from, to);
    label_map_free(from);
    label_map_free(to);
    return r;
}

/* As long, and yet another head. */
static void heads_of_one_length_are_two_heads(void **state)
{
    (void)state;
    char *same = translated("Answer ", "Answer ", "answers A and B");
    char *other = translated("Answer ", "Report ", "answers A and B");
    assert_string_equal(same, "answers A and B");
    assert_string_equal(other, "Report A and Report B");
    free(same);
    free(other);
}

/* What stands in memory before the text is none of it. */
static void a_text_begins_where_it_begins(void **state)
{
    (void)state;
    struct label_map *from = map_of("", "{\"assign\": \"as_given\"}");
    struct label_map *to = map_of("", "{}");
    static const char text[] = "xResponse A is right";
    assert_translated(from, to, text, text);
    assert_translated(from, to, text + 1, "Response E is right");
    label_map_free(from);
    label_map_free(to);
}

/* Who reads of one answer reads its name as of several. */
static void one_name_alone_is_translated(void **state)
{
    (void)state;
    json_t *one = json_pack("[s]", "cy"), *a = usual_anonymity();
    struct label_map *from = label_map_new("council", "", one, a);
    struct label_map *to = map_of("", "{\"assign\": \"as_given\"}");
    assert_translated(from, to, "Response A is right", "Response C is right");
    label_map_free(from);
    label_map_free(to);
    json_decref(one);
    json_decref(a);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(shuffled_letters),
        cmocka_unit_test(what_models_write),
        cmocka_unit_test(styles),
        cmocka_unit_test(many_letters),
        cmocka_unit_test(translation_is_simultaneous_and_whole),
        cmocka_unit_test(each_way_to_name_several_is_known),
        cmocka_unit_test(a_letter_alone_is_a_name_only_where_it_is_set_off),
        cmocka_unit_test(codes_are_names_wherever_they_stand),
        cmocka_unit_test(names_of_one_kind_become_those_of_another),
        cmocka_unit_test(a_prefix_without_a_blank_is_part_of_the_name),
        cmocka_unit_test(heads_of_one_length_are_two_heads),
        cmocka_unit_test(a_text_begins_where_it_begins),
        cmocka_unit_test(one_name_alone_is_translated),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
