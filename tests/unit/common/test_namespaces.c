/* A probe that leaves its child behind, or itself in another namespace, would be noticed late. */
#include <errno.h>
#include <pthread.h>
#include <sched.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/namespaces.h"

static ino_t own_namespace(void)
{
    struct stat st;
    assert_int_equal(stat("/proc/self/ns/user", &st), 0);
    return st.st_ino;
}

static void probing_leaves_nothing_behind(void **state)
{
    (void)state;
    ino_t before = own_namespace();
    int r = namespaces_probe(CLONE_NEWNS | CLONE_NEWIPC);
    assert_true(r <= 0);
    assert_int_equal(own_namespace(), before);
    assert_int_equal(waitpid(-1, NULL, WNOHANG), -1);
    assert_int_equal(errno, ECHILD);
}

static void what_the_kernel_refuses_is_told(void **state)
{
    (void)state;
    /* This one is no namespace. */
    assert_int_equal(namespaces_probe(CLONE_PIDFD), -EINVAL);
}

static void *wait_for_the_end(void *context)
{
    pthread_mutex_lock(context);
    pthread_mutex_unlock(context);
    return NULL;
}

static void a_second_thread_is_seen(void **state)
{
    (void)state;
    pthread_mutex_t held = PTHREAD_MUTEX_INITIALIZER;
    pthread_t thread;
    int alone = namespaces_is_single_threaded();
    pthread_mutex_lock(&held);
    assert_int_equal(pthread_create(&thread, NULL, wait_for_the_end, &held), 0);
    assert_int_equal(namespaces_is_single_threaded(), 0);
    pthread_mutex_unlock(&held);
    pthread_join(thread, NULL);
    assert_int_equal(alone, 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(probing_leaves_nothing_behind),
        cmocka_unit_test(what_the_kernel_refuses_is_told),
        cmocka_unit_test(a_second_thread_is_seen),
    };
    return cmocka_run_group_tests_name("namespaces", tests, NULL, NULL);
}
