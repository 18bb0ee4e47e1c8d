/* A resumption that reads less of its records than there is asks, and pays, for what stands in
 * them; one that reads on behind what is whole, or behind what councild vouches for, takes what it
 * must not. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/syscall.h>

#include <cmocka.h>

#include "common/buf.h"
#include "resumption_world.h"
#include "runner/resume_fields.h"

#define CARRIED     "{\"seq\":3,\"type\":\"carried\",\"from_run_id\":\"r\",\"event\":{}}\n"
#define END(seq)    EVENT(seq, "carried_end", "")
#define RESUMED     EVENT(2, "run_resumed", "")
#define SAME_INPUT  "{\"q/a\":[1,2]}"
#define ROUND(seq)  EVENT(seq, "round_started", "")
#define OLDEST_OF_3 "[{\"run_id\":\"r0\"},{\"run_id\":\"r1\",\"outage\":true},{\"run_id\":\"r2\"}]"

/* ---- how far the chain is read ---- */

/* How many records are read of a chain of three; -1: it is refused. */
static int records_read(const char *nearest)
{
    struct resumption_world w;
    char *first = started(COUNCIL("n"), SAME_INPUT, ""), *near = xasprintf("%s%s", first, nearest);
    char *far = xasprintf("%s" RESUMED, first);
    const char *const records[] = {near, far, first};
    resume(&w, COUNCIL("n"), RESUME, OLDEST_OF_3, records, 3);
    int n = w.result < 0 ? -1 : (int)w.resumption.n;
    if (n == 3) {
        assert_string_equal(w.resumption.chain[0].run_id, "r0");
        assert_string_equal(w.resumption.chain[1].run_id, "r1");
        assert_string_equal(w.resumption.chain[2].run_id, "r2");
        assert_false(w.resumption.chain[0].outage);
        assert_true(w.resumption.chain[1].outage);
        assert_false(w.resumption.chain[2].outage);
        assert_ptr_equal(w.resumption.store.first, json_array_get(w.resumption.chain[0].lines, 0));
    }
    release(&w);
    free(far);
    free(near);
    free(first);
    return n;
}

static void as_far_as_it_is_needed(void **state)
{
    (void)state;
    assert_int_equal(records_read(""), 3);
    assert_int_equal(records_read(RESUMED), 3);
    assert_int_equal(records_read(RESUMED CARRIED), 3);
    assert_int_equal(records_read(RESUMED CARRIED END(4)), 1);
    assert_int_equal(records_read(RESUMED END(3)), 1);
    assert_int_equal(records_read(RESUMED CARRIED ROUND(4)), 3);
}

/* The record of the elder is not there: is it missed? */
static void what_stands_alone_misses_no_elder(void **state)
{
    (void)state;
    static const struct {
        const char *record;
        bool good;
    } CASES[] = {
        {RESUMED, false},
        {RESUMED CARRIED, false},
        {RESUMED ROUND(3), true},
        {RESUMED END(3), true},
        {RESUMED CARRIED ROUND(4), false},
        {"", false},
        {RESUMED CARRIED END(4), true},
    };
    char *first = started(COUNCIL("n"), SAME_INPUT, "");
    for (size_t i = 0; i < sizeof CASES / sizeof CASES[0]; i++) {
        struct resumption_world w;
        char *record = xasprintf("%s%s", first, CASES[i].record);
        const char *const records[] = {record};
        resume(&w, COUNCIL("n"), RESUME, CHAIN2, records, 1);
        if ((w.result == 0) != CASES[i].good)
            fail_msg("case %zu: %s", i, w.refusal.message);
        release(&w);
        free(record);
    }
    free(first);
}

/* ---- pieces ---- */

static int interrupted; /* how many reads are still to be */

/* In place of the one of libc. */
ssize_t pread(int fd, void *buffer, size_t len, off_t at)
{
    if (interrupted > 0) {
        interrupted--;
        errno = EINTR;
        return -1;
    }
    return syscall(SYS_pread64, fd, buffer, len, at);
}

