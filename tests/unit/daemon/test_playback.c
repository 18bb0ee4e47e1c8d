/* Events that are read back from a journal which is still being written, may be torn at its end,
 * and may hold lines that are no events: a reader that is given one twice, or loses one, has
 * another history than the run. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "daemon/core/core.h"
#include "daemon/records/record.h"
#include "daemon/watch/playback.h"
#include "daemon/watch/refs.h"
#include "failing.h"
#include "fixture.h"

static struct folder folder;
static struct records *records;
static struct record *record;
static struct core core;
static struct playback replay;
static int journal; /* as the runner has it */

/* ---- the reader ---- */

static char seen[256]; /* "1 2 3" */
static int64_t last_taken;
static int room; /* events that are still taken; no memory for more */
static bool has_room = true;

static bool give_room(const void *arg)
{
    (void)arg;
    return has_room;
}

static int take(void *arg, struct json_span event, int64_t seq)
{
    (void)arg;
    (void)event;
    if (room-- <= 0)
        return -ENOMEM;
    last_taken = seq;
    size_t len = strlen(seen);
    snprintf(seen + len, sizeof(seen) - len, "%s%d", len ? " " : "", (int)seq);
    return 0;
}

static const struct playback_sink SINK = {.room = give_room, .event = take};

static int setup(void **state)
{
    (void)state;
    folder_make(&folder);
    core = (struct core){.notify.fd = -1};
    seen[0] = '\0';
    room = 1000;
    has_room = true;
    if (records_open(folder.fd, &records, NULL) ||
        record_open(records, "r", 1000, "{}", 2, &record))
        return -1;
    journal = record_descriptor(record);
    return journal < 0 || playback_open(&replay, &core, records, record_key(record)) < 0;
}

static int teardown(void **state)
{
    (void)state;
    playback_close(&replay);
    playback_close(&replay); /* once more does nothing */
    close(journal);
    record_free(record);
    records_free(records);
    folder_remove(&folder);
    return core.replays == 0 ? 0 : -1;
}

static void write_text(const char *text)
{
    assert_int_equal(fd_write_all(journal, text, strlen(text)), 0);
}

static void it_gives_what_lies_between(void **state)
{
    (void)state;
    assert_int_equal(core.replays, 1);
    write_text("{\"seq\":1}\n{\"seq\":2}\n{\"seq\":4}\n{\"seq\":5}\n");
    assert_int_equal(playback_step(&replay, 1, 3, &SINK, NULL), 0);
    assert_string_equal(seen, "2"); /* one beyond the limit stays for later */
    assert_int_equal(playback_step(&replay, 3, 5, &SINK, NULL), 0);
    assert_string_equal(seen, "2 4 5");
}

static void what_is_no_event_is_passed_over(void **state)
{
    (void)state;
    write_text("{\"seq\":1}\nnonsense\n\n{\"seq\":-4}\n{\"other\":1}\n[2]\n{\"seq\":2}\n");
    assert_int_equal(playback_step(&replay, 0, 9, &SINK, NULL), 0);
    assert_string_equal(seen, "1 2");
}

static void a_damaged_line_is_noted(void **state)
{
    (void)state;
    write_text("{\"seq\":1}\n{\"other\":1}\n{\"seq\":2}\n{\"se");
    assert_int_equal(playback_step(&replay, 0, 9, &SINK, NULL), 0);
    assert_false(replay.torn); /* the last may be whole in a moment */
    write_text("\n{\"seq\":3}\n");
    assert_int_equal(playback_step(&replay, 2, 3, &SINK, NULL), 0);
    assert_string_equal(seen, "1 2 3");
    assert_true(replay.torn);
    playback_close(&replay);
    assert_true(replay.torn);
}

static void damage_behind_the_last_event_is_noted(void **state)
{
    (void)state;
    write_text("{\"seq\":1}\n{\"se\n{\"type\":\"down\"}\n");
    assert_int_equal(playback_last_seq(&replay), 1);
    assert_true(replay.torn);
}

