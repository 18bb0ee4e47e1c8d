/* Programs of tests: a few lines of shell, started as the tools of members are. */
#ifndef TESTS_STARTED_CHILD_H
#define TESTS_STARTED_CHILD_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "runner/tool/child.h"

enum { CHILD_LIMIT_MS = 60000 };

static const struct child NO_CHILD = NO_CHILD_HERE;
static const struct tool_box OPEN_BOX; /* nothing is closed in */

static inline void start_program(struct child *c, json_t *program, bool own_group)
{
    struct error err = {0};
    struct tool_box box = {.own_group = own_group};
    if (child_start(c, program, &box, &err) < 0)
        fail_msg("%s", err.text);
    json_decref(program);
}

static inline void start(struct child *c, const char *script, bool own_group)
{
    start_program(c, j_pack("{s:[s, s, s]}", "argv", "/bin/sh", "-c", script), own_group);
}

static inline void wait_for(int fd, short events)
{
    struct pollfd one = {.fd = fd, .events = events};
    assert_int_equal(poll(&one, 1, CHILD_LIMIT_MS), 1);
}

/* All that it writes, to its end. */
static inline char *read_all(struct child *c)
{
    struct buf all = BUF_INIT(1 << 20);
    while (child_read(c, &all) == 1)
        wait_for(c->out_fd, POLLIN);
    return xcheck(buf_take(&all));
}

static inline void until_ended(struct child *c)
{
    wait_for(c->pidfd, POLLIN);
    assert_true(child_ended(c));
}

#endif
