/* A run between a live daemon and whatever its runner says and does: lines and bytes on its link in
 * any order, ends of the link and of the leader, requests of clients and time between them.
 * Whatever happens it is told to be ready once at most, told to have ended, or refused, once, and
 * leaves nothing.
 *
 * Each byte is one thing that happens; some take one more that says how much, which, or how many
 * bytes of the link follow. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "fuzz.h"
#include "unit/daemon/own_clock.h"

#include <sys/socket.h>

#include "daemon/runner/runlink.h"

enum { LONGEST = 1 << 16, THINGS_MOST = 300, MS = 1000 };

static const char *const LINES[] = {
    "{\"type\":\"ready\"}\n",
    "{\"type\":\"ready\",\"sandbox\":{\"mode\":\"best\"}}\n",
    "{\"type\":\"failed\",\"message\":\"m\",\"code\":\"c\"}\n",
    "{\"type\":\"event\",\"event\":{\"v\":1,\"seq\":1,\"type\":\"run_started\"}}\n",
    "{\"type\":\"event\",\"event\":{\"v\":1,\"seq\":2,\"type\":\"round_started\"}}\n",
    "{\"type\":\"event\",\"event\":{\"v\":1,\"seq\":1,\"type\":\"run_completed\"}}\n",
    "{\"type\":\"event\",\"event\":{\"v\":1,\"seq\":9223372036854775807,\"type\":\"x\"}}\n",
    "{\"type\":\"delta\",\"event\":{\"type\":\"member_token\",\"text\":\"t\"}}\n",
    "{\"type\":\"progress\",\"phase\":\"p\",\"usage\":{},\"calls\":{}}\n",
    "{\"type\":\"result\",\"outcome\":\"complete\",\"result\":{\"outcome\":\"complete\"}}\n",
    "{\"type\":\"result\",\"outcome\":\"failed\",\"result\":{},\"journaled\":false}\n",
    "{\"type\":\"result\",\"outcome\":\"nonsense\",\"result\":{}}\n",
    "no line\n",
    "{\"type\":",
};

static struct {
    const uint8_t *at;
    size_t left;
} script;
static struct ear ear;
static struct run *run;
static struct runlink link_of_run;
static int ends[2];

static size_t next(void)
{
    if (script.left == 0)
        return 0;
    script.left--;
    return *script.at++;
}

static size_t times(const char *word)
{
    size_t n = 0;
    for (const char *at = ear.heard; (at = strstr(at, word)); at += strlen(word))
        n++;
    return n;
}

static bool is_over(void)
{
    return times("ended") + times("refused") > 0;
}

/* What was heard of events says nothing here, and is forgotten before there is too much of it. */
static void forget_events(void)
{
    char kept[sizeof(ear.heard)] = "";
    for (char *save = NULL, *word = strtok_r(ear.heard, " ", &save); word;
         word = strtok_r(NULL, " ", &save))
        if (strcmp(word, "event") != 0 && strcmp(word, "delta") != 0)
            snprintf(kept + strlen(kept), sizeof(kept) - strlen(kept), "%s ", word);
    memcpy(ear.heard, kept, sizeof(kept));
    fake.done[0] = '\0';
}

static void say_bytes(const void *bytes, size_t len)
{
    if (ends[1] >= 0 && len > 0)
        HOLDS(write(ends[1], bytes, len) == (ssize_t)len || errno == EPIPE || errno == EAGAIN);
}

static void say_raw(void)
{
    size_t len = next();
    if (len > script.left)
        len = script.left;
    say_bytes(script.at, len);
    script.at += len;
    script.left -= len;
}

static void read_link(void)
{
    for (int i = 0;
         i < 64 && link_of_run.tie && runlink_read(&link_of_run) && strlen(ear.heard) < 128; i++)
        forget_events();
}

static void leader_ends(void)
{
    size_t how = next();
    if (run->runner->alive)
        leader_exits(run, how % 3 == 0 ? CLD_KILLED : CLD_EXITED, (int)(how % 32));
}

static void time_passes(void)
{
    now += (int64_t)next() * 200 * MS;
    turn();
}

static void asked_by_client(size_t what)
{
    if (what == 0)
        life_stop(run, STOPPED_BY_CLIENT, next() % 2 ? 0 : SHUTDOWN_DEFAULT);
    else if (what == 1)
        life_stop(run, STOPPED_BY_STOP, SHUTDOWN_INFINITY);
    else
        life_cancel(run, next() % 2);
}

static void happen(size_t what)
{
    const char *line = LINES[what % (sizeof(LINES) / sizeof(LINES[0]))];
    if (what < 96) {
        say_bytes(line, strlen(line));
        read_link();
    } else if (what < 128) {
        say_raw();
        read_link();
    } else if (what < 160) {
        time_passes();
    } else if (what < 184) {
        asked_by_client(what % 3);
    } else if (what < 200) {
        leader_ends();
    } else if (what < 208) {
        fd_close(&ends[1]);
        read_link();
    } else if (what < 224) {
        fake.undrained = what % 2;
        fake.rest_lives = what % 4 / 2;
    } else if (what < 232) {
        fake.status_lost = what % 2;
    }
}

/* Whoever is left to himself comes to an end: the leader exits, and time passes. */
static void come_to_an_end(void)
{
    fake.undrained = fake.rest_lives = false;
    if (!is_over() && run->runner->alive)
        leader_exits(run, CLD_EXITED, 0);
    for (int i = 0; i < 200 && !is_over(); i++) {
        now += 500 * MS;
        turn();
    }
}

static void begin_run(bool keep)
{
    struct reason cause = {0};
    struct buf spec = BUF_INIT(64);
    loop_set_clock(core.loop, clock_of_ours);
    ear = (struct ear){0};
    HOLDS(begin_with(&run, &cause, 5000, 60000, keep) == 0);
    run_watch_hang(&run->watches, &ear.watch, &EAR);
    HOLDS(socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, ends) == 0 &&
          buf_add_str(&spec, "{}\n") == 0);
    HOLDS(runlink_init(&link_of_run, core.loop, &run->runner->tie, &ends[0], LONGEST) == 0);
    HOLDS(runlink_send_spec(&link_of_run, &spec, (const int[]){-1}, 0) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    void *none = NULL;
    script.at = data;
    script.left = size;
    now = 1000 * MS;
    HOLDS(setup(&none) == 0);
    begin_run(next() % 2);
    for (int n = 0; n < THINGS_MOST && script.left > 0 && !is_over(); n++) {
        happen(next());
        forget_events();
    }
    come_to_an_end();
    HOLDS(times("ended") + times("refused") == 1);
    HOLDS(times("ready") == times("ended") && times("ready") <= 1);
    HOLDS(table_is_empty());
    runlink_release(&link_of_run);
    fd_close(&ends[0]);
    fd_close(&ends[1]);
    HOLDS(teardown(&none) == 0);
    return 0;
}
