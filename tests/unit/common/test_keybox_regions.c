/* Where the kernel has no secret memory, or little of any, keys still have to be kept well; and
 * what a box takes of memory is what is told here. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/fd.h"
#include "common/keybox.h"

enum { REGION = 32768, HEAD = 16, MEMFD_SECRET = 447 };

/* The Makefile links this program with --wrap for what stands here. */
static struct {
    bool secret; /* there is memfd_secret */
    bool no_room_for_a_file, no_shared, no_memory, no_mlock2;
    size_t mapped[4], maps;
    int advice[8];
    size_t advices;
    size_t locked, locked2, flags2; /* mlock, mlock2 */
    size_t unmapped;
    bool unwiped; /* what was unmapped held KEY */
} kernel;

static const char KEY[] = "sk-in-the-box-of-regions";

long __wrap_syscall(long number, ...);
int __real_ftruncate(int fd, off_t size);
int __wrap_ftruncate(int fd, off_t size);
void *__real_mmap(void *at, size_t size, int rights, int flags, int fd, off_t offset);
void *__wrap_mmap(void *at, size_t size, int rights, int flags, int fd, off_t offset);
int __real_munmap(void *at, size_t size);
int __wrap_munmap(void *at, size_t size);
int __wrap_madvise(void *at, size_t size, int advice);
int __wrap_mlock(const void *at, size_t size);

long __wrap_syscall(long number, ...)
{
    va_list args;
    va_start(args, number);
    if (number == SYS_mlock2) {
        (void)va_arg(args, void *);
        kernel.locked2 += va_arg(args, size_t);
        kernel.flags2 = (size_t)va_arg(args, int);
    } else {
        assert_int_equal(number, MEMFD_SECRET);
        assert_int_equal(va_arg(args, int), O_CLOEXEC);
    }
    va_end(args);
    errno = ENOSYS;
    if (number == SYS_mlock2)
        return kernel.no_mlock2 ? -1 : 0;
    return kernel.secret ? memfd_create("secret", MFD_CLOEXEC) : -1;
}

int __wrap_ftruncate(int fd, off_t size)
{
    return kernel.no_room_for_a_file ? -1 : __real_ftruncate(fd, size);
}

void *__wrap_mmap(void *at, size_t size, int rights, int flags, int fd, off_t offset)
{
    if (kernel.no_memory || (kernel.no_shared && flags & MAP_SHARED))
        return MAP_FAILED;
    kernel.mapped[kernel.maps++ % 4] = size;
    return __real_mmap(at, size, rights, flags, fd, offset);
}

int __wrap_munmap(void *at, size_t size)
{
    kernel.unmapped += size;
    if (memmem(at, size, KEY, strlen(KEY)))
        kernel.unwiped = true;
    return __real_munmap(at, size);
}

int __wrap_madvise(void *at, size_t size, int advice)
{
    assert_non_null(at);
    assert_int_equal(size, kernel.mapped[(kernel.maps - 1) % 4]);
    kernel.advice[kernel.advices++ % 8] = advice;
    return 0;
}

int __wrap_mlock(const void *at, size_t size)
{
    assert_non_null(at);
    kernel.locked += size;
    return 0;
}

static struct keybox *prepared(void)
{
    struct keybox *box = keybox_new();
    keybox_prepare(box);
    return box;
}

static void assert_plain(const struct keybox *box)
{
    assert_false(keybox_is_secret(box));
    assert_int_equal(kernel.maps, 1);
    assert_int_equal(kernel.mapped[0], REGION);
    assert_int_equal(kernel.advices, 2);
    assert_int_equal(kernel.advice[0], MADV_WIPEONFORK);
    assert_int_equal(kernel.advice[1], MADV_DONTDUMP);
    assert_int_equal(kernel.locked2, REGION);
    assert_int_equal(kernel.flags2, 1); /* MLOCK_ONFAULT */
}

static void secret_memory_is_not_for_children(void **state)
{
    (void)state;
    memset(&kernel, 0, sizeof kernel);
    kernel.secret = true;
    int before = fd_count_open();
    struct keybox *box = prepared();
    assert_int_equal(fd_count_open(), before);
    assert_true(keybox_is_secret(box));
    assert_int_equal(kernel.maps, 1);
    assert_int_equal(kernel.mapped[0], REGION);
    assert_int_equal(kernel.advices, 2);
    assert_int_equal(kernel.advice[0], MADV_DONTFORK);
    assert_int_equal(kernel.advice[1], MADV_DONTDUMP);
    assert_int_equal(kernel.locked + kernel.locked2, 0);
    assert_string_equal(keybox_add(box, KEY, strlen(KEY)), KEY);
    keybox_free(box);
    assert_int_equal(kernel.unmapped, REGION);
    assert_false(kernel.unwiped);
}

static void other_memory_is_locked_and_wiped_in_children(void **state)
{
    (void)state;
    memset(&kernel, 0, sizeof kernel);
    struct keybox *box = prepared();
    assert_plain(box);
    assert_int_equal(kernel.locked, 0);
    assert_string_equal(keybox_add(box, KEY, strlen(KEY)), KEY);
    keybox_free(box);
    assert_int_equal(kernel.unmapped, REGION);
    assert_false(kernel.unwiped);
    memset(&kernel, 0, sizeof kernel);
    kernel.no_mlock2 = true;
    box = prepared();
    assert_plain(box);
    assert_int_equal(kernel.locked, REGION);
    keybox_free(box);
}

