/* The runner as councild sees it, over a socketpair: what it says, in which order, what stands in
 * the journal, and how it ends. */
#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

#include <cmocka.h>

#include "common/buf.h"
#include "common/clock.h"
#include "common/fd.h"
#include "proto/json/json_tree.h"
#include "proto/link.h"
#include "runner/host.h"

#define KEY "sk-a-key-that-nobody-may-see"

static const char COUNCIL[] =
    "{\"schema_version\": 1, \"id\": \"three\", \"members\": [{\"id\": \"ann\", \"provider\":"
    " \"mock\", \"model\": \"m1\"}, {\"id\": \"bob\", \"provider\": \"mock\", \"model\": \"m2\"},"
    " {\"id\": \"cy\", \"provider\": \"mock\", \"model\": \"m3\"}], \"rounds\": [{\"type\":"
    " \"independent_analysis\"}, {\"type\": \"anonymized_peer_review\"}, {\"type\":"
    " \"synthesis\"}], \"chair\": {\"provider\": \"mock\", \"model\": \"m1\"}}";

/* One runner and what came from it. */
struct run {
    pid_t pid;
    int link, journal;
    struct buf in;
    json_t *events; /* lifecycle, in order */
    size_t deltas, progress, ready;
    json_t *result, *failed;
    bool eof;
};

static void start_runner(struct run *r)
{
    int pair[2];
    *r = (struct run){.link = -1, .journal = -1, .events = json_array()};
    buf_init(&r->in, 64 << 20);
    assert_int_equal(socketpair(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0, pair), 0);
    r->pid = fork();
    if (r->pid == 0) {
        close(pair[0]);
        _exit(host_main(pair[1]));
    }
    close(pair[1]);
    r->link = pair[0];
}

static void send_all(int fd, const char *bytes, size_t len, const int *fds, size_t n)
{
    while (len) {
        ssize_t sent = link_send_fds(fd, bytes, len, fds, n);
        if (sent == -EAGAIN) {
            struct pollfd p = {.fd = fd, .events = POLLOUT};
            poll(&p, 1, 10000);
            continue;
        }
        assert_true(sent > 0);
        bytes += sent;
        len -= (size_t)sent;
        n = 0;
    }
}

static struct json_span span(const char *text)
{
    return (struct json_span){text, strlen(text)};
}

struct ask {
    const char *council, *input, *seed;
    const char *options, *limits, *providers; /* JSON texts or NULL */
    int journal;                              /* descriptor to use, -1: a file */
    int resume;                               /* descriptor of a journal to resume from, 0: none */
};

static json_t *tree(const char *text, const char *otherwise)
{
    json_t *value = json_loads(text ? text : otherwise, 0, NULL);
    assert_non_null(value);
    return value;
}

static int temporary(void)
{
    char path[] = "/tmp/runner-journal-XXXXXX";
    int fd = mkostemp(path, O_APPEND | O_CLOEXEC);
    unlink(path);
    return fd;
}

static void send_spec(struct run *r, const struct ask *ask)
{
    json_t *options = tree(ask->options, "{}"), *limits = tree(ask->limits, "{}");
    json_t *providers = tree(ask->providers, "{\"mock\": {\"type\": \"mock\"}}");
    json_t *keys = json_pack("{s:s}", "SOME_KEY", KEY);
    struct link_spec spec = {.run_id = "run_test",
                             .council_id = "dynamic:three",
                             .council = span(ask->council ? ask->council : COUNCIL),
                             .input = span(ask->input ? ask->input : "\"Tea or coffee?\""),
                             .seed = ask->resume ? ask->seed
                                     : ask->seed ? ask->seed
                                                 : "seed",
                             .options = options,
                             .limits = limits,
                             .providers = providers,
                             .keys = keys};
    struct buf line = BUF_INIT(8 << 20);
    assert_int_equal(link_make_spec(&line, &spec), 0);
    r->journal = ask->journal > 0 ? ask->journal : temporary();
    int fds[] = {r->journal, ask->resume};
    send_all(r->link, line.at, line.len, fds, ask->resume ? 2 : 1);
    buf_release(&line);
    json_decref(options);
    json_decref(limits);
    json_decref(providers);
    json_decref(keys);
}

static void take_event(struct run *r, const struct link_up *up)
{
    json_t *event = NULL;
    assert_int_equal(r->ready, 1);
    assert_null(r->result);
    assert_int_equal(json_span_load(up->event, &event), 0);
    if (up->type == LINK_EVENT) {
        assert_int_equal(up->seq, json_array_size(r->events) + 1);
        json_array_append(r->events, event);
    } else {
        r->deltas++;
    }
    json_decref(event);
}

