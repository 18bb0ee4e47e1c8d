/* Bytes that change between client and runner, or between journal and client; junk that is taken
 * for a message; descriptors that are lost on the way. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <sys/socket.h>

#include "common/cleanup.h"
#include "common/fd.h"
#include "heap_kept.h"
#include "proto/json/json_out.h"
#include "proto/json/json_tree.h"
#include "proto/link.h"

static struct json_span span_of(const char *text)
{
    return (struct json_span){text, strlen(text)};
}

static void assert_span(struct json_span span, const char *text)
{
    assert_non_null(span.at);
    assert_int_equal(span.len, strlen(text));
    assert_memory_equal(span.at, text, span.len);
}

static void spec_carries_the_clients_bytes(void **state)
{
    (void)state;
    const char council[] = "{ \"id\" : \"\\u0063\", \"n\":1.50 }";
    const char input[] = "\"a\\/b\xc3\xa4\"";
    json_t *keys = json_pack("{s:s}", "KEY", "secret");
    const struct link_spec spec = {.run_id = "r1",
                                   .council_id = "dynamic:c",
                                   .council = span_of(council),
                                   .input = span_of(input),
                                   .verbose = true,
                                   .deltas = true,
                                   .durable = true,
                                   .line_bytes = 4194304,
                                   .keys = keys};
    struct buf line = BUF_INIT(1 << 16);
    struct link_down down;
    struct error err;
    json_t *tree;
    int64_t v;
    assert_int_equal(link_make_spec(&line, &spec), 0);
    assert_int_equal(line.at[line.len - 1], '\n');
    assert_int_equal(link_parse_down(line.at, line.len, &down, &err), 0);
    assert_int_equal(down.type, LINK_SPEC);
    assert_int_equal(down.v, LINK_VERSION);
    const struct json_list *list = &down.scan.outer;
    assert_int_equal(json_span_int(json_list_find(list, "v"), &v), 0);
    assert_span(json_list_find(list, "council"), council);
    assert_span(json_list_find(list, "input"), input);
    assert_true(json_span_is(json_list_find(list, "run_id"), "r1"));
    assert_true(json_span_is(json_list_find(list, "council_id"), "dynamic:c"));
    assert_true(json_span_is(json_list_find(list, "verbose"), "debug"));
    assert_span(json_list_find(list, "deltas"), "true");
    assert_span(json_list_find(list, "durable"), "true");
    assert_span(json_list_find(list, "line_bytes"), "4194304");
    assert_span(json_list_find(list, "seed"), "null");
    static const char *const empty[] = {"options", "limits",   "catalogue", "providers",
                                        "prices",  "defaults", "tools"};
    for (size_t i = 0; i < ARRAY_LEN(empty); i++)
        assert_span(json_list_find(list, empty[i]), "{}");
    assert_int_equal(json_span_load(json_list_find(list, "keys"), &tree), 0);
    assert_true(json_equal(tree, keys));
    json_decref(tree);
    json_decref(keys);
    link_down_release(&down);
    buf_release(&line);
}

static void probe_carries_what_to_look_at(void **state)
{
    (void)state;
    static const char *const KINDS[] = {"check", "models"};
    json_t *keys = json_pack("{s:s}", "KEY", "secret");
    json_t *targets = json_pack("[{s:s, s:s}]", "provider", "p", "model", "m");
    for (int kind = 0; kind < 2; kind++) {
        const struct link_probe probe = {.run_id = "r1",
                                         .council_id = "probe:check",
                                         .kind = (enum link_probe_kind)kind,
                                         .timeout_ms = 1234,
                                         .targets = kind ? NULL : targets,
                                         .keys = keys};
        struct buf line = BUF_INIT(1 << 16);
        struct link_down down;
        struct error err;
        int64_t ms;
        assert_int_equal(link_make_probe(&line, &probe), 0);
        assert_int_equal(line.at[line.len - 1], '\n');
        assert_int_equal(link_parse_down(line.at, line.len, &down, &err), 0);
        assert_int_equal(down.type, LINK_PROBE);
        assert_int_equal(down.v, LINK_VERSION);
        assert_int_equal(down.probe, kind);
        const struct json_list *list = &down.scan.outer;
        assert_true(json_span_is(json_list_find(list, "kind"), KINDS[kind]));
        assert_int_equal(json_span_int(json_list_find(list, "timeout_ms"), &ms), 0);
        assert_int_equal(ms, 1234);
        assert_span(json_list_find(list, "targets"),
                    kind ? "[]" : "[{\"provider\":\"p\",\"model\":\"m\"}]");
        assert_span(json_list_find(list, "providers"), "{}");
        assert_span(json_list_find(list, "keys"), "{\"KEY\":\"secret\"}");
        link_down_release(&down);
        buf_release(&line);
    }
    json_decref(keys);
    json_decref(targets);
}

static void takes_commands(void **state)
{
    (void)state;
    struct buf line = BUF_INIT(1 << 16);
    struct link_down down;
    struct error err;
    assert_int_equal(link_make_cancel(&line, true, LINK_CAUSE_DEADLINE), 0);
    assert_int_equal(link_parse_down(line.at, line.len, &down, &err), 0);
    assert_int_equal(down.type, LINK_CANCEL);
    assert_true(down.now);
    assert_int_equal(down.cause, LINK_CAUSE_DEADLINE);
    link_down_release(&down);
    buf_clear(&line);
    assert_int_equal(link_make_deltas(&line, true), 0);
    assert_int_equal(link_parse_down(line.at, line.len, &down, &err), 0);
    assert_int_equal(down.type, LINK_DELTAS);
    assert_true(down.on);
    link_down_release(&down);
    buf_release(&line);
    const char later[] = "{\"type\":\"pause\",\"new\":true}";
    assert_int_equal(link_parse_down(later, strlen(later), &down, &err), 0);
    assert_int_equal(down.type, LINK_DOWN_UNKNOWN);
    link_down_release(&down);
    static const char *const junk[] = {
        "x",
        "{\"type\":\"spec\"}",
        "{\"type\":\"spec\",\"v\":\"1\"}",
        "{\"type\":\"cancel\",\"mode\":\"x\"}",
        "{\"type\":\"deltas\"}",
        "{\"type\":\"cancel\",\"mode\":\"now\"}",
        "{\"type\":\"cancel\",\"mode\":\"now\",\"cause\":\"boredom\"}"};
    for (size_t i = 0; i < ARRAY_LEN(junk); i++)
        assert_int_equal(link_parse_down(junk[i], strlen(junk[i]), &down, &err), -EBADMSG);
}

static void up(struct buf *line, struct link_up *ret)
{
    struct error err = {.number = 0};
    assert_int_equal(line->at[line->len - 1], '\n');
    assert_null(memchr(line->at, '\n', line->len - 1));
    assert_int_equal(link_parse_up(line->at, line->len, ret, &err), 0);
}

static void every_line_up_is_understood(void **state)
{
    (void)state;
    struct buf line = BUF_INIT(1 << 16);
    struct link_up got;
    const char event[] =
        "{\"v\":1,\"seq\":12,\"type\":\"run_completed\",\"x\":{\"seq\":7,\"type\":\"warning\"}}";

    assert_int_equal(link_make_ready(&line, NULL), 0);
    up(&line, &got);
    assert_int_equal(got.type, LINK_READY);
    link_up_release(&got);
    buf_clear(&line);

    assert_int_equal(link_make_event(&line, span_of(event)), 0);
    up(&line, &got);
    assert_int_equal(got.type, LINK_EVENT);
    assert_span(got.event, event);
    assert_int_equal(got.seq, 12);
    assert_int_equal(got.event_type, EVENT_RUN_COMPLETED);
    link_up_release(&got);
    buf_clear(&line);

    assert_int_equal(
        link_make_delta(&line, span_of("{\"x\":{\"type\":\"x\"},\"t\\u0079pe\":\"member_token\"}")),
        0);
    up(&line, &got);
    assert_int_equal(got.type, LINK_DELTA);
    assert_int_equal(got.event_type, EVENT_MEMBER_TOKEN);
    link_up_release(&got);
    buf_clear(&line);

    json_t *usage = json_pack("{s:i}", "input", 5);
    assert_int_equal(link_make_progress(&line, "round 1", usage, 3, NULL), 0);
    json_decref(usage);
    up(&line, &got);
    assert_int_equal(got.type, LINK_PROGRESS);
    assert_span(got.phase, "\"round 1\"");
    assert_span(got.usage, "{\"input\":5}");
    assert_span(got.calls, "3");
    assert_span(got.council_id, "null");
    link_up_release(&got);
    buf_clear(&line);

    assert_int_equal(link_make_result(&line, OUTCOME_DEGRADED, span_of("{\"a\":\n[1]}"), true), 0);
    up(&line, &got);
    assert_int_equal(got.type, LINK_RESULT);
    assert_int_equal(got.outcome, OUTCOME_DEGRADED);
    assert_span(got.result, "{\"a\": [1]}");
    link_up_release(&got);
    buf_release(&line);
}

static void failed_is_told_as_a_cause(void **state)
{
    (void)state;
    struct buf line = BUF_INIT(1 << 16);
    struct link_up got;
    char message[LINK_MESSAGE_MAX + 100];
    json_t *data = json_pack("[i]", 7);
    memset(message, 'm', sizeof(message));
    message[sizeof(message) - 1] = '\0';
    assert_int_equal(link_make_failed(&line, message, "resume_mismatch", data), 0);
    up(&line, &got);
    assert_int_equal(got.type, LINK_FAILED);
    assert_int_equal(json_string_length(json_object_get(got.failed, "message")), LINK_MESSAGE_MAX);
    assert_string_equal(json_string_value(json_object_get(got.failed, "code")), "resume_mismatch");
    assert_true(json_equal(json_object_get(got.failed, "data"), data));
    json_decref(data);
    link_up_release(&got);
    buf_clear(&line);
    assert_int_equal(link_make_failed(&line, "bad \xff bytes", NULL, NULL), 0);
    up(&line, &got);
    assert_string_equal(json_string_value(json_object_get(got.failed, "message")),
                        "bad \xef\xbf\xbd bytes");
    assert_int_equal(json_object_size(got.failed), 1);
    link_up_release(&got);
    buf_release(&line);
}

static void junk_is_refused_with_a_reason(void **state)
{
    (void)state;
    static const char *const rows[] = {
        "",
        "ready",
        "{}",
        "[]",
        "{\"type\":1}",
        "{\"type\":\"READY\"}",
        "{\"type\":\"ready\",\"type\":\"ready\"}",
        "{\"type\":\"failed\"}",
        "{\"type\":\"failed\",\"message\":1}",
        "{\"type\":\"event\"}",
        "{\"type\":\"event\",\"event\":[]}",
        "{\"type\":\"event\",\"event\":{}}",
        "{\"type\":\"event\",\"event\":{\"seq\":0}}",
        "{\"type\":\"event\",\"event\":{\"seq\":1.5}}",
        "{\"type\":\"event\",\"event\":{\"seq\":\"1\"}}",
        "{\"type\":\"delta\",\"event\":null}",
        "{\"type\":\"progress\",\"phase\":1}",
        "{\"type\":\"progress\",\"usage\":[]}",
        "{\"type\":\"progress\",\"calls\":-1}",
        "{\"type\":\"progress\",\"council_id\":{}}",
        "{\"type\":\"result\",\"result\":{}}",
        "{\"type\":\"result\",\"outcome\":null,\"result\":{}}",
        "{\"type\":\"result\",\"outcome\":\"done\",\"result\":{}}",
        "{\"type\":\"result\",\"outcome\":\"complete\"}",
    };
    for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
        struct link_up got;
        struct error err = {.number = 0};
        if (link_parse_up(rows[i], strlen(rows[i]), &got, &err) != -EBADMSG)
            fail_msg("taken: %s", rows[i]);
        assert_true(err.text[0] != '\0');
    }
}

static void unknown_members_and_events_are_fine(void **state)
{
    (void)state;
    const char line[] =
        " {\"x\":[1],\"event\":{\"type\":\"my_own\",\"seq\":1},\"type\":\"event\"}\r\n";
    struct link_up got;
    assert_int_equal(link_parse_up(line, strlen(line), &got, NULL), 0);
    assert_int_equal(got.seq, 1);
    assert_int_equal(got.event_type, -EINVAL);
    link_up_release(&got);
}

static void progress_has_a_limit(void **state)
{
    (void)state;
    char line[4000], phase[3000];
    struct link_up got;
    memset(phase, 'p', sizeof(phase));
    snprintf(line, sizeof(line), "{\"type\":\"progress\",\"phase\":\"%.2040s\"}", phase);
    assert_int_equal(link_parse_up(line, strlen(line), &got, NULL), 0);
    link_up_release(&got);
    snprintf(line, sizeof(line), "{\"type\":\"progress\",\"phase\":\"%.2050s\"}", phase);
    assert_int_equal(link_parse_up(line, strlen(line), &got, NULL), -EBADMSG);
}

/* The kernel attaches descriptors to bytes; they must arrive with the first, once, and
 * close-on-exec. */
