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

/* Each stop word and each letter alone finds nothing, and makes no text longer. */
static void each_stop_word_is_passed_over(void **state)
{
    (void)state;
    static const char *const words[] = {
        "about", "after", "all",  "also",  "am",   "an",   "and",   "any",  "are",  "as",
        "at",    "be",    "been", "but",   "by",   "can",  "did",   "do",   "does", "for",
        "from",  "had",   "has",  "have",  "he",   "her",  "his",   "how",  "if",   "in",
        "into",  "is",    "it",   "its",   "me",   "my",   "no",    "not",  "of",   "on",
        "or",    "our",   "she",  "so",    "that", "the",  "their", "them", "then", "there",
        "these", "they",  "this", "those", "to",   "was",  "we",    "were", "what", "when",
        "where", "which", "who",  "why",   "will", "with", "you",   "your"};
    json_t *bare = parse_json("[{\"id\": \"a\", \"text\": \"jar egg\"}, {\"id\": \"b\", "
                              "\"text\": \"egg\"}]");
    json_t *expected = bm25_search(bare, "jar", 4);
    for (size_t i = 0; i < sizeof words / sizeof *words + 26; i++) {
        char letter[2] = {i < 26 ? (char)('a' + i) : 0, 0};
        const char *word = i < 26 ? letter : words[i - 26];
        json_t *docs = json_pack("[{ss ss++} {ss ss}]", "id", "a", "text", word, " jar egg ", word,
                                 "id", "b", "text", "egg");
        json_t *none = bm25_search(docs, word, 4), *hits = bm25_search(docs, "jar", 4);
        if (json_array_size(none) != 0)
            fail_msg("\"%s\" finds something", word);
        assert_true(fabs(json_number_value(at_path(hits, "0.score")) -
                         json_number_value(at_path(expected, "0.score"))) < 1e-12);
        json_decref(none);
        json_decref(hits);
        json_decref(docs);
    }
    json_decref(expected);
    json_decref(bare);
}

static void a_word_of_two_letters_is_one(void **state)
{
    (void)state;
    json_t *docs = parse_json("[{\"id\": \"a\", \"text\": \"ox\"}, {\"id\": \"b\", \"text\": "
                              "\"ox ox egg\", \"title\": \"Ox\"}, {\"id\": \"c\"}]");
    json_t *hits = bm25_search(docs, "ox", 1);
    assert_int_equal(json_array_size(hits), 1);
    assert_at(hits, "0.id", "\"b\"");
    assert_at(hits, "0.text", "\"ox ox egg\"");
    json_decref(hits);
    hits = bm25_search(docs, "ox", 0);
    assert_int_equal(json_array_size(hits), 0);
    json_decref(hits);
    hits = bm25_search(docs, "ox egg", 3);
    assert_int_equal(json_array_size(hits), 2); /* what shares no token is no hit */
    json_decref(hits);
    json_decref(docs);
}

/* More words than fit at first, in an order that is none. */
static void long_texts_are_counted_whole(void **state)
{
    (void)state;
    char text[4000] = "";
    size_t len = 0;
    for (int i = 0; i < 200; i++)
        len += (size_t)snprintf(text + len, sizeof text - len, "%s%d ", i % 3 ? "word" : "egg",
                                i * 7919 % 200 / (i % 3 ? 1 : 200));
    json_t *docs =
        json_pack("[{ss ss} {ss ss}]", "id", "a", "text", text, "id", "b", "text", "egg0 jar");
    json_t *hits = bm25_search(docs, "egg0", 4);
    const double idf = log(1 + 0.5 / 2.5), mean = 101;
    assert_int_equal(json_array_size(hits), 2);
    json_t *a = at_path(hits, j_str(at_path(hits, "0"), "id", "")[0] == 'a' ? "0" : "1");
    assert_at(a, "id", "\"a\"");
    assert_true(fabs(j_num(a, "score", 0) -
                     idf * 67 * 2.2 / (67 + 1.2 * (0.25 + 0.75 * 200 / mean))) < 1e-9);
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
        cmocka_unit_test(each_stop_word_is_passed_over),
        cmocka_unit_test(a_word_of_two_letters_is_one),
        cmocka_unit_test(long_texts_are_counted_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
