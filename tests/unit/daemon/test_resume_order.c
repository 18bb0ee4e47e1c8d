/* What a run that goes on from older ones gets: a record that is left out, or one that is not of
 * the chain, makes a runner pay again for answers that were paid for, or take those of another. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/socket.h>

#include <openssl/crypto.h>

#include <cmocka.h>

#include "common/cleanup.h"
#include "daemon/method/desk/resume_order.h"
#include "daemon/os/sys.h"
#include "desk_fixture.h"
#include "failing.h"

/* An ended run: its first line and its end. */
static void ended(const char *id, const char *spec, const char *down)
{
    struct record *record;
    assert_int_equal(record_open(records, id, 1000, spec, strlen(spec), &record), 0);
    assert_int_equal(record_end(record, down, strlen(down)), 0);
    record_free(record);
}

static struct resume_order r;
static struct record_whose whose; /* all zero: whosever they are */

static void find(const char *run_id)
{
    struct record_key elder;
    assert_int_equal(records_find(records, run_id, NULL, &elder), 0);
    resume_order_open(&r, records, &elder, &whose);
}

static void expect_chain(const char *wanted)
{
    char *chain = json_dumps(r.chain, JSON_COMPACT);
    expect_text(chain ? chain : "null", wanted);
    free(chain);
}

static void expect_names(const char *wanted)
{
    char *names = json_dumps(r.names, JSON_COMPACT);
    assert_string_equal(names, wanted);
    free(names);
}

#define LINK(id, outage) "{\"run_id\":\"" id "\",\"outage\":" outage ",\"bytes\":\"?\"}"
#define GONE(id)         "{\"run_id\":\"" id "\",\"outage\":false}"

static void who_asks_for_nothing_gets_nothing(void **state)
{
    (void)state;
    struct start_order order = {.n_resume = 5};
    r = (struct resume_order){0};
    resume_order_take(&r, &order);
    assert_null(order.elder);
    assert_int_equal(order.n_resume, 0);
    resume_order_release(&r);
}

static void what_cannot_be_read_is_not_gone_on_from(void **state)
{
    (void)state;
    ended("unread", "{}", "{}");
    assert_int_equal(unlinkat(folder.fd, "runs/0000000001000-unread.jsonl", 0), 0);
    find("unread");
    assert_string_equal(r.failed, "its record cannot be read");
    assert_int_equal(r.n_journals, 0);
    resume_order_release(&r);
}

/* The record that was looked at, whatever has its id by now. */
static void of_two_with_one_id_the_one_that_is_meant_is_opened(void **state)
{
    (void)state;
    struct record_key elder;
    ended("a", "{\"council\":\"older\"}", "{}");
    assert_int_equal(records_find(records, "a", NULL, &elder), 0);
    ended("a", "{\"council\":\"newer\"}", "{}");
    resume_order_open(&r, records, &elder, &whose);
    assert_memory_equal(r.council.at, "\"older\"", r.council.len);
    expect_names("[\"0000000001000-a\"]");
    resume_order_release(&r);
}

static void one_record_is_a_chain_of_one(void **state)
{
    (void)state;
    struct start_order order = {0};
    ended("a", "{\"council\":\"quick\",\"input\":{\"x\":1}}", "{}");
    find("a");
    assert_null(r.failed);
    assert_int_equal(r.council.len, strlen("\"quick\""));
    assert_memory_equal(r.council.at, "\"quick\"", r.council.len);
    assert_memory_equal(r.input.at, "{\"x\":1}", r.input.len);
    expect_chain("[" LINK("a", "false") "]");
    assert_int_equal(r.n_journals, 1);
    resume_order_take(&r, &order);
    assert_int_equal(order.n_resume, 1);
    assert_int_equal(r.n_journals, 0);
    assert_string_equal(order.elder->run_id, "a");
    start_order_release(&order);
    resume_order_release(&r);
}

/* Not of itself: it may be asked for again what it was asked. */
static void who_died_of_an_outage_is_known(void **state)
{
    (void)state;
    static const struct {
        const char *down, *outage;
    } CASES[] = {
        {"{\"stopped_by\":\"stop\"}", "true"},
        {"{\"stopped_by\":\"client\"}", "false"},
        {"{\"stopped_by\":null}", "false"},
        {"{\"reason\":{\"kind\":\"noconnection\"}}", "true"},
        {"{\"reason\":{\"kind\":\"normal\"}}", "false"},
        {"{\"reason\":{\"kind\":\"killed\"},\"stopped_by\":\"terminate_all\"}", "false"},
        {"{\"reason\":{\"kind\":\"killed\"},\"stopped_by\":\"stop\"}", "true"},
    };
    for (size_t i = 0; i < ARRAY_LEN(CASES); i++) {
        char id[8], wanted[128];
        snprintf(id, sizeof id, "r%zu", i);
        ended(id, "{}", CASES[i].down);
        find(id);
        snprintf(wanted, sizeof wanted, "[{\"run_id\":\"%s\",\"outage\":%s,\"bytes\":\"?\"}]", id,
                 CASES[i].outage);
        expect_chain(wanted);
        resume_order_release(&r);
    }
}