static void descriptors_travel(void **state)
{
    (void)state;
    int pair[2], sent[2], got[LINK_FDS_MAX], before = fd_count_open();
    size_t n = 0;
    char bytes[64];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    assert_int_equal(pipe(sent), 0);
    assert_int_equal(link_send_fds(pair[0], "hello", 5, sent, 2), 5);
    assert_int_equal(link_send_fds(pair[0], " world", 6, NULL, 0), 6);
    close(sent[0]);
    close(sent[1]);
    size_t len = 0;
    while (len < 11) {
        ssize_t r = link_recv_fds(pair[1], bytes + len, 1, got, &n);
        assert_int_equal(r, 1);
        len += (size_t)r;
        assert_int_equal(n, 2);
    }
    assert_memory_equal(bytes, "hello world", 11);
    assert_int_equal(fcntl(got[0], F_GETFD), FD_CLOEXEC);
    assert_int_equal(write(got[1], "x", 1), 1);
    assert_int_equal(read(got[0], bytes, 1), 1);
    assert_int_equal(link_recv_fds(pair[1], bytes, sizeof(bytes), got, &n), -EAGAIN);
    close(pair[0]);
    assert_int_equal(link_recv_fds(pair[1], bytes, sizeof(bytes), got, &n), 0);
    assert_int_equal(link_send_fds(pair[1], "x", 1, NULL, 0), -EPIPE);
    close(pair[1]);
    close(got[0]);
    close(got[1]);
    assert_int_equal(fd_count_open(), before);
}

