#include "secrets.h"

#include <ctype.h>
#include <stdint.h>
#include <string.h>

#include "common/cleanup.h"
#include "common/jx.h"
#include "common/keybox.h"
#include "common/xalloc.h"
#include "secret_forms.h"

enum { SHORTEST = 8 };

struct secret {          /* one form of one key */
    const char *plain;   /* as it is */
    const char *escaped; /* as it stands in a JSON string */
};

struct secrets {
    struct keybox *box;
    struct secret *list;
    size_t count;
    const char **kept; /* others, in the box too */
    size_t kept_count;
};

struct secrets *secrets_new(void)
{
    struct secrets *s = xcalloc(1, sizeof(*s));
    s->box = xcheck(keybox_new());
    keybox_prepare(s->box);
    return s;
}

static void wipe(char *text)
{
    if (text)
        explicit_bzero(text, strlen(text));
    free(text);
}

void secrets_free(struct secrets *s)
{
    if (!s)
        return;
    keybox_free(s->box);
    free(s->list);
    free(s->kept);
    free(s);
}

static const char *find(const struct secrets *s, const char *form)
{
    for (size_t i = 0; i < s->count; i++)
        if (!strcmp(s->list[i].plain, form))
            return s->list[i].plain;
    return NULL;
}

static const char *put_away(struct secrets *s, const char *text)
{
    return xcheck(keybox_add(s->box, text, strlen(text)));
}

const char *secrets_keep(struct secrets *s, const char *text)
{
    const char *there = find(s, text);
    for (size_t i = 0; !there && i < s->kept_count; i++)
        there = strcmp(s->kept[i], text) ? NULL : s->kept[i];
    if (there)
        return there;
    s->kept = xrealloc(s->kept, (s->kept_count + 1) * sizeof(*s->kept));
    return s->kept[s->kept_count++] = put_away(s, text);
}

static void add_form(void *context, char *form)
{
    struct secrets *s = context;
    if (!find(s, form)) {
        char *escaped = secret_in_json(form);
        s->list = xrealloc(s->list, (s->count + 1) * sizeof(*s->list));
        s->list[s->count++] =
            (struct secret){.plain = put_away(s, form), .escaped = put_away(s, escaped)};
        wipe(escaped);
    }
    wipe(form);
}

void secrets_add(struct secrets *s, const char *text)
{
    /* A row of digits could stand in any number. */
    if (!text || strlen(text) < SHORTEST || strspn(text, "0123456789.") == strlen(text))
        return;
    secret_forms(text, add_form, s);
}

static void each_string(json_t *tree, void (*use)(void *, json_t *), void *context)
{
    const char *name;
    json_t *value;
    size_t i;
    if (json_is_string(tree))
        use(context, tree);
    json_object_foreach (tree, name, value)
        each_string(value, use, context);
    json_array_foreach (tree, i, value)
        each_string(value, use, context);
}

static void add_one(void *context, json_t *value)
{
    secrets_add(context, json_string_value(value));
}

void secrets_add_all(struct secrets *s, json_t *tree)
{
    each_string(tree, add_one, s);
}

static void wipe_one(void *context, json_t *value)
{
    (void)context;
    explicit_bzero((char *)json_string_value(value), json_string_length(value));
}

void secrets_wipe_tree(json_t *tree)
{
    each_string(tree, wipe_one, NULL);
}

/* ---- replacing ---- */

static bool replace(struct buf *text, const char *what)
{
    size_t len = strlen(what), from = 0;
    bool any = false;
    for (;;) {
        char *at = text->len > from ? memmem(text->at + from, text->len - from, what, len) : NULL;
        if (!at)
            return any;
        struct buf out = BUF_INIT(SIZE_MAX / 4);
        size_t before = (size_t)(at - text->at);
        if (buf_add(&out, text->at, before) < 0 || buf_add_str(&out, REDACTED_KEY) < 0 ||
            buf_add(&out, at + len, text->len - before - len) < 0)
            xcheck(NULL);
        explicit_bzero(text->at, text->len);
        out.max = text->max;
        buf_release(text);
        *text = out;
        from = before + strlen(REDACTED_KEY);
        any = true;
    }
}

bool secrets_redact_line(const struct secrets *s, struct buf *line)
{
    bool any = false;
    for (size_t i = 0; i < s->count; i++)
        any |= replace(line, s->list[i].escaped);
    return any;
}

/* How much of the end of the text could be the beginning of this. */
static size_t begun(const char *text, size_t len, const char *what)
{
    size_t most = strlen(what) - 1;
    for (size_t n = len < most ? len : most; n; n--)
        if (!memcmp(text + len - n, what, n))
            return n;
    return 0;
}

