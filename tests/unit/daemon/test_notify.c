/* A service manager that is not told in its own words kills a daemon that works, or waits for one
 * that does not; variables that runners inherit let them speak in the daemon's name. */
#include <errno.h>
#include <setjmp.h>
#include <stddef.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/un.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "daemon/core/notify.h"
#include "daemon/os/sys.h"
#include "fixture.h"

static int manager = -1; /* the service manager's end */

static void listen_as(const char *name)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    const size_t len = strlen(name);
    memcpy(address.sun_path, name, len);
    if (name[0] == '@')
        address.sun_path[0] = '\0';
    manager = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    assert_int_equal(bind(manager, (const struct sockaddr *)&address,
                          (socklen_t)(offsetof(struct sockaddr_un, sun_path) + len)),
                     0);
    setenv("NOTIFY_SOCKET", name, 1);
}

static const char *received(void)
{
    static char text[1024];
    ssize_t n = recv(manager, text, sizeof text - 1, 0);
    text[n < 0 ? 0 : n] = '\0';
    return text;
}

static int64_t fixed_mono(void)
{
    return 123456789;
}

static void says_everything(struct notify *n)
{
    assert_int_equal(notify_ready(n, "serving\nREADY=0"), 0);
    assert_string_equal(received(), "READY=1\nSTATUS=serving READY=0");
    sys.mono_us = fixed_mono;
    assert_int_equal(notify_reloading(n), 0);
    assert_string_equal(received(), "RELOADING=1\nMONOTONIC_USEC=123456789");
    sys_reset();
    assert_int_equal(notify_stopping(n), 0);
    assert_string_equal(received(), "STOPPING=1");
    assert_int_equal(notify_status(n, "a\nb"), 0);
    assert_string_equal(received(), "STATUS=a b");
    assert_int_equal(notify_watchdog(n), 0);
    assert_string_equal(received(), "WATCHDOG=1");
    assert_int_equal(notify_extend(n, 90000000), 0);
    assert_string_equal(received(), "EXTEND_TIMEOUT_USEC=90000000");
}

static void speaks_to_abstract_and_path_sockets(void **state)
{
    (void)state;
    struct folder folder;
    char path[96];
    char abstract[64];
    folder_make(&folder);
    snprintf(path, sizeof path, "%s/notify", folder.path);
    snprintf(abstract, sizeof abstract, "@councild-unit-%d", (int)getpid());
    const char *names[] = {path, abstract};
    for (size_t i = 0; i < 2; i++) {
        struct notify n;
        listen_as(names[i]);
        assert_int_equal(notify_init(&n), 0);
        assert_null(getenv("NOTIFY_SOCKET"));
        says_everything(&n);
        notify_release(&n);
        close(manager);
    }
    folder_remove(&folder);
}

/* The longest name that there is room for is spoken to, and one byte more is not cut short. */
static void speaks_to_the_longest_name(void **state)
{
    (void)state;
    enum { MOST = sizeof((struct sockaddr_un *)0)->sun_path - 1 };
    struct folder folder;
    char name[MOST + 2];
    folder_make(&folder);
    for (int abstract = 0; abstract < 2; abstract++) {
        struct notify n;
        memset(name, 'x', MOST);
        name[MOST] = '\0';
        if (abstract)
            name[0] = '@';
        else
            memcpy(name + snprintf(name, MOST, "%s/", folder.path), "y", 1);
        listen_as(name);
        assert_int_equal(notify_init(&n), 0);
        assert_int_equal(notify_stopping(&n), 0);
        assert_string_equal(received(), "STOPPING=1");
        notify_release(&n);
        assert_int_equal(n.fd, -1);
        close(manager);
        memcpy(name + MOST, "z", 2);
        listen_as(name);
        assert_int_equal(notify_init(&n), -EINVAL);
        assert_int_equal(n.fd, -1);
        close(manager);
    }
    folder_remove(&folder);
}

/* A manager takes one datagram: a status that is too long for it is cut, and its breaks are blanks.
 */
