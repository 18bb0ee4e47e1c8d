/* What no tool may see is told to the keeper by the one who knows where it lies. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "daemon/settings/config.h"
#include "daemon/settings/own_paths.h"

static void expect(const struct config *config, const char *text)
{
    json_t *own = own_paths(config);
    char *dump = json_dumps(own, JSON_COMPACT);
    assert_string_equal(dump, text);
    free(dump);
    json_decref(own);
}

static void state_socket_and_credentials(void **state)
{
    (void)state;
    struct config config = {.state_dir = (char *)"/var/lib/councild/t",
                            .socket = (char *)"/run/councild/t/sock",
                            .credentials_dir = (char *)"/run/councild/t/keys"};
    unsetenv("CREDENTIALS_DIRECTORY");
    expect(&config, "[\"/var/lib/councild/t\",\"/run/councild/t/keys\",\"/run/councild/t\"]");
    setenv("CREDENTIALS_DIRECTORY", "/run/credentials/x", 1);
    expect(&config, "[\"/var/lib/councild/t\",\"/run/councild/t/keys\",\"/run/credentials/x\","
                    "\"/run/councild/t\"]");
    setenv("CREDENTIALS_DIRECTORY", "", 1);
    expect(&(struct config){.state_dir = (char *)"/s"}, "[\"/s\"]");
}

/* Other than the keys of `key_env` they lie where their operator wants. */
static void keys_of_connections(void **state)
{
    (void)state;
    struct config config = {.providers =
                                json_pack("{s:{s:s, s:s, s:s}, s:{s:n, s:s}, s:n}", "a", "ca_file",
                                          "/ca", "client_cert", "/a.crt", "client_key", "/a.key",
                                          "b", "client_key", "base_url", "http://b", "c")};
    unsetenv("CREDENTIALS_DIRECTORY");
    expect(&config, "[\"/a.crt\",\"/a.key\"]");
    json_decref(config.providers);
}

/* A socket in the root folder makes nothing of everything. */
static void the_root_is_never_among_them(void **state)
{
    (void)state;
    unsetenv("CREDENTIALS_DIRECTORY");
    expect(&(struct config){.state_dir = (char *)"/s", .socket = (char *)"/sock"}, "[\"/s\"]");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(state_socket_and_credentials),
        cmocka_unit_test(keys_of_connections),
        cmocka_unit_test(the_root_is_never_among_them),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
