/* A probe without a process around it: a peer that answers everything with the same bytes, and the
 * one line that councild hears at the end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "common/clock.h"
#include "common/jx.h"
#include "probe_world.h"

#define HTTP(status, body)                                                                         \
    "HTTP/1.1 " status " Said\r\nContent-Type: application/json\r\nContent-Length: " body
/* A list of models and an answer at once. */
#define BOTH                                                                                       \
    HTTP("200", "131\r\n\r\n{\"data\":[{\"id\":\"m\"}],\"choices\":[{\"index\":0,\"message\":{"    \
                "\"content\":\"{\\\"answer\\\":\\\"yes\\\"}\"},\"finish_reason\":\"stop\"}],"      \
                "\"more\":[1,2]}      ")

/* "check status" of each row, the first words of what follows them. */
static char *rows_of(const struct world *w)
{
    struct buf text = BUF_INIT(100000);
    size_t i;
    json_t *row;
    json_array_foreach (j_get(j_get(w->line, "result"), "rows"), i, row) {
        const char *model = j_str(row, "model", "-"), *check = j_str(row, "check", "?");
        const bool timed = !strcmp(check, "first_token"), own = strchr(check, '_') || timed;
        buf_addf(&text, "%s %s %s %s%s%s\n", j_str(row, "provider", "?"), model, check,
                 j_str(row, "status", "?"), timed ? "" : " | ",
                 timed ? ""
                 : own ? "."
                       : j_str(row, "detail", "?"));
    }
    buf_addf(&text, "%s", j_bool(j_get(w->line, "result"), "ok", true) ? "well" : "not well");
    char *copy = xstrdup(buf_str(&text));
    buf_release(&text);
    return copy;
}

static void expect_rows(struct world *w, const char *outcome, const char *expected)
{
    char *rows = rows_of(w);
    assert_string_equal(j_str(w->line, "type", ""), "result");
    assert_string_equal(j_str(w->line, "outcome", ""), outcome);
    assert_string_equal(rows, expected);
    free(rows);
}

#define HOUSE                                                                                      \
    "\"house\":{\"type\":\"openai\",\"base_url\":\"http://127.0.0.1:PORT/v1\",\"key_env\":\"K\","  \
    "\"stream\":false"
#define CHECK(more)                                                                                \
    "\"v\":1,\"kind\":\"check\",\"allow_addresses\":[\"127.0.0.0/8\"],\"providers\":{" more "}"
#define LIST(more)                                                                                 \
    "\"v\":1,\"kind\":\"models\",\"allow_addresses\":[\"127.0.0.0/8\"],\"providers\":{" more "}"

#define REACHED                                                                                    \
    "house - resolve ok | \nhouse - connect ok | \nhouse - tls skipped | plain http\n"             \
    "house - key_present ok | .\n"
#define NOT_REACHED                                                                                \
    "house - tls skipped | not reached\nhouse - key_present ok | .\n"                              \
    "house - key_accepted skipped | .\nhouse - models skipped | not reached\n"
#define NOT_ASKED                                                                                  \
    "house m model_known skipped | .\nhouse m stream skipped | not asked\n"                        \
    "house m first_token skipped\nhouse m structured skipped | not asked\nnot well"
#define LISTED                                                                                     \
    REACHED "house - key_accepted ok | .\nhouse - models ok | 1\nhouse m model_known ok | .\n"
#define SWITCHED_OFF                                                                               \
    "house m stream skipped | switched off: `stream` is false\nhouse m first_token ok\n"
#define REFUSED                                                                                    \
    REACHED "house - key_accepted failed | .\nhouse - models skipped | not shown with this key\n"
#define TARGET ",\"targets\":[{\"provider\":\"house\",\"model\":\"m\"}]"