static void the_chain_goes_on_as_long_as_its_records_are_there(void **state)
{
    (void)state;
    ended("a", "{}", "{}");
    ended("b", "{}", "{}");
    ended("c", "{\"chain\":[\"0000000001000-b\",7,\"0000000001000-gone\",\"0000000001000-a\"]}",
          "{}");
    find("c");
    assert_null(r.failed);
    expect_chain("[" LINK("c", "false") "," LINK("b", "false") "," GONE("gone") "]");
    assert_int_equal(r.n_journals, 2);
    resume_order_release(&r);
    ended("d", "{\"chain\":[\"nonsense\",\"0000000001000-a\"]}", "{}");
    find("d");
    expect_chain("[" LINK("d", "false") "]");
    resume_order_release(&r);
    ended("e", "{\"chain\":[],\"options\":{\"resume_from\":\"a\"}}", "{}");
    find("e"); /* it says that there are none */
    expect_chain("[" LINK("e", "false") "]");
    resume_order_release(&r);
}

/* Records from before chains were written name only the run that they resumed. */
static void older_records_name_their_parent(void **state)
{
    (void)state;
    ended("a", "{}", "{}");
    ended("b", "{\"options\":{\"resume_from\":\"a\"}}", "{}");
    find("b");
    expect_chain("[" LINK("b", "false") "," LINK("a", "false") "]");
    resume_order_release(&r);
    ended("c", "{\"options\":{\"resume_from\":\"none\"}}", "{}");
    find("c");
    expect_chain("[" LINK("c", "false") "]");
    assert_null(r.failed);
    resume_order_release(&r);
}

/* An id may have been used again since, by itself or by somebody else. */
static void the_parent_is_older_and_of_the_same_owner(void **state)
{
    static const char OURS[] = "{\"started_by\":{\"uid\":7}}";
    static const char THEIRS[] = "{\"started_by\":{\"uid\":8}}";
    static const char OF_A[] = "{\"options\":{\"resume_from\":\"a\"}}";
    (void)state;
    ended("a", "{}", OURS);
    ended("a", OF_A, OURS);
    find("a");
    expect_names("[\"0000000001001-a\",\"0000000001000-a\"]");
    resume_order_release(&r);
    ended("a", "{}", THEIRS);
    for (int i = 0; i < 4; i++)
        ended("b", OF_A, OURS);
    find("b");
    expect_names("[\"0000000001003-b\",\"0000000001002-a\"]");
    resume_order_release(&r);
    whose = (struct record_whose){.of_owner = true, .uid = 7};
    find("b");
    whose = (struct record_whose){0};
    expect_names("[\"0000000001003-b\",\"0000000001001-a\"]");
    resume_order_release(&r);
}

/* A run that was taken over can say in its first line that it resumed a run of somebody else: with
 * its daemon killed nobody knows the line that stood there. */
static void a_chain_ends_at_what_belongs_to_somebody_else(void **state)
{
    static const char CHAIN[] = "{\"chain\":[\"0000000001000-ours\",\"0000000001000-theirs\"]}";
    static const char OURS[] = "{\"started_by\":{\"uid\":7},\"registry\":\"a\"}";
    static const char THEIRS[] = "{\"started_by\":{\"uid\":8},\"registry\":\"b\"}";
    static const struct record_whose SOME[] = {{.of_owner = true, .uid = 7}, {.registry = "a"}};
    (void)state;
    ended("ours", OURS, OURS);
    ended("theirs", THEIRS, THEIRS);
    ended("taken", CHAIN, OURS);
    find("taken");
    expect_chain(
        "[" LINK("taken", "false") "," LINK("ours", "false") "," LINK("theirs", "false") "]");
    resume_order_release(&r);
    for (size_t i = 0; i < ARRAY_LEN(SOME); i++) {
        whose = SOME[i];
        find("taken");
        whose = (struct record_whose){0};
        expect_chain("[" LINK("taken", "false") "," LINK("ours", "false") "," GONE("theirs") "]");
        assert_int_equal(r.n_journals, 2);
        resume_order_release(&r);
    }
}

/* Without memory it is not known whose a record is, nor how its run died: that is no reason to go
 * on without it, or as if it had died of itself. */
static void a_chain_is_not_cut_for_want_of_memory(void **state)
{
    static const char OURS[] = "{\"started_by\":{\"uid\":7},\"reason\":{\"kind\":"
                               "\"noconnection\"},\"stopped_by\":\"stop\"}";
    (void)state;
    ended("a", OURS, OURS);
    ended("b", "{\"chain\":[\"0000000001000-a\"]}", OURS);
    const struct record_whose owner = {.of_owner = true, .uid = 7};
    struct record_key elder;
    assert_int_equal(records_find(records, "b", NULL, &elder), 0);
    for (int k = 0; failing_next(&k);) {
        resume_order_open(&r, records, &elder, &owner);
        failing_stop();
        if (!r.failed)
            expect_chain("[" LINK("b", "true") "," LINK("a", "true") "]");
        assert_true(r.failed || r.n_journals == 2);
        resume_order_release(&r);
        OPENSSL_thread_stop();
    }
}