static void take_line(struct run *r, const char *line, size_t len)
{
    struct link_up up;
    struct error err = {0};
    assert_null(memmem(line, len, KEY, strlen(KEY)));
    if (link_parse_up(line, len, &up, &err) < 0)
        fail_msg("%s: %.*s", err.text, (int)len, line);
    if (up.type == LINK_READY)
        r->ready++;
    else if (up.type == LINK_FAILED)
        r->failed = json_incref(up.failed);
    else if (up.type == LINK_PROGRESS)
        r->progress++;
    else if (up.type == LINK_RESULT)
        assert_int_equal(json_span_load(up.result, &r->result), 0);
    else
        take_event(r, &up);
    link_up_release(&up);
}

/* Reads for a moment: false at the end of the link. */
static bool listen_once(struct run *r)
{
    struct pollfd p = {.fd = r->link, .events = POLLIN};
    char bytes[65536];
    assert_int_equal(poll(&p, 1, 20000), 1);
    ssize_t n = recv(r->link, bytes, sizeof(bytes), 0);
    if (n <= 0)
        return false;
    assert_int_equal(buf_add(&r->in, bytes, (size_t)n), 0);
    char *end;
    while (r->in.len && (end = memchr(r->in.at, '\n', r->in.len))) {
        size_t len = (size_t)(end - r->in.at);
        take_line(r, r->in.at, len);
        buf_consume(&r->in, len + 1);
    }
    return true;
}

static int wait_for_end(struct run *r)
{
    int status = 0;
    while (listen_once(r))
        ;
    assert_int_equal(r->in.len, 0);
    assert_int_equal(waitpid(r->pid, &status, 0), r->pid);
    return status;
}

static const char *text(json_t *object, const char *name)
{
    const char *value = json_string_value(json_object_get(object, name));
    return value ? value : "";
}

static void until_event(struct run *r, const char *type)
{
    size_t from = 0;
    for (;;) {
        for (; from < json_array_size(r->events); from++)
            if (!strcmp(text(json_array_get(r->events, from), "type"), type))
                return;
        assert_true(listen_once(r));
    }
}

/* The journal holds the bytes of the events that were told, each in a line, and nothing else. */
static void journal_is_what_was_told(struct run *r)
{
    struct buf all = BUF_INIT(64 << 20);
    char bytes[65536];
    ssize_t n;
    off_t at = 0;
    while ((n = pread(r->journal, bytes, sizeof(bytes), at)) > 0) {
        assert_int_equal(buf_add(&all, bytes, (size_t)n), 0);
        at += n;
    }
    assert_null(memmem(all.at, all.len, KEY, strlen(KEY)));
    for (size_t i = 0; i < json_array_size(r->events); i++) {
        char *end = memchr(all.at, '\n', all.len);
        assert_non_null(end);
        json_t *event = json_loadb(all.at, (size_t)(end - all.at), 0, NULL);
        assert_true(json_equal(event, json_array_get(r->events, i)));
        json_decref(event);
        buf_consume(&all, (size_t)(end - all.at) + 1);
    }
    assert_int_equal(all.len, 0);
    buf_release(&all);
}

static size_t count_events(struct run *r, const char *type)
{
    size_t i, count = 0;
    json_t *event;
    json_array_foreach (r->events, i, event)
        count += !strcmp(text(event, "type"), type);
    return count;
}

static void forget(struct run *r)
{
    buf_release(&r->in);
    json_decref(r->events);
    json_decref(r->result);
    json_decref(r->failed);
    fd_close(&r->link);
    fd_close(&r->journal);
}

static void send_line(struct run *r, struct buf *line)
{
    send_all(r->link, line->at, line->len, NULL, 0);
    buf_release(line);
}

static void set_deltas(struct run *r, bool on)
{
    struct buf line = BUF_INIT(1000);
    link_make_deltas(&line, on);
    send_line(r, &line);
}

static void run_whole(struct run *r, const struct ask *ask, bool deltas)
{
    start_runner(r);
    send_spec(r, ask);
    if (deltas)
        set_deltas(r, true);
    assert_int_equal(wait_for_end(r), 0);
    assert_int_equal(r->ready, 1);
    assert_non_null(r->result);
    journal_is_what_was_told(r);
}