static void what_is_found(void **state)
{
    (void)state;
    static const struct {
        const char *answer, *rest, *rows;
    } CASES[] = {
        {BOTH, CHECK(HOUSE "}") TARGET, LISTED SWITCHED_OFF "house m structured ok | \nwell"},
        {BOTH, CHECK(HOUSE ",\"json_schema\":false}") TARGET,
         LISTED SWITCHED_OFF
         "house m structured skipped | switched off: `json_schema` is false\nwell"},
        {HTTP("401", "48\r\n\r\n{\"error\":{\"message\":\"no, " KEY "\"}}   "),
         CHECK(HOUSE "}") TARGET, REFUSED NOT_ASKED},
        {HTTP("403", "0\r\n\r\n"), CHECK(HOUSE ",\"retry\":{\"max_attempts\":1}}") TARGET,
         REFUSED
         "house m model_known skipped | .\nhouse m stream skipped | the key is refused\nhouse m "
         "first_token skipped\nhouse m structured skipped | the key is refused\nnot well"},
        {HTTP("200", "2\r\n\r\n[]"), CHECK(HOUSE "}"),
         REACHED "house - key_accepted skipped | .\nhouse - models failed | bad_response: what "
                 "came is no list of models\nnot well"},
        {"", "\"timeout_ms\":1," CHECK(HOUSE "}") TARGET,
         "house - resolve ok | \nhouse - connect failed | no answer in time\n" NOT_REACHED
             NOT_ASKED},
        {BOTH, CHECK(HOUSE "}") ",\"deny_addresses\":[\"127.0.0.0/8\"]" TARGET,
         "house - resolve ok | \nhouse - connect failed | its address may not be connected to: see "
         "deny_addresses and allow_addresses\n" NOT_REACHED NOT_ASKED},
        {BOTH,
         CHECK("\"mock\":{\"type\":\"mock\"}") ",\"targets\":[{\"provider\":\"mock\",\"model\":"
                                               "\"n\"},{\"provider\":\"mock\"},"
                                               "{\"provider\":\"inn\",\"model\":\"n\"},{\"model\":"
                                               "\"n\"}]",
         "mock - resolve skipped | has no network\nmock - connect skipped | has no network\nmock - "
         "tls skipped | has no network\nmock - key_present skipped | .\nmock - key_accepted "
         "skipped | .\nmock - models ok | 1\nmock n model_known ok | .\nmock n stream ok | 19 "
         "pieces\nmock n first_token ok\nmock n structured ok | \nwell"},
        {"", CHECK(""), "well"},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(*CASES); i++) {
        struct world w;
        open_world(&w, CASES[i].answer);
        take(&w, CASES[i].rest);
        probe_begin(w.probe);
        play(&w);
        expect_rows(&w, "complete", CASES[i].rows);
        close_world(&w);
    }
}

static void a_list_of_models(void **state)
{
    (void)state;
    static const struct {
        const char *answer, *rest, *result;
        size_t requests;
    } CASES[] = {
        {BOTH, LIST(HOUSE "}"),
         "{\"provider\":\"house\",\"models\":[\"m\"],\"complete\":true,\"fault\":null}", 1},
        {BOTH,
         LIST("\"house\":{\"type\":\"openai\",\"base_url\":\"http://127.0.0.1:PORT\","
              "\"key_env\":\"NO\"}"),
         "{\"provider\":\"house\",\"models\":[],\"complete\":false,\"fault\":{\"code\":\"key_"
         "missing\",\"message\":\"NO is not set\",\"hint\":\"give councild the key, and reload "
         "it\"}}",
         0},
        {HTTP("404", "2\r\n\r\n{}"), LIST(HOUSE "}"),
         "{\"provider\":\"house\",\"models\":[],\"complete\":false,\"fault\":{\"code\":\"no_list\","
         "\"message\":\"{}\",\"hint\":\"the server has no list of models, or base_url has the "
         "wrong path\"}}",
         1},
        {HTTP("503", "2\r\n\r\n{}"), LIST(HOUSE "}"),
         "{\"provider\":\"house\",\"models\":[],\"complete\":false,\"fault\":{\"code\":\"server_"
         "error\",\"message\":\"{}\",\"hint\":\"the provider has trouble: try again later\"}}",
         1},
        {BOTH, LIST("\"mock\":{\"type\":\"mock\"}"),
         "{\"provider\":\"mock\",\"models\":[\"mock\"],\"complete\":true,\"fault\":null}", 0},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(*CASES); i++) {
        struct world w;
        open_world(&w, CASES[i].answer);
        take(&w, CASES[i].rest);
        probe_begin(w.probe);
        play(&w);
        char *text = j_dump(j_get(w.line, "result"));
        assert_string_equal(text, CASES[i].result);
        assert_int_equal(w.peer.requests, CASES[i].requests);
        free(text);
        close_world(&w);
    }
}

static void what_is_refused(void **state)
{
    (void)state;
    static const struct {
        const char *rest, *code, *message;
    } CASES[] = {
        {"\"v\":2,\"kind\":\"check\"", "version", "this version of the probe is not known here"},
        {LIST(""), NULL, "a list of models is that of one provider"},
        {LIST("\"a\":{\"type\":\"mock\"},\"b\":{\"type\":\"mock\"}"), NULL,
         "a list of models is that of one provider"},
        {CHECK("\"a\":{\"type\":\"telepathy\"}"), NULL,
         "provider a has the unknown type telepathy"},
    };
    for (size_t i = 0; i < sizeof(CASES) / sizeof(*CASES); i++) {
        struct world w;
        open_world(&w, "");
        take(&w, CASES[i].rest);
        assert_null(w.probe);
        assert_string_equal(w.refusal.message, CASES[i].message);
        assert_string_equal(w.refusal.code ? w.refusal.code : "",
                            CASES[i].code ? CASES[i].code : "");
        assert_null(w.refusal.data);
        close_world(&w);
    }
}

static const char *of_row(const struct world *w, size_t i, const char *member)
{
    return j_str(json_array_get(j_get(j_get(w->line, "result"), "rows"), i), member, "?");
}

