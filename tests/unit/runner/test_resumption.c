/* A resumption that takes what it should not pays for another question's answers, and one that is
 * refused without a reason is no help: each refusal says which record, or which field. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "common/buf.h"
#include "resumption_world.h"
#include "runner/resume_fields.h"

static void expect_refused(const char *chain, const char *const *records, size_t n,
                           const char *words)
{
    struct resumption_world w;
    resume(&w, COUNCIL("n"), RESUME, chain, records, n);
    assert_int_equal(w.result, -EINVAL);
    assert_string_equal(w.refusal.code, "resume_mismatch");
    if (!strstr(w.refusal.message, words))
        fail_msg("\"%s\" does not say \"%s\"", w.refusal.message, words);
    json_t *differences = j_get(w.refusal.data, "differences");
    assert_string_equal(json_string_value(json_array_get(differences, 0)), "journal");
    release(&w);
}

static void a_record_that_cannot_be_read(void **state)
{
    (void)state;
    const char *const records[] = {NULL}; /* a folder */
    expect_refused(NULL, records, 1, "Is a directory");
}

static void a_record_that_is_not_there(void **state)
{
    (void)state;
    char *first = started(COUNCIL("n"), "{\"q/a\":[1,2]}", "");
    char *record = xasprintf("%s" EVENT(2, "run_resumed", ""), first);
    const char *const records[] = {record};
    expect_refused(CHAIN2, records, 1,
                   "what run_old had stands in the record of run_older, which is not there");
    expect_refused(NULL, NULL, 0,
                   "what it had stands in the record of run_old, which is not there");
    free(record);
    free(first);
}

/* Nine runs, of which none says that it holds what its elders had. */
static void a_chain_that_is_too_long(void **state)
{
    (void)state;
    const char *records[RESUME_CHAIN_MAX];
    json_t *chain = j_array();
    char *first = started(COUNCIL("n"), "{\"q/a\":[1,2]}", "");
    char *record = xasprintf(SPEC_LINE "%s" EVENT(2, "run_resumed", ""), first);
    for (int i = 0; i <= RESUME_CHAIN_MAX; i++) {
        char *name = xasprintf("run_%d", i);
        j_add(chain, j_pack("{s:s}", "run_id", name));
        free(name);
        if (i < RESUME_CHAIN_MAX)
            records[i] = record;
    }
    char *text = j_dump(chain);
    expect_refused(text, records, RESUME_CHAIN_MAX,
                   "what run_7 had stands in the record of run_8, which is too far back");
    free(text);
    free(record);
    free(first);
    json_decref(chain);
}

static void a_record_that_begins_in_the_middle(void **state)
{
    (void)state;
    const char *const records[] = {SPEC_LINE EVENT(1, "round_started", "")};
    expect_refused(NULL, records, 1, "the journal of run_old does not begin with run_started");
}

static void a_record_with_a_hole(void **state)
{
    (void)state;
    char *first = started(COUNCIL("n"), "{\"q/a\":[1,2]}", "");
    char *record = xasprintf(
        SPEC_LINE "%s" EVENT(2, "round_started", "") EVENT(4, "member_started", ""), first);
    const char *const records[] = {record};
    expect_refused(NULL, records, 1, "in the journal of run_old line 3 is missing");
    free(record);
    free(first);
}

/* ---- the same question ---- */

static void expect_fields(const struct resumption_world *w, const char *differences,
                          const char *fields)
{
    char *a = j_dump(j_get(w->refusal.data, "differences"));
    char *b = j_dump(j_get(w->refusal.data, "fields"));
    assert_int_equal(w->result, -EINVAL);
    assert_string_equal(w->refusal.code, "resume_mismatch");
    assert_string_equal(a, differences);
    assert_string_equal(b, fields);
    free(a);
    free(b);
}

static void another_question(void **state)
{
    (void)state;
    struct resumption_world w;
    char *record = started(COUNCIL("other"), "{\"q/a\":[1,3],\"b\":null}",
                           ",\"options\":{\"history\":[{\"role\":\"user\",\"content\":\"x\"}]}");
    const char *const records[] = {record};
    resume(&w, COUNCIL("n"), "{\"resume_from\":\"run_old\",\"seed\":\"mine\"}", NULL, records, 1);
    expect_fields(&w, "[\"ask_sha256\",\"input_sha256\",\"history\",\"seed\"]",
                  "[\"/council/members/1/reliability_key\",\"/council/members/1/model\","
                  "\"/input/q~1a/1\",\"/input/b\",\"/options/history\",\"/options/seed\"]");
    assert_non_null(strstr(w.refusal.message, "something else: ask_sha256, input_sha256"));
    assert_non_null(strstr(w.refusal.message, "; see /council/members/1/"));
    release(&w);
    /* `matching` takes what fits. */
    resume(&w, COUNCIL("n"), "{\"resume_from\":\"run_old\",\"resume_policy\":\"matching\"}", NULL,
           records, 1);
    assert_int_equal(w.result, 0);
    assert_non_null(resumption_store(&w.resumption));
    release(&w);
    free(record);
}

