/* A library that is loaded only behind the filter may find what it needs shut. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/buf.h"
#include "common/cleanup.h"
#include "runner/sandbox/name_service.h"

static void lines_in_use(void **state)
{
    (void)state;
    static const char *const ROWS[][2] = {
        {"hosts: files dns\n", "files dns "},
        {"# hosts: none\npasswd: files\nhosts:\tfiles myhostname\tdns # last\n",
         "files myhostname dns "},
        {"hosts: mymachines resolve [!UNAVAIL=return] files myhostname dns",
         "mymachines resolve files myhostname dns "},
        {"  hosts:files mdns4_minimal [NOTFOUND=return] dns mdns4",
         "files mdns4_minimal dns mdns4 "},
        {"hosts: files[SUCCESS=return]dns\nnetworks: files db", "files dns "},
        {"hosts:\nnetworks: files", ""},
        {"hosts: [broken", ""},
        {"networks: files", ""},
        {"", ""},
    };
    for (size_t i = 0; i < ARRAY_LEN(ROWS); i++) {
        struct buf all = BUF_INIT(1000);
        char name[64];
        for (size_t n = 0; name_service_find(ROWS[i][0], n, name, sizeof name); n++)
            assert_int_equal(buf_addf(&all, "%s ", name), 0);
        assert_string_equal(all.len ? buf_str(&all) : "", ROWS[i][1]);
        buf_release(&all);
    }
}

static void long_names_are_none(void **state)
{
    (void)state;
    char name[4];
    assert_true(name_service_find("hosts: dns", 0, name, sizeof name));
    assert_false(name_service_find("hosts: files", 0, name, sizeof name));
}

/* Libraries stay, and nothing of it is lost. */
static void loading_twice_is_fine(void **state)
{
    (void)state;
    name_service_load();
    name_service_load();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(lines_in_use),
        cmocka_unit_test(long_names_are_none),
        cmocka_unit_test(loading_twice_is_fine),
    };
    return cmocka_run_group_tests_name("name_service", tests, NULL, NULL);
}
