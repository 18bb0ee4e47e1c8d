/* A file that a person broke must not stop the daemon, hide other files, or be used half. */
#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/file.h"
#include "support.h"

struct folder {
    char path[64], second[80];
};

static int make_folder(void **state)
{
    struct folder *f = calloc(1, sizeof(*f));
    assert_non_null(f);
    snprintf(f->path, sizeof(f->path), "%s/council-test-XXXXXX",
             getenv("TMPDIR") && strlen(getenv("TMPDIR")) < 30 ? getenv("TMPDIR") : "/tmp");
    assert_non_null(mkdtemp(f->path));
    snprintf(f->second, sizeof(f->second), "%s/second", f->path);
    *state = f;
    return 0;
}

static void remove_tree(const char *path)
{
    char command[256];
    snprintf(command, sizeof(command), "rm -rf '%s'", path);
    assert_int_equal(system(command), 0);
}

static int remove_folder(void **state)
{
    struct folder *f = *state;
    remove_tree(f->path);
    free(f);
    return 0;
}

static void write_file(const char *directory, const char *name, const char *text, size_t len)
{
    char path[256], *slash;
    struct error err = {0};
    snprintf(path, sizeof(path), "%s/%s", directory, name);
    slash = strrchr(path, '/');
    *slash = '\0';
    assert_int_equal(file_make_dirs(path, 0700, &err), 0);
    *slash = '/';
    assert_int_equal(file_replace(AT_FDCWD, path, text, len, 0600, &err), 0);
}

static void write_text(const char *directory, const char *name, const char *text)
{
    char *copy = strdup(text);
    for (char *c = copy; *c; c++)
        if (*c == '\'')
            *c = '"';
    write_file(directory, name, copy, strlen(copy));
    free(copy);
}

static void assert_file_fault(const struct catalogue *c, const char *name, const char *code)
{
    const struct catalogue_fault *fault = catalogue_fault_of(c, CATALOGUE_COUNCILS, name);
    assert_non_null(fault);
    assert_string_equal(fault->code, code);
    assert_true(strlen(fault->message) > 5);
    assert_null(catalogue_get(c, CATALOGUE_COUNCILS, name));
}

static void loads_and_reports(void **state)
{
    struct folder *f = *state;
    struct catalogue *c;
    struct error err = {0};
    write_text(f->path, "councils/good.json", "{'id': 'good', 'description': 'the first'}");
    write_text(f->path, "councils/also.json", "{'id': 'also'}");
    write_text(f->path, "councils/notes.txt", "not ours");
    write_text(f->path, "councils/.hidden.json", "nor this");
    write_text(f->path, "councils/text.json", "hello");
    write_text(f->path, "councils/list.json", "[]");
    write_text(f->path, "councils/twice.json", "{'id': 'twice', 'id': 'twice'}");
    write_text(f->path, "councils/renamed.json", "{'id': 'other'}");
    write_text(f->path, "councils/nul.json", "{'id': 'nul', 'name': 'a\\u0000'}");
    write_text(f->path, "councils/no name.json", "{'id': 'x'}");
    write_file(f->path, "councils/bytes.json", "{\"id\": \"\xff\"}", 11);
    write_text(f->path, "tools/find.json", "{'kind': 'docs', 'description': 'finds'}");
    write_text(f->second, "councils/good.json", "{'id': 'good', 'description': 'the second'}");
    write_text(f->second, "councils/text.json", "{'id': 'text'}");
    write_text(f->second, "councils/more.json", "{'id': 'more'}");
    const char *const directories[] = {f->path, "/nonexistent/catalogue", f->second};
    assert_int_equal(catalogue_load(directories, 3, &c, &err), 0);
    json_t *list = catalogue_list(c, CATALOGUE_COUNCILS);
    assert_json(list, "",
                "[{'name': 'also', 'description': ''}, {'name': 'good', 'description': 'the"
                " first'}, {'name': 'more', 'description': ''}]");
    assert_file_fault(c, "text", "invalid_json"); /* the earlier directory holds, faulty or not */
    assert_file_fault(c, "list", "wrong_type");
    assert_file_fault(c, "twice", "duplicate_key");
    assert_file_fault(c, "renamed", "id_name_mismatch");
    assert_file_fault(c, "nul", "invalid_json");
    assert_file_fault(c, "no name", "bad_id");
    assert_file_fault(c, "bytes", "invalid_json");
    assert_null(catalogue_fault(c, 7));
    assert_non_null(catalogue_get(c, CATALOGUE_TOOLS, "find"));
    json_decref(list);
    catalogue_free(c);
}

