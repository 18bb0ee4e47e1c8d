/* What is told of each file that cannot be used, word for word, and how large and how deep a good
 * one may be. */
#include <dirent.h>
#include <fcntl.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"
#include "support.h"

enum { LARGEST = 4 << 20 };

static char folder[64];

static void write_file(const char *name, const char *text, size_t len)
{
    char path[300];
    struct error err = {0};
    snprintf(path, sizeof path, "%s/%s", folder, name);
    char *slash = strrchr(path, '/');
    *slash = '\0';
    assert_int_equal(file_make_dirs(path, 0700, &err), 0);
    *slash = '/';
    assert_int_equal(file_replace(AT_FDCWD, path, text, len, 0600, &err), 0);
}

static int make_folder(void **state)
{
    (void)state;
    snprintf(folder, sizeof folder, "/tmp/councild-test-XXXXXX");
    return mkdtemp(folder) ? 0 : -1;
}

static void remove_files(const char *path)
{
    DIR *dir = opendir(path);
    for (struct dirent *e; dir && (e = readdir(dir));)
        if (strcmp(e->d_name, ".") != 0 && strcmp(e->d_name, "..") != 0) {
            char inside[400];
            snprintf(inside, sizeof inside, "%s/%s", path, e->d_name);
            remove_files(inside);
        }
    if (dir)
        closedir(dir);
    remove(path);
}

static int remove_folder(void **state)
{
    (void)state;
    remove_files(folder);
    return 0;
}

static struct catalogue *loaded(void)
{
    struct catalogue *c;
    struct error err = {0};
    const char *const directories[] = {folder};
    assert_int_equal(catalogue_load(directories, 1, &c, &err), 0);
    return c;
}

static const struct {
    const char *file, *text;
    enum catalogue_kind kind;
    const char *name, *code, *message; /* code NULL: it is taken */
} FILES[] = {
    {"councils/a.json", "{}", CATALOGUE_COUNCILS, "a", NULL, NULL},
    {"councils/b.json", "{\"id\": \"b\"}", CATALOGUE_COUNCILS, "b", NULL, NULL},
    {"councils/c.json", "{\"id\": 7}", CATALOGUE_COUNCILS, "c", NULL, NULL},
    {"councils/d.json", "{\"name\": \"x\"}", CATALOGUE_COUNCILS, "d", NULL, NULL},
    {"tools/a.json", "{\"id\": \"x\"}", CATALOGUE_TOOLS, "a", NULL, NULL},
    {"tools/b.json", "{\"name\": \"b\"}", CATALOGUE_TOOLS, "b", NULL, NULL},
    {"profiles/a.json", "{\"id\": \"x\", \"name\": \"y\"}", CATALOGUE_PROFILES, "a", NULL, NULL},
    {"schemas/a.json", "{\"id\": \"x\"}", CATALOGUE_SCHEMAS, "a", NULL, NULL},
    {"routers/a.json", "{}", CATALOGUE_ROUTERS, "a", NULL, NULL},
    {"rounds/a.json", "{}", CATALOGUE_ROUNDS, "a", NULL, NULL},
    {"mappers/a.json", "{}", CATALOGUE_MAPPERS, "a", NULL, NULL},
    {"autos/a.json", "{\"id\": \"a\"}", CATALOGUE_AUTOS, "a", NULL, NULL},
    {"autos/b.json", "{\"id\": \"a\"}", CATALOGUE_AUTOS, "b", "id_name_mismatch",
     "The id in the document and the name of the file differ: give both the same name."},
    {"councils/e.json", "{\"id\": \"E\"}", CATALOGUE_COUNCILS, "e", "id_name_mismatch",
     "The id in the document and the name of the file differ: give both the same name."},
    {"tools/c.json", "{\"name\": \"d\"}", CATALOGUE_TOOLS, "c", "id_name_mismatch",
     "The id in the document and the name of the file differ: give both the same name."},
    {"councils/f.json", "7", CATALOGUE_COUNCILS, "f", "invalid_json", NULL},
    {"councils/g.json", "[]", CATALOGUE_COUNCILS, "g", "wrong_type",
     "The file must hold one JSON object."},
    {"councils/h.json", "{\n \"a\": 1,\n \"a\": 2}", CATALOGUE_COUNCILS, "h", "duplicate_key",
     "Line 3, column 4: duplicate object key near '\"a\"'"},
    {"councils/i.json", "{\"a\": }", CATALOGUE_COUNCILS, "i", "invalid_json",
     "Line 1, column 7: unexpected token near '}'"},
    {"councils/-.json", "{}", CATALOGUE_COUNCILS, "-", "bad_id", "The file's name is no id."},
};