/* A name without end is no reason to say nothing, nor to say all of it. */
static void pointers_have_an_end(void **state)
{
    (void)state;
    struct resumption_world w;
    char *name = xcalloc(1, 5001);
    memset(name, '~', 5000);
    char *input = xasprintf("{\"q/a\":[1,2],\"deep\":{\"%s\":1}}", name);
    char *record = started(COUNCIL("n"), input, "");
    const char *const records[] = {record};
    resume(&w, COUNCIL("n"), RESUME, NULL, records, 1);
    expect_fields(&w, "[\"input_sha256\"]", "[\"/input/deep\"]");
    release(&w);
    free(record);
    free(input);
    free(name);
}

static void no_more_fields_than_can_be_read(void **state)
{
    (void)state;
    struct resumption_world w;
    struct buf input = BUF_INIT(1 << 16);
    assert_int_equal(buf_add_str(&input, "{\"q/a\":[1,2]"), 0);
    for (int i = 0; i < 100; i++)
        assert_int_equal(buf_addf(&input, ",\"n%d\":%d", i, i), 0);
    assert_int_equal(buf_add_str(&input, "}"), 0);
    char *record = started(COUNCIL("n"), buf_str(&input), "");
    const char *const records[] = {record};
    resume(&w, COUNCIL("n"), RESUME, NULL, records, 1);
    assert_int_equal(w.result, -EINVAL);
    assert_int_equal(json_array_size(j_get(w.refusal.data, "fields")), RESUME_FIELDS_MAX);
    release(&w);
    free(record);
    buf_release(&input);
}

/* ---- what is passed over ---- */

static size_t lines_read(const char *chain, const char *record)
{
    struct resumption_world w;
    const char *const records[] = {record};
    resume(&w, COUNCIL("n"), RESUME, chain, records, 1);
    if (w.result < 0)
        fail_msg("%s", w.refusal.message);
    assert_string_equal(w.spec.seed, "old");
    size_t n = json_array_size(w.resumption.chain[0].lines);
    release(&w);
    return n;
}

static void what_is_no_event_is_passed_over(void **state)
{
    (void)state;
    char *first = started(COUNCIL("n"), "{\"q/a\":[1,2]}", "");
    char *whole = xasprintf(
        SPEC_LINE "%s" EVENT(
            2, "round_started",
            "") "{\"seq\":3,\"type\":\"exch\n"
                "[3]\n\n" EVENT(3, "run_failed",
                                "") "{\"type\":\"result\",\"outcome\":\"failed\",\"result\":{}}\n"
                                    "{\"type\":\"down\",\"size\":7}\n{\"seq\":4,\"type\":\"to",
        first);
    assert_int_equal(lines_read(NULL, first), 1);
    assert_int_equal(lines_read(NULL, whole), 3);
    /* No further than councild vouches for. */
    char *chain =
        xasprintf("[{\"run_id\":\"run_old\",\"bytes\":%zu}]", strlen(SPEC_LINE) + strlen(first));
    assert_int_equal(lines_read(chain, whole), 1);
    free(chain);
    free(whole);
    free(first);
}

/* Killed before it wrote a line: it can be resumed as if it had never been. */
static void an_empty_record_holds_nothing(void **state)
{
    (void)state;
    const char *const empty[] = {"", SPEC_LINE, SPEC_LINE "{\"type\":\"down\"}\n",
                                 SPEC_LINE "{\"seq\":1,\"type\":\"run_sta"};
    for (size_t i = 0; i < sizeof(empty) / sizeof(empty[0]); i++) {
        struct resumption_world w;
        resume(&w, COUNCIL("n"), RESUME, NULL, &empty[i], 1);
        assert_int_equal(w.result, 0);
        assert_int_equal(json_array_size(w.resumption.chain[0].lines), 0);
        release(&w);
    }
}

static void without_a_wish_nothing_is_resumed(void **state)
{
    (void)state;
    struct resumption_world w;
    resume(&w, COUNCIL("n"), "{}", NULL, NULL, 0);
    assert_int_equal(w.result, 0);
    assert_null(resumption_store(&w.resumption));
    release(&w);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_record_that_cannot_be_read),
        cmocka_unit_test(a_record_that_is_not_there),
        cmocka_unit_test(a_chain_that_is_too_long),
        cmocka_unit_test(a_record_that_begins_in_the_middle),
        cmocka_unit_test(a_record_with_a_hole),
        cmocka_unit_test(another_question),
        cmocka_unit_test(pointers_have_an_end),
        cmocka_unit_test(no_more_fields_than_can_be_read),
        cmocka_unit_test(what_is_no_event_is_passed_over),
        cmocka_unit_test(an_empty_record_holds_nothing),
        cmocka_unit_test(without_a_wish_nothing_is_resumed),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
