/* A provider that works with tools of its own pauses and is asked to go on, in one attempt and for
 * one answer; one that pauses without end must not be asked without end. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "exchanges_fixture.h"

#define WHOLE(content, reason)                                                                     \
    "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\n\r\n"               \
    "{\"content\":[{\"type\":\"text\",\"text\":\"" content "\"}],\"stop_reason\":\"" reason        \
    "\",\"usage\":{\"input_tokens\":3,\"output_tokens\":2}}"
#define PLAIN "{\"type\":\"anthropic\",\"stream\":false}"

static void start(struct world *w, const char *config)
{
    open_world(w, WHOLE("a", "pause_turn"), config);
    w->peer.close_after = true;
    struct engine_attempt a = ask(w);
    exchanges_start(w->x, "c", 1, "seed", &a);
}

static int64_t usage(struct world *w, const char *name)
{
    json_t *all = json_object_get(json_array_get(w->facts, 0), "usage");
    return json_integer_value(json_object_get(all, name));
}

/* Eight times, then what is written is the answer. */
static void pauses_without_end(void **state)
{
    (void)state;
    struct world w;
    start(&w, PLAIN);
    while (!json_array_size(w.facts))
        turn(&w);
    json_t *fact = json_array_get(w.facts, 0);
    assert_string_equal(text(fact, "type"), "exchange_completed");
    assert_string_equal(text(fact, "finish_reason"), "length");
    assert_string_equal(text(fact, "content"), "aaaaaaaaa");
    assert_int_equal(w.peer.requests, 9);
    assert_int_equal(usage(&w, "input_tokens"), 27);
    assert_int_equal(usage(&w, "output_tokens"), 18);
    close_world(&w);
}

/* After any number of pauses up to that the answer is complete. */
static void goes_on_to_the_end(void **state)
{
    (void)state;
    static const char LAST[] = WHOLE("b", "end_turn");
    for (size_t pauses = 0; pauses <= 8; pauses++) {
        struct world w;
        char content[16];
        start(&w, PLAIN);
        while (!json_array_size(w.facts)) {
            if (w.peer.requests == pauses) { /* whoever asks next is told the end */
                w.peer.answer = LAST;
                w.peer.answer_len = strlen(LAST);
            }
            turn(&w);
        }
        json_t *fact = json_array_get(w.facts, 0);
        snprintf(content, sizeof content, "%.*sb", (int)pauses, "aaaaaaaa");
        assert_string_equal(text(fact, "finish_reason"), "stop");
        assert_string_equal(text(fact, "content"), content);
        assert_int_equal(w.peer.requests, pauses + 1);
        assert_int_equal(usage(&w, "input_tokens"), 3 * (pauses + 1));
        close_world(&w);
    }
}

/* Of a pause that is followed by a refusal the refusal is told. */
static void fails_behind_a_pause(void **state)
{
    (void)state;
    static const char LAST[] = "HTTP/1.1 503 No\r\nContent-Length: 0\r\n\r\n";
    struct world w;
    start(&w, PLAIN);
    while (w.peer.requests < 1)
        turn(&w);
    w.peer.answer = LAST;
    w.peer.answer_len = strlen(LAST);
    while (!json_array_size(w.facts))
        turn(&w);
    json_t *error = json_object_get(json_array_get(w.facts, 0), "error");
    assert_string_equal(text(error, "code"), "server_error");
    assert_int_equal(w.peer.requests, 2);
    close_world(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(pauses_without_end),
        cmocka_unit_test(goes_on_to_the_end),
        cmocka_unit_test(fails_behind_a_pause),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
