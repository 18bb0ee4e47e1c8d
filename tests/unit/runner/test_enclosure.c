/* A port or a file too few and a provider is out of reach of every run; one too many and a
 * taken-over runner reaches it. */
#include <errno.h>
#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "runner/enclosure.h"
#include "runner/sandbox/name_service.h"

/* The Makefile links this program with --wrap for what stands here: nothing is closed in. */
static char said[1024];
static int result;

void __wrap_name_service_load(void);
struct closing *__wrap_closing_new(const char *ca_dir);
void __wrap_closing_add_url(struct closing *c, const char *url);
void __wrap_closing_add_file(struct closing *c, const char *path);
int __wrap_closing_enforce(struct closing *c, const struct sandbox_policy *policy,
                           struct sandbox_state *ret, struct error *err);

static struct closing *const C = (struct closing *)(void *)said;

static void note(const char *what, const char *which)
{
    size_t len = strlen(said);
    if (which)
        snprintf(said + len, sizeof said - len, "%s=%s ", what, which);
}

void __wrap_name_service_load(void)
{
    note("names", "");
}

struct closing *__wrap_closing_new(const char *ca_dir)
{
    note("new", ca_dir ? ca_dir : "none");
    return C;
}

void __wrap_closing_add_url(struct closing *c, const char *url)
{
    assert_ptr_equal(c, C);
    note("url", url);
}

void __wrap_closing_add_file(struct closing *c, const char *path)
{
    assert_ptr_equal(c, C);
    note("file", path);
}

int __wrap_closing_enforce(struct closing *c, const struct sandbox_policy *policy,
                           struct sandbox_state *ret, struct error *err)
{
    note("enforce", c ? "c" : "nothing");
    *ret = (struct sandbox_state){.mode = policy->mode, .landlock = 5, .files = true};
    return result < 0 ? error_set(err, -result, "no sandbox") : 0;
}

static json_t *read_tree(const char *text)
{
    json_t *tree = json_loads(text, 0, NULL);
    assert_non_null(tree);
    return tree;
}

static void certificates_of_the_system_are_for_who_needs_them(void **state)
{
    (void)state;
    static const struct {
        const char *providers;
        bool needed;
    } ROWS[] = {
        {"{}", false},
        {"{'a':{'type':'mock'}}", false},
        {"{'a':{'type':'openai'}}", true},
        {"{'a':{'type':'openai','base_url':''}}", true},
        {"{'a':{'type':'openai','base_url':'http://127.0.0.1/v1'}}", false},
        {"{'a':{'type':'openai','base_url':'HTTPS://127.0.0.1/v1'}}", true},
        {"{'a':{'type':'openai','base_url':'httpsx://127.0.0.1/v1'}}", false},
        {"{'a':{'type':'openai','ca_file':'/ca.pem'}}", false},
        {"{'a':{'type':'openai','ca_file':'/ca.pem','proxy':'https://p:1'}}", true},
        {"{'a':{'type':'openai','ca_file':'/ca.pem','proxy':'http://p:1'}}", false},
        {"{'a':{'type':'openai'},'b':{'type':'mock'}}", true},
        {"{'b':{'type':'mock'},'a':{'type':'openai'}}", true},
        {"{'a':{'type':'nobody'}}", false},
        {"{'a':{}}", false},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        char text[128];
        snprintf(text, sizeof text, "%s", ROWS[i].providers);
        for (char *c = text; (c = strchr(c, '\''));)
            *c = '"';
        json_t *providers = read_tree(text);
        said[0] = '\0';
        assert_ptr_equal(enclosure_prepare(providers), C);
        if (strcmp(said, ROWS[i].needed ? "names= new=/etc/ssl/certs " : "names= new=none ") != 0)
            fail_msg("%s: %s", text, said);
        json_decref(providers);
    }
    said[0] = '\0';
    assert_ptr_equal(enclosure_prepare(NULL), C);
    assert_string_equal(said, "names= new=/etc/ssl/certs ");
}

static void what_providers_say_is_let_through(void **state)
{
    (void)state;
    struct sandbox_policy policy = {.mode = SANDBOX_STRICT};
    struct error err = {0};
    json_t *providers = read_tree(
        "{\"a\":{\"type\":\"openai\",\"base_url\":\"http://h:1/\",\"proxy\":\"http://p:2\","
        "\"ca_file\":\"/ca\",\"client_cert\":\"/cert\",\"client_key\":\"/key\",\"api_key_file\":"
        "\"/no\"},\"b\":{\"type\":\"anthropic\"},\"c\":{\"type\":\"mock\"}}");
    said[0] = '\0';
    result = 0;
    json_t *told = enclosure_enforce(C, &policy, providers, &err);
    assert_string_equal(said, "url=http://h:1/ url=http://p:2 file=/ca file=/cert file=/key "
                              "url=https://api.anthropic.com/v1 enforce=c ");
    assert_string_equal(json_string_value(json_object_get(told, "mode")), "strict");
    assert_int_equal(json_integer_value(json_object_get(told, "landlock")), 5);
    json_decref(told);
    said[0] = '\0';
    told = enclosure_enforce(NULL, &policy, providers, &err);
    assert_string_equal(said, "enforce=nothing ");
    assert_non_null(told);
    json_decref(told);
    result = -EPERM;
    assert_null(enclosure_enforce(C, &policy, providers, &err));
    assert_string_equal(err.text, "no sandbox");
    json_decref(providers);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(certificates_of_the_system_are_for_who_needs_them),
        cmocka_unit_test(what_providers_say_is_let_through),
    };
    return cmocka_run_group_tests_name("enclosure", tests, NULL, NULL);
}