static void a_torn_line_waits_for_its_rest(void **state)
{
    (void)state;
    write_text("{\"seq\":1}\n{\"se");
    assert_int_equal(playback_step(&replay, 0, 2, &SINK, NULL), 0);
    assert_string_equal(seen, "1");
    assert_int_equal(playback_last_seq(&replay), 1);
    write_text("q\":2}\n");
    assert_int_equal(playback_step(&replay, 1, 2, &SINK, NULL), 0);
    assert_string_equal(seen, "1 2");
    assert_int_equal(playback_last_seq(&replay), 2);
}

static void it_waits_while_there_is_no_room(void **state)
{
    (void)state;
    write_text("{\"seq\":1}\n{\"seq\":2}\n");
    has_room = false;
    assert_int_equal(playback_step(&replay, 0, 2, &SINK, NULL), 1);
    assert_string_equal(seen, "");
    has_room = true;
    assert_int_equal(playback_step(&replay, 0, 2, &SINK, NULL), 0);
    assert_string_equal(seen, "1 2");
}

static void a_step_is_bounded(void **state)
{
    (void)state;
    enum { LINES = 12, LINE = 100 * 1024 };
    char *line = malloc(LINE);
    for (int i = 1; i <= LINES; i++) {
        memset(line, ' ', LINE);
        int len = snprintf(line, LINE, "{\"seq\":%d", i);
        line[len] = ' ';
        line[LINE - 2] = '}';
        line[LINE - 1] = '\n';
        assert_int_equal(fd_write_all(journal, line, LINE), 0);
    }
    free(line);
    int steps = 1;
    int64_t after = 0;
    while (playback_step(&replay, after, LINES, &SINK, NULL) > 0 && steps < 100) {
        after = last_taken;
        steps++;
    }
    assert_string_equal(seen, "1 2 3 4 5 6 7 8 9 10 11 12");
    assert_true(steps >= 4);
    assert_int_equal(playback_last_seq(&replay), LINES); /* longer than the first look */
}

static void an_event_that_was_not_taken_ends_it(void **state)
{
    (void)state;
    write_text("{\"seq\":1}\n{\"seq\":2}\n");
    room = 1;
    assert_int_equal(playback_step(&replay, 0, 2, &SINK, NULL), 0);
    assert_string_equal(seen, "1");
}

static void what_is_read_back_is_not_pruned(void **state)
{
    (void)state;
    struct record_key key = *record_key(record);
    assert_int_equal(record_end(record, "{}", 2), 0);
    assert_int_equal(records_remove(records, &key), -EBUSY);
    write_text("{\"seq\":1}\n");
    assert_int_equal(playback_step(&replay, 0, 1, &SINK, NULL), 0);
    assert_string_equal(seen, "1");
    playback_close(&replay);
    assert_false(playback_is_open(&replay));
    assert_int_equal(records_remove(records, &key), 0);
}

/* ---- descriptors ---- */

static bool holds_a_descriptor(void)
{
    return replay.events.fd >= 0;
}

static void only_one_too_many_gives_its_descriptor_back(void **state)
{
    (void)state;
    write_text("{\"seq\":1}\n{\"seq\":2}\n{\"se");
    core.replays = PLAYBACK_KEPT;
    playback_rest(&replay);
    assert_true(holds_a_descriptor());
    assert_int_equal(playback_step(&replay, 0, 1, &SINK, NULL), 0);
    core.replays = PLAYBACK_KEPT + 1;
    playback_rest(&replay);
    assert_false(holds_a_descriptor());
    assert_true(playback_is_open(&replay));
    assert_int_equal(core.replays, PLAYBACK_KEPT);
    playback_rest(&replay); /* it has none */
    assert_int_equal(core.replays, PLAYBACK_KEPT);
    assert_int_equal(playback_step(&replay, 1, 9, &SINK, NULL), 0);
    assert_int_equal(core.replays, PLAYBACK_KEPT + 1);
    assert_string_equal(seen, "1 2"); /* it goes on where it was */
    playback_rest(&replay);           /* in the middle of a line */
    write_text("q\":3}\n");
    assert_int_equal(playback_step(&replay, 2, 3, &SINK, NULL), 0);
    assert_string_equal(seen, "1 2 3");
    core.replays = 1;
}

