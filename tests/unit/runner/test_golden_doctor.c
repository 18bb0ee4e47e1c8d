/* What the doctor says, to the last word: tests/golden/doctor.txt holds the rows of each failure of
 * a provider and of a model, and of whatever else a probe may find. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/jx.h"
#include "golden_text.h"
#include "probe_scene.h"

static const char *const CODES[] = {
    "dns",         "connect",      "connect_timeout",     "no_answer",
    "tls",         "auth",         "tls_handshake",       "insufficient_credit",
    "attempt",     "rate_limited", "model_not_found",     "quota_exhausted",
    "first_token", "bad_response", "response_too_large",  "invalid_request",
    "stall",       "server_error", "unexpected_redirect", "content_filtered",
    "overloaded",  "conflict",     "request_timeout",     "connection_lost",
    "transport",   "odd"};

static void write_rows(struct buf *to, const json_t *rows)
{
    size_t i;
    json_t *row;
    json_array_foreach (rows, i, row) {
        const char *model = j_str(row, "model", NULL);
        buf_addf(to, "%s%s%s %s: %s", j_str(row, "provider", "?"), model ? "/" : "",
                 model ? model : "", j_str(row, "check", "?"), j_str(row, "status", "?"));
        if (*j_str(row, "detail", ""))
            buf_addf(to, " | %s", j_str(row, "detail", ""));
        if (*j_str(row, "hint", ""))
            buf_addf(to, " -> %s", j_str(row, "hint", ""));
        if (!json_is_null(json_object_get(row, "ms")))
            buf_addf(to, " (%d)", (int)j_int(row, "ms", -1));
        buf_addf(to, "\n");
    }
}

static void write_scene(struct buf *to, struct scene *s, const char *title)
{
    judge(s);
    buf_addf(to, "==== %s%s\n", title, probe_site_usable(&s->site) ? "" : ", not usable");
    write_rows(to, s->rows);
    clear(s);
}

static void write_list(struct buf *to, struct scene *s)
{
    json_t *result = probe_models_result(&s->site);
    char *text = json_dumps(result, JSON_COMPACT);
    buf_addf(to, "%s\n", text);
    free(text);
    json_decref(result);
}

static void failures_of_a_provider(struct buf *to)
{
    for (size_t i = 0; i < sizeof(CODES) / sizeof(*CODES); i++) {
        struct scene s;
        set(&s, "openai", HTTPS, NULL);
        reply_fault_set(&s.site.fault, "permanent", CODES[i], "says the list");
        write_list(to, &s);
        write_scene(to, &s, CODES[i]);
    }
}

static void failures_of_a_model(struct buf *to)
{
    for (size_t i = 0; i < sizeof(CODES) / sizeof(*CODES); i++) {
        struct scene s;
        char fact[200];
        snprintf(fact, sizeof(fact),
                 "{\"error\": {\"code\": \"%s\", \"message\": \"says the model\", "
                 "\"http_status\": %d}}",
                 CODES[i], 299 + (int)(i % 2));
        set(&s, "openai", HTTPS, "[\"m-2\", \"m-3\", \"other\"]");
        ask(&s, fact, fact);
        write_scene(to, &s, CODES[i]);
    }
}

static void ways_to_answer(struct buf *to)
{
    static const struct {
        const char *title, *type, *config, *models, *stream, *form;
    } CASES[] = {
        {"well", "openai", HTTPS, "[\"m-1\"]", ANSWER, FORM},
        {"not listed", "openai", HTTPS, "[\"m-2\"]", ANSWER, FORM},
        {"only the form", "openai", HTTPS, "[]", ERROR("server_error", "500"), FORM},
        {"only the stream", "openai", HTTPS, "[]", ANSWER, ERROR("invalid_request", "400")},
        {"unknown to one", "openai", HTTPS, "[]", ERROR("model_not_found", "404"), FORM},
        {"unknown to the form", "openai", HTTPS, NULL, ERROR("overloaded", "503"),
         ERROR("model_not_found", "404")},
        {"a key for one", "openai", HTTPS, NULL, ERROR("auth", "401"), FORM},
        {"refused by a teapot", "openai", HTTPS, NULL, ERROR("auth", "418"), NULL},
        {"a tree", "openai", HTTPS, "[\"m-1\"]", ANSWER, "{\"structured\": {\"answer\": \"no\"}}"},
        {"another tree", "openai", HTTPS, "[\"m-1\"]", ANSWER,
         "{\"structured\": {\"answer\": \"none\"}, \"content\": \"{\\\"answer\\\": "
         "\\\"yes\\\"}\"}"},
        {"no tree", "openai", HTTPS, "[\"m-1\"]", ANSWER,
         "{\"structured\": 1, \"content\": \"{\\\"answer\\\": \\\"yes\\\"}\"}"},
        {"a number", "openai", HTTPS, "[\"m-1\"]", ANSWER,
         "{\"content\": \"{\\\"answer\\\": 1}\"}"},
        {"nothing", "openai", HTTPS, "[\"m-1\"]", "{}", "{}"},
        {"a list for all", "openrouter", HTTPS, "[\"m-1\"]", ANSWER, FORM},
        {"no key needed", "ollama", "{\"base_url\": \"HTTP://h\"}", "[\"m-1\"]", ANSWER, FORM},
        {"switched off", "openai", "{\"stream\": false, \"json_schema\": false}", "[\"m-1\"]",
         ANSWER, NULL},
        {"no list", "openai", HTTPS, NULL, ANSWER, FORM},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(*CASES); i++) {
        struct scene s;
        set(&s, CASES[i].type, CASES[i].config, CASES[i].models);
        ask(&s, CASES[i].stream, CASES[i].form);
        write_list(to, &s);
        write_scene(to, &s, CASES[i].title);
    }
}

static void pieces(struct buf *to)
{
    for (int n = 0; n < 3; n++) {
        struct scene s;
        set(&s, "openai", HTTPS, "[\"m-1\", \"m-2\"]");
        ask(&s, ANSWER, FORM);
        s.target.stream.pieces = n;
        s.site.more = n == 2;
        write_list(to, &s);
        write_scene(to, &s, n == 2 ? "and more models" : "few pieces");
    }
}

/* Nobody was asked, and why. */
static void silence(struct buf *to)
{
    struct scene s;
    set(&s, "openai", HTTPS, NULL);
    s.site.sent = false;
    write_scene(to, &s, "nothing sent");
    set(&s, "openai", HTTPS, "[\"m-1\"]");
    s.site.done = false;
    write_scene(to, &s, "under way");
    set(&s, "openai", HTTPS, NULL);
    s.site.config.key = NULL;
    write_list(to, &s);
    write_scene(to, &s, "without its key");
    set(&s, "openai", "{\"base_url\": \"https://h\"}", NULL);
    reply_fault_set(&s.site.fault, "permanent", "auth", "who are you?");
    s.site.config.key = NULL;
    s.site.fault.http_status = 401;
    write_scene(to, &s, "without any key");
    set(&s, "openai", "{\"base_url\": \"https://h\"}", NULL);
    reply_fault_set(&s.site.fault, "permanent", "auth", "not for you");
    s.site.fault.http_status = 403;
    write_scene(to, &s, "a key of no name");
    set(&s, "openai", HTTPS, NULL);
    reply_fault_set(&s.site.fault, "transient", "connect_timeout", "Resolving timed out after 1");
    write_scene(to, &s, "no name");
}

