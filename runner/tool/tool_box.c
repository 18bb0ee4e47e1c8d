#include "tool_box.h"

#include <errno.h>
#include <linux/capability.h>
#include <sched.h>
#include <signal.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/cleanup.h"
#include "common/jx.h"
#include "common/landlock.h"
#include "common/namespaces.h"
#include "common/seccomp.h"
#include "tool_calls.h"
#include "tool_root.h"

enum { ALL_NAMESPACES = CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC };

/* ---- what can be had ---- */

enum trial { TRIAL_FAILED = 1, TRIAL_WITHOUT_PROC = 2 };

/* In a child with namespaces of its own: everything that each tool will need. */
__attribute__((noreturn)) static void try_root(uid_t uid, gid_t gid)
{
    struct tool_files files;
    struct error err = {0};
    bool proc = false;
    json_t *program = j_pack("{s:[s]}", "argv", "/bin/sh");
    prctl(PR_SET_DUMPABLE, 1);
    if (namespaces_keep_ids(uid, gid) < 0 || tool_files_init(&files, program, NULL, &err) < 0 ||
        tool_root_enter(&files, 1 << 20, &proc, &err) < 0)
        _exit(TRIAL_FAILED);
    _exit(proc ? 0 : TRIAL_WITHOUT_PROC);
}

static int try_namespaces(void)
{
    int status;
    uid_t uid = geteuid();
    gid_t gid = getegid();
    pid_t pid = (pid_t)syscall(SYS_clone, ALL_NAMESPACES | CLONE_NEWNET | SIGCHLD, 0, 0, 0, 0);
    if (pid == 0)
        try_root(uid, gid);
    if (pid < 0)
        return TRIAL_FAILED;
    while (waitpid(pid, &status, 0) < 0)
        if (errno != EINTR)
            return TRIAL_FAILED;
    return WIFEXITED(status) ? WEXITSTATUS(status) : TRIAL_FAILED;
}

void tool_box_probe(struct tool_box *box)
{
    int abi = landlock_abi(), trial = try_namespaces();
    box->landlock = abi > 0 ? abi : 0;
    box->syscalls = seccomp_is_there() > 0;
    box->namespaces = trial != TRIAL_FAILED;
    box->fresh_proc = trial == 0;
}

json_t *tool_box_state(const struct tool_box *box)
{
    if (!box->closed)
        return NULL;
    return j_pack("{s:b, s:b, s:i, s:b, s:b, s:b, s:b}", "namespaces", box->namespaces,
                  "fresh_proc", box->fresh_proc, "landlock", box->landlock, "files",
                  box->landlock > 0 || box->namespaces, "network", box->namespaces || box->syscalls,
                  "scopes", box->namespaces || box->landlock >= LANDLOCK_ABI_SCOPES, "syscalls",
                  box->syscalls);
}

/* ---- what a program is allowed ---- */

static bool has_network(const json_t *program)
{
    json_t *network = json_object_get(program, "network");
    return json_is_true(network) || json_array_size(network);
}

int64_t tool_box_disk_bytes(const json_t *program)
{
    enum { USUAL = 64 * 1024 * 1024 };
    return j_int(program, "disk_bytes", USUAL);
}

int tool_box_clone_flags(const struct tool_box *box, const json_t *program)
{
    if (!box->closed || !box->namespaces)
        return 0;
    return ALL_NAMESPACES | (has_network(program) ? 0 : CLONE_NEWNET);
}

/* ---- closing in ---- */

int tool_box_give_up_rights(struct error *err)
{
    struct __user_cap_header_struct head = {.version = _LINUX_CAPABILITY_VERSION_3};
    struct __user_cap_data_struct none[2] = {{0}};
    prctl(PR_CAP_AMBIENT, PR_CAP_AMBIENT_CLEAR_ALL, 0, 0, 0);
    for (int i = 0; prctl(PR_CAPBSET_READ, i) >= 0; i++)
        prctl(PR_CAPBSET_DROP, i);
    if (syscall(SYS_capset, &head, none) < 0)
        return error_errno(err, errno, "giving up capabilities");
    if (prctl(PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0) < 0)
        return error_errno(err, errno, "no new privileges");
    return 0;
}