static void a_chain_has_eight_links_at_most(void **state)
{
    (void)state;
    char spec[512] = "{\"chain\":[";
    for (int i = 0; i < 10; i++) {
        char id[8];
        snprintf(id, sizeof id, "r%d", i);
        ended(id, "{}", "{}");
        snprintf(spec + strlen(spec), sizeof spec - strlen(spec), "%s\"0000000001000-r%d\"",
                 i ? "," : "", i);
    }
    snprintf(spec + strlen(spec), sizeof spec - strlen(spec), "]}");
    ended("last", spec, "{}");
    find("last");
    assert_null(r.failed);
    assert_int_equal(r.n_journals, RESUME_CHAIN_MAX);
    assert_int_equal(json_array_size(r.names), 1 + RESUME_CHAIN_MAX);
    resume_order_release(&r);
}

static int (*real_openat)(int dir, const char *path, int flags, mode_t mode);
static int opens; /* until one fails, and all that follow */

static int some_openat(int dir, const char *path, int flags, mode_t mode)
{
    if (opens-- > 0)
        return real_openat(dir, path, flags, mode);
    errno = EMFILE;
    return -1;
}

/* Its first line, its events, how it ended; then the same two of the one before it. */
static void what_cannot_be_opened_ends_the_chain(void **state)
{
    (void)state;
    static const char *const CHAINS[] = {
        NULL,
        NULL,
        "[" LINK("b", "false") "," GONE("a") "]",
        "[" LINK("b", "true") "," GONE("a") "]",
        "[" LINK("b", "true") "," LINK("a", "false") "]",
        "[" LINK("b", "true") "," LINK("a", "true") "]",
    };
    ended("a", "{}", "{\"stopped_by\":\"stop\"}");
    ended("b", "{\"chain\":[\"0000000001000-a\"]}", "{\"stopped_by\":\"stop\"}");
    real_openat = sys.openat;
    for (size_t i = 0; i < ARRAY_LEN(CHAINS); i++) {
        sys.openat = some_openat;
        opens = (int)i;
        find("b");
        sys_reset();
        if (CHAINS[i])
            expect_chain(CHAINS[i]);
        assert_int_equal(r.failed == NULL, CHAINS[i] != NULL);
        if (r.failed)
            assert_string_equal(r.failed, "its record cannot be read");
        resume_order_release(&r);
    }
}

static void what_is_found_is_given_back_with_whatever_failing(void **state)
{
    (void)state;
    struct start_order order;
    ended("a", "{}", "{\"stopped_by\":\"stop\"}");
    ended("b", "{\"options\":{\"resume_from\":\"a\"}}", "{}");
    ended("c", "{\"chain\":[\"0000000001000-b\",\"0000000001000-a\"]}", "{}");
    static const char *const IDS[] = {"b", "c", "c"}; /* the last is taken */
    struct record_key elder;
    const int before = fd_count_open();
    find("c"); /* what the hash keeps from then on is its own */
    resume_order_release(&r);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(records_find(records, IDS[i], NULL, &elder), 0);
        for (int k = 0; failing_next(&k);) {
            order = (struct start_order){0};
            resume_order_open(&r, records, &elder, &whose);
            failing_stop();
            assert_true(failing_happened || !r.failed);
            assert_true(r.failed || (r.n_journals && r.n_journals <= json_array_size(r.chain)));
            if (i == 2)
                resume_order_take(&r, &order);
            resume_order_release(&r);
            start_order_release(&order);
            OPENSSL_thread_stop();
        }
        assert_true(i == 0 || failing_no_leak());
        assert_int_equal(fd_count_open(), before);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        AT_DESK(who_asks_for_nothing_gets_nothing),
        AT_DESK(what_cannot_be_read_is_not_gone_on_from),
        AT_DESK(of_two_with_one_id_the_one_that_is_meant_is_opened),
        AT_DESK(one_record_is_a_chain_of_one),
        AT_DESK(who_died_of_an_outage_is_known),
        AT_DESK(the_chain_goes_on_as_long_as_its_records_are_there),
        AT_DESK(older_records_name_their_parent),
        AT_DESK(the_parent_is_older_and_of_the_same_owner),
        AT_DESK(a_chain_ends_at_what_belongs_to_somebody_else),
        AT_DESK(a_chain_is_not_cut_for_want_of_memory),
        AT_DESK(a_chain_has_eight_links_at_most),
        AT_DESK(what_cannot_be_opened_ends_the_chain),
        AT_DESK(what_is_found_is_given_back_with_whatever_failing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