static void secret_memory_that_is_not_to_be_had_is_done_without(void **state)
{
    (void)state;
    int before = fd_count_open();
    for (int i = 0; i < 2; i++) {
        memset(&kernel, 0, sizeof kernel);
        kernel.secret = true;
        kernel.no_room_for_a_file = i == 0;
        kernel.no_shared = i == 1;
        struct keybox *box = prepared();
        assert_int_equal(fd_count_open(), before);
        assert_plain(box);
        keybox_free(box);
    }
}

static void one_plain_region_makes_a_box_plain(void **state)
{
    (void)state;
    memset(&kernel, 0, sizeof kernel);
    kernel.secret = true;
    struct keybox *box = prepared();
    char *large = calloc(1, REGION);
    assert_non_null(keybox_add(box, large, REGION));
    assert_true(keybox_is_secret(box));
    kernel.secret = false;
    assert_non_null(keybox_add(box, large, REGION));
    assert_int_equal(kernel.maps, 3);
    assert_false(keybox_is_secret(box));
    free(large);
    keybox_free(box);
    assert_int_equal(kernel.unmapped, REGION + 2 * 2 * REGION);
}

static void no_memory_is_told(void **state)
{
    (void)state;
    memset(&kernel, 0, sizeof kernel);
    kernel.no_memory = true;
    struct keybox *box = prepared();
    assert_null(keybox_add(box, KEY, strlen(KEY)));
    assert_int_equal(kernel.advices, 0);
    assert_true(keybox_is_secret(box)); /* there is nothing in it */
    kernel.no_memory = false;
    char *at = keybox_add(box, KEY, strlen(KEY));
    assert_string_equal(at, KEY);
    kernel.no_memory = true;
    char *large = calloc(1, REGION);
    assert_null(keybox_add(box, large, REGION));
    assert_string_equal(at, KEY);
    free(large);
    keybox_free(box);
}

static void regions_are_no_larger_than_they_need(void **state)
{
    (void)state;
    static const struct {
        size_t len, mapped;
    } ROWS[] = {
        {0, REGION},
        {REGION - 2 * HEAD - 1, REGION}, /* with a head, and one more, it is full */
        {REGION - 2 * HEAD, 2 * REGION},
        {2 * REGION - 2 * HEAD - 1, 3 * REGION},
        {REGION + 1, 2 * REGION},
    };
    char *text = calloc(1, 3 * REGION);
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++) {
        memset(&kernel, 0, sizeof kernel);
        struct keybox *box = keybox_new();
        assert_non_null(keybox_add(box, text, ROWS[i].len));
        assert_int_equal(kernel.maps, 1);
        assert_int_equal(kernel.mapped[0], ROWS[i].mapped);
        keybox_free(box);
        assert_int_equal(kernel.unmapped, ROWS[i].mapped);
    }
    free(text);
}

static void blocks_stand_close(void **state)
{
    (void)state;
    memset(&kernel, 0, sizeof kernel);
    struct keybox *box = prepared();
    char *none = keybox_add(box, "", 0), *whole = keybox_add(box, "123456789012345", 15),
         *more = keybox_add(box, "1234567890123456", 16), *last = keybox_add(box, "", 0);
    assert_int_equal(whole - none, 2 * HEAD);
    assert_int_equal(more - whole, 2 * HEAD);
    assert_int_equal(last - more, 3 * HEAD);
    assert_string_equal(more, "1234567890123456");
    keybox_remove(box, whole);
    keybox_remove(box, none);
    assert_ptr_equal(keybox_add(box, "1234567890123456", 16), none); /* both have become one */
    assert_string_equal(more, "1234567890123456");
    assert_int_equal(kernel.maps, 1);
    keybox_free(box);
}

/* What fits to the byte takes no new region, and what is one byte longer does. */
static void a_region_is_filled_to_the_last_byte(void **state)
{
    (void)state;
    memset(&kernel, 0, sizeof kernel);
    char *text = calloc(1, REGION);
    memset(text, 'x', REGION);
    struct keybox *box = prepared();
    char *at = keybox_add(box, text, REGION - HEAD - 1);
    assert_int_equal(kernel.maps, 1);
    assert_int_equal(strlen(at), REGION - HEAD - 1);
    keybox_remove(box, at);
    for (size_t i = 0; i < REGION - HEAD; i++)
        assert_int_equal(at[i], 0);
    assert_ptr_equal(keybox_add(box, text, REGION - HEAD - 1), at);
    assert_int_equal(kernel.maps, 1);
    keybox_remove(box, at);
    char *other = keybox_add(box, text, REGION - HEAD);
    assert_int_equal(kernel.maps, 2);
    assert_true(other < at || other >= at + REGION - HEAD);
    keybox_remove(box, other);
    for (size_t i = 0; i < REGION - HEAD; i++)
        assert_int_equal(other[i], 0);
    free(text);
    keybox_free(box);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(secret_memory_is_not_for_children),
        cmocka_unit_test(other_memory_is_locked_and_wiped_in_children),
        cmocka_unit_test(secret_memory_that_is_not_to_be_had_is_done_without),
        cmocka_unit_test(one_plain_region_makes_a_box_plain),
        cmocka_unit_test(no_memory_is_told),
        cmocka_unit_test(regions_are_no_larger_than_they_need),
        cmocka_unit_test(blocks_stand_close),
        cmocka_unit_test(a_region_is_filled_to_the_last_byte),
    };
    return cmocka_run_group_tests_name("keybox_regions", tests, NULL, NULL);
}
