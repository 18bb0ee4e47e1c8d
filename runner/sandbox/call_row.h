/* What is said of one system call: a row of a table that call_filter.h makes a filter of. */
#ifndef RUNNER_SANDBOX_CALL_ROW_H
#define RUNNER_SANDBOX_CALL_ROW_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/syscall.h>

enum { CALL_TESTS = 3, CALL_ALLOW = 0 };

/* About one argument. The kernel reads most of them as 32 bits; those that it reads whole, pointers
 * for one, are `wide`: their upper half is then tested to be zero too. */
struct call_test {
    uint32_t mask; /* 0: there is no test */
    uint32_t value;
    uint8_t argument; /* 0..5 */
    bool differs;     /* holds where (argument & mask) is not the value */
    bool wide;
    bool own_pid; /* the value is the pid of the process that enforces the filter */
};

struct call_row {
    int number;
    int answer;  /* CALL_ALLOW, or the errno (> 0) that the call fails with */
    int failing; /* the same, where no row of this call has tests that hold */
    const char *name;
    const char *reason; /* a line for people; docs/sandbox.md shows it */
    const char *when;   /* what the tests say, in words; NULL: there are none */
    struct call_test tests[CALL_TESTS];
};

/* A row of a table: CALL_ROW(read, CALL_ALLOW, "reads the link"), with tests CALL_ROW_IF. */
#define CALL_ROW(NAME, ANSWER, REASON)                                                             \
    {                                                                                              \
        .number = SYS_##NAME, .answer = (ANSWER), .name = #NAME, .reason = (REASON)                \
    }
#define CALL_ROW_IF(NAME, ANSWER, FAILING, REASON, WHEN, ...)                                      \
    {                                                                                              \
        .number = SYS_##NAME, .answer = (ANSWER), .failing = (FAILING), .name = #NAME,             \
        .reason = (REASON), .when = (WHEN), .tests = {                                             \
            __VA_ARGS__                                                                            \
        }                                                                                          \
    }

#endif
