/* A syncer with the process that syncs for it, which is the program of the test itself. Taken in
 * behind cmocka.h, by one source of a test. */
#ifndef TESTS_UNIT_DAEMON_SYNCER_FIXTURE_H
#define TESTS_UNIT_DAEMON_SYNCER_FIXTURE_H

#include <dirent.h>
#include <errno.h>
#include <signal.h>
#include <sys/prctl.h>
#include <sys/wait.h>

#include "daemon/os/spawn.h"
#include "daemon/os/sys.h"
#include "daemon/sync/sync_helper.h"
#include "daemon/sync/syncer.h"
#include "fixture.h"

enum { HANG_S = 60, MANY = 3000, SECOND_US = 1000 * 1000 };

/* ---- the process: this program again. It syncs by leaving a trace in the file. ---- */

static inline const char *own_descriptors(void)
{
    static char text[256];
    DIR *dir = opendir("/proc/self/fd");
    size_t len = 0;
    for (int fd = 0; fd < 1024; fd++)
        if (fd != dirfd(dir) && fcntl(fd, F_GETFD) >= 0)
            len += (size_t)snprintf(text + len, sizeof text - len, " %d", fd);
    closedir(dir);
    return text;
}

static inline int trace_data(int fd)
{
    extern char **environ;
    int death = 0;
    prctl(PR_GET_PDEATHSIG, &death, 0, 0, 0);
    int n = 0;
    while (environ[n])
        n++;
    dprintf(fd, "pid %d fds%s death %d env %d%s%s\n", getpid(), own_descriptors(), death, n,
            n ? " " : "", n ? environ[0] : "");
    return 0;
}

static inline int trace_folder(int fd)
{
    int trace = openat(fd, "folders", O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    const bool written = write(trace, "x", 1) == 1;
    close(trace);
    return written ? 0 : -1;
}

static const struct sync_calls TRACES = {.fdatasync = trace_data, .fsync = trace_folder};

/* ---- the daemon ---- */

static struct folder folder;
static struct process_origin origin;
static struct syncer *syncer;
static int64_t now_us;
static int forks;
static pid_t (*real_clone3)(struct clone_args *args, size_t size);

static inline pid_t counted_clone3(struct clone_args *args, size_t size)
{
    forks++;
    return real_clone3(args, size);
}

static inline int64_t fake_now(void)
{
    return now_us;
}

static inline int setup(void **state)
{
    (void)state;
    const struct syncer_options options = {.origin = &origin};
    folder_make(&folder);
    mkdirat(folder.fd, "to", 0700);
    mkdirat(folder.fd, "from", 0700);
    origin.pid = getpid();
    getrlimit(RLIMIT_NOFILE, &origin.open_files);
    forks = 0;
    now_us = 1000 * (int64_t)SECOND_US;
    real_clone3 = sys.clone3;
    sys.clone3 = counted_clone3;
    sys.mono_us = fake_now;
    unsetenv("JOURNAL_STREAM");
    alarm(HANG_S); /* what waits is a fault, not a slow test */
    return syncer_new(&options, &syncer);
}

/* None is left once nobody has its socket. */
static inline int teardown(void **state)
{
    (void)state;
    syncer_free(syncer);
    syncer = NULL;
    while (wait(NULL) > 0)
        ;
    alarm(0);
    sys_reset();
    folder_remove(&folder);
    return 0;
}

static inline void hand(const char *name)
{
    int file = openat(folder.fd, name, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0600);
    int to = openat(folder.fd, "to", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    int from = openat(folder.fd, "from", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    assert_true(file >= 0 && to >= 0 && from >= 0);
    const struct sync_work work = {.file = file, .to = to, .from = from};
    syncer_hand(syncer, &work);
    close(file);
    close(to);
    close(from);
}

static inline bool is_synced(const char *name)
{
    const char *text = get_file(&folder, name);
    return text && strchr(text, '\n');
}

/* By whom it was synced. */
static inline pid_t synced_by(const char *name)
{
    const int64_t end = clock_mono_us() + DEADLINE_MS * 1000;
    while (!is_synced(name)) {
        if (clock_mono_us() > end)
            fail_msg("%s is not synced", name);
        usleep(500);
    }
    return (pid_t)strtol(get_file(&folder, name) + strlen("pid "), NULL, 10);
}

static inline void end_of(pid_t pid)
{
    assert_int_equal(kill(pid, SIGKILL), 0);
    assert_int_equal(waitpid(pid, NULL, 0), pid);
}

#define WITH_SYNCER(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

/* What such a program does when it was started by itself. */
static inline int serve_traces(void)
{
    return sync_helper_serve(3, &TRACES) < 0 ? 1 : 0;
}

#endif