static void a_long_status_is_cut(void **state)
{
    (void)state;
    enum { KEPT = 255 };
    struct notify n;
    char name[64], status[2 * KEPT], wanted[2 * KEPT];
    snprintf(name, sizeof name, "@councild-unit-long-%d", (int)getpid());
    listen_as(name);
    assert_int_equal(notify_init(&n), 0);
    for (size_t len = KEPT - 1; len <= KEPT + 2; len++) {
        memset(status, 's', len);
        memcpy(status, "a\r\n", 3);
        status[len] = '\0';
        const int kept = len < KEPT ? (int)len - 3 : KEPT - 3;
        assert_int_equal(notify_status(&n, status), 0);
        snprintf(wanted, sizeof wanted, "STATUS=a  %.*s", kept, status + 3);
        assert_string_equal(received(), wanted);
        assert_int_equal(notify_ready(&n, status), 0);
        snprintf(wanted, sizeof wanted, "READY=1\nSTATUS=a  %.*s", kept, status + 3);
        assert_string_equal(received(), wanted);
    }
    notify_release(&n);
    close(manager);
}

static void never_waits(void **state)
{
    (void)state;
    struct notify n;
    char name[64];
    snprintf(name, sizeof name, "@councild-unit-full-%d", (int)getpid());
    listen_as(name);
    assert_int_equal(notify_init(&n), 0);
    int r = 0;
    for (int i = 0; i < 100000 && r == 0; i++)
        r = notify_watchdog(&n);
    assert_int_equal(r, -EAGAIN);
    close(manager);
    assert_true(notify_watchdog(&n) < 0); /* and no SIGPIPE */
    notify_release(&n);
}

static void is_silent_without_a_manager(void **state)
{
    (void)state;
    struct notify n;
    unsetenv("NOTIFY_SOCKET");
    assert_int_equal(notify_init(&n), 0);
    assert_int_equal(notify_ready(&n, "x"), 0);
    static const struct {
        const char *name;
        int r;
    } bad[] = {{"relative", -EINVAL},        {"/", -EINVAL},  {"@", -EINVAL},
               {"/nowhere/at/all", -ENOENT}, {"/-", -ENOENT}, {"", 0}};
    const int before = fd_count_open();
    for (size_t i = 0; i < ARRAY_LEN(bad); i++) {
        setenv("NOTIFY_SOCKET", bad[i].name, 1);
        assert_int_equal(notify_init(&n), bad[i].r);
        assert_int_equal(n.fd, -1);
        assert_int_equal(notify_stopping(&n), 0);
        assert_null(getenv("NOTIFY_SOCKET"));
        assert_int_equal(fd_count_open(), before);
    }
}

static void that_there_is_no_descriptor_left_is_told(void **state)
{
    (void)state;
    struct notify n;
    struct rlimit limit;
    setenv("NOTIFY_SOCKET", "/nowhere/at/all", 1);
    assert_int_equal(getrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &(struct rlimit){0, limit.rlim_max}), 0);
    const int r = notify_init(&n);
    assert_int_equal(setrlimit(RLIMIT_NOFILE, &limit), 0);
    assert_int_equal(r, -EMFILE);
    assert_int_equal(n.fd, -1);
}

static int64_t watchdog_with(const char *usec, const char *pid)
{
    struct notify n;
    setenv("WATCHDOG_USEC", usec, 1);
    if (pid)
        setenv("WATCHDOG_PID", pid, 1);
    assert_int_equal(notify_init(&n), 0);
    assert_null(getenv("WATCHDOG_USEC"));
    assert_null(getenv("WATCHDOG_PID"));
    return n.watchdog_us;
}

static void reads_the_watchdog_that_is_meant_for_it(void **state)
{
    (void)state;
    char own[16];
    snprintf(own, sizeof own, "%d", (int)getpid());
    assert_int_equal(watchdog_with("30000000", NULL), 30000000);
    assert_int_equal(watchdog_with("30000000", own), 30000000);
    assert_int_equal(watchdog_with("30000000", "1"), 0);
    assert_int_equal(watchdog_with("soon", own), 0);
    assert_int_equal(watchdog_with("0", own), 0);
    assert_int_equal(watchdog_with("1", NULL), 1);
    static const char *const NO_PID[] = {"", "x", "0", "-1", "99999999999"};
    for (size_t i = 0; i < ARRAY_LEN(NO_PID); i++)
        assert_int_equal(watchdog_with("30000000", NO_PID[i]), 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(speaks_to_abstract_and_path_sockets),
        cmocka_unit_test(speaks_to_the_longest_name),
        cmocka_unit_test(a_long_status_is_cut),
        cmocka_unit_test(never_waits),
        cmocka_unit_test(is_silent_without_a_manager),
        cmocka_unit_test(that_there_is_no_descriptor_left_is_told),
        cmocka_unit_test(reads_the_watchdog_that_is_meant_for_it),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