static void a_step_that_is_not_the_last_rests_too(void **state)
{
    (void)state;
    write_text("{\"seq\":1}\n{\"seq\":2}\n");
    core.replays = PLAYBACK_KEPT + 1;
    has_room = false;
    assert_int_equal(playback_step(&replay, 0, 2, &SINK, NULL), 1);
    assert_false(holds_a_descriptor());
    has_room = true;
    assert_int_equal(playback_step(&replay, 0, 2, &SINK, NULL), 0);
    assert_string_equal(seen, "1 2");
    core.replays = 1;
}

static void what_is_gone_is_not_read(void **state)
{
    (void)state;
    struct playback other;
    struct record_key key = {.incarnation = 5, .run_id = "x"};
    assert_int_equal(playback_open(&other, &core, records, &key), -ENOENT);
    assert_false(playback_is_open(&other));
    assert_int_equal(core.replays, 1);
    playback_close(&other);
    assert_int_equal(core.replays, 1);
}

static void a_place_that_cannot_be_gone_to_gives_nothing(void **state)
{
    (void)state;
    core.replays = PLAYBACK_KEPT + 1;
    playback_rest(&replay);
    core.replays = 0;
    replay.at = -1;
    write_text("{\"seq\":1}\n");
    assert_int_equal(playback_step(&replay, 0, 1, &SINK, NULL), 0);
    assert_int_equal(core.replays, 0);
    replay.at = 0;
    assert_int_equal(playback_step(&replay, 0, 1, &SINK, NULL), 0);
    assert_string_equal(seen, "1");
}

/* Its descriptor is another one for a while: it gives nothing, and does not ask for ever. */
static void what_cannot_be_read_gives_nothing(void **state)
{
    (void)state;
    write_text("{\"seq\":1}\n{\"seq\":2}\n");
    const int kept = fcntl(replay.events.fd, F_DUPFD_CLOEXEC, 0);
    assert_int_equal(dup2(journal, replay.events.fd), replay.events.fd); /* for writing alone */
    assert_int_equal(playback_step(&replay, 0, 2, &SINK, NULL), 0);
    assert_int_equal(playback_last_seq(&replay), 0);
    assert_int_equal(dup2(folder.fd, replay.events.fd), replay.events.fd);
    assert_int_equal(playback_step(&replay, 0, 2, &SINK, NULL), 0);
    close(replay.events.fd);
    assert_int_equal(playback_step(&replay, 0, 2, &SINK, NULL), 0);
    assert_int_equal(playback_last_seq(&replay), 0);
    assert_string_equal(seen, "");
    assert_int_equal(replay.line.len, 0);
    assert_int_equal(dup2(kept, replay.events.fd), replay.events.fd);
    close(kept);
    assert_int_equal(playback_step(&replay, 0, 2, &SINK, NULL), 0);
    assert_string_equal(seen, "1 2");
    assert_int_equal(playback_last_seq(&replay), 2);
}

static void without_memory_nothing_is_lost(void **state)
{
    (void)state;
    write_text("{\"seq\":1}\n{\"seq\":2}\n");
    for (int k = 0; failing_next(&k);) {
        const int64_t seq = playback_last_seq(&replay);
        failing_stop();
        assert_int_equal(seq, failing_happened ? -ENOMEM : 2);
    }
    assert_true(failing_no_leak());
    assert_false(replay.torn);
    last_taken = 0;
    for (int k = 0; failing_next(&k);) {
        const int r = playback_step(&replay, last_taken, 2, &SINK, NULL);
        failing_stop();
        assert_int_equal(r, 0);
    }
    assert_string_equal(seen, "1 2"); /* in order, and none of them twice */
    assert_false(replay.torn);
}

