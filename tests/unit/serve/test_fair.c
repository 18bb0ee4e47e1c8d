/* One client that asks for much in one write stopped everybody: other clients, timers, the signals
 * of the daemon. Here each line takes a millisecond, on a clock that is ours. */
#include "fake_owner.h"

enum { CLIENTS = 12, LINE_US = 1000 };

static int64_t now;
static struct conn_home home;
static int clients[CLIENTS];
static int done[CLIENTS]; /* lines of each client */
static int fired_us;      /* how late a timer was; -1: not yet */
static struct timer timer;
static struct conn_part slow_part; /* work that takes several turns */
static int slow_steps;

static int64_t clock_of_ours(void)
{
    return now;
}

static void slow_step(struct conn_part *part)
{
    now += LINE_US * 3;
    if (--slow_steps == 0) {
        conn_detach(part);
        hear("through", "", 0);
    }
}

static const struct conn_part_ops SLOW = {.step = slow_step, .drop = conn_detach};

static void work_line(struct conn *c, const char *line, size_t len)
{
    now += LINE_US;
    if (len == 4 && !memcmp(line, "slow", 4))
        conn_attach(c, &slow_part, &SLOW);
    else if (len == 1)
        done[line[0] - 'a']++;
    else
        hear("", line, len);
}

static void fire(void *arg)
{
    (void)arg;
    fired_us = (int)(now - timer.due_us);
}

static int setup(void **state)
{
    (void)state;
    int fds[2];
    if (fake_open())
        return -1;
    now = 1000 * 1000;
    fired_us = -1;
    memset(done, 0, sizeof(done));
    loop_set_clock(fake.loop, clock_of_ours);
    fake.on_line = work_line;
    home = (struct conn_home){.loop = fake.loop,
                              .owner = &FAKE_OWNER,
                              .context = &fake,
                              .line_bytes = FAKE_LINE_BYTES,
                              .queue_bytes = FAKE_QUEUE_BYTES};
    for (int i = 0; i < CLIENTS; i++) {
        if (socketpair(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, fds) ||
            !conn_new(&home, fds[0], &(struct peer){0}))
            return -1;
        clients[i] = fds[1];
    }
    return loop_timer_init(fake.loop, &timer, fire, NULL);
}

static int teardown(void **state)
{
    (void)state;
    while (home.conns)
        conn_free(home.conns);
    for (int i = 0; i < CLIENTS; i++)
        close(clients[i]);
    timer_release(&timer);
    fake_close();
    return 0;
}

static void say_often(int client, int lines)
{
    for (int i = 0; i < lines; i++)
        say(clients[client], (char[]){(char)('a' + client), '\n', '\0'});
}

static void one_client_has_a_share_of_a_turn(void **state)
{
    (void)state;
    say_often(0, 50);
    say_often(1, 1);
    turn();
    assert_int_equal(done[0], LOOP_SHARE_MS);
    assert_int_equal(done[1], 1);
    for (int i = 0; i < 50; i++)
        turn();
    assert_int_equal(done[0], 50);
}

static void all_clients_together_have_theirs(void **state)
{
    (void)state;
    int all = 0;
    for (int i = 0; i < CLIENTS; i++)
        say_often(i, 20);
    loop_timer_set(fake.loop, &timer, 1);
    turn();
    for (int i = 0; i < CLIENTS; i++)
        all += done[i];
    assert_int_equal(all, LOOP_CLIENTS_MS);
    assert_in_range(fired_us, 0, (LOOP_CLIENTS_MS + LOOP_SHARE_MS) * 1000);
    /* Whoever was not served is first in the next turn. */
    turn();
    for (int i = 0; i < LOOP_CLIENTS_MS; i++)
        assert_int_equal(done[i], LOOP_SHARE_MS);
    while (all < CLIENTS * 20) {
        turn();
        all = 0;
        for (int i = 0; i < CLIENTS; i++)
            all += done[i];
    }
}

static void long_work_holds_back_only_its_own_connection(void **state)
{
    (void)state;
    slow_steps = 3;
    say(clients[0], "slow\nbehind\n");
    turn();
    say_often(1, 1);
    turn();
    assert_int_equal(done[1], 1);
    assert_string_equal(fake.heard, "");
    turns();
    assert_string_equal(fake.heard, "through behind");
}

static void long_work_goes_with_its_client(void **state)
{
    (void)state;
    slow_steps = 1000;
    say(clients[0], "slow\nbehind\n");
    turn();
    assert_non_null(slow_part.conn);
    conn_doom(slow_part.conn);
    const int steps = slow_steps;
    turns();
    assert_int_equal(slow_steps, steps);
    assert_null(slow_part.conn);
    assert_int_equal(fake.left, 1);
    assert_string_equal(fake.heard, "");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(one_client_has_a_share_of_a_turn),
        TEST(all_clients_together_have_theirs),
        TEST(long_work_holds_back_only_its_own_connection),
        TEST(long_work_goes_with_its_client),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
