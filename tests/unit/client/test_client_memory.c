/* Memory that runs out in the middle of anything is an error that is returned, and no DOWN that was
 * promised is lost by it. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "peer.h"
#include "tests/unit/daemon/failing.h"

static void is_out_of_memory(int64_t r)
{
    assert_int_equal(r, -ENOMEM);
}

/* A connection with one open monitor. */
static void open_with_monitor(struct peer *p)
{
    json_t *result;
    struct client_fault fault;
    assert_int_equal(peer_open(p, NULL), 0);
    peer_says(p, "{\"id\":1,\"result\":{\"ref\":\"r1\",\"run_id\":\"one\",\"pid\":1}}\n");
    assert_int_equal(client_call(p->client, "run.start", NULL, -1, &result, &fault, NULL), 0);
    json_decref(result);
}

static void sending(void **state)
{
    (void)state;
    struct peer p;
    int done = 0;
    for (int k = 0; failing_next(&k);) {
        failing_stop();
        open_with_monitor(&p);
        json_t *params = json_pack("{s:s}", "run_id", "two");
        failing_countdown = k;
        int64_t id = client_send(p.client, "run.monitor", params, NULL);
        failing_stop();
        if (id < 0)
            is_out_of_memory(id);
        /* A refused request has left nothing behind. */
        assert_int_equal(client_send(p.client, "m", NULL, NULL), id < 0 ? 2 : 3);
        done += id > 0;
        peer_close(&p);
    }
    assert_int_equal(done, 1);
    assert_true(failing_no_leak());
}

static void taking_a_reply(void **state)
{
    (void)state;
    struct peer p;
    int done = 0;
    for (int k = 0; failing_next(&k);) {
        failing_stop();
        open_with_monitor(&p);
        int64_t id =
            client_send(p.client, "run.monitor", json_pack("{s:s}", "run_id", "two"), NULL);
        peer_says(&p, "{\"id\":2,\"result\":{\"ref\":\"r2\",\"more\":[1.5,\"text\"]}}\n");
        failing_countdown = k;
        int r = client_step(p.client, NULL);
        failing_stop();
        if (r < 0)
            is_out_of_memory(r);
        fd_close(&p.fd);
        assert_int_equal(client_step(p.client, NULL), -ECONNRESET);
        json_t *result;
        struct client_fault fault;
        int here = client_reply(p.client, id, &result, &fault);
        assert_int_equal(here, r == 1);
        if (here)
            json_decref(result);
        assert_non_null(strstr(p.heard, "run.down one noconnection\n"));
        if (r == 1)
            assert_string_equal(p.heard, "run.down two noconnection\nrun.down one noconnection\n");
        done += r == 1;
        peer_close(&p);
    }
    assert_int_equal(done, 1);
    assert_true(failing_no_leak());
}

static void taking_a_notification(void **state)
{
    (void)state;
    struct peer p;
    int done = 0;
    for (int k = 0; failing_next(&k);) {
        failing_stop();
        open_with_monitor(&p);
        peer_says(&p, "{\"method\":\"run.event\",\"params\":{\"run_id\":\"one\",\"event\":{}}}\n");
        failing_countdown = k;
        int r = client_step(p.client, NULL);
        failing_stop();
        if (r < 0)
            is_out_of_memory(r);
        assert_int_equal(p.notes, r == 1);
        done += r == 1;
        peer_close(&p);
    }
    assert_int_equal(done, 1);
    assert_true(failing_no_leak());
}

static void losing_needs_no_memory(void **state)
{
    (void)state;
    struct peer p;
    int done = 0;
    for (int k = 0; failing_next(&k);) {
        failing_stop();
        open_with_monitor(&p);
        fd_close(&p.fd);
        failing_countdown = k;
        int r = client_step(p.client, NULL);
        if (r != -ECONNRESET) {
            is_out_of_memory(r);
            r = client_step(p.client, NULL);
        }
        failing_stop();
        assert_int_equal(r, -ECONNRESET);
        assert_string_equal(p.heard, "run.down one noconnection\n");
        done++;
        peer_close(&p);
    }
    assert_true(done > 0);
    assert_true(failing_no_leak());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(sending),
        cmocka_unit_test(taking_a_reply),
        cmocka_unit_test(taking_a_notification),
        cmocka_unit_test(losing_needs_no_memory),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