struct ruleset {
    int fd, abi;
    int failed; /* -errno of the first rule */
};

static void add_path(struct ruleset *s, const char *path, uint64_t rights)
{
    _cleanup_close_ int fd = tool_file_open(path);
    int r = fd < 0 ? fd : landlock_add_file(s->fd, fd, landlock_file_rights(s->abi, rights));
    if (r < 0 && r != -ENOENT && !s->failed)
        s->failed = r;
}

static void give(void *context, const char *path, enum tool_file_kind kind)
{
    static const uint64_t RIGHTS[] = {
        [TOOL_FILE_SYSTEM] = LANDLOCK_READ | LANDLOCK_EXECUTE,
        [TOOL_FILE_DEVICE] = LANDLOCK_READ_FILE | LANDLOCK_WRITE | UINT64_C(1) << 15,
        [TOOL_FILE_READ] = LANDLOCK_READ | LANDLOCK_EXECUTE,
        [TOOL_FILE_WRITE] = LANDLOCK_ALL,
    };
    add_path(context, path, RIGHTS[kind]);
}

static struct landlock_handled handled(const struct tool_box *box, const json_t *program)
{
    struct landlock_handled all = landlock_all(box->landlock);
    json_t *network = json_object_get(program, "network");
    if (json_is_true(network))
        all.tcp = 0;
    else if (json_array_size(network))
        all.tcp &= LANDLOCK_TCP_CONNECT;
    return all;
}

static void add_ports(struct ruleset *s, const json_t *program)
{
    json_t *port;
    size_t i;
    enum { NAMES = 53 };
    json_t *network = json_object_get(program, "network");
    if (s->abi < LANDLOCK_ABI_TCP || !json_array_size(network))
        return;
    landlock_add_port(s->fd, NAMES);
    json_array_foreach (network, i, port) {
        int r = landlock_add_port(s->fd, (uint16_t)json_integer_value(port));
        s->failed = s->failed ? s->failed : r;
    }
}

static int close_files(const struct tool_box *box, const json_t *program,
                       const struct tool_files *files, struct error *err)
{
    struct landlock_handled all = handled(box, program);
    struct ruleset s = {.abi = box->landlock};
    if (!box->landlock)
        return 0;
    s.fd = landlock_new(&all);
    if (s.fd < 0)
        return error_errno(err, -s.fd, "rules for files");
    tool_files_each(files, give, &s);
    add_path(&s, "/proc", LANDLOCK_READ);
    add_path(&s, ".", LANDLOCK_ALL);
    add_ports(&s, program);
    int r = s.failed ? s.failed : landlock_enforce(s.fd);
    close(s.fd);
    return r < 0 ? error_errno(err, -r, "rules for files") : 0;
}

/* What nobody else keeps away is kept away by the filter. */
static struct tool_calls_for calls_for(const struct tool_box *box, const json_t *program)
{
    bool no_scopes = box->landlock < LANDLOCK_ABI_SCOPES;
    return (struct tool_calls_for){
        .foreign_files = !box->namespaces,
        .local_sockets = !box->namespaces || (no_scopes && has_network(program)),
        .networks = !box->namespaces && !has_network(program),
        .of_others = !box->namespaces,
        .groups = !box->namespaces && !box->own_group,
        .truncation = !box->namespaces && box->landlock < LANDLOCK_ABI_TRUNCATE,
    };
}

int tool_box_close(const struct tool_box *box, const json_t *program,
                   const struct tool_files *files, struct error *err)
{
    struct tool_calls_for calls = calls_for(box, program);
    struct rlimit none = {0, 0};
    setrlimit(RLIMIT_CORE, &none);
    int r = tool_box_give_up_rights(err);
    r = r < 0 ? r : close_files(box, program, files, err);
    return r < 0 || !box->syscalls ? r : tool_calls_enforce(&calls, err);
}