static void every_file(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof FILES / sizeof FILES[0]; i++)
        write_file(FILES[i].file, FILES[i].text, strlen(FILES[i].text));
    struct catalogue *c = loaded();
    size_t faults = 0;
    for (size_t i = 0; i < sizeof FILES / sizeof FILES[0]; i++) {
        const struct catalogue_fault *fault = catalogue_fault_of(c, FILES[i].kind, FILES[i].name);
        const json_t *document = catalogue_get(c, FILES[i].kind, FILES[i].name);
        assert_int_equal(document != NULL, FILES[i].code == NULL);
        assert_int_equal(fault != NULL, FILES[i].code != NULL);
        if (!fault)
            continue;
        char file[128];
        snprintf(file, sizeof file, "%s/%s", folder, FILES[i].file);
        assert_int_equal(fault->kind, FILES[i].kind);
        assert_string_equal(fault->name, FILES[i].name);
        assert_string_equal(fault->file, file);
        assert_string_equal(fault->code, FILES[i].code);
        if (FILES[i].message)
            assert_string_equal(fault->message, FILES[i].message);
        faults++;
    }
    assert_non_null(catalogue_fault(c, faults - 1));
    assert_null(catalogue_fault(c, faults));
    assert_null(catalogue_fault(NULL, 0));
    assert_null(catalogue_fault_of(NULL, CATALOGUE_COUNCILS, "e"));
    assert_null(catalogue_fault_of(c, CATALOGUE_PROFILES, "e"));
    catalogue_free(c);
    catalogue_free(NULL);
}

static void which_names_are_looked_at(void **state)
{
    (void)state;
    static const char *const OTHERS[] = {".json",  "a",       "a.jso",  "ajson",
                                         "a.JSON", ".a.json", "a.json~"};
    char name[64];
    for (size_t i = 0; i < sizeof OTHERS / sizeof OTHERS[0]; i++) {
        snprintf(name, sizeof name, "councils/%s", OTHERS[i]);
        write_file(name, "no", 2);
    }
    write_file("councils/z.json", "{}", 2);
    write_file("councils/y.json", "{\"description\": \"d\"}", 20);
    write_file("councils/x.json", "{\"description\": 1}", 18);
    struct catalogue *c = loaded();
    assert_null(catalogue_fault(c, 0));
    json_t *list = catalogue_list(c, CATALOGUE_COUNCILS);
    assert_json(list, "",
                "[{'name': 'x', 'description': ''}, {'name': 'y', 'description': 'd'},"
                " {'name': 'z', 'description': ''}]");
    json_decref(list);
    list = catalogue_list(NULL, CATALOGUE_COUNCILS);
    assert_json(list, "", "[]");
    json_decref(list);
    assert_int_equal(json_object_size(catalogue_all(c, CATALOGUE_COUNCILS)), 3);
    assert_null(catalogue_all(NULL, CATALOGUE_COUNCILS));
    catalogue_free(c);
}

static const struct catalogue_fault *fault_of(struct catalogue *c, const char *name)
{
    return catalogue_fault_of(c, CATALOGUE_PROFILES, name);
}

