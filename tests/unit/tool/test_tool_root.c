/* Between the look at a path and its way into the root folder of a tool another tool may have put
 * something else there. */
#include <errno.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/jx.h"
#include "common/namespaces.h"
#include "common/xalloc.h"
#include "runner/tool/tool_root.h"

static char folder[32];

static int set_up(void **state)
{
    (void)state;
    snprintf(folder, sizeof(folder), "/tmp/tool-root-XXXXXX");
    return !mkdtemp(folder) || chdir(folder) || mkdir("a", 0700) || mkdir("a/given", 0700) ||
           mkdir("a/secret", 0700) || mkdir("a/secret/in", 0700);
}

static int tear_down(void **state)
{
    (void)state;
    return rmdir("a/given") || rmdir("a/secret/in") || rmdir("a/secret") || rmdir("a") ||
           chdir("/") || rmdir(folder);
}

/* In namespaces of its own: 0, or the errno with which the folder was refused; 255: it was given,
 * but another one. */
static int enter(const char *given, bool swapped)
{
    struct tool_files files;
    struct error err = {0};
    bool proc;
    json_t *p = j_pack("{s:[s], s:[s]}", "argv", "/bin/sh", "write", given);
    int r = tool_files_init(&files, p, NULL, &err);
    json_decref(p);
    if (r == 0 && swapped && (rename("a/given", "a/old") || symlink("secret", "a/given")))
        return 254;
    r = r < 0 ? r : tool_root_enter(&files, 1 << 20, &proc, &err);
    char *inside = xasprintf("%s/in", given);
    if (r == 0 && access(inside, F_OK) == 0)
        r = -255;
    free(inside);
    tool_files_release(&files);
    return -r;
}

static int try(bool swapped)
{
    int status;
    char *given = xasprintf("%s/a/given", folder);
    uid_t uid = geteuid();
    gid_t gid = getegid();
    pid_t pid = fork();
    if (pid == 0) {
        prctl(PR_SET_DUMPABLE, 1);
        if (unshare(CLONE_NEWUSER | CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC) < 0 ||
            namespaces_keep_ids(uid, gid) < 0)
            _exit(253);
        _exit(enter(given, swapped));
    }
    assert_int_equal(waitpid(pid, &status, 0), pid);
    free(given);
    return WEXITSTATUS(status);
}

static void nothing_else_is_given(void **state)
{
    (void)state;
    if (namespaces_probe(CLONE_NEWNS | CLONE_NEWPID | CLONE_NEWIPC) < 0) {
        print_message("not run: no namespaces can be had here\n");
        return;
    }
    assert_int_equal(try(false), 0);
    int r = try(true);
    assert_int_equal(unlink("a/given"), 0);
    assert_int_equal(rename("a/old", "a/given"), 0);
    assert_int_equal(r, ELOOP);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(nothing_else_is_given, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