static void descriptors_too_many_are_closed(void **state)
{
    (void)state;
    int pair[2], before = fd_count_open(), got[LINK_FDS_MAX];
    int zero[LINK_FDS_MAX + 1] = {0};
    size_t n = 0;
    char bytes[8];
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
    for (int i = 0; i < 3; i++)
        assert_int_equal(link_send_fds(pair[0], "x", 1, zero, 4), 1);
    for (int i = 0; i < 3; i++)
        assert_int_equal(link_recv_fds(pair[1], bytes, 1, got, &n), 1);
    assert_int_equal(n, LINK_FDS_MAX);
    assert_int_equal(fd_count_open(), before + 2 + LINK_FDS_MAX);
    assert_int_equal(link_send_fds(pair[0], "x", 1, zero, LINK_FDS_MAX + 1), -EINVAL);
    for (size_t i = 0; i < n; i++)
        close(got[i]);
    for (int i = 0; i < 2; i++) {
        close(pair[i]);
    }
    assert_int_equal(fd_count_open(), before);
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(spec_carries_the_clients_bytes);
    assert_keeps_nothing(probe_carries_what_to_look_at);
    assert_keeps_nothing(takes_commands);
    assert_keeps_nothing(every_line_up_is_understood);
    assert_keeps_nothing(failed_is_told_as_a_cause);
    assert_keeps_nothing(junk_is_refused_with_a_reason);
    assert_keeps_nothing(unknown_members_and_events_are_fine);
    assert_keeps_nothing(progress_has_a_limit);
    assert_keeps_nothing(descriptors_travel);
    assert_keeps_nothing(descriptors_too_many_are_closed);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(spec_carries_the_clients_bytes),
        cmocka_unit_test(probe_carries_what_to_look_at),
        cmocka_unit_test(takes_commands),
        cmocka_unit_test(every_line_up_is_understood),
        cmocka_unit_test(failed_is_told_as_a_cause),
        cmocka_unit_test(junk_is_refused_with_a_reason),
        cmocka_unit_test(unknown_members_and_events_are_fine),
        cmocka_unit_test(progress_has_a_limit),
        cmocka_unit_test(descriptors_travel),
        cmocka_unit_test(descriptors_too_many_are_closed),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