static void three_stages(void **state)
{
    (void)state;
    struct run r;
    run_whole(&r, &(struct ask){0}, false);
    assert_string_equal(text(r.result, "outcome"), "complete");
    assert_true(strlen(text(json_object_get(r.result, "final"), "content")) > 100);
    assert_int_equal(json_array_size(json_object_get(r.result, "rounds")), 3);
    assert_int_equal(count_events(&r, "member_completed"), 7);
    assert_string_equal(text(json_array_get(r.events, 0), "type"), "run_started");
    size_t last = json_array_size(r.events) - 1;
    assert_string_equal(text(json_array_get(r.events, last), "type"), "run_completed");
    assert_int_equal(r.deltas, 0);
    assert_true(r.progress >= 3);
    forget(&r);
}

static void three_stages_streamed(void **state)
{
    (void)state;
    struct run r;
    struct ask ask = {.options = "{\"overrides\": {\"all\": {\"provider_options\": {\"delay_ms\":"
                                 " 50, \"token_delay_ms\": 1}}}}"};
    run_whole(&r, &ask, true);
    assert_string_equal(text(r.result, "outcome"), "complete");
    assert_true(r.deltas > 50);
    forget(&r);
}

/* Takes out what may differ between two runs of one seed. */
static void strip(json_t *value)
{
    static const char *const NAMES[] = {"timing",   "latency_ms", "started_ms", "first_token_ms",
                                        "ended_ms", "run_id",     "deadline_ms"};
    const char *name;
    json_t *member;
    size_t i;
    for (i = 0; json_is_object(value) && i < sizeof(NAMES) / sizeof(NAMES[0]); i++)
        json_object_del(value, NAMES[i]);
    json_object_foreach (value, name, member)
        strip(member);
    json_array_foreach (value, i, member)
        strip(member);
}

static char *result_of_seed(const char *seed)
{
    struct run r;
    run_whole(&r, &(struct ask){.seed = seed}, false);
    strip(r.result);
    char *dump = json_dumps(r.result, JSON_INDENT(1));
    forget(&r);
    return dump;
}

static void equal_seeds_give_equal_results(void **state)
{
    (void)state;
    char *a = result_of_seed("one"), *b = result_of_seed("one"), *c = result_of_seed("two");
    assert_string_equal(a, b);
    assert_string_not_equal(a, c);
    free(a);
    free(b);
    free(c);
}

/* A copy of a journal: whole lines, then `torn` bytes of the next one. */
static int cut_journal(int journal, size_t lines, size_t torn)
{
    struct buf all = BUF_INIT(64 << 20);
    char bytes[65536];
    ssize_t n;
    off_t at = 0;
    while ((n = pread(journal, bytes, sizeof(bytes), at)) > 0) {
        assert_int_equal(buf_add(&all, bytes, (size_t)n), 0);
        at += n;
    }
    size_t len = 0;
    while (lines--)
        len = (size_t)((char *)memchr(all.at + len, '\n', all.len - len) - all.at) + 1;
    int fd = temporary();
    assert_int_equal(write(fd, all.at, len + torn), len + torn);
    buf_release(&all);
    return fd;
}

static const char RESUME[] = "{\"resume_from\": \"run_test\"}";

/* Takes out what a resumed run may have otherwise. */
static void strip_resumed(json_t *value)
{
    static const char *const NAMES[] = {"reused", "resume", "usage", "cost", "attempts", "budget"};
    const char *name;
    json_t *member;
    size_t i;
    for (i = 0; json_is_object(value) && i < sizeof(NAMES) / sizeof(NAMES[0]); i++)
        json_object_del(value, NAMES[i]);
    json_object_foreach (value, name, member)
        strip_resumed(member);
    json_array_foreach (value, i, member)
        strip_resumed(member);
}

static char *dump_resumed(json_t *result)
{
    strip(result);
    strip_resumed(result);
    return json_dumps(result, JSON_INDENT(1));
}

/* A seed that nobody chose comes from the journal, and with it every label and prompt. */
static void resumed(void **state)
{
    (void)state;
    struct run whole, again;
    run_whole(&whole, &(struct ask){.seed = "drawn"}, false);
    char *expected = dump_resumed(whole.result);
    size_t lines = json_array_size(whole.events);
    for (size_t cut = 0; cut <= lines; cut += 5) {
        int fd = cut_journal(whole.journal, cut, cut < lines ? 20 : 0);
        run_whole(&again,
                  &(struct ask){.seed = cut ? NULL : "drawn", .options = RESUME, .resume = fd},
                  false);
        assert_int_equal(count_events(&again, "run_resumed"), 1);
        assert_int_equal(count_events(&again, "carried_end"), 1);
        char *got = dump_resumed(again.result);
        assert_string_equal(got, expected);
        free(got);
        close(fd);
        forget(&again);
    }
    free(expected);
    forget(&whole);
}