/* ---- the last event ---- */

/* A line of so many bytes that is no event. */
static void write_padding(size_t bytes)
{
    char *line = malloc(bytes + 1);
    assert_non_null(line);
    memset(line, ' ', bytes);
    memcpy(line, "{}", 2);
    memcpy(line + bytes - 1, "\n", 2);
    write_text(line);
    free(line);
}

static void the_last_event_is_found_however_far_it_is_from_the_end(void **state)
{
    (void)state;
    enum { LOOK = 64 * 1024 };
    static const size_t BEHIND[] = {3,        LOOK - 30,    LOOK - 12,     LOOK - 11, LOOK - 10,
                                    LOOK - 9, LOOK - 1,     LOOK,          LOOK + 1,  4 * LOOK - 11,
                                    4 * LOOK, 4 * LOOK + 1, 16 * LOOK - 3, 20 * LOOK};
    assert_int_equal(playback_last_seq(&replay), 0); /* none yet */
    write_padding(LOOK + 7);
    assert_int_equal(playback_last_seq(&replay), 0); /* all the same */
    assert_false(replay.torn);                       /* the look was too short for the line */
    for (size_t i = 0; i < sizeof BEHIND / sizeof *BEHIND; i++) {
        char event[32];
        snprintf(event, sizeof event, "{\"seq\":%zu}\n", i + 1);
        write_text(event);
        assert_int_equal(playback_last_seq(&replay), i + 1);
        write_padding(BEHIND[i]);
        assert_int_equal(playback_last_seq(&replay), i + 1);
        write_text("{\"seq\":99"); /* not whole */
        assert_int_equal(playback_last_seq(&replay), i + 1);
        write_text("\n");
    }
}

/* ---- refs ---- */

static void a_ref_is_found_as_what_it_is(void **state)
{
    (void)state;
    struct refs all = {0};
    struct ref a = {0}, b = {0};
    char text[RUNID_GENERATED_LEN + 1];
    assert_int_equal(refs_add(&all, &a, REF_MONITOR), 0);
    assert_int_equal(refs_add(&all, &b, REF_SUBSCRIPTION), 0);
    assert_string_not_equal(a.text, b.text);
    assert_ptr_equal(refs_find(&all, a.text, REF_MONITOR), &a);
    assert_null(refs_find(&all, a.text, REF_SUBSCRIPTION));
    assert_ptr_equal(refs_find(&all, b.text, REF_SUBSCRIPTION), &b);
    assert_int_equal(refs_invent(&all, text), 0);
    assert_null(refs_find(&all, text, REF_MONITOR));
    refs_remove(&all, &a);
    assert_null(refs_find(&all, a.text, REF_MONITOR));
    refs_remove(&all, &b);
    assert_null(all.by_text);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(it_gives_what_lies_between),
        TEST(what_is_no_event_is_passed_over),
        TEST(a_damaged_line_is_noted),
        TEST(damage_behind_the_last_event_is_noted),
        TEST(a_torn_line_waits_for_its_rest),
        TEST(it_waits_while_there_is_no_room),
        TEST(a_step_is_bounded),
        TEST(an_event_that_was_not_taken_ends_it),
        TEST(what_is_read_back_is_not_pruned),
        TEST(only_one_too_many_gives_its_descriptor_back),
        TEST(a_step_that_is_not_the_last_rests_too),
        TEST(what_is_gone_is_not_read),
        TEST(a_place_that_cannot_be_gone_to_gives_nothing),
        TEST(what_cannot_be_read_gives_nothing),
        TEST(without_memory_nothing_is_lost),
        TEST(the_last_event_is_found_however_far_it_is_from_the_end),
        cmocka_unit_test(a_ref_is_found_as_what_it_is),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