/* Lines with a number each, so that one that is lost or comes twice is refused. */
static char *long_record(const char *first, int lines)
{
    struct buf all = BUF_INIT(4 << 20);
    assert_int_equal(buf_add_str(&all, first), 0);
    for (int i = 2; i <= lines; i++)
        assert_int_equal(buf_addf(&all, "{\"seq\":%d,\"type\":\"x\",\"text\":\"%0100d\"}\n", i, i),
                         0);
    char *text = xstrdup(buf_str(&all));
    buf_release(&all);
    return text;
}

static size_t lines_in(const char *record, size_t bytes)
{
    struct resumption_world w;
    char *chain = xasprintf("[{\"run_id\":\"r\",\"bytes\":%zu}]", bytes);
    resume(&w, COUNCIL("n"), RESUME, bytes ? chain : NULL, &record, 1);
    if (w.result < 0)
        fail_msg("%s", w.refusal.message);
    size_t n = json_array_size(w.resumption.chain[0].lines);
    release(&w);
    free(chain);
    return n;
}

static void a_record_of_many_pieces(void **state)
{
    (void)state;
    enum { LINES = 6000 };
    char *first = started(COUNCIL("n"), SAME_INPUT, ""), *record = long_record(first, LINES);
    size_t all = strlen(record);
    assert_true(all > 3 * 256 * 1024);
    assert_int_equal(lines_in(record, 0), LINES);
    assert_int_equal(lines_in(record, all), LINES);
    assert_int_equal(lines_in(record, all + 1), LINES);
    assert_int_equal(lines_in(record, all - 1), LINES - 1);
    const char *half = strstr(record, "{\"seq\":3001,");
    assert_int_equal(lines_in(record, (size_t)(half - record)), 3000);
    assert_int_equal(lines_in(record, (size_t)(half - record) - 1), 2999);
    free(record);
    free(first);
}

static void a_signal_loses_no_line(void **state)
{
    (void)state;
    char *first = started(COUNCIL("n"), SAME_INPUT, "");
    interrupted = 3;
    assert_int_equal(lines_in(first, 0), 1);
    assert_int_equal(interrupted, 0);
    free(first);
}

/* Whatever an event may hold. */
static void a_byte_of_nothing_is_read(void **state)
{
    (void)state;
    char *first = started(COUNCIL("n"), SAME_INPUT, "");
    char *record = xasprintf("%s" EVENT(2, "x", ",\"text\":\"a\\u0000b\"") ROUND(3), first);
    assert_int_equal(lines_in(record, 0), 3);
    free(record);
    free(first);
}

/* ---- the seed ---- */

static void expect_seed(const char *options, const char *more, const char *seed)
{
    struct resumption_world w;
    char *first = started(COUNCIL("n"), SAME_INPUT, more);
    const char *const records[] = {first};
    resume(&w, COUNCIL("n"), options, NULL, records, 1);
    if (w.result < 0)
        fail_msg("%s", w.refusal.message);
    if (seed)
        assert_string_equal(w.spec.seed, seed);
    else
        assert_int_equal(strlen(w.spec.seed), 64);
    release(&w);
    free(first);
}

/* The old one, for the same labels, but where another is wished. */
static void whose_seed(void **state)
{
    (void)state;
    expect_seed(RESUME, "", "old");
    expect_seed("{\"resume_from\":\"r\",\"seed\":\"old\"}", "", "old");
    expect_seed("{\"resume_from\":\"r\",\"seed\":\"own\",\"resume_policy\":\"matching\"}", "",
                "own");
    expect_seed("{\"resume_from\":\"r\",\"resume_policy\":\"strict\"}", "", "old");
    expect_seed(RESUME, ",\"seed\":\"\"", NULL);
}

/* ---- what differs ---- */