static void resume_refused(const char *input, const char *options, int journal, const char *word)
{
    struct run r;
    start_runner(&r);
    send_spec(&r, &(struct ask){.input = input, .options = options, .resume = journal});
    assert_int_not_equal(wait_for_end(&r), 0);
    assert_int_equal(r.ready, 0);
    assert_string_equal(text(r.failed, "code"), "resume_mismatch");
    json_t *list = json_object_get(json_object_get(r.failed, "data"), "differences");
    assert_string_equal(json_string_value(json_array_get(list, 0)), word);
    forget(&r);
}

static void resume_mismatch(void **state)
{
    (void)state;
    struct run whole, again;
    run_whole(&whole, &(struct ask){0}, false);
    int fd = cut_journal(whole.journal, 9, 3);
    resume_refused("\"Milk?\"", RESUME, fd, "input_sha256");
    resume_refused(NULL, "{\"resume_from\": \"x\", \"seed\": \"other\"}", fd, "seed");
    resume_refused(NULL, RESUME, 0, "journal");
    run_whole(&again,
              &(struct ask){.input = "\"Milk?\"",
                            .options = "{\"resume_from\": \"x\", \"resume_policy\": "
                                       "\"matching\"}",
                            .resume = fd},
              false);
    assert_string_equal(text(again.result, "outcome"), "complete");
    close(fd);
    fd = temporary();
    assert_int_equal(write(fd, "{}\n[1]\n{\"seq\":2}\n", 18), 18); /* where is line 1? */
    resume_refused(NULL, RESUME, fd, "journal");
    close(fd);
    forget(&again);
    forget(&whole);
}

static const char SLOW[] = "{\"overrides\": {\"all\": {\"provider_options\": {\"delay_ms\": 60000}"
                           "}}}";

static void cancelled(void **state)
{
    (void)state;
    struct run r;
    struct buf line = BUF_INIT(1000);
    start_runner(&r);
    send_spec(&r, &(struct ask){.options = SLOW});
    until_event(&r, "member_started");
    link_make_cancel(&line, true, LINK_CAUSE_CLIENT);
    send_line(&r, &line);
    assert_int_equal(wait_for_end(&r), 0);
    assert_string_equal(text(r.result, "outcome"), "cancelled");
    assert_int_equal(count_events(&r, "cancel_requested"), 1);
    assert_int_equal(count_events(&r, "run_failed"), 1);
    journal_is_what_was_told(&r);
    forget(&r);
}

static void terminated(void **state)
{
    (void)state;
    struct run r;
    start_runner(&r);
    send_spec(&r, &(struct ask){.options = SLOW});
    until_event(&r, "member_started");
    kill(r.pid, SIGTERM);
    int status = wait_for_end(&r);
    assert_true(WIFSIGNALED(status));
    assert_int_equal(WTERMSIG(status), SIGTERM);
    assert_null(r.result);
    assert_int_equal(count_events(&r, "run_failed"), 0);
    journal_is_what_was_told(&r);
    forget(&r);
}

static void spare_ends(void **state)
{
    (void)state;
    struct run r;
    int status;
    start_runner(&r);
    shutdown(r.link, SHUT_WR);
    assert_int_equal(wait_for_end(&r), 0);
    forget(&r);
    start_runner(&r);
    kill(r.pid, SIGTERM);
    assert_int_equal(waitpid(r.pid, &status, 0), r.pid);
    assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
    forget(&r);
}

static void link_lost(void **state)
{
    (void)state;
    struct run r;
    int status;
    start_runner(&r);
    send_spec(&r, &(struct ask){.options = SLOW});
    until_event(&r, "member_started");
    fd_close(&r.link);
    assert_int_equal(waitpid(r.pid, &status, 0), r.pid);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == RUNNER_EXIT_LINK_LOST);
    forget(&r);
}

static void full_disk(void **state)
{
    (void)state;
    struct run r;
    start_runner(&r);
    send_spec(&r, &(struct ask){.journal = open("/dev/full", O_WRONLY | O_CLOEXEC)});
    assert_int_equal(wait_for_end(&r), 0);
    assert_int_equal(r.ready, 1);
    assert_int_equal(json_array_size(r.events), 0);
    assert_string_equal(text(r.result, "outcome"), "failed");
    json_t *error = json_array_get(json_object_get(r.result, "errors"), 0);
    assert_string_equal(text(error, "code"), "journal");
    forget(&r);
}

