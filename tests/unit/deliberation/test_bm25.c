/* The search in documents gives the scores of the formula, not something like them. */
#include <math.h>

#include "drive.h"
#include "runner/deliberation/words/bm25.h"

static const char eggs[] =
    "[{\"id\": \"a\", \"title\": \"Eggs\", \"text\": \"Keep eggs cold. Eggs crack.\"},"
    " {\"id\": \"b\", \"text\": \"Cold water boils late\", \"meta\": {\"page\": 3}},"
    " {\"id\": \"c\", \"text\": \"Flour and sugar stay dry in the jar\"}]";

/* By hand: N 3; lengths without stop words: a 6 (eggs keep eggs cold eggs crack), b 4 (cold water
 * boils late), c 5 (flour sugar stay dry jar); mean 5. */
static double term(double n, double tf, double length)
{
    double idf = log(1 + (3 - n + 0.5) / (n + 0.5));
    return idf * tf * 2.2 / (tf + 1.2 * (1 - 0.75 + 0.75 * length / 5));
}

static void scores_are_those_of_the_formula(void **state)
{
    (void)state;
    json_t *docs = parse_json(eggs);
    json_t *hits = bm25_search(docs, "Are eggs cold?", 4);
    assert_int_equal(json_array_size(hits), 2);
    assert_at(hits, "0.id", "\"a\"");
    assert_at(hits, "0.title", "\"Eggs\"");
    assert_at(hits, "1.id", "\"b\"");
    assert_at(hits, "1.title", "null");
    assert_at(hits, "1.meta", "{\"page\":3}");
    double a = json_number_value(at_path(hits, "0.score")),
           b = json_number_value(at_path(hits, "1.score"));
    assert_true(fabs(a - (term(1, 3, 6) + term(2, 1, 6))) < 1e-12);
    assert_true(fabs(b - term(2, 1, 4)) < 1e-12);
    json_decref(hits);
    json_decref(docs);
}

static void words_that_say_nothing_find_nothing(void **state)
{
    (void)state;
    json_t *docs = parse_json(eggs);
    json_t *hits = bm25_search(docs, "the and x in", 4);
    assert_int_equal(json_array_size(hits), 0);
    json_decref(hits);
    hits = bm25_search(docs, "", 4);
    assert_int_equal(json_array_size(hits), 0);
    json_decref(hits);
    json_t *none = json_array();
    hits = bm25_search(none, "eggs", 4);
    assert_int_equal(json_array_size(hits), 0);
    json_decref(hits);
    json_decref(none);
    json_decref(docs);
}

static void a_word_asked_twice_counts_once(void **state)
{
    (void)state;
    json_t *docs = parse_json(eggs);
    json_t *once = bm25_search(docs, "cold", 4), *twice = bm25_search(docs, "cold COLD", 4);
    assert_true(json_equal(once, twice));
    json_decref(once);
    json_decref(twice);
    json_decref(docs);
}

static void the_best_come_first_and_no_more_than_asked(void **state)
{
    (void)state;
    json_t *docs = parse_json("[{\"id\": \"a\", \"text\": \"egg\"}, {\"id\": \"b\", \"text\": "
                              "\"egg\"}, {\"id\": \"c\", \"text\": \"egg egg\"}]");
    json_t *hits = bm25_search(docs, "egg", 2);
    assert_int_equal(json_array_size(hits), 2);
    assert_at(hits, "0.id", "\"c\"");
    assert_at(hits, "1.id", "\"a\"");
    json_decref(hits);
    json_decref(docs);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(scores_are_those_of_the_formula),
        cmocka_unit_test(words_that_say_nothing_find_nothing),
        cmocka_unit_test(a_word_asked_twice_counts_once),
        cmocka_unit_test(the_best_come_first_and_no_more_than_asked),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
