/* Each call that is let through has a reason for people, and the table makes a filter. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>

#include <cmocka.h>

#include "common/file.h"
#include "runner/sandbox/call_table.h"
#include "runner/sandbox/runner_calls.h"

static void each_row_has_its_reason(void **state)
{
    (void)state;
    for (size_t i = 0; i < RUNNER_CALLS.count; i++) {
        const struct call_row *row = &RUNNER_CALLS.rows[i];
        if (!row->name || !row->reason || strlen(row->reason) < 5)
            fail_msg("row %zu has no reason", i);
        if ((row->tests[0].mask != 0) != (row->when != NULL))
            fail_msg("%s: its tests and its words do not go together", row->name);
        if (row->answer == CALL_ALLOW && row->when && row->failing != EPERM)
            fail_msg("%s: what its tests do not let through is no EPERM", row->name);
    }
}

/* What must never be let through, whatever comes into the table. */
static const int NUMBERS[] = {
    SYS_execve,
    SYS_execveat,
    SYS_ptrace,
    SYS_process_vm_readv,
    SYS_mount,
    SYS_process_vm_writev,
    SYS_bpf,
    SYS_keyctl,
    SYS_add_key,
    SYS_request_key,
    SYS_userfaultfd,
    SYS_io_uring_setup,
    SYS_io_uring_enter,
    SYS_io_uring_register,
    SYS_pidfd_getfd,
    SYS_pidfd_send_signal,
    SYS_ftruncate,
    SYS_truncate,
    SYS_unshare,
    SYS_setns,
    SYS_bind,
    SYS_listen,
    SYS_accept4,
    SYS_pwrite64,
    SYS_pwritev2,
    SYS_unlinkat,
    SYS_renameat2,
    SYS_linkat,
    SYS_symlinkat,
    SYS_mkdirat,
    SYS_fchmod,
    SYS_fchmodat,
    SYS_fchown,
    SYS_setuid,
    SYS_setsid,
    SYS_setrlimit,
    SYS_perf_event_open,
    SYS_seccomp,
    SYS_memfd_create,
    SYS_kexec_load,
    SYS_init_module,
    SYS_tkill,
    SYS_rt_sigqueueinfo,
    SYS_rt_tgsigqueueinfo,
    SYS_copy_file_range,
    SYS_splice,
    SYS_sendfile,
    SYS_open_by_handle_at,
};

static void what_is_never_allowed(void **state)
{
    (void)state;
    static const uint64_t NOTHING[6], ALL[6] = {~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL, ~0ULL};
    struct call_filter *f = call_filter_new(&RUNNER_CALLS, 4711, NULL);
    assert_non_null(f);
    for (size_t i = 0; i < sizeof(NUMBERS) / sizeof(NUMBERS[0]); i++) {
        assert_int_equal(call_filter_answer(f, (uint32_t)NUMBERS[i], NOTHING), EPERM);
        assert_int_equal(call_filter_answer(f, (uint32_t)NUMBERS[i], ALL), EPERM);
    }
    call_filter_free(f);
}

static void the_page_is_up_to_date(void **state)
{
    (void)state;
#ifndef __x86_64__
    print_message("not run: the page is made on amd64, which has calls that others do not have\n");
    skip();
#endif
    struct buf table = BUF_INIT(1 << 20);
    char *page;
    size_t len;
    assert_int_equal(call_table(&table, &RUNNER_CALLS), 0);
    assert_int_equal(file_read(AT_FDCWD, "docs/sandbox.md", 1 << 20, &page, &len, NULL), 0);
    if (!strstr(page, buf_str(&table)))
        fail_msg("docs/sandbox.md is not what the rows say: make docs");
    buf_release(&table);
    free(page);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(each_row_has_its_reason),
        cmocka_unit_test(what_is_never_allowed),
        cmocka_unit_test(the_page_is_up_to_date),
    };
    return cmocka_run_group_tests_name("runner_calls", tests, NULL, NULL);
}