static void how_large_and_how_deep(void **state)
{
    (void)state;
    char *text = malloc(LARGEST + 2), name[64];
    memset(text, ' ', LARGEST + 2);
    memcpy(text, "{}", 2);
    write_file("profiles/largest.json", text, LARGEST);
    write_file("profiles/larger.json", text, LARGEST + 1);
    for (size_t values = 19999; values <= 20001; values++) { /* two are the object and the array */
        size_t n = (size_t)snprintf(text, 100, "{\"x\":[1");
        for (size_t i = 3; i < values; i++, n += 2)
            memcpy(text + n, ",1", 2);
        memcpy(text + n, "]}", 2);
        snprintf(name, sizeof name, "profiles/v%zu.json", values);
        write_file(name, text, n + 2);
    }
    for (size_t depth = 47; depth <= 49; depth++) {
        size_t n = (size_t)snprintf(text, 100, "{\"x\":");
        memset(text + n, '[', depth - 1);
        memset(text + n + depth - 1, ']', depth - 1);
        text[n + 2 * (depth - 1)] = '}';
        snprintf(name, sizeof name, "profiles/d%zu.json", depth);
        write_file(name, text, n + 2 * (depth - 1) + 1);
    }
    free(text);
    struct catalogue *c = loaded();
    assert_null(fault_of(c, "largest"));
    assert_string_equal(fault_of(c, "larger")->code, "document_too_large");
    assert_string_equal(fault_of(c, "larger")->message, "The file is longer than 4 MiB.");
    assert_null(fault_of(c, "v19999"));
    assert_null(fault_of(c, "v20000"));
    assert_string_equal(fault_of(c, "v20001")->code, "document_too_large");
    assert_string_equal(fault_of(c, "v20001")->message, "The document has more than 20000 values.");
    assert_null(fault_of(c, "d47"));
    assert_null(fault_of(c, "d48"));
    assert_string_equal(fault_of(c, "d49")->code, "too_deep");
    assert_string_equal(fault_of(c, "d49")->message,
                        "The document is nested more than 48 levels deep.");
    catalogue_free(c);
}

/* A folder that is not there, or is a file, holds nothing; one that cannot be opened is told. */
static void folders_that_are_none(void **state)
{
    (void)state;
    char path[120], text[200];
    struct catalogue *c = NULL;
    struct error err = {0};
    const char *const directories[] = {"/nonexistent/catalogue", folder};
    write_file("autos", "no folder", 9);
    write_file("tools/t.json", "{}", 2);
    const int before = dup(STDERR_FILENO);
    close(before);
    assert_int_equal(catalogue_load(directories, 2, &c, &err), 0);
    assert_null(catalogue_fault(c, 0));
    assert_non_null(catalogue_get(c, CATALOGUE_TOOLS, "t"));
    catalogue_free(c);
    c = NULL;
    snprintf(path, sizeof path, "%s/mappers", folder);
    assert_int_equal(symlink(path, path), 0); /* leads to itself */
    assert_int_equal(catalogue_load(directories, 2, &c, &err), -ELOOP);
    snprintf(text, sizeof text, "catalogue folder %s: %s", path, strerror(ELOOP));
    assert_string_equal(err.text, text);
    assert_null(c);
    const int after = dup(STDERR_FILENO);
    close(after);
    assert_int_equal(after, before); /* none stays open */
}

static void what_is_no_catalogue(void **state)
{
    (void)state;
    static const struct {
        const char *text, *why;
    } ROWS[] = {{"[]", "catalogue: not an object"},
                {"{'council': {}}", "catalogue: \"council\" is no folder of documents"},
                {"{'councils': []}", "catalogue: \"councils\" is no folder of documents"}};
    static const char *const KINDS[] = {"councils", "autos",  "profiles", "schemas",
                                        "routers",  "rounds", "mappers",  "tools"};
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        struct catalogue *c = NULL;
        struct error err = {0};
        json_t *json = parse(ROWS[i].text);
        assert_int_equal(catalogue_from_json(json, &c, &err), -EINVAL);
        assert_string_equal(err.text, ROWS[i].why);
        assert_null(c);
        json_decref(json);
    }
    for (int i = 0; i < CATALOGUE_KINDS; i++) {
        assert_string_equal(catalogue_kind_name((enum catalogue_kind)i), KINDS[i]);
        assert_int_equal(catalogue_kind_find(KINDS[i]), i);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(every_file, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(which_names_are_looked_at, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(how_large_and_how_deep, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(folders_that_are_none, make_folder, remove_folder),
        cmocka_unit_test(what_is_no_catalogue),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
