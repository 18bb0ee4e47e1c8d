/* Replies that are mistaken for each other, lost DOWNs, and events whose bytes change on the way.
 */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "client/client_wait.h"
#include "common/fd.h"

struct fixture {
    struct client *client;
    int daemon;       /* the other end */
    char heard[4096]; /* what the callback was told, one line each */
};

static void note(void *arg, const struct client_note *n)
{
    struct fixture *f = arg;
    size_t len = strlen(f->heard);
    char *params = json_dumps(n->params, JSON_COMPACT | JSON_SORT_KEYS);
    snprintf(f->heard + len, sizeof f->heard - len, "%s %.*s\n", n->method,
             (int)(n->event ? n->event_len : strlen(params)), n->event ? n->event : params);
    free(params);
}

static int setup(void **state)
{
    struct fixture *f = calloc(1, sizeof *f);
    int pair[2];
    if (!f || socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair) < 0)
        return -1;
    if (client_new(pair[0], NULL, &f->client, NULL) < 0)
        return -1;
    f->daemon = pair[1];
    client_on_notification(f->client, note, f);
    *state = f;
    return 0;
}

static int teardown(void **state)
{
    struct fixture *f = *state;
    client_free(f->client);
    fd_close(&f->daemon);
    free(f);
    return 0;
}

static void says(struct fixture *f, const char *lines)
{
    assert_int_equal(fd_write_all(f->daemon, lines, strlen(lines)), 0);
}

static void requests_are_one_line_each(void **state)
{
    struct fixture *f = *state;
    assert_int_equal(client_send(f->client, "run.info", json_pack("{s:s}", "run_id", "a\nb"), NULL),
                     1);
    assert_int_equal(client_send(f->client, "supervisor.info", NULL, NULL), 2);
    char got[500] = "";
    assert_true(read(f->daemon, got, sizeof got - 1) > 0);
    assert_string_equal(
        got,
        "{\"jsonrpc\":\"2.0\",\"id\":1,\"method\":\"run.info\",\"params\":{\"run_id\":\"a\\nb\"}}\n"
        "{\"jsonrpc\":\"2.0\",\"id\":2,\"method\":\"supervisor.info\",\"params\":{}}\n");
}

static void replies_are_told_apart_by_their_id(void **state)
{
    struct fixture *f = *state;
    int64_t first = client_send(f->client, "a", NULL, NULL);
    int64_t second = client_send(f->client, "b", NULL, NULL);
    says(f, "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{\"n\":2}}\n"
            "{\"jsonrpc\":\"2.0\",\"id\":77,\"result\":{}}\n{\"jsonrpc\":\"2.0\",\"id\":1,\"resu");
    assert_int_equal(client_wait(f->client, 1000, NULL), 1);
    json_t *result;
    struct client_fault fault;
    assert_int_equal(client_reply(f->client, first, &result, &fault), 0);
    assert_int_equal(client_reply(f->client, second, &result, &fault), 1);
    assert_int_equal(json_integer_value(json_object_get(result, "n")), 2);
    json_decref(result);
    says(f, "lt\":{\"n\":1}}\n");
    assert_int_equal(client_wait(f->client, 1000, NULL), 1);
    assert_int_equal(client_reply(f->client, first, &result, &fault), 1);
    assert_int_equal(json_integer_value(json_object_get(result, "n")), 1);
    json_decref(result);
    assert_int_equal(client_reply(f->client, first, &result, &fault), 0);
}

