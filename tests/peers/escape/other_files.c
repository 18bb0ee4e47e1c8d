/* Files of others: records of other runs, keys, the folders in which councild keeps its things, and
 * traps laid there. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/inotify.h>
#include <sys/stat.h>
#include <sys/xattr.h>
#include <unistd.h>

#include "escape.h"

enum { PATH_LEN = 640 };

static int outcome(int r)
{
    return r < 0 ? errno : 0;
}

static int read_file(const char *path)
{
    char byte;
    int fd = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
    return fd < 0 ? errno : outcome((int)read(fd, &byte, 1));
}

static int open_to_write(const char *path)
{
    return outcome(open(path, O_WRONLY | O_CLOEXEC));
}

static int forge(const char *path)
{
    static const char line[] = "{\"type\":\"down\",\"forged\":true}\n";
    int fd = open(path, O_WRONLY | O_APPEND | O_CLOEXEC);
    return fd < 0 ? errno : outcome((int)write(fd, line, sizeof(line) - 1));
}

static int cut(const char *path)
{
    return outcome(truncate(path, 0));
}

static int rename_away(const char *path)
{
    char to[PATH_LEN];
    snprintf(to, sizeof(to), "%s.away", path);
    return rename(path, to) < 0 ? errno : outcome(rename(to, path));
}

static int give_second_name(const char *path)
{
    char to[PATH_LEN];
    snprintf(to, sizeof(to), "%s.second", path);
    return link(path, to) < 0 ? errno : outcome(unlink(to));
}

static int change_mode(const char *path)
{
    return chmod(path, 0644) < 0 ? errno : outcome(chmod(path, 0600));
}

static int change_owner(const char *path)
{
    return outcome(chown(path, getuid(), getgid()));
}

static int change_times(const char *path)
{
    struct timespec times[2] = {{.tv_sec = 1}, {.tv_sec = 1}};
    return outcome(utimensat(AT_FDCWD, path, times, 0));
}

static int set_attribute(const char *path)
{
    int r = setxattr(path, "user.escape", "x", 1, 0);
    return r < 0 && (errno == EOPNOTSUPP || errno == ENODATA) ? 0 : outcome(r);
}

static int list_folder(const char *path)
{
    DIR *d = opendir(path);
    return d && readdir(d) ? 0 : errno;
}

static int watch_folder(const char *path)
{
    int fd = inotify_init1(IN_CLOEXEC);
    return fd < 0 ? errno : outcome(inotify_add_watch(fd, path, IN_ALL_EVENTS));
}

static const char *below(char ret[PATH_LEN], const char *folder)
{
    snprintf(ret, PATH_LEN, "%s/0000000000000-run_forged.jsonl", folder);
    return ret;
}

static int create(const char *folder)
{
    char path[PATH_LEN];
    int fd = open(below(path, folder), O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
    return fd < 0 ? errno : outcome(unlink(path));
}

static int lay_fifo(const char *folder)
{
    char path[PATH_LEN];
    return mkfifo(below(path, folder), 0600) < 0 ? errno : outcome(unlink(path));
}

static int lay_symlink(const char *folder)
{
    char path[PATH_LEN];
    return symlink("/etc/passwd", below(path, folder)) < 0 ? errno : outcome(unlink(path));
}

static int lay_hard_link(const char *folder)
{
    char path[PATH_LEN];
    const char *of = escape_target("secret");
    return !of || link(of, below(path, folder)) < 0 ? errno : outcome(unlink(path));
}

static int lay_folder(const char *folder)
{
    char path[PATH_LEN];
    return mkdir(below(path, folder), 0700) < 0 ? errno : outcome(rmdir(path));
}

/* By a descriptor of a folder that was left open to us. */
static int read_beside(const char *path)
{
    const char *name = strrchr(path, '/');
    for (int folder = 3; name && folder < 64; folder++) {
        struct stat st;
        if (fstat(folder, &st) < 0 || !S_ISDIR(st.st_mode))
            continue;
        int fd = openat(folder, name + 1, O_RDONLY | O_CLOEXEC);
        return fd < 0 ? errno : 0;
    }
    return ESCAPE_ABSENT;
}

static int cut_own_record(const char *none)
{
    struct stat st;
    (void)none;
    if (escape_record() < 0)
        return ESCAPE_ABSENT;
    return fstat(escape_record(), &st) < 0 ? errno
                                           : outcome(ftruncate(escape_record(), st.st_size));
}

static int grow_own_record(const char *none)
{
    (void)none;
    return escape_record() < 0 ? ESCAPE_ABSENT : outcome(fallocate(escape_record(), 0, 0, 1));
}

static int rewrite_own_record(const char *none)
{
    (void)none;
    if (escape_record() < 0)
        return ESCAPE_ABSENT;
    int flags = fcntl(escape_record(), F_GETFL);
    return outcome(fcntl(escape_record(), F_SETFL, flags & ~O_APPEND) < 0
                       ? -1
                       : fcntl(escape_record(), F_SETFL, flags));
}

static int write_here(const char *none)
{
    (void)none;
    int fd = open("escape-own", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
    return fd < 0 || write(fd, "mine", 4) != 4 ? errno : outcome(unlink("escape-own"));
}

const struct attempt ESCAPE_FILES[] = {
    {"read-secret", "secret", read_file},
    {"read-credential", "credential", read_file},
    {"read-config", "config", read_file},
    {"read-ended", "ended", read_file},
    {"read-sibling-record", "sibling_record", read_file},
    {"read-index", "index", read_file},
    {"read-beside", "sibling_record", read_beside},
    {"list-runs", "runs", list_folder},
    {"watch-runs", "runs", watch_folder},
    {"list-socket-folder", "socket_folder", list_folder},
    {"write-secret", "secret", open_to_write},
    {"write-ended", "ended", open_to_write},
    {"write-sibling-record", "sibling_record", open_to_write},
    {"write-index", "index", open_to_write},
    {"write-lock", "lock", open_to_write},
    {"forge-record", "spoil", forge},
    {"rename-record", "spoil", rename_away},
    {"link-record", "spoil", give_second_name},
    {"chmod-record", "spoil", change_mode},
    {"chown-record", "spoil", change_owner},
    {"utimes-record", "spoil", change_times},
    {"xattr-record", "spoil", set_attribute},
    {"truncate-record", "spoil", cut},
    {"create-in-open", "open", create},
    {"fifo-in-open", "open", lay_fifo},
    {"symlink-in-open", "open", lay_symlink},
    {"hard-link-in-open", "open", lay_hard_link},
    {"folder-in-state", "state", lay_folder},
    {"fifo-in-runs", "runs", lay_fifo},
    {"create-in-socket-folder", "socket_folder", create},
    {"create-in-tmp", "tmp", create},
    {"create-in-shm", "shm", create},
    {"own-record-truncate", NULL, cut_own_record},
    {"own-record-fallocate", NULL, grow_own_record},
    {"own-record-append-off", NULL, rewrite_own_record},
    {"own-folder-write", NULL, write_here},
    {NULL, NULL, NULL},
};
