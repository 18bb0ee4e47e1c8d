/* Who may connect and what each may do: an entry that is misread gives a stranger the keys, or
 * locks out whom it should let in. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "daemon/settings/people.h"
#include "failing.h"

static struct people *people;

static int teardown(void **state)
{
    (void)state;
    people_free(people);
    people = NULL;
    return 0;
}

static int read_list(const char *text, gid_t access_gid, struct error *err)
{
    json_t *list = json_loads(text, 0, NULL);
    assert_non_null(list);
    int r = people_new(list, access_gid, &people, err);
    json_decref(list);
    return r;
}

static void let_in(const char *text, gid_t access_gid)
{
    struct error err = {0};
    people_free(people);
    people = NULL;
    if (read_list(text, access_gid, &err) < 0)
        fail_msg("%s: %s", text, err.text);
}

/* "ask nightly many", "none" */
static const char *what_may(uid_t uid, gid_t gid, const gid_t *groups, size_t count)
{
    static char text[256];
    struct person person;
    if (!people_find(people, uid, gid, groups, count, &person))
        return "none";
    snprintf(text, sizeof text, "%s%s%s%s", role_name(person.role), person.registry ? " " : "",
             person.registry ? person.registry : "", person.many ? " many" : "");
    return text;
}

enum { STRANGER = 47110, THEIRS = 50000, NO_GROUP = -1 };

static void without_entries_root_and_the_own_uid_operate(void **state)
{
    (void)state;
    assert_int_equal(people_new(NULL, (gid_t)-1, &people, NULL), 0);
    assert_int_equal(people_socket_mode(people), 0600);
    assert_string_equal(what_may(0, 1, NULL, 0), "operate");
    assert_string_equal(what_may(geteuid(), 1, NULL, 0), "operate");
    assert_string_equal(what_may(STRANGER, 0, NULL, 0), "none");
    let_in("[]", (gid_t)-1);
    assert_int_equal(people_socket_mode(people), 0600);
}

static void the_access_group_operates(void **state)
{
    (void)state;
    static const gid_t GROUPS[] = {1, 2, THEIRS};
    let_in("[]", THEIRS);
    assert_int_equal(people_socket_mode(people), 0660);
    assert_string_equal(what_may(STRANGER, THEIRS, NULL, 0), "operate");
    assert_string_equal(what_may(STRANGER, 3, GROUPS, 3), "operate");
    assert_string_equal(what_may(STRANGER, 3, GROUPS, 2), "none");
}

static void an_entry_of_the_user_beats_those_of_groups(void **state)
{
    (void)state;
    static const gid_t GROUPS[] = {THEIRS};
    let_in("[{\"group\":\"50000\",\"role\":\"operate\"},{\"user\":\"47110\",\"role\":\"look\"}]",
           THEIRS);
    assert_int_equal(people_socket_mode(people), 0666);
    assert_string_equal(what_may(STRANGER, THEIRS, GROUPS, 1), "look");
    assert_string_equal(what_may(STRANGER + 1, 1, GROUPS, 1), "operate");
    assert_string_equal(what_may(THEIRS, 1, NULL, 0),
                        "none"); /* a number of a user is none of a group */
    assert_string_equal(what_may(1, STRANGER, NULL, 0), "none");
}

static void of_groups_the_highest_role_counts(void **state)
{
    (void)state;
    static const gid_t GROUPS[] = {51, 52, 53};
    let_in("[{\"group\":\"51\",\"role\":\"look\"},{\"group\":\"52\",\"role\":\"ask\",\"registry\":"
           "\"first\"},{\"group\":\"53\",\"role\":\"ask\",\"registry\":\"second\",\"many\":true}]",
           THEIRS);
    assert_string_equal(what_may(STRANGER, 51, NULL, 0), "look");
    assert_string_equal(what_may(STRANGER, 1, GROUPS, 3), "ask first");
    assert_string_equal(what_may(STRANGER, 53, GROUPS, 1), "ask second many");
    assert_string_equal(what_may(STRANGER, THEIRS, GROUPS, 3), "operate");
}

/* What one of the groups has beside its role is not lost to the group that operates anyway. */
static void of_groups_that_operate_the_entry_counts(void **state)
{
    (void)state;
    static const gid_t GROUPS[] = {THEIRS};
    let_in("[{\"group\":\"51\",\"role\":\"operate\",\"registry\":\"first\"},"
           "{\"group\":\"52\",\"role\":\"ask\",\"registry\":\"second\",\"many\":true}]",
           THEIRS);
    assert_string_equal(what_may(STRANGER, 51, GROUPS, 1), "operate first");
    assert_string_equal(what_may(STRANGER, 52, GROUPS, 1), "operate");
    assert_string_equal(what_may(STRANGER, 52, NULL, 0), "ask second many");
}

static void root_cannot_be_made_less(void **state)
{
    (void)state;
    let_in("[{\"user\":\"root\",\"role\":\"look\",\"registry\":\"x\"}]", (gid_t)-1);
    assert_string_equal(what_may(0, 0, NULL, 0), "operate");
}

static void names_and_numbers_are_known(void **state)
{
    (void)state;
    let_in("[{\"group\":\"root\",\"role\":\"ask\"}]", (gid_t)-1);
    assert_string_equal(what_may(STRANGER, 0, NULL, 0), "ask");
    let_in("[{\"user\":\"4294967294\",\"role\":\"ask\"}]", (gid_t)-1);
    assert_string_equal(what_may(4294967294U, 1, NULL, 0), "ask");
}

