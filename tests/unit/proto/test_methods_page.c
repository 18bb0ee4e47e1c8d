/* A reference that tells something else than the daemon does is worse than none. */
#include <errno.h>
#include <fcntl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/file.h"
#include "proto/methods/methods.h"
#include "proto/methods/methods_page.h"

static void page_is_up_to_date(void **state)
{
    (void)state;
    struct buf made = BUF_INIT(4 << 20);
    struct error err = {.number = 0};
    char *page;
    size_t len;
    assert_int_equal(file_read(AT_FDCWD, "docs/protocol.md", 4 << 20, &page, &len, &err), 0);
    assert_int_equal(methods_page_update(&made, page, &err), 0);
    if (strcmp(buf_str(&made), page) != 0)
        fail_msg("docs/protocol.md is stale: run `make docs`");
    free(page);
    buf_release(&made);
}

static void page_tells_everything(void **state)
{
    (void)state;
    struct buf made = BUF_INIT(4 << 20);
    assert_int_equal(methods_page(&made), 0);
    const char *text = buf_str(&made);
    for (int i = 0; i < METHOD_COUNT; i++)
        assert_non_null(strstr(text, method_name((enum method)i)));
    for (int i = 0; i < NOTIFICATION_COUNT; i++)
        assert_non_null(strstr(text, notification_name((enum notification)i)));
    for (int i = 0; i < RPC_REASON_COUNT; i++)
        assert_non_null(strstr(text, rpc_reason_name((enum rpc_reason)i)));
    buf_release(&made);
}

/* Wherever there is no room for it, it is not made. */
static void a_page_that_has_no_room_is_none(void **state)
{
    (void)state;
    struct buf whole = BUF_INIT(4 << 20);
    assert_int_equal(methods_page(&whole), 0);
    for (size_t most = 0; most < whole.len; most += 23) {
        struct buf page = BUF_INIT(most);
        assert_int_equal(methods_page(&page), -EMSGSIZE);
        assert_int_equal(strncmp(buf_str(&page), buf_str(&whole), page.len), 0);
        buf_release(&page);
    }
    buf_release(&whole);
}

static void page_without_markers_is_left_alone(void **state)
{
    (void)state;
    struct buf made = BUF_INIT(4 << 20);
    struct error err = {.number = 0};
    assert_int_equal(methods_page_update(&made, "# Title\n", &err), -EINVAL);
    assert_int_equal(methods_page_update(&made, METHODS_PAGE_END METHODS_PAGE_BEGIN, &err),
                     -EINVAL);
    assert_int_equal(made.len, 0);
    assert_int_equal(
        methods_page_update(&made, "a\n" METHODS_PAGE_BEGIN "old\n" METHODS_PAGE_END "z\n", &err),
        0);
    assert_null(strstr(buf_str(&made), "old\n"));
    assert_int_equal(strncmp(buf_str(&made), "a\n" METHODS_PAGE_BEGIN, 10), 0);
    buf_release(&made);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(page_is_up_to_date),
        cmocka_unit_test(page_tells_everything),
        cmocka_unit_test(a_page_that_has_no_room_is_none),
        cmocka_unit_test(page_without_markers_is_left_alone),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
