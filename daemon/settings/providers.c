#include "providers.h"

#include <errno.h>
#include <inttypes.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include "common/cleanup.h"
#include "proto/council/tables/format_kinds.h"
#include "proto/field.h"
#include "proto/fields_tree.h"
#include "proto/json/json_make.h"

enum { NAME_LEN_MAX = 64, IN_FLIGHT_MAX = 1000 };

struct providers {
    json_t *document;
};

/* ---- what one provider may hold ---- */

static bool has_control(const char *text)
{
    for (; *text; text++)
        if ((unsigned char)*text < ' ' || *text == 0x7f)
            return true;
    return false;
}

static bool is_url(const char *text, size_t len)
{
    (void)len;
    const bool scheme = strncmp(text, "https://", 8) == 0 || strncmp(text, "http://", 7) == 0;
    return scheme && text[strcspn(text, " ?#")] == '\0' && !has_control(text);
}

/* It goes into a URL. */
static bool is_version(const char *text, size_t len)
{
    (void)len;
    static const char PLAIN[] = "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ-.";
    return *text && text[strspn(text, PLAIN)] == '\0';
}

static bool is_line(const char *text, size_t len)
{
    return len > 0 && !has_control(text);
}

static bool is_path(const char *text, size_t len)
{
    (void)len;
    return text[0] == '/';
}

static bool is_wire_format(const char *text, size_t len)
{
    (void)len;
    return format_kind_find(text) != NULL;
}

static const struct field_form WIRE_FORMAT = {"the name of a wire format", NULL, is_wire_format};
static const struct field_form URL = {"an http or https URL without a query", NULL, is_url};
static const struct field_form LINE = {"a string that is not empty", NULL, is_line};
static const struct field_form PATH = {"an absolute path", NULL, is_path};
static const struct field_form VERSION = {"made of letters, digits, - and .", NULL, is_version};

#define TEXT(member, of, text)                                                                     \
    {                                                                                              \
        .name = (member), .type = FIELD_TEXT, .flags = FIELD_NULLABLE, .form = &(of),              \
        .doc = (text)                                                                              \
    }

/* Nothing is unpacked: the document goes on as it is. null removes a member. */
static const struct field PROVIDER_MEMBERS[] = {
    TEXT("type", WIRE_FORMAT, "its wire format"),
    TEXT("base_url", URL, "where it is"),
    TEXT("key_env", LINE, "under which name its key is found"),
    {"headers", FIELD_STRING_MAP, FIELD_NULLABLE, .doc = "sent with every request"},
    {"max_in_flight", FIELD_INT, FIELD_NULLABLE, .min = 1, .max = IN_FLIGHT_MAX,
     .doc = "requests at a time within one run"},
    TEXT("proxy", LINE, "through which it is reached"),
    TEXT("ca_file", PATH, "certificates to trust"),
    TEXT("client_cert", PATH, "of the runner"),
    TEXT("client_key", PATH, "of the runner"),
    {"stream", FIELD_BOOL, FIELD_NULLABLE, .doc = "false: the wire is not streamed"},
    {"json_schema", FIELD_BOOL, FIELD_NULLABLE,
     .doc = "false: schemas are asked for in the prompt"},
    TEXT("api_version", VERSION, "openai: Azure's form of the path and of the key"),
    TEXT("site_url", URL, "openrouter: who asks"),
    TEXT("title", LINE, "openrouter: who asks"),
    FIELDS_END,
};

static bool is_header_name(const char *text)
{
    static const char TOKEN[] = "!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyz"
                                "ABCDEFGHIJKLMNOPQRSTUVWXYZ";
    return *text && text[strspn(text, TOKEN)] == '\0';
}

static bool are_headers(const json_t *value)
{
    const char *name;
    json_t *header;
    if (!json_is_object(value))
        return false;
    json_object_foreach ((json_t *)value, name, header) {
        if (!is_header_name(name) || !json_is_string(header) ||
            has_control(json_string_value(header)))
            return false;
    }
    return true;
}

