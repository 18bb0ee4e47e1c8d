#include "catalogue.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/file.h"
#include "ids.h"
#include "measure.h"
#include "proto/json/json_read.h"

enum { FILE_MAX = 4 << 20 };

struct owned_fault {
    struct catalogue_fault shown;
    char *name, *file, *message;
};

struct catalogue {
    json_t *kinds[CATALOGUE_KINDS];
    struct owned_fault *faults;
    size_t fault_count;
};

static const char *const NAMES[CATALOGUE_KINDS] = {
    [CATALOGUE_COUNCILS] = "councils", [CATALOGUE_AUTOS] = "autos",
    [CATALOGUE_PROFILES] = "profiles", [CATALOGUE_SCHEMAS] = "schemas",
    [CATALOGUE_ROUTERS] = "routers",   [CATALOGUE_ROUNDS] = "rounds",
    [CATALOGUE_MAPPERS] = "mappers",   [CATALOGUE_TOOLS] = "tools",
};

const char *catalogue_kind_name(enum catalogue_kind kind)
{
    return NAMES[kind];
}

int catalogue_kind_find(const char *name)
{
    for (int i = 0; i < CATALOGUE_KINDS; i++)
        if (strcmp(NAMES[i], name) == 0)
            return i;
    return -1;
}

void catalogue_free(struct catalogue *c)
{
    if (!c)
        return;
    for (int i = 0; i < CATALOGUE_KINDS; i++)
        json_decref(c->kinds[i]);
    for (size_t i = 0; i < c->fault_count; i++) {
        free(c->faults[i].name);
        free(c->faults[i].file);
        free(c->faults[i].message);
    }
    free(c->faults);
    free(c);
}

static struct catalogue *catalogue_new(void)
{
    struct catalogue *c = calloc(1, sizeof(*c));
    for (int i = 0; c && i < CATALOGUE_KINDS; i++) {
        c->kinds[i] = json_object();
        if (!c->kinds[i]) {
            catalogue_free(c);
            return NULL;
        }
    }
    return c;
}

static int add_fault(struct catalogue *c, enum catalogue_kind kind, const char *name,
                     const char *file, const char *code, const char *message)
{
    struct owned_fault *grown = reallocarray(c->faults, c->fault_count + 1, sizeof(*grown));
    if (!grown)
        return -ENOMEM;
    c->faults = grown;
    struct owned_fault f = {.name = strdup(name), .file = strdup(file), .message = strdup(message)};
    if (!f.name || !f.file || !f.message) {
        free(f.name);
        free(f.file);
        free(f.message);
        return -ENOMEM;
    }
    f.shown = (struct catalogue_fault){
        .kind = kind, .name = f.name, .file = f.file, .code = code, .message = f.message};
    c->faults[c->fault_count++] = f;
    return 0;
}

/* What is wrong with the document as a whole; the rest is told to who names it. NULL: nothing. */
static const char *document_fault(enum catalogue_kind kind, const char *name,
                                  const json_t *document, const char **ret_message)
{
    if (!json_is_object(document)) {
        *ret_message = "The file must hold one JSON object.";
        return "wrong_type";
    }
    struct measure m = measure_value(document);
    if (m.values > COUNCIL_VALUES_MAX) {
        *ret_message = "The document has more than 20000 values.";
        return "document_too_large";
    }
    if (m.depth > COUNCIL_DEPTH_MAX) {
        *ret_message = "The document is nested more than 48 levels deep.";
        return "too_deep";
    }
    bool has_id = kind == CATALOGUE_COUNCILS || kind == CATALOGUE_AUTOS;
    json_t *id = json_object_get(document, has_id ? "id" : "name");
    if (!has_id && kind != CATALOGUE_TOOLS)
        return NULL;
    if (json_is_string(id) && strcmp(json_string_value(id), name) != 0) {
        *ret_message = "The id in the document and the name of the file differ: give both the "
                       "same name.";
        return "id_name_mismatch";
    }
    return NULL;
}

static int parse(struct catalogue *c, enum catalogue_kind kind, const char *name, const char *file,
                 const char *text, size_t len)
{
    json_error_t e;
    json_t *document = NULL;
    int r = json_read(text, len, &document, &e);
    if (r == -EINVAL) {
        bool twice = json_error_code(&e) == json_error_duplicate_key;
        char message[JSON_ERROR_TEXT_LENGTH + 64];
        snprintf(message, sizeof(message), "Line %d, column %d: %s", e.line, e.column, e.text);
        return add_fault(c, kind, name, file, twice ? "duplicate_key" : "invalid_json", message);
    }
    if (r < 0)
        return r;
    const char *message = NULL;
    const char *code = document_fault(kind, name, document, &message);
    if (code) {
        json_decref(document);
        return add_fault(c, kind, name, file, code, message);
    }
    return json_object_set_new(c->kinds[kind], name, document) < 0 ? -ENOMEM : 0;
}

static int load_file(struct catalogue *c, enum catalogue_kind kind, int dir_fd,
                     const char *file_name, const char *file, const char *name)
{
    _cleanup_free_ char *text = NULL;
    size_t len = 0;
    struct error err = {0};
    if (!id_valid(name))
        return add_fault(c, kind, name, file, "bad_id", "The file's name is no id.");
    int r = file_read(dir_fd, file_name, FILE_MAX, &text, &len, &err);
    if (r == -ENOMEM)
        return r;
    if (r == -EFBIG)
        return add_fault(c, kind, name, file, "document_too_large",
                         "The file is longer than 4 MiB.");
    if (r < 0)
        return add_fault(c, kind, name, file, "invalid_json", err.text);
    return parse(c, kind, name, file, text, len);
}