size_t secrets_hold(const struct secrets *s, struct buf *text)
{
    size_t held = 0;
    for (size_t i = 0; i < s->count; i++)
        replace(text, s->list[i].plain);
    for (size_t i = 0; i < s->count; i++) {
        size_t n = begun(text->at, text->len, s->list[i].plain);
        held = n > held ? n : held;
    }
    return held;
}

static bool has_secret(const struct secrets *s, const char *text, size_t len)
{
    for (size_t i = 0; i < s->count; i++)
        if (memmem(text, len, s->list[i].plain, strlen(s->list[i].plain)))
            return true;
    return false;
}

static json_t *clean_string(const struct secrets *s, json_t *value)
{
    struct buf text = BUF_INIT(SIZE_MAX / 4);
    if (buf_add(&text, json_string_value(value), json_string_length(value)) < 0)
        xcheck(NULL);
    for (size_t i = 0; i < s->count; i++)
        replace(&text, s->list[i].plain);
    json_t *clean = xcheck(json_stringn(text.at, text.len));
    buf_release(&text);
    return clean;
}

/* A new reference: the value itself when it is clean. */
static json_t *clean_tree(const struct secrets *s, json_t *value, bool *any)
{
    const char *name;
    json_t *member;
    size_t i;
    if (json_is_string(value)) {
        if (!has_secret(s, json_string_value(value), json_string_length(value)))
            return json_incref(value);
        *any = true;
        return clean_string(s, value);
    }
    if (!json_is_object(value) && !json_is_array(value))
        return json_incref(value);
    json_t *copy = xcheck(json_is_object(value) ? json_object() : json_array());
    json_object_foreach (value, name, member) {
        _cleanup_free_ char *shown = NULL;
        if (has_secret(s, name, strlen(name))) {
            *any = true;
            shown = secrets_redact_text(s, name);
        }
        j_set(copy, shown ? shown : name, clean_tree(s, member, any));
    }
    json_array_foreach (value, i, member)
        j_add(copy, clean_tree(s, member, any));
    return copy;
}

bool secrets_redact_tree(const struct secrets *s, json_t **value)
{
    bool any = false;
    if (!s->count || !*value)
        return false;
    json_t *clean = clean_tree(s, *value, &any);
    if (any) {
        json_decref(*value);
        *value = clean;
    } else {
        json_decref(clean);
    }
    return any;
}

/* ---- what looks like a key ---- */

static size_t token_length(const char *text, const char *also)
{
    size_t len = 0;
    while (isalnum((unsigned char)text[len]) || (text[len] && strchr(also, text[len])))
        len++;
    return len;
}

/* The length of a key that begins here; 0: none does. */
static size_t key_length(const char *text)
{
    static const char *const BEGIN[] = {"sk-", "AIza", "ghp_", "AKIA"};
    for (size_t i = 0; i < ARRAY_LEN(BEGIN); i++) {
        size_t head = strlen(BEGIN[i]);
        if (!strncmp(text, BEGIN[i], head) && token_length(text + head, "_-*.") >= SHORTEST)
            return head + token_length(text + head, "_-*.");
    }
    if (!strncmp(text, "xox", 3) && isalnum((unsigned char)text[3]) && text[4] == '-')
        return 5 + token_length(text + 5, "-");
    if (!strncasecmp(text, "Bearer ", 7) && token_length(text + 7, "_-.~+/=") >= SHORTEST)
        return 7 + token_length(text + 7, "_-.~+/=");
    if (!strncmp(text, "-----BEGIN ", 11)) {
        const char *end = strstr(text, "PRIVATE KEY-----");
        const char *close = end ? strstr(end + 16, "PRIVATE KEY-----") : NULL;
        if (end)
            return close ? (size_t)(close + 16 - text) : strlen(text);
    }
    return 0;
}

char *secrets_redact_text(const struct secrets *s, const char *text)
{
    struct buf known = BUF_INIT(SIZE_MAX / 4), out = BUF_INIT(SIZE_MAX / 4);
    if (buf_add_str(&known, text) < 0)
        xcheck(NULL);
    for (size_t i = 0; i < s->count; i++)
        replace(&known, s->list[i].plain);
    const char *at = xcheck(buf_str(&known));
    bool inside = false; /* of a word: "risk-averse" is no key */
    while (*at) {
        size_t len = inside ? 0 : key_length(at);
        int r = len ? buf_add_str(&out, REDACTED_KEY) : buf_add_char(&out, *at);
        if (r < 0)
            xcheck(NULL);
        inside = !len && isalnum((unsigned char)*at);
        at += len ? len : 1;
    }
    buf_release(&known);
    return xcheck(buf_take(&out));
}