static void expect_fields(const char *input, const char *more, const char *options,
                          const char *fields, const char *message)
{
    struct resumption_world w;
    char *first = started(COUNCIL("n"), input, more);
    const char *const records[] = {first};
    resume(&w, COUNCIL("n"), options, NULL, records, 1);
    assert_int_equal(w.result, -EINVAL);
    char *told = j_dump(j_get(w.refusal.data, "fields"));
    assert_string_equal(told, fields);
    assert_string_equal(w.refusal.message, message);
    assert_int_equal(json_object_size(w.refusal.data), 2);
    release(&w);
    free(told);
    free(first);
}

#define SAYS(words) "the run to resume was asked something else: " words

static void each_option_that_differs(void **state)
{
    (void)state;
    static const char DOCUMENTS[] = ",\"options\":{\"documents\":[{\"id\":\"d\"}]}";
    static const char EMPTY[] = ",\"options\":{\"documents\":[],\"history\":null}";
    expect_fields(SAME_INPUT, DOCUMENTS, RESUME, "[\"/options/documents\"]",
                  SAYS("documents; see /options/documents"));
    expect_fields(SAME_INPUT, "", "{\"resume_from\":\"r\",\"seed\":\"s\"}", "[\"/options/seed\"]",
                  SAYS("seed; see /options/seed"));
    expect_fields(SAME_INPUT, EMPTY, "{\"resume_from\":\"r\",\"seed\":\"s\",\"history\":[]}",
                  "[\"/options/seed\"]", SAYS("seed; see /options/seed"));
    expect_fields("{\"q/a\":[1]}", DOCUMENTS, RESUME, "[\"/input/q~1a/1\",\"/options/documents\"]",
                  SAYS("input_sha256, documents; see /input/q~1a/1, /options/documents"));
    expect_fields("{\"q/a\":[1,2,3]}", "", RESUME, "[\"/input/q~1a/2\"]",
                  SAYS("input_sha256; see /input/q~1a/2"));
    expect_fields("{\"q/a\":{\"0\":1}}", "", RESUME, "[\"/input/q~1a\"]",
                  SAYS("input_sha256; see /input/q~1a"));
    expect_fields("\"text\"", "", RESUME, "[\"/input\"]", SAYS("input_sha256; see /input"));
    expect_fields("{\"q/a\":[1,2],\"z\":1}", "", RESUME, "[\"/input/z\"]",
                  SAYS("input_sha256; see /input/z"));
}

/* The first field that is told when a seat of the old council has an option of such a name. */
static char *field_of_option(int n)
{
    static const char OPTIONS[] = "\"provider_options\":{";
    char *name = xcalloc(1, 300), *first = started(COUNCIL("n"), SAME_INPUT, "");
    memset(name, '~', (size_t)n);
    char *options = strstr(first, OPTIONS) + strlen(OPTIONS);
    char *record = xasprintf("%.*s\"%s\":1%s", (int)(options - first), first, name, options);
    const char *const records[] = {record};
    struct resumption_world w;
    resume(&w, COUNCIL("n"), "{\"resume_from\":\"r\",\"seed\":\"s\"}", NULL, records, 1);
    assert_int_equal(json_array_size(j_get(w.refusal.data, "fields")), 2);
    char *field = xstrdup(json_string_value(json_array_get(j_get(w.refusal.data, "fields"), 0)));
    release(&w);
    free(record);
    free(first);
    free(name);
    return field;
}

/* A pointer has at most 512 bytes; each byte of a name may need two. */
static void the_longest_name_in_a_pointer(void **state)
{
    (void)state;
    char *longest = field_of_option(238), *too_long = field_of_option(239);
    assert_int_equal(strlen(longest), 512);
    assert_string_equal(longest + 508, "~0~0");
    assert_string_equal(too_long, "/council/members/0/provider_options");
    free(longest);
    free(too_long);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_far_as_it_is_needed),
        cmocka_unit_test(what_stands_alone_misses_no_elder),
        cmocka_unit_test(a_record_of_many_pieces),
        cmocka_unit_test(a_signal_loses_no_line),
        cmocka_unit_test(a_byte_of_nothing_is_read),
        cmocka_unit_test(whose_seed),
        cmocka_unit_test(each_option_that_differs),
        cmocka_unit_test(the_longest_name_in_a_pointer),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
