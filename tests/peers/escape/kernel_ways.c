/* Doors of the kernel: namespaces, mounts, cgroups, and interfaces with a history. */
#include <errno.h>
#include <fcntl.h>
#include <linux/bpf.h>
#include <linux/io_uring.h>
#include <linux/keyctl.h>
#include <linux/perf_event.h>
#include <linux/userfaultfd.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/mount.h>
#include <sys/personality.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "escape.h"

static int outcome(long r)
{
    return r < 0 ? errno : 0;
}

static int leave_cgroup(const char *folder)
{
    char path[512];
    snprintf(path, sizeof(path), "%s/cgroup.procs", folder);
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    return fd < 0 ? errno : outcome(write(fd, "0", 1));
}

static int new_user_namespace(const char *none)
{
    (void)none;
    return outcome(unshare(CLONE_NEWUSER));
}

static int mount_something(const char *folder)
{
    if (unshare(CLONE_NEWUSER | CLONE_NEWNS) < 0)
        return errno;
    return outcome(mount("tmpfs", folder, "tmpfs", 0, NULL));
}

static int mount_as_we_are(const char *folder)
{
    return outcome(mount("tmpfs", folder, "tmpfs", 0, NULL));
}

static int unmount(const char *none)
{
    (void)none;
    return outcome(umount2("/proc", MNT_DETACH));
}

static int remount_writable(const char *none)
{
    (void)none;
    return outcome(mount(NULL, "/", NULL, MS_REMOUNT | MS_BIND, NULL));
}

static int open_tree_of(const char *folder)
{
    return outcome(syscall(SYS_open_tree, AT_FDCWD, folder, 1 /* OPEN_TREE_CLONE */));
}

static int change_root(const char *folder)
{
    if (unshare(CLONE_NEWUSER) < 0)
        return errno;
    return outcome(chroot(folder));
}

static int enter_namespace(const char *pid)
{
    char path[64];
    snprintf(path, sizeof(path), "/proc/%s/ns/mnt", pid);
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    return fd < 0 ? errno : outcome(setns(fd, CLONE_NEWNS));
}

static int look_at_keyring(const char *none)
{
    (void)none;
    return outcome(syscall(SYS_keyctl, KEYCTL_GET_KEYRING_ID, KEY_SPEC_PROCESS_KEYRING, 1));
}

static int add_to_keyring(const char *none)
{
    (void)none;
    return outcome(syscall(SYS_add_key, "user", "escape", "x", 1, KEY_SPEC_PROCESS_KEYRING));
}

static int make_bpf_map(const char *none)
{
    (void)none;
    union bpf_attr a = {
        .map_type = BPF_MAP_TYPE_ARRAY, .key_size = 4, .value_size = 4, .max_entries = 1};
    return outcome(syscall(SYS_bpf, BPF_MAP_CREATE, &a, sizeof(a)));
}

static int make_ring(const char *none)
{
    (void)none;
    struct io_uring_params p = {0};
    return outcome(syscall(SYS_io_uring_setup, 4, &p));
}

static int fault_by_hand(const char *none)
{
    (void)none;
    return outcome(syscall(SYS_userfaultfd, O_CLOEXEC | UFFD_USER_MODE_ONLY));
}

static int count_events(const char *none)
{
    (void)none;
    struct perf_event_attr a = {.type = PERF_TYPE_SOFTWARE,
                                .size = sizeof(a),
                                .config = PERF_COUNT_SW_TASK_CLOCK,
                                .exclude_kernel = 1};
    return outcome(syscall(SYS_perf_event_open, &a, 0, -1, -1, 0));
}

static int be_somebody_else(const char *none)
{
    (void)none;
    return outcome(personality(ADDR_NO_RANDOMIZE));
}

static int open_by_handle(const char *none)
{
    (void)none;
    struct {
        struct file_handle head;
        char bytes[8];
    } handle = {.head = {.handle_bytes = 8, .handle_type = 1}};
    int r = open_by_handle_at(AT_FDCWD, &handle.head, O_RDONLY);
    return r < 0 && errno == ESTALE ? 0 : outcome(r);
}

static int attach_shared_memory(const char *id)
{
    return shmat((int)escape_number(id), NULL, SHM_RDONLY) == (void *)-1 ? errno : 0;
}

static int compare_processes(const char *pid)
{
    return outcome(syscall(SYS_kcmp, getpid(), escape_number(pid), 1, 0, 0));
}

static int write_and_execute(const char *none)
{
    (void)none;
    return mmap(NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1,
                0) == MAP_FAILED
               ? errno
               : 0;
}

const struct attempt ESCAPE_KERNEL[] = {
    {"cgroup-procs", "cgroup", leave_cgroup},
    {"user-namespace", NULL, new_user_namespace},
    {"mount", "tmp", mount_something},
    {"mount-plain", "tmp", mount_as_we_are},
    {"unmount", NULL, unmount},
    {"remount", NULL, remount_writable},
    {"open-tree", "tmp", open_tree_of},
    {"chroot", "tmp", change_root},
    {"setns-daemon", "daemon", enter_namespace},
    {"keyctl", NULL, look_at_keyring},
    {"add-key", NULL, add_to_keyring},
    {"bpf", NULL, make_bpf_map},
    {"io-uring", NULL, make_ring},
    {"userfaultfd", NULL, fault_by_hand},
    {"perf", NULL, count_events},
    {"personality", NULL, be_somebody_else},
    {"open-by-handle", NULL, open_by_handle},
    {"shared-memory", "shm_id", attach_shared_memory},
    {"kcmp", "victim", compare_processes},
    {"write-and-execute", NULL, write_and_execute},
    {NULL, NULL, NULL},
};
