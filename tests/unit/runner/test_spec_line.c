/* What the first line of a run says beside its council: members, addresses that may be connected
 * to, and whatever in it is a secret. */
#include <arpa/inet.h>
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "runner/link/spec_line.h"
#include "runner/net/egress.h"

static json_t *tree(const char *text)
{
    json_t *value = json_loads(text, 0, NULL);
    assert_non_null(value);
    return value;
}

/* The line borrows from the text, which the caller frees behind it. */
static char *parse(struct link_down *line, const char *members)
{
    char *text = xasprintf("{\"type\":\"spec\",\"v\":1,\"run_id\":\"r\"%s}", members);
    assert_int_equal(link_parse_down(text, strlen(text), line, NULL), 0);
    return text;
}

/* ---- secrets ---- */

static void what_is_secret_in_a_configuration(void **state)
{
    (void)state;
    static const struct {
        const char *config, *text, *shown;
    } CASES[] = {
        {"{}", "proxy-user:proxy-word", "proxy-user:proxy-word"},
        {"{\"proxy\":\"http://proxy-host-name:80\"}", "proxy-host-name", "proxy-host-name"},
        {"{\"proxy\":\"http://proxy-user:proxy-word@host\"}", "of proxy-word, host http",
         "of " REDACTED_KEY ", host http"},
        {"{\"proxy\":\"http://proxy-user:proxy-word@host\"}", "proxy-user", "proxy-user"},
        {"{\"proxy\":\"http://proxy-user:proxy-word@host\"}", "proxy-user:proxy-word",
         REDACTED_KEY},
        {"{\"proxy\":\"proxy-user:proxy-word@host\"}", "(proxy-word)", "(" REDACTED_KEY ")"},
        {"{\"proxy\":\"http://lone-proxy-user@host\"}", "lone-proxy-user!", REDACTED_KEY "!"},
        {"{\"proxy\":\"http://u:first-at@second-at@host\"}", "first-at@second-at", REDACTED_KEY},
        {"{\"proxy\":\"lone-proxy-user@host//x\"}", "lone-proxy-user", REDACTED_KEY},
        {"{\"headers\":{\"X-One\":\"header-value-1\",\"X-Two\":\"header-value-2\"}}",
         "X-One header-value-1 header-value-2", "X-One " REDACTED_KEY " " REDACTED_KEY},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        struct secrets *s = secrets_new();
        char *text = xasprintf("{\"first\":{},\"house\":%s}", CASES[i].config);
        json_t *providers = tree(text), *keys = tree("{\"K\":\"the-key-itself\"}");
        spec_learn_secrets(s, keys, providers);
        char *shown = secrets_redact_text(s, CASES[i].text);
        char *key = secrets_redact_text(s, "a the-key-itself b");
        assert_string_equal(shown, CASES[i].shown);
        assert_string_equal(key, "a " REDACTED_KEY " b");
        free(shown);
        free(key);
        free(text);
        json_decref(keys);
        json_decref(providers);
        secrets_free(s);
    }
}

/* ---- addresses ---- */

static bool permits(const struct egress *e, const char *address)
{
    struct sockaddr_in a = {.sin_family = AF_INET};
    struct sockaddr_in6 b = {.sin6_family = AF_INET6};
    if (inet_pton(AF_INET, address, &a.sin_addr) == 1)
        return egress_permits(e, (struct sockaddr *)&a);
    assert_int_equal(inet_pton(AF_INET6, address, &b.sin6_addr), 1);
    return egress_permits(e, (struct sockaddr *)&b);
}

/* A range that councild should have refused allows nobody. */
static void addresses_that_may_be_reached(void **state)
{
    (void)state;
    static const struct {
        const char *members;
        bool ten, other, six;
    } CASES[] = {
        {"", true, true, true},
        {",\"allow_addresses\":[\"10.0.0.0/8\"]", true, false, false},
        {",\"deny_addresses\":[\"10.0.0.0/8\"]", false, true, true},
        {",\"allow_addresses\":[\"10.0.0.0/8\",\"fd00::/8\"]", true, false, true},
        {",\"deny_addresses\":[\"192.0.2.0/24\",\"fd00::/8\"]", true, false, false},
        {",\"deny_addresses\":[\"nowhere\"]", false, false, false},
        {",\"deny_addresses\":[1]", false, false, false},
        {",\"allow_addresses\":[\"fd00::/8\",7]", false, false, true},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(CASES[0]); i++) {
        struct link_down line;
        char *text = parse(&line, CASES[i].members);
        struct egress *e = spec_egress(&line);
        bool ten = permits(e, "10.1.2.3"), other = permits(e, "192.0.2.7"),
             six = permits(e, "fd00::1");
        if (ten != CASES[i].ten || other != CASES[i].other || six != CASES[i].six)
            fail_msg("%s: %d %d %d", CASES[i].members, ten, other, six);
        egress_free(e);
        link_down_release(&line);
        free(text);
    }
}

/* ---- members ---- */

static void members_of_the_line(void **state)
{
    (void)state;
    struct link_down line;
    char *whole = parse(&line, ",\"a\":{\"b\":[1]},\"n\":null,\"t\":true");
    json_t *a = spec_member(&line, "a"), *n = spec_member(&line, "n");
    char *text = j_dump(a);
    assert_string_equal(text, "{\"b\":[1]}");
    assert_true(json_is_null(n));
    assert_null(spec_member(&line, "b"));
    assert_null(spec_member(&line, ""));
    free(text);
    json_decref(a);
    json_decref(n);
    link_down_release(&line);
    free(whole);
}

static void a_refusal_says_why(void **state)
{
    (void)state;
    struct spec_refusal refusal = {.code = "old"};
    assert_int_equal(spec_refuse(&refusal, NULL, "%s of %d", "one", 2), -EINVAL);
    assert_string_equal(refusal.message, "one of 2");
    assert_null(refusal.code);
    assert_int_equal(spec_refuse(&refusal, "code", "%0600d", 7), -EINVAL);
    assert_int_equal(strlen(refusal.message), sizeof(refusal.message) - 1);
    assert_string_equal(refusal.code, "code");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_secret_in_a_configuration),
        cmocka_unit_test(addresses_that_may_be_reached),
        cmocka_unit_test(members_of_the_line),
        cmocka_unit_test(a_refusal_says_why),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
