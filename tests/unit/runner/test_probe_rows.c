/* The doctor's verdicts, from scripted replies: a wrong one sends people to mend what is not
 * broken. Each test sets up what was found of one provider and one model, and looks at the rows. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "probe_scene.h"

static json_t *row(struct scene *s, const char *check)
{
    size_t i;
    json_t *one;
    json_array_foreach (s->rows, i, one)
        if (!strcmp(json_string_value(json_object_get(one, "check")), check))
            return one;
    fail_msg("no row %s", check);
    return NULL;
}

static void expect(struct scene *s, const char *check, const char *status, const char *detail)
{
    json_t *one = row(s, check);
    const char *said = json_string_value(json_object_get(one, "detail"));
    if (strcmp(json_string_value(json_object_get(one, "status")), status) ||
        (detail && !strstr(said, detail)))
        fail_msg("%s: %s %s", check, json_string_value(json_object_get(one, "status")), said);
    if (!strcmp(status, "failed"))
        assert_true(json_string_length(json_object_get(one, "hint")) > 0);
}

static void all_is_well(void **state)
{
    (void)state;
    static const char *const CHECKS[] = {"resolve",      "connect",   "tls",    "key_present",
                                         "key_accepted", "models",    "stream", "model_known",
                                         "first_token",  "structured"};
    struct scene s;
    set(&s, "openai", HTTPS, "[\"m-1\", \"m-2\"]");
    ask(&s, ANSWER, FORM);
    judge(&s);
    for (size_t i = 0; i < sizeof(CHECKS) / sizeof(*CHECKS); i++)
        expect(&s, CHECKS[i], "ok", NULL);
    assert_int_equal(json_array_size(s.rows), sizeof(CHECKS) / sizeof(*CHECKS));
    assert_int_equal(json_integer_value(json_object_get(row(&s, "first_token"), "ms")), 120);
    struct probe_findings found = {&s.site, 1, &s.target, 1};
    json_t *result = probe_check_result(&found);
    assert_true(json_is_true(json_object_get(result, "ok")));
    json_decref(result);
    clear(&s);
}

static void each_step_of_the_way(void **state)
{
    (void)state;
    static const struct {
        const char *code, *message, *failed, *before, *after;
    } CASES[] = {
        {"dns", "no such host", "resolve", NULL, "connect"},
        {"connect_timeout", "Resolving timed out after 9 ms", "resolve", NULL, "connect"},
        {"connect", "refused", "connect", "resolve", "tls"},
        {"connect_timeout", "Connection timed out", "connect", "resolve", "tls"},
        {"no_answer", "no answer in time", "connect", "resolve", "tls"},
        {"tls_handshake", "not TLS", "tls", "connect", "models"},
        {"tls", "self-signed certificate", "tls", "connect", "models"},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(*CASES); i++) {
        struct scene s;
        set(&s, "openai", HTTPS, NULL);
        reply_fault_set(&s.site.fault, "permanent", CASES[i].code, CASES[i].message);
        assert_false(probe_site_usable(&s.site));
        judge(&s);
        expect(&s, CASES[i].failed, "failed", CASES[i].message);
        if (CASES[i].before)
            expect(&s, CASES[i].before, "ok", NULL);
        expect(&s, CASES[i].after, "skipped", "not reached");
        expect(&s, "key_accepted", "skipped", NULL);
        expect(&s, "model_known", "skipped", NULL);
        expect(&s, "stream", "skipped", "not asked");
        clear(&s);
    }
}

static void plain_http_has_no_tls(void **state)
{
    (void)state;
    struct scene s;
    set(&s, "ollama", "{\"base_url\": \"http://h\"}", "[]");
    s.site.config.key = NULL;
    judge(&s);
    expect(&s, "tls", "skipped", "plain http");
    expect(&s, "key_present", "skipped", "none is needed");
    expect(&s, "key_accepted", "skipped", "no key");
    expect(&s, "models", "ok", "0");
    clear(&s);
}

static void a_key_that_is_missing(void **state)
{
    (void)state;
    struct scene s;
    set(&s, "openai", HTTPS, NULL);
    s.site.config.key = NULL;
    reply_fault_set(&s.site.fault, "permanent", "auth", "no key given");
    s.site.fault.http_status = 401;
    assert_false(probe_site_usable(&s.site));
    judge(&s);
    expect(&s, "connect", "ok", NULL);
    expect(&s, "key_present", "failed", "HOUSE_KEY is not set");
    expect(&s, "key_accepted", "skipped", "no key");
    json_t *result = probe_models_result(&s.site);
    json_t *fault = json_object_get(result, "fault");
    assert_string_equal(json_string_value(json_object_get(fault, "code")), "key_missing");
    json_decref(result);
    clear(&s);
}

static void a_key_that_is_refused(void **state)
{
    (void)state;
    struct scene s;
    set(&s, "openai", HTTPS, NULL);
    reply_fault_set(&s.site.fault, "permanent", "auth", "Incorrect API key");
    s.site.fault.http_status = 401;
    assert_false(probe_site_usable(&s.site));
    judge(&s);
    expect(&s, "key_present", "ok", "HOUSE_KEY");
    expect(&s, "key_accepted", "failed", "Incorrect API key");
    expect(&s, "models", "skipped", NULL);
    clear(&s);
}

/* A key may be good for models and yet not for the list of them. */
static void a_key_that_may_not_list(void **state)
{
    (void)state;
    struct scene s;
    set(&s, "openai", HTTPS, NULL);
    reply_fault_set(&s.site.fault, "permanent", "auth", "missing scope");
    s.site.fault.http_status = 403;
    assert_true(probe_site_usable(&s.site));
    ask(&s, ANSWER, FORM);
    judge(&s);
    expect(&s, "key_accepted", "ok", NULL);
    expect(&s, "models", "skipped", "not shown");
    expect(&s, "model_known", "ok", "it answers");
    clear(&s);
}