/* Whoever names a broken file is told what is wrong with it. */
static void faults_reach_the_council(void **state)
{
    struct folder *dir = *state;
    struct fixture f;
    struct error err = {0};
    fixture_init(&f, NULL);
    catalogue_free(f.catalogue);
    write_text(dir->path, "councils/text.json", "hello");
    write_text(dir->path, "profiles/p.json", "{'provider': 'mock', 'provider': 'mock'}");
    write_text(dir->path, "routers/all.json", "{");
    write_text(dir->path, "tools/t.json", "{'kind': 'docs', 'arg': 1}");
    const char *const directories[] = {dir->path};
    assert_int_equal(catalogue_load(directories, 1, &f.catalogue, &err), 0);
    f.context.catalogue = f.catalogue;
    assert_faults(&f, "'text'", " invalid_json");
    /* What is built in does not stand in for the file that has its name. */
    assert_faults(&f, "{" HEAD MEMBERS3 ", 'router': 'all', " ROUNDS "}", "/router invalid_json");
    assert_faults(&f,
                  "{" HEAD "'members': [{'id': 'a', 'provider': 'mock', 'model': 'x', 'profile':"
                  " 'p'}], 'rounds': [{'type': 'independent_analysis'}]}",
                  "/members/0/profile duplicate_key");
    assert_message_with(&f, "{" HEAD MEMBERS3 ", 'tools': ['t'], " ROUNDS "}",
                        "\"arg\" is no field of tool file. It knows: name, kind, ");
    fixture_release(&f);
}

static void too_large(void **state)
{
    struct folder *f = *state;
    struct catalogue *c;
    struct error err = {0};
    size_t n = (4 << 20) + 1;
    char *text = malloc(n);
    memset(text, ' ', n);
    write_file(f->path, "councils/long.json", text, n);
    size_t end = (size_t)snprintf(text, n, "{\"id\": \"many\", \"x\": [0");
    for (int i = 0; i < 20000; i++)
        end += (size_t)snprintf(text + end, n - end, ",0");
    end += (size_t)snprintf(text + end, n - end, "]}");
    write_file(f->path, "councils/many.json", text, end);
    memset(text, '[', 60);
    memset(text + 60, ']', 60);
    char deep[160];
    int len = snprintf(deep, sizeof(deep), "{\"id\":\"deep\",\"x\":%.*s}", 120, text);
    write_file(f->path, "councils/deep.json", deep, (size_t)len);
    free(text);
    const char *const directories[] = {f->path};
    assert_int_equal(catalogue_load(directories, 1, &c, &err), 0);
    assert_file_fault(c, "long", "document_too_large");
    assert_file_fault(c, "many", "document_too_large");
    assert_file_fault(c, "deep", "too_deep");
    catalogue_free(c);
}

static void from_json(void **state)
{
    (void)state;
    struct catalogue *c = NULL;
    struct error err = {0};
    json_t *bad = parse("{'nothing': {}}"), *list = parse("[]");
    assert_int_equal(catalogue_from_json(bad, &c, &err), -EINVAL);
    assert_int_equal(catalogue_from_json(list, &c, &err), -EINVAL);
    assert_int_equal(catalogue_from_json(NULL, &c, &err), 0);
    assert_null(catalogue_get(c, CATALOGUE_COUNCILS, "x"));
    assert_null(catalogue_get(NULL, CATALOGUE_COUNCILS, "x"));
    assert_int_equal(catalogue_kind_find("mappers"), CATALOGUE_MAPPERS);
    assert_int_equal(catalogue_kind_find("mapper"), -1);
    catalogue_free(c);
    json_decref(bad);
    json_decref(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(loads_and_reports, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(faults_reach_the_council, make_folder, remove_folder),
        cmocka_unit_test_setup_teardown(too_large, make_folder, remove_folder),
        cmocka_unit_test(from_json),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
