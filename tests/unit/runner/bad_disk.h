/* A disk that notes what is asked of it, and fails when it is told to. */
#ifndef TESTS_UNIT_RUNNER_BAD_DISK_H
#define TESTS_UNIT_RUNNER_BAD_DISK_H

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "runner/journal.h"

enum bad_way { BAD_NOT, BAD_WRITE, BAD_SHORT_WRITE, BAD_SYNC, BAD_RESERVE };

struct bad_disk {
    enum bad_way way;
    int at;     /* which of those calls fails, from 1 on; all that follow fail too */
    int number; /* the errno */
    int writes, syncs, folder_syncs, reserves;
    int64_t reserved;     /* up to which byte of the file */
    unsigned blocks_left; /* of 4 KiB; 0: plenty */
    /* The order of calls: the type of each line that is written, `sync`, `folder`, `reserve`. */
    char trace[16384];
};

/* The seam has no room for a context. */
static struct bad_disk disk;

static inline void disk_note(const char *word, size_t len)
{
    size_t used = strlen(disk.trace);
    snprintf(disk.trace + used, sizeof(disk.trace) - used, "%.*s ", (int)len, word);
}

static inline int disk_fails(enum bad_way way, int count)
{
    if (disk.way != way || count < disk.at)
        return 0;
    errno = disk.number;
    return 1;
}

static inline ssize_t disk_write(int fd, const void *bytes, size_t len)
{
    static const char TYPE[] = "\"type\":\"";
    const char *type = memmem(bytes, len, TYPE, sizeof(TYPE) - 1);
    disk.writes++;
    if (type)
        disk_note(type + sizeof(TYPE) - 1, strcspn(type + sizeof(TYPE) - 1, "\""));
    if (disk_fails(BAD_WRITE, disk.writes))
        return -1;
    return write(fd, bytes, disk_fails(BAD_SHORT_WRITE, disk.writes) ? len / 2 : len);
}

static inline int disk_sync(int fd)
{
    (void)fd;
    disk.syncs++;
    disk_note("sync", 4);
    return disk_fails(BAD_SYNC, disk.syncs) ? -1 : 0;
}

static inline int disk_sync_folder(int fd)
{
    (void)fd;
    disk.folder_syncs++;
    disk_note("folder", 6);
    return 0;
}

static inline int disk_reserve(int fd, int mode, off_t at, off_t len)
{
    (void)fd;
    (void)mode;
    disk.reserves++;
    disk_note("reserve", 7);
    if (disk_fails(BAD_RESERVE, disk.reserves))
        return -1;
    disk.reserved = at + len;
    return 0;
}

static inline int disk_room(int fd, struct statvfs *ret)
{
    (void)fd;
    *ret = (struct statvfs){.f_frsize = 4096, .f_blocks = 1 << 30, .f_bavail = 1 << 30};
    if (disk.blocks_left)
        ret->f_bavail = disk.blocks_left;
    return 0;
}

static const struct journal_calls DISK = {disk_write, disk_sync, disk_sync_folder, disk_reserve,
                                          disk_room};

#endif