/* OpenRouter shows its list to everybody: only a call proves the key. */
static void a_public_list_proves_no_key(void **state)
{
    (void)state;
    struct scene s;
    set(&s, "openrouter", HTTPS, "[\"m-1\"]");
    judge(&s);
    expect(&s, "key_accepted", "skipped", "nothing was asked");
    json_decref(s.rows);
    ask(&s, ERROR("auth", "401"), ERROR("auth", "401"));
    judge(&s);
    expect(&s, "key_accepted", "failed", "auth");
    expect(&s, "stream", "skipped", "the key is refused");
    clear(&s);
}

static void a_model_that_is_not_there(void **state)
{
    (void)state;
    struct scene s;
    set(&s, "openai", HTTPS, "[\"m-10\", \"other\"]");
    s.target.model = "m-1x";
    ask(&s, ERROR("model_not_found", "404"), ERROR("model_not_found", "404"));
    judge(&s);
    expect(&s, "key_accepted", "ok", NULL);
    expect(&s, "model_known", "failed", "says the house");
    assert_non_null(
        strstr(json_string_value(json_object_get(row(&s, "model_known"), "hint")), "m-10"));
    expect(&s, "stream", "skipped", "not known");
    expect(&s, "structured", "skipped", "not known");
    clear(&s);
}

/* Some servers say 400 for it; the list tells the difference. */
static void a_model_called_a_bad_request(void **state)
{
    (void)state;
    struct scene s;
    set(&s, "openai", HTTPS, "[\"other\"]");
    ask(&s, ERROR("invalid_request", "400"), ERROR("invalid_request", "400"));
    judge(&s);
    expect(&s, "model_known", "failed", "says the house");
    s.site.more = true;
    json_decref(s.rows);
    judge(&s);
    expect(&s, "model_known", "skipped", NULL);
    expect(&s, "stream", "failed", "invalid_request");
    clear(&s);
}

static void structured_output_that_does_not_work(void **state)
{
    (void)state;
    static const char *const FORMS[] = {
        ERROR("invalid_request", "400"), "{\"content\": \"Yes, it is.\"}",
        "{\"content\": \"{\\\"answer\\\": \\\"wet\\\"}\"}", "{\"content\": \"[1]\"}"};
    for (size_t i = 0; i < sizeof(FORMS) / sizeof(*FORMS); i++) {
        struct scene s;
        set(&s, "openai", HTTPS, "[\"m-1\"]");
        ask(&s, ANSWER, FORMS[i]);
        judge(&s);
        expect(&s, "stream", "ok", "3 pieces");
        expect(&s, "structured", "failed", NULL);
        clear(&s);
    }
}

static void what_is_switched_off(void **state)
{
    (void)state;
    struct scene s;
    set(&s, "openai", "{\"stream\": false, \"json_schema\": false}", "[\"m-1\"]");
    ask(&s, ANSWER, "{\"content\": \"prose\"}");
    judge(&s);
    expect(&s, "stream", "skipped", "switched off");
    expect(&s, "structured", "skipped", "switched off");
    clear(&s);
}

static void trouble_of_the_provider(void **state)
{
    (void)state;
    struct scene s;
    set(&s, "openai", HTTPS, "[\"m-1\"]");
    ask(&s, ERROR("rate_limited", "429"), ERROR("server_error", "500"));
    judge(&s);
    expect(&s, "key_accepted", "ok", NULL);
    expect(&s, "model_known", "ok", NULL);
    expect(&s, "stream", "failed", "rate_limited: says the house");
    expect(&s, "first_token", "skipped", NULL);
    expect(&s, "structured", "failed", "server_error");
    clear(&s);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(all_is_well),
        cmocka_unit_test(each_step_of_the_way),
        cmocka_unit_test(plain_http_has_no_tls),
        cmocka_unit_test(a_key_that_is_missing),
        cmocka_unit_test(a_key_that_is_refused),
        cmocka_unit_test(a_key_that_may_not_list),
        cmocka_unit_test(a_public_list_proves_no_key),
        cmocka_unit_test(a_model_that_is_not_there),
        cmocka_unit_test(a_model_called_a_bad_request),
        cmocka_unit_test(structured_output_that_does_not_work),
        cmocka_unit_test(what_is_switched_off),
        cmocka_unit_test(trouble_of_the_provider),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
