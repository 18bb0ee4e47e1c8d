/* A run's record on a disk of the test and the link to councild: what is told, and in which order.
 * Taken in behind cmocka.h, by one source of a test. */
#ifndef TESTS_UNIT_RUNNER_TELL_WORLD_H
#define TESTS_UNIT_RUNNER_TELL_WORLD_H

#include <fcntl.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bad_disk.h"
#include "runner/link/tell.h"

struct world {
    struct uplink uplink;
    struct secrets *secrets;
    struct journal journal;
    struct tell tell;
    int far_end;
};

static inline void begin(struct world *w, struct bad_disk how)
{
    int pair[2];
    char path[] = "/tmp/tell-world-XXXXXX";
    *w = (struct world){.secrets = secrets_new()};
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    uplink_init(&w->uplink, pair[0]);
    w->far_end = pair[1];
    w->tell = (struct tell){.uplink = &w->uplink, .secrets = w->secrets};
    disk = how;
    int fd = mkostemp(path, O_APPEND | O_CLOEXEC);
    unlink(path);
    assert_int_equal(journal_init(&w->journal, fd, -1, NULL), 0);
    w->journal.calls = &DISK;
}

static inline void end(struct world *w)
{
    tell_release(&w->tell);
    uplink_release(&w->uplink);
    secrets_free(w->secrets);
    journal_release(&w->journal);
    close(w->far_end);
}

#endif