static int check_members(const char *provider, const json_t *members, struct error *err)
{
    const json_t *sent = json_object_get(members, "headers");
    struct field_fault fault;
    int r = fields_update_tree(PROVIDER_MEMBERS, members, NULL, &fault);

    if (r == -EBADMSG && fault.kind == FIELD_FAULT_UNKNOWN)
        return error_set(err, EINVAL, "providers: %s: unknown key %s", provider, fault.field);
    if (r == -EBADMSG && fault.field[0] != '/')
        return error_set(err, EINVAL, "providers: %s: %s", provider, fault.message);
    if (r == -ENOMEM)
        return error_errno(err, ENOMEM, "providers");
    if (sent && !json_is_null(sent) && !are_headers(sent))
        return error_set(
            err, EINVAL,
            "providers: %s: headers must be an object of header names and their values", provider);
    return 0;
}

static const struct {
    const char *name;
    const char *type;
    const char *base_url;
    const char *key_env;
} BUILT_IN[] = {
    {"mock", "mock", NULL, NULL},
    {"openai", "openai", "https://api.openai.com/v1", "OPENAI_API_KEY"},
    {"openai_responses", "openai_responses", "https://api.openai.com/v1", "OPENAI_API_KEY"},
    {"anthropic", "anthropic", "https://api.anthropic.com/v1", "ANTHROPIC_API_KEY"},
    {"gemini", "gemini", "https://generativelanguage.googleapis.com/v1beta", "GEMINI_API_KEY"},
    {"openrouter", "openrouter", "https://openrouter.ai/api/v1", "OPENROUTER_API_KEY"},
    {"deepseek", "openai", "https://api.deepseek.com/v1", "DEEPSEEK_API_KEY"},
    {"groq", "openai", "https://api.groq.com/openai/v1", "GROQ_API_KEY"},
    {"mistral", "openai", "https://api.mistral.ai/v1", "MISTRAL_API_KEY"},
    {"ollama", "ollama", "http://localhost:11434", NULL},
};

/* ---- merging ---- */

static int check_name(const char *name, struct error *err)
{
    const size_t len = strlen(name);
    if (len >= 1 && len <= NAME_LEN_MAX && !has_control(name))
        return 0;
    return error_set(err, EINVAL, "providers: a name must have 1 to %d characters", NAME_LEN_MAX);
}

/* json_pack takes a text that it has no memory for as one that is not given. */
static bool put_text(json_t *one, const char *name, const char *text)
{
    return !text || json_put(one, name, json_string(text));
}

static json_t *built_in_one(size_t i)
{
    json_t *one = json_object();
    return json_done(one, one && put_text(one, "type", BUILT_IN[i].type) &&
                              put_text(one, "base_url", BUILT_IN[i].base_url) &&
                              put_text(one, "key_env", BUILT_IN[i].key_env));
}

static json_t *built_in(void)
{
    json_t *document = json_object();
    for (size_t i = 0; document && i < ARRAY_LEN(BUILT_IN); i++) {
        if (!json_put(document, BUILT_IN[i].name, built_in_one(i))) {
            json_decref(document);
            return NULL;
        }
    }
    return document;
}

static int set_member(json_t *one, const char *name, json_t *value)
{
    if (json_is_null(value)) {
        json_object_del(one, name);
        return 0;
    }
    const char *text = json_string_value(value);
    if (strcmp(name, "base_url") != 0 || !text)
        return json_object_set(one, name, value);
    size_t len = strlen(text);
    while (len > 0 && text[len - 1] == '/')
        len--;
    return json_object_set_new(one, name, json_stringn(text, len));
}

