/* A run whose member calls a program: what was started is ended when nobody waits for it any more,
 * and not when the process of the run is. */
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/clock.h"
#include "council_run_fixture.h"
#include "net/http_peer.h"
#include "runner/tool/keeper_process.h"

enum { LIMIT_MS = 60000, FDS_MAX = 8 };

#define CALLS                                                                                      \
    "{\"choices\":[{\"index\":0,\"message\":{\"content\":\"\",\"tool_calls\":[{\"id\":\"t1\","     \
    "\"type\":\"function\",\"function\":{\"name\":\"nap\",\"arguments\":\"{}\"}}]},"               \
    "\"finish_reason\":\"tool_calls\"}]}"
#define NAP "\"kind\":\"command\",\"description\":\"sleeps\",\"parameters\":{\"type\":\"object\"}"
#define HOUSE                                                                                      \
    "\"catalogue\":{\"tools\":{\"nap\":{" NAP "}}},\"tools\":{\"nap\":{" NAP                       \
    ",\"argv\":[\"/bin/sh\",\"-c\",\"read nothing; exec sleep 1000\"]}},\"allow_addresses\":["     \
    "\"127.0.0.0/8\"],\"providers\":{\"house\":{\"type\":\"openai\",\"stream\":false,"             \
    "\"base_url\":\"http://127.0.0.1:%d/v1\"}}"
#define SEATS                                                                                      \
    "{\"schema_version\":1,\"id\":\"one\",\"members\":[{\"id\":\"ann\",\"provider\":\"house\","    \
    "\"model\":\"m\",\"tools\":[\"nap\"]},{\"id\":\"bob\",\"provider\":\"house\",\"model\":"       \
    "\"m\",\"tools\":[\"nap\"]}],\"rounds\":[{\"type\":\"independent_analysis\"}]}"

static size_t descriptors(const struct world *w)
{
    struct pollfd fds[FDS_MAX];
    return council_run_fds(w->run, fds, FDS_MAX);
}

static size_t told(const struct world *w, const char *type)
{
    size_t i, n = 0;
    json_t *event;
    json_array_foreach (w->events, i, event)
        n += j_has(event, "type", type);
    return n;
}

/* Until both members wait for their program. */
static void until_both_call(struct world *w, struct peer *peer)
{
    int64_t end = clock_mono_ms() + LIMIT_MS;
    while (told(w, "tool_call_request") < 2 && clock_mono_ms() < end) {
        peer_turn(peer, w->http);
        council_run_step(w->run);
        hear_all(w);
    }
    assert_int_equal(told(w, "tool_call_request"), 2);
    assert_true(descriptors(w) > 0);
}

static void a_cancelled_run_ends_its_programs(void **state)
{
    (void)state;
    static const enum link_cause CAUSES[] = {LINK_CAUSE_CLIENT, LINK_CAUSE_DEADLINE};
    for (size_t i = 0; i < sizeof(CAUSES) / sizeof(*CAUSES); i++) {
        struct world w;
        struct peer peer;
        char *answer = xasprintf("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
                                 "Content-Length: %zu\r\n\r\n%s",
                                 strlen(CALLS), CALLS);
        peer_init(&peer, answer);
        char *house = xasprintf(HOUSE, peer.port);
        open_run_in(&w, house, SEATS, "s", O_RDWR | O_APPEND);
        council_run_begin(w.run);
        assert_int_equal(descriptors(&w), 0);
        until_both_call(&w, &peer);
        council_run_cancel(w.run, true, CAUSES[i]);
        play(&w);
        assert_int_equal(descriptors(&w), 0);
        assert_string_equal(j_str(w.result, "outcome", ""), "cancelled");
        close_run(&w);
        peer_release(&peer);
        free(house);
        free(answer);
    }
}

/* The keeper of these runs is this program once more. */
int main(int argc, char **argv)
{
    if (argc == 2 && !strcmp(argv[1], KEEPER_FLAG))
        return keeper_main(KEEPER_FD);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_cancelled_run_ends_its_programs),
    };
    signal(SIGPIPE, SIG_IGN); /* as the runner does */
    return cmocka_run_group_tests(tests, NULL, NULL);
}
