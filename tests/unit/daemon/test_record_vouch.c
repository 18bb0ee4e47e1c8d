/* Who vouches for what stands where in a record: a run can write whatever it likes into it, and
 * what is not named in the last line is its own word. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/buf.h"
#include "daemon/os/sys.h"
#include "daemon/records/record_file.h"
#include "daemon/records/record_vouch.h"
#include "lines_fixture.h"

static void assert_vouches(const struct record_vouch *v, const char *body, const char *wanted)
{
    struct buf line = BUF_INIT(4096);
    assert_int_equal(record_vouch_line(&line, v, 77, body, strlen(body)), 0);
    assert_string_equal(buf_str(&line), wanted);
    struct record_vouch back = {.spec = {9, 9}};
    assert_int_equal(record_vouch_read(line.at, line.len, 77, &back), 0);
    assert_int_equal(back.spec.at, v->spec.at);
    assert_int_equal(back.spec.len, v->spec.len);
    assert_int_equal(back.result.at, v->result.at);
    assert_int_equal(back.result.len, v->result.len);
    assert_string_equal(back.spec_sha256, v->spec_sha256);
    assert_int_equal(record_vouch_read(line.at, line.len, 76, &back), -EBADMSG);
    assert_int_equal(record_vouch_read(line.at, line.len, 78, &back), -EBADMSG);
    buf_release(&line);
}

static void what_is_vouched_for_is_read_back(void **state)
{
    (void)state;
    struct record_vouch v = {0};
    assert_vouches(&v, "{}", "{\"type\":\"down\",\"size\":77}");
    assert_vouches(&v, "{\"a\":1}", "{\"type\":\"down\",\"size\":77,\"a\":1}");
    v.spec = (struct record_range){0, 12};
    assert_vouches(&v, "{}", "{\"type\":\"down\",\"size\":77,\"spec_at\":0,\"spec_bytes\":12}");
    snprintf(v.spec_sha256, sizeof v.spec_sha256, "ab");
    v.result = (struct record_range){30, 1};
    assert_vouches(&v, "{\"a\":1}",
                   "{\"type\":\"down\",\"size\":77,\"spec_at\":0,\"spec_bytes\":12,"
                   "\"spec_sha256\":\"ab\",\"result_at\":30,\"result_bytes\":1,\"a\":1}");
}

static int vouched(const char *line, struct record_vouch *ret)
{
    *ret = (struct record_vouch){0};
    return record_vouch_read(line, strlen(line), 7, ret);
}

static void what_is_no_such_line_vouches_for_nothing(void **state)
{
    (void)state;
    static const char *const NONE[] = {"",
                                       "7",
                                       "[]",
                                       "{\"size\":7}",
                                       "{\"type\":\"down\"}",
                                       "{\"type\":\"downs\",\"size\":7}",
                                       "{\"type\":\"spec\",\"size\":7}",
                                       "{\"type\":\"down\",\"size\":\"7\"}",
                                       "{\"type\":\"down\",\"size\":7"};
    /* Ranges that are none are left out, the rest counts. */
    static const char *const RANGES[] = {"\"result_at\":-1,\"result_bytes\":5",
                                         "\"result_at\":1,\"result_bytes\":0",
                                         "\"result_at\":1,\"result_bytes\":-1",
                                         "\"result_at\":1",
                                         "\"result_bytes\":5",
                                         "\"result_at\":\"1\",\"result_bytes\":5",
                                         "\"result_at\":1,\"result_bytes\":\"5\""};
    struct record_vouch v;
    for (size_t i = 0; i < sizeof NONE / sizeof *NONE; i++)
        assert_int_equal(vouched(NONE[i], &v), -EBADMSG);
    for (size_t i = 0; i < sizeof RANGES / sizeof *RANGES; i++) {
        char line[256];
        snprintf(
            line, sizeof line,
            "{\"type\":\"down\",\"size\":7,\"spec_at\":0,\"spec_bytes\":1,\"spec_sha256\":5,%s}",
            RANGES[i]);
        assert_int_equal(vouched(line, &v), 0);
        assert_int_equal(v.result.len, 0);
        assert_int_equal(v.spec.len, 1);
        assert_string_equal(v.spec_sha256, "");
    }
}

static void a_spec_is_the_first_line(void **state)
{
    (void)state;
    char wanted[SHA256_HEX_SIZE], *line = NULL;
    struct record_vouch v = {.spec = {5, 5}, .spec_sha256 = "x"};
    static const char *const NONE[] = {"", "no break", "\nsecond\n"};
    for (size_t i = 0; i < 3; i++) {
        empty_file();
        write_text(NONE[i]);
        assert_int_equal(record_vouch_spec(file, size, &v, &line), 0);
        assert_null(line);
        assert_int_equal(v.spec.len, 0);
        assert_string_equal(v.spec_sha256, "");
    }
    empty_file();
    write_text("{\"a\":1}\nmore\n");
    assert_int_equal(record_vouch_spec(file, size, &v, &line), 0);
    assert_string_equal(line, "{\"a\":1}");
    assert_int_equal(v.spec.at, 0);
    assert_int_equal(v.spec.len, 7);
    sha256_hex("{\"a\":1}", 7, wanted);
    assert_string_equal(v.spec_sha256, wanted);
    free(line);
    assert_int_equal(record_vouch_spec(-1, size, &v, &line), -EBADF);
    assert_null(line);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(what_is_vouched_for_is_read_back),
        TEST(what_is_no_such_line_vouches_for_nothing),
        TEST(a_spec_is_the_first_line),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