static void what_is_wrong_is_named(void **state)
{
    (void)state;
    static const struct {
        const char *list, *told;
    } CASES[] = {
        {"[5]", "access: entry 0 must be an object"},
        {"[{\"role\":\"ask\"}]", "access: entry 0 must have user or group, one of them"},
        {"[{\"user\":\"0\",\"group\":\"0\",\"role\":\"ask\"}]",
         "access: entry 0 must have user or group, one of them"},
        {"[{\"user\":\"0\"}]", "access: entry 0: role: is missing"},
        {"[{\"user\":\"0\",\"role\":\"ask\"},{\"user\":\"1\",\"role\":\"own\"}]",
         "access: entry 1: role: must be \"look\", \"ask\", \"operate\""},
        {"[{\"user\":\"0\",\"role\":\"ask\",\"rolle\":1}]", "access: entry 0: unknown key rolle"},
        {"[{\"user\":\"0\",\"role\":\"ask\",\"many\":1}]",
         "access: entry 0: many: must be boolean"},
        {"[{\"user\":\"\",\"role\":\"ask\"}]", "access: entry 0: user: must be "},
        {"[{\"user\":\"no such user\",\"role\":\"ask\"}]",
         "access: entry 0: there is no user no such user"},
        {"[{\"group\":\"4294967295\",\"role\":\"ask\"}]",
         "access: entry 0: there is no group 4294967295"},
        {"[{\"user\":\"-1\",\"role\":\"ask\"}]", "access: entry 0: there is no user -1"},
        {"[{\"user\":\"0\",\"role\":\"ask\",\"registry\":\"\"}]",
         "access: entry 0: registry: must be "},
        {"[{\"user\":\"root\",\"role\":\"ask\"},{\"group\":\"0\",\"role\":\"ask\"},"
         "{\"user\":\"0\",\"role\":\"look\"}]",
         "access: entry 2 names whom entry 0 names"},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct error err = {0};
        people = NULL;
        assert_int_equal(read_list(CASES[i].list, (gid_t)-1, &err), -EINVAL);
        if (strncmp(err.text, CASES[i].told, strlen(CASES[i].told)) != 0)
            fail_msg("%s: %s", CASES[i].list, err.text);
        assert_null(people);
    }
}

/* An entry whose members have so many bytes. */
static int read_long(size_t user, size_t registry, struct error *err)
{
    char name[300], home[300], text[700];
    memset(name, 'u', sizeof name);
    memset(home, 'r', sizeof home);
    snprintf(text, sizeof text, "[{\"user\":\"%.*s\",\"role\":\"ask\",\"registry\":\"%.*s\"}]",
             (int)user, name, (int)registry, home);
    people = NULL;
    return read_list(text, (gid_t)-1, err);
}

static void names_have_their_bounds(void **state)
{
    (void)state;
    static const struct {
        size_t user, registry;
        const char *told;
    } CASES[] = {
        {256, REGISTRY_MAX, "access: entry 0: there is no user uuuu"},
        {257, REGISTRY_MAX, "access: entry 0: user: must be "},
        {256, REGISTRY_MAX + 1, "access: entry 0: registry: must be "},
    };
    for (size_t i = 0; i < sizeof CASES / sizeof *CASES; i++) {
        struct error err = {0};
        assert_int_equal(read_long(CASES[i].user, CASES[i].registry, &err), -EINVAL);
        if (strncmp(err.text, CASES[i].told, strlen(CASES[i].told)) != 0)
            fail_msg("%s", err.text);
    }
}

static void without_memory_there_is_no_list(void **state)
{
    (void)state;
    json_t *list = json_loads("[{\"user\":\"5\",\"role\":\"ask\",\"registry\":\"r\"},"
                              "{\"group\":\"6\",\"role\":\"look\"}]",
                              0, NULL);
    int failed = 0;
    for (int k = 0; failing_next(&k);) {
        struct error err = {0};
        int r = people_new(list, (gid_t)-1, &people, &err);
        failing_stop();
        if (r < 0) {
            failed++;
            assert_int_equal(r, -ENOMEM);
            assert_non_null(strstr(err.text, "cannot read access"));
            assert_null(people);
        }
        people_free(people);
        people = NULL;
    }
    json_decref(list);
    assert_true(!FAILING_WORKS || failed > 3);
}

#define TEST(name) cmocka_unit_test_teardown(name, teardown)

static json_t *entry_of(int uid)
{
    char text[16];
    snprintf(text, sizeof text, "%d", uid);
    return json_pack("{s:s, s:s}", "user", text, "role", "look");
}

static void there_is_a_most_of_entries(void **state)
{
    (void)state;
    enum { MOST = 1000 };
    json_t *list = json_array();
    struct error err = {0};
    for (int i = 0; i < MOST; i++)
        json_array_append_new(list, entry_of(60000 + i));
    assert_int_equal(people_new(list, (gid_t)-1, &people, &err), 0);
    assert_string_equal(what_may(60000 + MOST - 1, 1, NULL, 0), "look");
    people_free(people);
    people = NULL;
    json_array_append_new(list, entry_of(60000 + MOST));
    assert_int_equal(people_new(list, (gid_t)-1, &people, &err), -EINVAL);
    assert_string_equal(err.text, "access: at most 1000 entries");
    assert_null(people);
    json_decref(list);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(without_entries_root_and_the_own_uid_operate),
        TEST(the_access_group_operates),
        TEST(an_entry_of_the_user_beats_those_of_groups),
        TEST(of_groups_the_highest_role_counts),
        TEST(of_groups_that_operate_the_entry_counts),
        TEST(root_cannot_be_made_less),
        TEST(names_and_numbers_are_known),
        TEST(what_is_wrong_is_named),
        TEST(names_have_their_bounds),
        TEST(there_is_a_most_of_entries),
        TEST(without_memory_there_is_no_list),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