/* One directory entry. Files of other names (hidden, back-ups) are none of ours. */
static int load_entry(struct catalogue *c, enum catalogue_kind kind, int dir_fd, const char *folder,
                      const char *entry)
{
    size_t len = strlen(entry);
    if (entry[0] == '.' || len < 6 || strcmp(entry + len - 5, ".json") != 0)
        return 0;
    _cleanup_free_ char *name = strndup(entry, len - 5);
    _cleanup_free_ char *file = NULL;
    if (!name || asprintf(&file, "%s/%s", folder, entry) < 0) {
        file = NULL;
        return -ENOMEM;
    }
    if (json_object_get(c->kinds[kind], name) || catalogue_fault_of(c, kind, name))
        return 0; /* an earlier directory has it */
    return load_file(c, kind, dir_fd, entry, file, name);
}

static int load_folder(struct catalogue *c, enum catalogue_kind kind, const char *directory,
                       struct error *err)
{
    _cleanup_free_ char *folder = NULL;
    if (asprintf(&folder, "%s/%s", directory, NAMES[kind]) < 0) {
        folder = NULL;
        return error_set(err, ENOMEM, "out of memory");
    }
    DIR *dir = opendir(folder);
    if (!dir && (errno == ENOENT || errno == ENOTDIR))
        return 0;
    if (!dir)
        return error_errno(err, errno, "catalogue folder %s", folder);
    int r = 0;
    struct dirent *entry;
    while (r == 0 && (entry = readdir(dir)))
        r = load_entry(c, kind, dirfd(dir), folder, entry->d_name);
    closedir(dir);
    return r < 0 ? error_set(err, -r, "out of memory") : 0;
}

int catalogue_load(const char *const *directories, size_t count, struct catalogue **ret,
                   struct error *err)
{
    struct catalogue *c = catalogue_new();
    if (!c)
        return error_set(err, ENOMEM, "out of memory");
    for (size_t i = 0; i < count; i++) {
        for (enum catalogue_kind kind = 0; kind < CATALOGUE_KINDS; kind++) {
            int r = load_folder(c, kind, directories[i], err);
            if (r < 0) {
                catalogue_free(c);
                return r;
            }
        }
    }
    *ret = c;
    return 0;
}

static int take_kind(struct catalogue *c, const char *name, json_t *documents, struct error *err)
{
    int kind = catalogue_kind_find(name);
    if (kind < 0 || !json_is_object(documents))
        return error_set(err, EINVAL, "catalogue: \"%.40s\" is no folder of documents", name);
    if (json_object_update(c->kinds[kind], documents) < 0)
        return error_set(err, ENOMEM, "out of memory");
    return 0;
}

int catalogue_from_json(const json_t *kinds, struct catalogue **ret, struct error *err)
{
    if (kinds && !json_is_object(kinds))
        return error_set(err, EINVAL, "catalogue: not an object");
    struct catalogue *c = catalogue_new();
    if (!c)
        return error_set(err, ENOMEM, "out of memory");
    const char *name;
    json_t *documents;
    json_object_foreach ((json_t *)kinds, name, documents) {
        int r = take_kind(c, name, documents, err);
        if (r < 0) {
            catalogue_free(c);
            return r;
        }
    }
    *ret = c;
    return 0;
}

json_t *catalogue_get(const struct catalogue *c, enum catalogue_kind kind, const char *name)
{
    return c ? json_object_get(c->kinds[kind], name) : NULL;
}

json_t *catalogue_all(const struct catalogue *c, enum catalogue_kind kind)
{
    return c ? c->kinds[kind] : NULL;
}

static int compare_names(const void *a, const void *b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static json_t *list_entry(const json_t *document, const char *name)
{
    const char *text = json_string_value(json_object_get(document, "description"));
    return json_pack("{s:s, s:s}", "name", name, "description", text ? text : "");
}

json_t *catalogue_list(const struct catalogue *c, enum catalogue_kind kind)
{
    json_t *documents = catalogue_all(c, kind);
    size_t count = json_object_size(documents), n = 0;
    _cleanup_free_ const char **names = calloc(count + 1, sizeof(*names));
    json_t *list = json_array();
    const char *name;
    json_t *document;
    if (!names || !list) {
        json_decref(list);
        return NULL;
    }
    json_object_foreach (documents, name, document) {
        names[n++] = name;
    }
    qsort(names, n, sizeof(*names), compare_names);
    for (size_t i = 0; i < n; i++) {
        if (json_array_append_new(list,
                                  list_entry(json_object_get(documents, names[i]), names[i])) < 0) {
            json_decref(list);
            return NULL;
        }
    }
    return list;
}

const struct catalogue_fault *catalogue_fault(const struct catalogue *c, size_t i)
{
    return c && i < c->fault_count ? &c->faults[i].shown : NULL;
}

const struct catalogue_fault *catalogue_fault_of(const struct catalogue *c,
                                                 enum catalogue_kind kind, const char *name)
{
    for (size_t i = 0; c && i < c->fault_count; i++)
        if (c->faults[i].shown.kind == kind && strcmp(c->faults[i].name, name) == 0)
            return &c->faults[i].shown;
    return NULL;
}
