/* A request that leaves out what its seat says is another question than the one that was paid for:
 * each member of a request is here, where the seat says nothing and where it says all. */
#include <inttypes.h>

#include "drive.h"

#define COUNCIL(seat, more)                                                                        \
    "{\"id\": \"x\"" more ", \"members\": [{\"id\": \"ann\", \"provider\": \"mock\", \"model\": "  \
    "\"m\"" seat "}], \"rounds\": [{\"type\": \"independent_analysis\", \"name\": \"a\"}]}"

/* The first request, as text. */
static char *first_request(const char *council)
{
    json_t *event;
    const struct engine_want *w;
    struct drive d = drive_new(council, "{}");
    drive_begin(&d);
    engine_start(d.e);
    while ((event = engine_next_event(d.e)))
        json_decref(event);
    w = engine_next_want(d.e);
    assert_non_null(w);
    assert_int_equal(w->kind, ENGINE_ATTEMPT);
    const struct engine_attempt *a = w->ask;
    json_t *o = json_pack(
        "{ss si ss ss ss sO sO* sO* ss* sO* sO ss sb sb sI sI sI sI}", "path", a->path, "index",
        a->index, "member_id", a->member_id, "provider", a->provider, "model", a->model, "params",
        a->params, "embed", a->embed, "presented", a->presented, "schema_name", a->schema_name,
        "schema", a->schema, "tools", a->tools, "tool_choice", a->tool_choice, "parallel_tools",
        a->parallel_tools, "stream", a->stream, "attempt_ms", (json_int_t)a->attempt_ms,
        "first_token_ms", (json_int_t)a->first_token_ms, "stall_ms", (json_int_t)a->stall_ms,
        "deadline_ms", (json_int_t)a->deadline_ms);
    assert_non_null(o);
    assert_int_equal(a->kind, CALL_KIND_MEMBER);
    assert_int_equal(w->attempt, 1);
    assert_string_equal(w->call_id, "r0i0:member:ann");
    char *text = j_dump(o);
    json_decref(o);
    drive_release(&d);
    return text;
}

static void expect_request(const char *council, const char *expected)
{
    char *text = first_request(council);
    assert_string_equal(text, expected);
    free(text);
}

#define WHO                                                                                        \
    "{\"path\":\"\",\"index\":0,\"member_id\":\"ann\",\"provider\":\"mock\",\"model\":\"m\","

static void a_seat_that_says_nothing(void **state)
{
    (void)state;
    expect_request(COUNCIL("", ""),
                   WHO "\"params\":{\"temperature\":null,\"top_p\":null,\"max_tokens\":null,"
                       "\"provider_options\":{},\"logprobs\":false,\"tier\":\"mid\"},"
                       "\"tools\":[],\"tool_choice\":\"none\","
                       "\"parallel_tools\":true,\"stream\":true,\"attempt_ms\":0,"
                       "\"first_token_ms\":180000,\"stall_ms\":60000,\"deadline_ms\":300000}");
}

static void a_seat_that_says_all(void **state)
{
    (void)state;
    expect_request(
        COUNCIL(", \"temperature\": 0.5, \"top_p\": 0.25, \"max_tokens\": 77, "
                "\"provider_options\": {\"k\": 1}, \"tier\": \"large\", \"stream\": false, "
                "\"timeouts\": {\"total_ms\": 9000, \"attempt_ms\": 8000, \"first_token_ms\": "
                "7000, \"stall_ms\": 6000}, \"confidence\": \"logprob\"",
                ""),
        WHO "\"params\":{\"temperature\":0.5,\"top_p\":0.25,\"max_tokens\":77,"
            "\"provider_options\":{\"k\":1},\"logprobs\":true,\"tier\":\"large\"},"
            "\"tools\":[],\"tool_choice\":\"none\",\"parallel_tools\":true,"
            "\"stream\":false,\"attempt_ms\":8000,\"first_token_ms\":7000,\"stall_ms\":6000,"
            "\"deadline_ms\":9000}");
}

/* ---- limits of time ---- */

static void expect_times(const char *seat, const char *times)
{
    char council[900];
    snprintf(council, sizeof council, COUNCIL(", \"timeouts\": %s", ""), seat);
    char *text = first_request(council);
    const char *at = strstr(text, "\"attempt_ms\"");
    assert_non_null(at);
    assert_string_equal(at, times);
    free(text);
}

/* What is inherited is capped at the total; null is off. */
static void no_part_is_longer_than_the_whole(void **state)
{
    (void)state;
    expect_times("{\"total_ms\": 60001}", "\"attempt_ms\":0,\"first_token_ms\":60001,"
                                          "\"stall_ms\":60000,\"deadline_ms\":60001}");
    expect_times("{\"total_ms\": 59999}", "\"attempt_ms\":0,\"first_token_ms\":59999,"
                                          "\"stall_ms\":59999,\"deadline_ms\":59999}");
    expect_times("{\"total_ms\": 500, \"stall_ms\": null, \"first_token_ms\": null}",
                 "\"attempt_ms\":0,\"first_token_ms\":0,\"stall_ms\":0,\"deadline_ms\":500}");
}

/* ---- the budget ---- */

static int64_t max_tokens_sent(const char *council)
{
    int64_t n = -7;
    char *text = first_request(council);
    const char *at = strstr(text, "\"max_tokens\":");
    assert_non_null(at);
    if (sscanf(at, "\"max_tokens\":%" SCNd64, &n) != 1)
        n = -1;
    free(text);
    return n;
}

/* An answer without end would use up any budget. */
static void an_answer_has_an_end_where_there_is_a_budget(void **state)
{
    (void)state;
    assert_int_equal(max_tokens_sent(COUNCIL("", "")), -1);
    assert_int_equal(max_tokens_sent(COUNCIL("", ", \"budget\": {\"max_tokens\": 100000}")), 8192);
    assert_int_equal(
        max_tokens_sent(COUNCIL(", \"max_tokens\": 50", ", \"budget\": {\"max_tokens\": 100000}")),
        50);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_seat_that_says_nothing),
        cmocka_unit_test(a_seat_that_says_all),
        cmocka_unit_test(no_part_is_longer_than_the_whole),
        cmocka_unit_test(an_answer_has_an_end_where_there_is_a_budget),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