static void faults_come_with_their_reason(void **state)
{
    struct fixture *f = *state;
    says(f, "{\"jsonrpc\":\"2.0\",\"id\":1,\"error\":{\"code\":-32005,\"message\":\"m\","
            "\"data\":{\"reason\":\"not_found\"}}}\n");
    json_t *result = NULL;
    struct client_fault fault;
    assert_int_equal(client_call(f->client, "a", NULL, -1, &result, &fault, NULL), -EREMOTEIO);
    assert_string_equal(fault.reason, "not_found");
    client_fault_release(&fault);

    /* A line that was too long for the daemon is answered without an id. */
    says(f, "{\"jsonrpc\":\"2.0\",\"id\":null,\"error\":{\"code\":-32010,\"message\":\"m\","
            "\"data\":{\"reason\":\"request_too_large\"}}}\n");
    assert_int_equal(client_call(f->client, "a", NULL, -1, &result, &fault, NULL), -EREMOTEIO);
    assert_string_equal(fault.reason, "request_too_large");
    client_fault_release(&fault);
}

static void events_keep_their_bytes(void **state)
{
    struct fixture *f = *state;
    says(f, "{\"jsonrpc\":\"2.0\",\"method\":\"run.event\",\"params\":{\"ref\":\"r\",\"event\": "
            "{\"x\" : 0.70,\"u\":\"\\u00e4\"} ,\"run_id\":\"a\"}}\n"
            "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":true}\n");
    json_t *result;
    struct client_fault fault;
    assert_int_equal(client_call(f->client, "a", NULL, -1, &result, &fault, NULL), 0);
    json_decref(result);
    assert_string_equal(f->heard, "run.event {\"x\" : 0.70,\"u\":\"\\u00e4\"}\n");
}

static void open_monitors_get_noconnection(void **state)
{
    struct fixture *f = *state;
    json_t *result;
    struct client_fault fault;
    says(f, "{\"jsonrpc\":\"2.0\",\"id\":1,\"result\":{\"ref\":\"ref_1\"}}\n"
            "{\"jsonrpc\":\"2.0\",\"method\":\"run.down\",\"params\":{\"ref\":\"ref_1\"}}\n");
    assert_int_equal(client_call(f->client, "run.monitor", json_pack("{s:s}", "run_id", "a"), -1,
                                 &result, &fault, NULL),
                     0);
    json_decref(result);
    says(f, "{\"jsonrpc\":\"2.0\",\"id\":2,\"result\":{\"ref\":\"ref_2\",\"run_id\":\"b\",\"pid\":"
            "7}}\n");
    assert_int_equal(client_call(f->client, "run.start", NULL, -1, &result, &fault, NULL), 0);
    json_decref(result);
    fd_close(&f->daemon);
    struct error err;
    int r;
    while ((r = client_wait(f->client, 1000, &err)) >= 0)
        ;
    assert_int_equal(r, -ECONNRESET);
    assert_string_equal(f->heard,
                        "run.down {\"ref\":\"ref_1\"}\n"
                        "run.down {\"containment\":null,\"outcome\":null,\"pid\":7,\"reason\":"
                        "{\"kind\":\"noconnection\"},\"ref\":\"ref_2\",\"run_id\":\"b\","
                        "\"rusage\":null,\"stopped_by\":null}\n");
    assert_int_equal(client_wait(f->client, 1000, &err), -ECONNRESET);
}

static void no_daemon_is_told_apart(void **state)
{
    (void)state;
    struct client *c;
    struct error err;
    assert_int_equal(client_open("/nonexistent/councild.sock", NULL, &c, &err), -ENOENT);
    assert_int_equal(client_open("/dev/null", NULL, &c, &err), -ECONNREFUSED);
    char long_path[200];
    memset(long_path, 'x', sizeof long_path - 1);
    long_path[sizeof long_path - 1] = '\0';
    assert_int_equal(client_open(long_path, NULL, &c, &err), -ENAMETOOLONG);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(requests_are_one_line_each, setup, teardown),
        cmocka_unit_test_setup_teardown(replies_are_told_apart_by_their_id, setup, teardown),
        cmocka_unit_test_setup_teardown(faults_come_with_their_reason, setup, teardown),
        cmocka_unit_test_setup_teardown(events_keep_their_bytes, setup, teardown),
        cmocka_unit_test_setup_teardown(open_monitors_get_noconnection, setup, teardown),
        cmocka_unit_test(no_daemon_is_told_apart),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