static int merge_one(json_t *document, const char *provider, const json_t *members,
                     struct error *err)
{
    const char *name;
    json_t *value;
    int r = check_name(provider, err);
    if (r < 0)
        return r;
    if (!json_is_object(members))
        return error_set(err, EINVAL, "providers: %s: must be an object", provider);
    json_t *one = json_object_get(document, provider);
    if (!one) {
        one = json_object();
        if (!json_put(document, provider, one))
            return error_errno(err, ENOMEM, "providers");
    }
    r = check_members(provider, members, err);
    if (r < 0)
        return r;
    json_object_foreach ((json_t *)members, name, value)
        if (set_member(one, name, value) < 0)
            return error_errno(err, ENOMEM, "providers");
    const char *type = json_string_value(json_object_get(one, "type"));
    if (!type)
        return error_set(err, EINVAL, "providers: %s: type is missing", provider);
    const struct format_kind *format = format_kind_find(type);
    if (format && format->flags & FORMAT_NETWORK && !json_object_get(one, "base_url"))
        return error_set(err, EINVAL, "providers: %s: base_url is missing", provider);
    return 0;
}

int providers_new(const json_t *configured, struct providers **ret, struct error *err)
{
    const char *name;
    json_t *members;
    struct providers *providers = calloc(1, sizeof *providers);
    if (providers)
        providers->document = built_in();
    if (!providers || !providers->document) {
        providers_free(providers);
        return error_errno(err, ENOMEM, "providers");
    }
    json_object_foreach ((json_t *)configured, name, members) {
        int r = merge_one(providers->document, name, members, err);
        if (r < 0) {
            providers_free(providers);
            return r;
        }
    }
    *ret = providers;
    return 0;
}

void providers_free(struct providers *providers)
{
    if (!providers)
        return;
    json_decref(providers->document);
    free(providers);
}

const json_t *providers_document(const struct providers *providers)
{
    return providers->document;
}

static int hide(json_t *one)
{
    const char *header, *proxy = json_string_value(json_object_get(one, "proxy"));
    json_t *value;
    json_object_foreach (json_object_get(one, "headers"), header, value) {
        if (json_string_set(value, "***") < 0)
            return -ENOMEM;
    }
    /* It may hold a user's name and password. */
    if (proxy && strchr(proxy, '@') && !json_put(one, "proxy", json_string("***")))
        return -ENOMEM;
    return 0;
}

json_t *providers_public(const struct providers *providers)
{
    const char *name;
    json_t *one;
    json_t *copy = json_deep_copy(providers->document);
    /* Without memory a member may be missing, and jansson does not tell. */
    if (copy && !json_equal(copy, providers->document)) {
        json_decref(copy);
        return NULL;
    }
    json_object_foreach (copy, name, one) {
        if (hide(one) < 0) {
            json_decref(copy);
            return NULL;
        }
    }
    return copy;
}

/* ---- keys ---- */

int providers_load_keys(const struct providers *providers, struct keys *keys, struct error *err)
{
    const char *name;
    json_t *one;
    json_object_foreach (providers->document, name, one) {
        const char *key_env = json_string_value(json_object_get(one, "key_env"));
        int r = key_env ? keys_load(keys, key_env, err) : 0;
        if (r < 0) {
            error_wrap(err, "providers: %s", name);
            return r;
        }
    }
    return 0;
}

json_t *providers_keys(const json_t *some, const struct keys *keys)
{
    const char *name;
    json_t *one;
    json_t *result = json_object();
    json_object_foreach ((json_t *)some, name, one) {
        const char *key_env = json_string_value(json_object_get(one, "key_env"));
        const char *key = key_env ? keys_get(keys, key_env) : NULL;
        if (!key || json_object_get(result, key_env))
            continue;
        if (!json_put(result, key_env, json_string(key))) {
            providers_wipe(result);
            return NULL;
        }
    }
    return result;
}

void providers_wipe(json_t *secrets)
{
    const char *name;
    json_t *value;
    json_object_foreach (secrets, name, value) {
        if (json_is_string(value))
            explicit_bzero((char *)json_string_value(value), json_string_length(value));
    }
    json_decref(secrets);
}
