/* A runner that goes on where another one ended, with what is left of its journal: the result has
 * to be that of a run that nothing has interrupted. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "runner_process.h"

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

static void a_spare_that_is_closed_in_resumes_too(void **state)
{
    starts_early = true;
    resumed(state);
    starts_early = false;
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

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(resumed),
        cmocka_unit_test(a_spare_that_is_closed_in_resumes_too),
        cmocka_unit_test(resume_mismatch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
