#include "tool_sweeper.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <poll.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "common/fd.h"
#include "common/xalloc.h"

#define PREFIX_ "councild-tools-"

enum { DEPTH_MAX = 64, ENTRY_MAX = 512 /* bytes of a message, a path */ };

/* ---- removing ---- */

struct sweeping {
    int top;     /* the folder itself: what lies too deep is moved up to here */
    dev_t place; /* its file system */
    int left;    /* entries that may still be looked at */
    int names;   /* that were made so far */
    bool moved;  /* in this pass */
};

static int sweep_folder(struct sweeping *s, int fd, int depth);

static int move_up(struct sweeping *s, int dir, const char *name)
{
    char to[32];
    snprintf(to, sizeof(to), ".deep-%d", s->names++);
    s->moved = true;
    return renameat(dir, name, s->top, to) < 0 ? -errno : 0;
}

/* By the descriptor, for behind the name something else may stand by now. */
static void let_in(int dir, const char *name)
{
    char path[40];
    int fd = openat(dir, name, O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    snprintf(path, sizeof(path), "/proc/self/fd/%d", fd);
    if (fd >= 0)
        chmod(path, 0700);
    fd_close(&fd);
}

static int open_folder(int dir, const char *name)
{
    enum { HOW = O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_NONBLOCK | O_CLOEXEC };
    int fd = openat(dir, name, HOW);
    if (fd >= 0 || errno != EACCES)
        return fd;
    let_in(dir, name);
    return openat(dir, name, HOW);
}

static int sweep_entry(struct sweeping *s, int dir, const char *name, int depth)
{
    struct stat st;
    if (unlinkat(dir, name, 0) == 0)
        return 0;
    int fd = open_folder(dir, name);
    if (fd < 0)
        return -errno;
    if (fstat(fd, &st) < 0 || st.st_dev != s->place) {
        close(fd);
        return -EXDEV;
    }
    if (depth == DEPTH_MAX) {
        close(fd);
        return move_up(s, dir, name);
    }
    fchmod(fd, 0700);
    sweep_folder(s, fd, depth + 1);
    return unlinkat(dir, name, AT_REMOVEDIR) < 0 ? -errno : 0;
}

/* Takes the descriptor over. */
static int sweep_folder(struct sweeping *s, int fd, int depth)
{
    DIR *entries = fdopendir(fd);
    struct dirent *e;
    int r = 0, one;
    if (!entries) {
        close(fd);
        return -ENOMEM;
    }
    while ((e = readdir(entries)) && s->left > 0) {
        if (!strcmp(e->d_name, ".") || !strcmp(e->d_name, ".."))
            continue;
        s->left--;
        one = sweep_entry(s, dirfd(entries), e->d_name, depth);
        r = r ? r : one;
    }
    closedir(entries);
    return r ? r : s->left > 0 ? 0 : -E2BIG;
}

int sweep(int dir_fd, const char *name)
{
    struct stat st;
    int r = 0;
    struct sweeping s = {.left = SWEEP_FILES_MAX};
    s.top = openat(dir_fd, name, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (s.top < 0 || fstat(s.top, &st) < 0) {
        fd_close(&s.top);
        return -errno;
    }
    s.place = st.st_dev;
    fchmod(s.top, 0700);
    do {
        s.moved = false;
        int again = openat(s.top, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
        r = again < 0 ? -errno : sweep_folder(&s, again, 1);
    } while (s.moved && s.left > 0);
    fd_close(&s.top);
    return unlinkat(dir_fd, name, AT_REMOVEDIR) < 0 ? (r ? r : -errno) : 0;
}

/* ---- the process ---- */

static int lock_folder(const char *path)
{
    int fd = open(path, O_RDONLY | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC);
    if (fd < 0 || flock(fd, LOCK_EX | LOCK_NB) == 0)
        return fd;
    close(fd);
    return -1;
}

/* What others left, of the same user: all of it that nobody holds. */
static void sweep_orphans(const char *folder)
{
    DIR *entries = opendir(folder);
    struct dirent *e;
    while (entries && (e = readdir(entries))) {
        struct stat st;
        if (strncmp(e->d_name, PREFIX_, strlen(PREFIX_)) != 0 ||
            fstatat(dirfd(entries), e->d_name, &st, AT_SYMLINK_NOFOLLOW) < 0 ||
            st.st_uid != geteuid())
            continue;
        char *path = xasprintf("%s/%s", folder, e->d_name);
        int lock = lock_folder(path);
        if (lock >= 0)
            sweep(dirfd(entries), e->d_name);
        fd_close(&lock);
        free(path);
    }
    if (entries)
        closedir(entries);
}

__attribute__((noreturn)) static void serve(int queue, const char *folder, const char *own)
{
    char path[ENTRY_MAX];
    signal(SIGTERM, SIG_IGN); /* the run's end: there is a little time left */
    sweep_orphans(folder);
    while (fd_read_full(queue, path, sizeof(path)) == (ssize_t)sizeof(path))
        sweep(AT_FDCWD, path);
    sweep(AT_FDCWD, own);
    _exit(0);
}

static int start_process(struct tool_sweeper *s, const char *folder, void (*forget)(void *context),
                         void *context)
{
    int ends[2];
    if (pipe2(ends, O_CLOEXEC) < 0)
        return -errno;
    s->pid = fork();
    if (s->pid == 0) {
        /* Its descriptors: the queue alone. The lock stays the keeper's. */
        dup2(ends[0], 0);
        syscall(SYS_close_range, 3, ~0u, 0);
        if (forget)
            forget(context);
        serve(0, folder, s->path);
    }
    int r = s->pid < 0 ? -errno : 0;
    close(ends[0]);
    s->queue = ends[1];
    fd_set_nonblock(s->queue, true);
    return r;
}

static bool is_behind(int fd, const char *path)
{
    struct stat a, b;
    return fd >= 0 && fstat(fd, &a) == 0 && lstat(path, &b) == 0 && a.st_ino == b.st_ino &&
           a.st_dev == b.st_dev;
}

/* Before it is locked the sweeper of another run may take it for one that was left. */
static int make_folder(struct tool_sweeper *s, const char *folder)
{
    enum { TRIES = 100 };
    for (int i = 0; i < TRIES; i++) {
        snprintf(s->path, sizeof(s->path), "%s/" PREFIX_ "XXXXXX", folder);
        if (!mkdtemp(s->path))
            return -errno;
        s->lock = lock_folder(s->path);
        if (is_behind(s->lock, s->path))
            return 0;
        fd_close(&s->lock);
        rmdir(s->path);
    }
    return -EAGAIN;
}

int tool_sweeper_start(struct tool_sweeper *s, const char *folder, void (*forget)(void *context),
                       void *context)
{
    *s = (struct tool_sweeper){.pid = -1, .queue = -1, .lock = -1};
    int r = make_folder(s, folder);
    r = r < 0 ? r : start_process(s, folder, forget, context);
    if (r < 0 && s->lock >= 0) {
        rmdir(s->path);
        fd_close(&s->lock);
    }
    if (r < 0)
        fd_close(&s->queue);
    return r;
}

void tool_sweeper_end(struct tool_sweeper *s)
{
    if (s->queue < 0)
        return;
    fd_close(&s->queue);
    int pidfd = (int)syscall(SYS_pidfd_open, s->pid, 0);
    struct pollfd gone = {.fd = pidfd, .events = POLLIN};
    if (s->pid > 0 && pidfd >= 0 && poll(&gone, 1, SWEEP_END_MS) == 1)
        waitpid(s->pid, NULL, 0);
    fd_close(&pidfd);
    fd_close(&s->lock);
}

char *tool_sweeper_folder(const struct tool_sweeper *s)
{
    char *path = xasprintf("%s/XXXXXX", s->path);
    if (mkdtemp(path))
        return path;
    free(path);
    return NULL;
}

/* A full queue: it is removed with the folder of folders. */
void tool_sweeper_give(const struct tool_sweeper *s, const char *path)
{
    char message[ENTRY_MAX] = {0};
    snprintf(message, sizeof(message), "%s", path);
    ssize_t ignored = write(s->queue, message, sizeof(message));
    (void)ignored;
}
