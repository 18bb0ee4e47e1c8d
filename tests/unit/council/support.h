/* What the tests of the council document share: a context with some providers and a catalogue, and
 * ways to say which faults a document must have. */
#ifndef TESTS_UNIT_COUNCIL_SUPPORT_H
#define TESTS_UNIT_COUNCIL_SUPPORT_H

#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>
#include <jansson.h>

#include "proto/council/document.h"

struct fixture {
    json_t *providers, *prices, *files, *defaults, *budget;
    struct catalogue *catalogue;
    struct council_context context;
};

/* JSON with ' for ", so that documents stay readable in C. */
static inline json_t *parse(const char *text)
{
    char *copy = strdup(text);
    json_error_t e;
    assert_non_null(copy);
    for (char *c = copy; *c; c++)
        if (*c == '\'')
            *c = '"';
    json_t *value = json_loads(copy, JSON_DECODE_ANY | JSON_ALLOW_NUL | JSON_REJECT_DUPLICATES, &e);
    if (!value)
        print_error("%s\nat %d: %s\n", copy, e.position, e.text);
    free(copy);
    assert_non_null(value);
    return value;
}

/* `files` is {kind: {name: document}} or NULL. */
static inline void fixture_init(struct fixture *f, const char *files)
{
    *f = (struct fixture){
        .providers = parse("{'mock': {'type': 'mock'}, 'openai': {'type': 'openai'},"
                           " 'openrouter': {'type': 'openrouter'}, 'anthropic': {'type':"
                           " 'anthropic'}, 'gemini': {'type': 'gemini'}}"),
        .prices = parse("{'openai/gpt': {'input': 2, 'output': 8, 'date': '2026-11-01'},"
                        " 'cheap': {'input': 0.1, 'output': 0.2, 'cached_input': 0.05}}"),
        .files = parse(files ? files : "{}"),
    };
    assert_int_equal(catalogue_from_json(f->files, &f->catalogue, NULL), 0);
    f->context = (struct council_context){
        .catalogue = f->catalogue, .providers = f->providers, .prices = f->prices};
}

static inline void fixture_release(struct fixture *f)
{
    catalogue_free(f->catalogue);
    json_decref(f->providers);
    json_decref(f->prices);
    json_decref(f->files);
    json_decref(f->defaults);
    json_decref(f->budget);
}

static inline void print_faults(const struct council_faults *faults)
{
    for (size_t i = 0; i < faults->council.count; i++)
        print_error("  %s %s %s\n", faults->council.at[i].path, faults->council.at[i].code,
                    faults->council.at[i].message);
    if (faults->option_field)
        print_error("  option %s %s\n", faults->option_field, faults->option_message);
}

/* Resolves; the plan is the caller's. Fails the test when the council is refused. */
static inline struct council_plan resolve_with(struct fixture *f, const char *council,
                                               const char *options)
{
    struct council_plan plan;
    struct council_faults faults;
    json_t *document = parse(council), *opts = options ? parse(options) : NULL;
    struct council_request request = {.council = document, .options = opts};
    int r = council_resolve(&f->context, &request, &plan, &faults);
    if (r < 0)
        print_error("%s\n", council);
    print_faults(&faults);
    assert_int_equal(r, 0);
    council_faults_release(&faults);
    json_decref(document);
    json_decref(opts);
    return plan;
}

/* Exactly these faults, as "path code" lines in order, each message non-empty. */
static inline void assert_faults_with(struct fixture *f, const char *council, const char *options,
                                      const char *expected)
{
    struct council_plan plan;
    struct council_faults faults;
    json_t *document = parse(council), *opts = options ? parse(options) : NULL;
    struct council_request request = {.council = document, .options = opts};
    char got[16384] = "";
    size_t len = 0;
    int r = council_resolve(&f->context, &request, &plan, &faults);
    for (size_t i = 0; i < faults.council.count && len < sizeof(got); i++) {
        const struct fault *one = &faults.council.at[i];
        len += (size_t)snprintf(got + len, sizeof(got) - len, "%s%s %s", i ? "\n" : "", one->path,
                                one->code);
        assert_true(strlen(one->message) > 10);
    }
    if (strcmp(got, expected) != 0) {
        print_error("%s\n", council);
        print_faults(&faults);
    }
    assert_string_equal(got, expected);
    assert_int_equal(r, -EINVAL);
    council_faults_release(&faults);
    json_decref(document);
    json_decref(opts);
}

/* The message of some fault holds this text. */
static inline void assert_message_with(struct fixture *f, const char *council, const char *text)
{
    struct council_plan plan;
    struct council_faults faults;
    json_t *document = parse(council);
    struct council_request request = {.council = document};
    bool found = false;
    assert_int_equal(council_resolve(&f->context, &request, &plan, &faults), -EINVAL);
    for (size_t i = 0; i < faults.council.count; i++)
        found |= strstr(faults.council.at[i].message, text) != NULL;
    if (!found)
        print_faults(&faults);
    assert_true(found);
    council_faults_release(&faults);
    json_decref(document);
}

static inline void assert_faults(struct fixture *f, const char *council, const char *expected)
{
    assert_faults_with(f, council, NULL, expected);
}

static inline json_t *at(const json_t *value, const char *pointer)
{
    char key[128];
    while (value && *pointer == '/') {
        size_t n = strcspn(++pointer, "/");
        snprintf(key, sizeof(key), "%.*s", (int)n, pointer);
        pointer += n;
        value = json_is_array(value) ? json_array_get(value, (size_t)strtol(key, NULL, 10))
                                     : json_object_get(value, key);
    }
    return (json_t *)value;
}

static inline void assert_json(const json_t *value, const char *pointer, const char *expected)
{
    json_t *want = parse(expected), *got = at(value, pointer);
    if (!json_equal(want, got)) {
        char *text = got ? json_dumps(got, JSON_ENCODE_ANY) : NULL;
        print_error("%s is %s, not %s\n", pointer, text ? text : "absent", expected);
        free(text);
    }
    assert_true(json_equal(want, got));
    json_decref(want);
}

#define MEMBERS3                                                                                   \
    "'members': [{'id': 'a', 'provider': 'mock', 'model': 'x'}, {'id': 'b', 'provider': 'mock', "  \
    "'model': 'y'}, {'id': 'c', 'provider': 'mock', 'model': 'z'}]"
#define CHAIR_MOCK "'chair': {'provider': 'mock', 'model': 'w'}"
#define HEAD       "'schema_version': 1, 'id': 't', "
#define ROUNDS     "'rounds': [{'type': 'independent_analysis'}]"
#define CHAIRED(round)                                                                             \
    "{" HEAD MEMBERS3 ", " CHAIR_MOCK ", 'rounds': [{'type': 'independent_analysis'}, " round "]}"

#endif