/* Two providers, and a row of the one is none of the other's. */
static void two_houses(struct buf *to)
{
    struct scene a, b;
    set(&a, "openai", HTTPS, NULL);
    set(&b, "anthropic", HTTPS, NULL);
    b.site.name = "inn";
    struct probe_site sites[] = {a.site, b.site};
    struct probe_target targets[] = {{.site = &sites[0], .model = "m-1"},
                                     {.site = &sites[1], .model = "m-2"},
                                     {.site = &sites[0], .model = "m-3"}};
    struct probe_findings found = {sites, 2, targets, 3};
    targets[0].stream.fact = tree(ANSWER);
    targets[1].form.fact = tree(ERROR("auth", "401"));
    json_t *result = probe_check_result(&found);
    buf_addf(to, "==== two houses: %s\n", j_bool(result, "ok", true) ? "well" : "not well");
    write_rows(to, j_get(result, "rows"));
    json_decref(result);
    json_decref(targets[0].stream.fact);
    json_decref(targets[1].form.fact);
    clear(&a);
    clear(&b);
}

static void the_words_of_the_doctor(void **state)
{
    (void)state;
    static void (*const PARTS[])(struct buf *) = {
        failures_of_a_provider, failures_of_a_model, ways_to_answer, pieces, silence, two_houses};
    struct buf text = BUF_INIT(1 << 20);
    for (size_t i = 0; i < sizeof(PARTS) / sizeof(*PARTS); i++)
        PARTS[i](&text);
    golden_compare(GOLDEN "/doctor.txt", &text);
    buf_release(&text);
}

/* A table cell has room for 400 bytes, and no piece of a letter at its end. */
static void long_words_are_cut(void **state)
{
    (void)state;
    for (size_t before = 383; before < 386; before++) {
        struct scene s;
        char words[600];
        memset(words, 'x', before);
        memcpy(words + before, "\xe2\x82\xac\xe2\x82\xac\xe2\x82\xac", 10);
        set(&s, "openai", HTTPS, NULL);
        s.target.stream.fact = j_pack("{s:{s:s, s:s}}", "error", "code", "server_error", "message",
                                      words); /* behind "server_error: " */
        judge(&s);
        const char *detail = j_str(json_array_get(s.rows, 7), "detail", "");
        size_t room = 400 - 14 - before;
        assert_int_equal(strlen(detail), 14 + before + room / 3 * 3);
        assert_memory_equal(detail, "server_error: xxx", 17);
        clear(&s);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(the_words_of_the_doctor),
        cmocka_unit_test(long_words_are_cut),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