static void refused(void **state)
{
    (void)state;
    static const struct {
        const char *line, *code;
    } ROWS[] = {
        {"{\"type\": \"spec\", \"v\": 99, \"run_id\": \"r\", \"council_id\": \"c\"}\n", "version"},
        {"{\"type\": \"spec\", \"v\": 1, \"run_id\": \"r\", \"council_id\": \"c\", \"council\":"
         " {\"schema_version\": 1, \"id\": \"x\", \"members\": []}, \"input\": \"q\", \"seed\":"
         " \"s\", \"options\": {}, \"limits\": {}, \"catalogue\": {}, \"providers\": {},"
         " \"prices\": {}, \"defaults\": {}, \"tools\": {}, \"keys\": {}}\n",
         "invalid_council"},
        {"nonsense\n", ""},
    };
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        struct run r;
        start_runner(&r);
        send_all(r.link, ROWS[i].line, strlen(ROWS[i].line), NULL, 0);
        int status = wait_for_end(&r);
        assert_true(WIFEXITED(status) && WEXITSTATUS(status) == RUNNER_EXIT_FAILED);
        assert_int_equal(r.ready, 0);
        assert_non_null(r.failed);
        assert_string_equal(text(r.failed, "code"), ROWS[i].code);
        assert_true(strlen(text(r.failed, "message")) > 0);
        forget(&r);
    }
}

static void no_key_anywhere(void **state)
{
    (void)state;
    struct run r;
    struct ask ask = {.input = "\"Is " KEY " a good key?\"",
                      .options = "{\"metadata\": {\"k\": \"" KEY "\"}}"};
    run_whole(&r, &ask, true);
    assert_true(count_events(&r, "warning") >= 1);
    char *dump = json_dumps(r.result, 0);
    assert_null(strstr(dump, KEY));
    assert_non_null(strstr(dump, "secret_redacted"));
    free(dump);
    forget(&r);
}

enum { BIG_ROUNDS = 8 };

/* Nobody reads the link: the runner must neither block, nor go on, nor fill its memory. */
static void stands_still_while_nobody_reads(void **state)
{
    (void)state;
    struct run r;
    struct buf council = BUF_INIT(1 << 20), options = BUF_INIT(1 << 20);
    static char text[15001];
    memset(text, 'x', sizeof(text) - 1);
    buf_addf(&council, "{\"schema_version\": 1, \"id\": \"big\", \"rounds\": [");
    for (int i = 0; i < BIG_ROUNDS; i++)
        buf_addf(&council, "%s{\"type\": \"independent_analysis\", \"name\": \"r%d\"}",
                 i ? ", " : "", i);
    buf_addf(&council, "], \"members\": [");
    for (int i = 0; i < 64; i++)
        buf_addf(&council, "%s{\"id\": \"m%d\", \"provider\": \"mock\", \"model\": \"m\"}",
                 i ? ", " : "", i);
    buf_addf(&council, "]}");
    buf_addf(&options,
             "{\"overrides\": {\"all\": {\"provider_options\": {\"script\": {\"*\":"
             " [{\"text\": \"%s\"}]}}}}}",
             text);
    start_runner(&r);
    send_spec(&r, &(struct ask){.council = buf_str(&council), .options = buf_str(&options)});
    int64_t until = clock_mono_ms() + 20000;
    while (lseek(r.journal, 0, SEEK_END) < 7 << 20 && clock_mono_ms() < until)
        poll(NULL, 0, 5);
    for (int i = 0; i < 20; i++)
        poll(NULL, 0, 5);
    off_t held = lseek(r.journal, 0, SEEK_END);
    assert_in_range(held, 7 << 20, 12 << 20);
    assert_int_equal(wait_for_end(&r), 0);
    assert_true(lseek(r.journal, 0, SEEK_END) > held);
    assert_int_equal(count_events(&r, "member_completed"), 64 * BIG_ROUNDS);
    assert_string_equal(json_string_value(json_object_get(r.result, "outcome")), "complete");
    journal_is_what_was_told(&r);
    buf_release(&council);
    buf_release(&options);
    forget(&r);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(three_stages),
        cmocka_unit_test(three_stages_streamed),
        cmocka_unit_test(equal_seeds_give_equal_results),
        cmocka_unit_test(resumed),
        cmocka_unit_test(resume_mismatch),
        cmocka_unit_test(cancelled),
        cmocka_unit_test(terminated),
        cmocka_unit_test(spare_ends),
        cmocka_unit_test(link_lost),
        cmocka_unit_test(full_disk),
        cmocka_unit_test(refused),
        cmocka_unit_test(no_key_anywhere),
        cmocka_unit_test(stands_still_while_nobody_reads),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
