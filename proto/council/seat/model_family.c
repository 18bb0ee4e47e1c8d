#include "model_family.h"

#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "proto/fields.h"
#include "proto/fields_tree.h"

const char *const TOKEN_FIELD_NAMES[] = {"max_tokens", "max_completion_tokens", NULL};
static const char *const RESPONSES_NAMES[] = {"never", "tools", "always", NULL};

/* ---- versions ---- */

struct version {
    int major, minor;
};

/* A number where the name goes on; -1: there is none. What is longer is a date, or no version as
 * Azure's gpt-35. */
static int version_part(const char **at)
{
    enum { LARGEST = 30 };
    char *end;
    long n = isdigit((unsigned char)**at) ? strtol(*at, &end, 10) : -1;
    if (n < 0 || n > LARGEST)
        return -1;
    *at = end;
    return (int)n;
}

/* At the beginning of the text; false: there is none. */
static bool read_version(const char *text, struct version *ret)
{
    const char *at = text;
    *ret = (struct version){version_part(&at), 0};
    if (ret->major < 0 || !strchr(".-", *at)) /* its end is in there too */
        return false;
    if (*at)
        at++, ret->minor = version_part(&at);
    if (ret->minor < 0)
        ret->minor = 0;
    return true;
}

static bool is_below(struct version a, struct version b)
{
    return a.major < b.major || (a.major == b.major && a.minor < b.minor);
}

/* ---- the rows ---- */

static bool is_version(const char *text, size_t len)
{
    struct version v;
    return strspn(text, "0123456789.") == len && read_version(text, &v);
}

static bool is_filled(const char *text, size_t len)
{
    (void)text;
    return len > 0;
}

static bool is_date(const char *text, size_t len)
{
    static const char FORM[] = "dddd-dd-dd";
    for (size_t i = 0; i < len && i < sizeof(FORM); i++)
        if (FORM[i] == 'd' ? !isdigit((unsigned char)text[i]) : text[i] != FORM[i])
            return false;
    return len == sizeof(FORM) - 1;
}

static const struct field_form VERSION = {"a version, \"5\" or \"4.7\"", NULL, is_version};
static const struct field_form FILLED = {"a string that is not empty", NULL, is_filled};
static const struct field_form DATE = {"a date, YYYY-MM-DD", NULL, is_date};

struct family_row {
    char *prefix, *from, *before, *contains, *note;
    struct model_family family;
};

#define TEXT(member, of, marks, text)                                                              \
    {                                                                                              \
        .name = #member, .type = FIELD_TEXT, .flags = (marks), .form = &(of),                      \
        .offset = offsetof(struct family_row, member), .doc = (text)                               \
    }
#define KNOWN(as, member, kind, normal, ...)                                                       \
    {                                                                                              \
        .name = (as), .type = (kind), .def = (normal),                                             \
        .offset = offsetof(struct family_row, family.member), __VA_ARGS__                          \
    }

static const struct field ROW_FIELDS[] = {
    TEXT(prefix, FILLED, FIELD_REQUIRED, "of the name"),
    TEXT(from, VERSION, 0, "the first version that belongs to it"),
    TEXT(before, VERSION, 0, "the first that does not any more"),
    TEXT(contains, FILLED, 0, "somewhere in the name"),
    TEXT(note, FILLED, 0, "for people"),
    KNOWN("max_tokens", token_field, FIELD_WORD, TOKEN_FIELD_ANSWER, .words = TOKEN_FIELD_NAMES,
          .doc = "its name in chat completions"),
    KNOWN("responses", responses, FIELD_WORD, RESPONSES_NEVER, .words = RESPONSES_NAMES,
          .doc = "what goes to /responses"),
    KNOWN("sampling", sampling, FIELD_BOOL, true, .doc = "takes temperature, top_p and top_k"),
    KNOWN("reasoning", reasoning, FIELD_BOOL, false, .doc = "has reasoning to be given back"),
    KNOWN("json_schema", json_schema, FIELD_BOOL, true, .doc = "can be held to a schema"),
    KNOWN("context", context, FIELD_INT, 0, .max = INT32_MAX, .doc = "tokens in all"),
    FIELDS_END,
};

struct family_file {
    int64_t schema_version;
    char *date;
    json_t *families;
};

static const struct field FILE_FIELDS[] = {
    {"schema_version", FIELD_INT, FIELD_REQUIRED, offsetof(struct family_file, schema_version), 1,
     1, .doc = "1"},
    {"date", FIELD_TEXT, FIELD_REQUIRED, offsetof(struct family_file, date), .form = &DATE,
     .doc = "as of when"},
    {"families", FIELD_ARRAY, FIELD_REQUIRED, offsetof(struct family_file, families),
     .doc = "the first that fits holds"},
    FIELDS_END,
};

/* ---- checking ---- */

static int refuse(struct error *err, const char *where, const struct field_fault *fault)
{
    if (fault->kind == FIELD_FAULT_UNKNOWN)
        return error_set(err, EINVAL, "%sunknown field %s", where, fault->field);
    return error_set(err, EINVAL, "%s%s", where, fault->message);
}

static int check_row(const json_t *row, size_t i, struct error *err)
{
    char where[40];
    struct family_row out = {0};
    struct field_fault fault;
    snprintf(where, sizeof(where), "families[%zu]: ", i);
    if (!json_is_object(row))
        return error_set(err, EINVAL, "%smust be an object", where);
    int r = fields_update_tree(ROW_FIELDS, row, &out, &fault);
    fields_release(ROW_FIELDS, &out);
    return r == -EBADMSG ? refuse(err, where, &fault) : r;
}

int model_families_check(const json_t *document, struct error *err)
{
    struct family_file out = {0};
    struct field_fault fault;
    const json_t *row;
    size_t i;
    if (!json_is_object(document))
        return error_set(err, EINVAL, "must be an object");
    int r = fields_update_tree(FILE_FIELDS, document, &out, &fault);
    fields_release(FILE_FIELDS, &out);
    if (r < 0)
        return r == -EBADMSG ? refuse(err, "", &fault) : r;
    json_array_foreach (json_object_get(document, "families"), i, row) {
        r = check_row(row, i, err);
        if (r < 0)
            return r;
    }
    return 0;
}

/* ---- finding ---- */

static bool fits(const json_t *row, const char *name)
{
    const char *prefix = json_string_value(json_object_get(row, "prefix"));
    const char *from = json_string_value(json_object_get(row, "from"));
    const char *before = json_string_value(json_object_get(row, "before"));
    const char *part = json_string_value(json_object_get(row, "contains"));
    struct version has, bound;
    size_t len = prefix ? strlen(prefix) : 0;
    if (!prefix || strncmp(name, prefix, len) != 0 || (part && !strstr(name + len, part)))
        return false;
    if (!from && !before)
        return true;
    if (!read_version(name + len, &has) || (from && !read_version(from, &bound)))
        return false;
    if (from && is_below(has, bound))
        return false;
    return !before || (read_version(before, &bound) && is_below(has, bound));
}

int model_family_find(const json_t *families, const char *model, struct model_family *ret)
{
    const char *slash = strrchr(model, '/');
    struct family_row out = {0};
    struct field_fault fault;
    const json_t *row;
    size_t i;
    int r = 0;
    fields_defaults(ROW_FIELDS, &out);
    json_array_foreach (families, i, row)
        if (fits(row, slash ? slash + 1 : model)) {
            r = fields_update_tree(ROW_FIELDS, row, &out, &fault);
            break;
        }
    *ret = out.family;
    fields_release(ROW_FIELDS, &out);
    return r == -ENOMEM ? r : 0;
}