static void nobody_at_home(void **state)
{
    (void)state;
    struct world w;
    open_world(&w, "");
    close(w.peer.listener);
    take(&w, CHECK(HOUSE "}") TARGET);
    probe_begin(w.probe);
    play(&w);
    assert_string_equal(of_row(&w, 0, "status"), "ok");
    assert_string_equal(of_row(&w, 1, "status"), "failed");
    assert_non_null(strstr(of_row(&w, 1, "hint"), "is the server running"));
    assert_string_equal(of_row(&w, 2, "detail"), "not reached");
    assert_string_equal(of_row(&w, 7, "detail"), "not asked");
    close_world(&w);
    open_world(&w, "");
    w.peer.close_after = true;
    take(&w, CHECK(HOUSE "}"));
    probe_begin(w.probe);
    play(&w);
    assert_string_equal(of_row(&w, 1, "status"), "ok");
    assert_memory_equal(of_row(&w, 5, "detail"), "connection_lost: ", 17);
    close_world(&w);
}

/* From the first request on the peer says nothing more. */
static void play_until(struct world *w, size_t requests)
{
    while (w->peer.requests < requests) {
        assert_false(probe_is_over(w->probe));
        peer_turn(&w->peer, w->http);
        if (w->peer.requests > 0)
            w->peer.answer_len = 0;
        probe_step(w->probe);
    }
}

static void cancelled_on_the_way(void **state)
{
    (void)state;
    struct world w;
    open_world(&w, BOTH);
    take(&w, CHECK(HOUSE "}") TARGET);
    probe_begin(w.probe);
    play_until(&w, 3);
    probe_cancel(w.probe);
    hear(&w);
    expect_rows(&w, "cancelled",
                LISTED "house m stream failed | attempt: no answer in time\nhouse m first_token "
                       "skipped\nhouse m structured failed | attempt: no answer in time\nnot well");
    close_world(&w);
}

static void eight_targets_at_a_time(void **state)
{
    (void)state;
    struct world w;
    struct buf rest = BUF_INIT(10000);
    open_world(&w, BOTH);
    buf_addf(&rest, "%s",
             CHECK(HOUSE ",\"json_schema\":false,\"max_in_flight\":16}") ",\"targets\":[");
    for (int i = 0; i < 9; i++)
        buf_addf(&rest, "%s{\"provider\":\"house\",\"model\":\"m%d\"}", i ? "," : "", i);
    buf_addf(&rest, "]");
    take(&w, buf_str(&rest));
    probe_begin(w.probe);
    play_until(&w, 9);
    for (int i = 0; i < 20; i++) {
        peer_turn(&w.peer, w.http);
        probe_step(w.probe);
    }
    assert_int_equal(w.peer.requests, 9);
    buf_release(&rest);
    close_world(&w);
}

/* What the operator knows of models holds for a probe as for a run. */
static void families_are_asked_as_they_like(void **state)
{
    (void)state;
    for (int own = 0; own < 2; own++) {
        struct world w;
        open_world(&w, BOTH);
        take(&w, own ? CHECK(HOUSE "}") TARGET ",\"models\":[{\"prefix\":\"m\",\"max_tokens\":"
                                               "\"max_completion_tokens\"}]"
                     : CHECK(HOUSE "}") TARGET);
        probe_begin(w.probe);
        play(&w);
        const char *seen = buf_str(&w.peer.seen);
        assert_int_equal(strstr(seen, "\"max_completion_tokens\"") != NULL, own);
        assert_int_equal(strstr(seen, "\"max_tokens\"") != NULL, !own);
        close_world(&w);
    }
}

static void the_time_it_has(void **state)
{
    (void)state;
    static const struct {
        const char *said;
        int ms;
    } CASES[] = {{"0", 60000},
                 {"-1", 60000},
                 {"1", 1},
                 {"2", 2},
                 {"\"7\"", 60000},
                 {"3599999", 3599999},
                 {"3600000", 3600000},
                 {"3600001", 3600000},
                 {"60001", 60001}};
    for (size_t i = 0; i < sizeof(CASES) / sizeof(*CASES); i++) {
        struct world w;
        char rest[1000];
        open_world(&w, "");
        snprintf(rest, sizeof(rest), "\"timeout_ms\":%s,%s", CASES[i].said, CHECK(HOUSE "}"));
        take(&w, rest);
        int64_t begun = clock_mono_ms();
        probe_begin(w.probe);
        int left = probe_timeout_ms(w.probe);
        int64_t gone = clock_mono_ms() - begun;
        assert_true(left <= CASES[i].ms && left >= 0 && left >= CASES[i].ms - gone);
        close_world(&w);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_is_found),
        cmocka_unit_test(a_list_of_models),
        cmocka_unit_test(what_is_refused),
        cmocka_unit_test(cancelled_on_the_way),
        cmocka_unit_test(eight_targets_at_a_time),
        cmocka_unit_test(the_time_it_has),
        cmocka_unit_test(nobody_at_home),
        cmocka_unit_test(families_are_asked_as_they_like),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
