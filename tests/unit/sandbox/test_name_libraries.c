/* Which libraries of the name service are loaded before a run is closed in: those that the system
 * names, from where the system keeps them, and no others. The Makefile links this program with
 * --wrap for what stands here. */
#include <dlfcn.h>
#include <errno.h>
#include <netdb.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include <cmocka.h>

#include "common/file.h"
#include "common/xalloc.h"
#include "runner/sandbox/name_service.h"

static struct {
    const char *configuration; /* NULL: there is none */
    char log[1000];
} machine;

__attribute__((format(printf, 1, 2))) static void note(const char *format, ...)
{
    va_list args;
    size_t used = strlen(machine.log);
    va_start(args, format);
    vsnprintf(machine.log + used, sizeof(machine.log) - used, format, args);
    va_end(args);
}

int __wrap_file_read(int dir, const char *path, size_t max, char **ret, size_t *ret_len,
                     struct error *err);
void *__wrap_dlopen(const char *name, int flags);
int __wrap_getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                       struct addrinfo **ret);
void __wrap_freeaddrinfo(struct addrinfo *found);

int __wrap_file_read(int dir, const char *path, size_t max, char **ret, size_t *ret_len,
                     struct error *err)
{
    (void)dir, (void)err;
    assert_string_equal(path, "/etc/nsswitch.conf");
    assert_int_equal(max, 65536);
    if (!machine.configuration)
        return -ENOENT;
    *ret = xstrdup(machine.configuration);
    *ret_len = strlen(*ret);
    return 0;
}

void *__wrap_dlopen(const char *name, int flags)
{
    note("%s%s ", name, flags == RTLD_NOW ? "" : " otherwise");
    return NULL;
}

static struct addrinfo found_one;
static bool finds;

/* libc loads what it has of its own when it is asked. */
int __wrap_getaddrinfo(const char *name, const char *service, const struct addrinfo *hints,
                       struct addrinfo **ret)
{
    assert_int_equal(hints->ai_family, AF_UNSPEC);
    assert_int_equal(hints->ai_socktype, SOCK_STREAM);
    note("asks %s:%s", name, service);
    *ret = finds ? &found_one : NULL;
    return finds ? 0 : EAI_NONAME;
}

void __wrap_freeaddrinfo(struct addrinfo *found)
{
    assert_ptr_equal(found, &found_one);
    note(" freed");
}

static void what_the_system_names_is_loaded(void **state)
{
    (void)state;
    static const struct {
        const char *configuration, *log;
    } ROWS[] = {
        {NULL, ""},
        {"", ""},
        {"hosts: files dns\n", ""},
        {"hosts: files mymachines dns resolve\n", "libnss_mymachines.so.2 libnss_resolve.so.2 "},
        {"hosts: db\npasswd: sss\n", "libnss_db.so.2 "},
        {"hosts: ../../tmp/evil /tmp/evil db\n", "libnss_db.so.2 "},
        {"hosts: a23456789012345678901234567890123456789012345678901234567890123 db\n",
         "libnss_a23456789012345678901234567890123456789012345678901234567890123.so.2 "
         "libnss_db.so.2 "},
        {"hosts: a234567890123456789012345678901234567890123456789012345678901234 db\n", ""},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(*ROWS); i++) {
        char expected[300];
        finds = i % 2;
        machine.configuration = ROWS[i].configuration;
        machine.log[0] = '\0';
        name_service_load();
        snprintf(expected, sizeof(expected), "%sasks localhost:443%s", ROWS[i].log,
                 finds ? " freed" : "");
        assert_string_equal(machine.log, expected);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_the_system_names_is_loaded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
