/* A request that is mended wrongly asks for something else, one that is not mended fails although
 * it need not: every parameter in its place, every way to refuse, and what is no refusal. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "heap_kept.h"
#include "runner/provider/repair.h"

static void mends(int status, const char *error, const char *body, const char *mended,
                  const char *parameter)
{
    const char *told = "";
    char *got = repair_request(status, error, strlen(error), body, &told);
    if (strcmp(got ? got : "no", mended) || strcmp(told, parameter))
        fail_msg("%s: %s (%s)", error, got ? got : "no", told);
    free(got);
}

static void refuses(const char *words, const char *body, const char *mended, const char *parameter)
{
    char error[300];
    snprintf(error, sizeof error, "{\"error\":{\"message\":\"%s\"}}", words);
    mends(400, error, body, mended, parameter);
}

static void every_parameter(void **state)
{
    (void)state;
    static const struct {
        const char *name, *within;
    } ROWS[] = {
        {"temperature", NULL},
        {"top_p", NULL},
        {"top_k", NULL},
        {"max_completion_tokens", NULL},
        {"max_tokens", NULL},
        {"logprobs", NULL},
        {"parallel_tool_calls", NULL},
        {"stream_options", NULL},
        {"temperature", "generationConfig"},
        {"topP", "generationConfig"},
        {"responseLogprobs", "generationConfig"},
        {"temperature", "options"},
        {"top_p", "options"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        char words[100], body[200], mended[200];
        const char *in = ROWS[i].within;
        snprintf(words, sizeof words, "%s is not supported", ROWS[i].name);
        if (in) {
            snprintf(body, sizeof body, "{\"a\":1,\"%s\":{\"%s\":2,\"b\":3}}", in, ROWS[i].name);
            snprintf(mended, sizeof mended, "{\"a\":1,\"%s\":{\"b\":3}}", in);
        } else {
            snprintf(body, sizeof body, "{\"a\":1,\"%s\":2}", ROWS[i].name);
            snprintf(mended, sizeof mended, "{\"a\":1}");
        }
        refuses(words, body, mended, ROWS[i].name);
        refuses(words, "{\"a\":1,\"elsewhere\":{\"temperature\":1}}", "no", "");
    }
}

static void every_way_to_refuse(void **state)
{
    (void)state;
    static const char *const WAYS[] = {
        "top_p is Unsupported",    "top_p: not supported",     "it does not support top_p",
        "we do not support top_p", "top_p is DEPRECATED",      "unknown name top_p",
        "Unrecognized: top_p",     "top_p is not permitted",   "top_p not allowed here",
        "top_p cannot be used",    "top_p is not enabled yet", "top_p may not be set"};
    for (size_t i = 0; i < sizeof WAYS / sizeof WAYS[0]; i++)
        refuses(WAYS[i], "{\"top_p\":1}", "{}", "top_p");
    refuses("top_p is out of range", "{\"top_p\":1}", "no", "");
    refuses("", "{\"top_p\":1}", "no", "");
}

static void by_another_name(void **state)
{
    (void)state;
    refuses("unsupported max_tokens: use max_completion_tokens", "{\"max_tokens\":7}",
            "{\"max_completion_tokens\":7}", "max_tokens");
    refuses("unsupported max_completion_tokens: use max_tokens", "{\"max_completion_tokens\":7}",
            "{\"max_tokens\":7}", "max_completion_tokens");
    refuses("unsupported max_tokens", "{\"max_tokens\":7}", "{}", "max_tokens");
    refuses("unsupported max_tokens, max_completion_tokens_x", "{\"max_tokens\":7}", "{}",
            "max_tokens");
}

/* Named as a word of its own, and the first that is named. */
static void words_and_their_order(void **state)
{
    (void)state;
    static const char *const NONE[] = {"top_p_x", "xtop_p", "_top_p", "top_p1", "1top_p", "top_p_"};
    for (size_t i = 0; i < sizeof NONE / sizeof NONE[0]; i++) {
        char words[100];
        snprintf(words, sizeof words, "unsupported %s", NONE[i]);
        refuses(words, "{\"top_p\":1}", "no", "");
        snprintf(words, sizeof words, "unsupported %s 'top_p'", NONE[i]);
        refuses(words, "{\"top_p\":1}", "{}", "top_p");
    }
    refuses("top_p unsupported, as temperature is", "{\"temperature\":1,\"top_p\":2}",
            "{\"temperature\":1}", "top_p");
    refuses("temperature unsupported, as top_p is", "{\"temperature\":1,\"top_p\":2}",
            "{\"top_p\":2}", "temperature");
    refuses("top_p unsupported", "{\"x\":\"a\\u0000b\",\"top_p\":1}", "{\"x\":\"a\\u0000b\"}",
            "top_p");
}

static void where_the_words_stand(void **state)
{
    (void)state;
    static const struct {
        int status;
        const char *error, *mended;
    } ROWS[] = {
        {400, "{\"error\":\"unsupported top_p\"}", "{}"},
        {422, "{\"detail\":\"unsupported top_p\"}", "{}"},
        {400, "{\"message\":\"unsupported top_p\"}", "{}"},
        {400, "[{\"error\":{\"message\":\"unsupported top_p\"}}]", "{}"},
        {400, "{\"error\":{\"detail\":\"unsupported top_p\"}}", "{}"},
        {400, "{\"error\":{\"param\":\"unsupported top_p\"}}", "no"},
        {400, "unsupported top_p", "no"},
        {400, "", "no"},
        {401, "{\"error\":\"unsupported top_p\"}", "no"},
        {404, "{\"error\":\"unsupported top_p\"}", "no"},
        {421, "{\"error\":\"unsupported top_p\"}", "no"},
        {423, "{\"error\":\"unsupported top_p\"}", "no"},
        {500, "{\"error\":\"unsupported top_p\"}", "no"},
    };
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++)
        mends(ROWS[i].status, ROWS[i].error, "{\"top_p\":1}", ROWS[i].mended,
              strcmp(ROWS[i].mended, "no") ? "top_p" : "");
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(every_parameter);
    assert_keeps_nothing(every_way_to_refuse);
    assert_keeps_nothing(by_another_name);
    assert_keeps_nothing(words_and_their_order);
    assert_keeps_nothing(where_the_words_stand);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_parameter),       cmocka_unit_test(every_way_to_refuse),
        cmocka_unit_test(by_another_name),       cmocka_unit_test(words_and_their_order),
        cmocka_unit_test(where_the_words_stand), cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
