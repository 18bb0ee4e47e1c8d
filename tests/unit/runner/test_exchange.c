/* One attempt and its clocks, with an owner that only takes notes and an adapter that needs no
 * network: every end has to be told once, at its time, and never again. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "common/jx.h"
#include "common/xalloc.h"
#include "runner/exchange/exchange.h"
#include "runner/link/secrets.h"

struct notes {
    int64_t now;
    json_t *facts;
    char shown[200], joined[200];
    struct secrets *secrets;
};

static int64_t owner_now(void *context)
{
    return ((struct notes *)context)->now;
}

static void owner_fact(void *context, json_t *fact)
{
    j_add(((struct notes *)context)->facts, fact);
}

static void owner_delta(void *context, enum delta kind, const char *call_id, int attempt, int64_t n,
                        const char *text, size_t len)
{
    struct notes *w = context;
    size_t used = strlen(w->shown);
    assert_int_equal(kind, DELTA_CONTENT);
    snprintf(w->shown + used, sizeof(w->shown) - used, "%s.%d.%d:%.*s ", call_id, attempt, (int)n,
             (int)len, text);
    used = strlen(w->joined);
    snprintf(w->joined + used, sizeof(w->joined) - used, "%.*s", (int)len, text);
}

static char *owner_clean(void *context, const char *text)
{
    char *clean = secrets_redact_text(((struct notes *)context)->secrets, text);
    char *told = xasprintf("clean: %s", clean);
    free(clean);
    return told;
}

static size_t owner_hold(void *context, struct buf *text)
{
    return secrets_hold(((struct notes *)context)->secrets, text);
}

static const struct exchange_owner OWNER = {owner_now, owner_fact, owner_delta, owner_clean,
                                            owner_hold};

/* ---- an adapter that plays two pieces and an end; the model's name says when the last comes ----
 */

static void add_part(struct provider_request *r, int64_t at_ms, const char *text)
{
    r->parts = xrealloc(r->parts, (r->part_count + 1) * sizeof(*r->parts));
    r->parts[r->part_count++] =
        (struct provider_part){.at_ms = at_ms, .data = xstrdup(text), .len = strlen(text)};
}

#define LEAK "my key is sk-secret-key-1, sk-se is none, nor c2stc2Vj"

/* The leak in pieces of so many bytes. */
static void add_split(struct provider_request *r, int size)
{
    char piece[sizeof(LEAK)];
    for (size_t at = 0; at < strlen(LEAK); at += (size_t)size) {
        snprintf(piece, sizeof(piece), "%.*s", size, &LEAK[at]);
        add_part(r, (int64_t)at, piece);
    }
    add_part(r, 900, ".");
}

static int play_build(const struct provider_config *config, const struct provider_ask *ask,
                      struct provider_request *ret, struct error *err)
{
    (void)config;
    if (!strcmp(ask->model, "refuses"))
        return error_set(err, EINVAL, "not with sk-this");
    if (!strcmp(ask->model, "thinks")) {
        for (int64_t at = 40; at <= 400; at += 40)
            add_part(ret, at, "_");
        add_part(ret, 430, "one");
        add_part(ret, 470, "_");
        add_part(ret, 510, ".");
        return 0;
    }
    if (*ask->model == '@') {
        add_split(ret, (int)strtol(ask->model + 1, NULL, 10));
        return 0;
    }
    if (*ask->model == '!') {
        add_part(ret, 10, ask->model);
        return 0;
    }
    add_part(ret, 10, "one");
    add_part(ret, 20, "two");
    add_part(ret, !strcmp(ask->model, "slow") ? 5000 : 30, ".");
    return 0;
}

static int play_event(struct reply *reply, const char *type, const char *data, size_t len)
{
    (void)type;
    if (*data == '_')
        return 0;
    if (*data == '!')
        return reply_fail(reply, "permanent", "auth", data);
    if (*data != '.')
        return reply_add_content(reply, data, len);
    reply->finish_reason = "stop";
    reply->ended = true;
    return 0;
}

static const struct provider PLAYER = {.build = play_build, .event = play_event};

struct world {
    struct notes notes;
    struct provider_slot slot;
    struct exchange *x;
    json_t *empty;
};

static int set_up(void **state)
{
    struct world *w = xcalloc(1, sizeof(*w));
    w->notes.facts = j_array();
    w->notes.secrets = secrets_new();
    secrets_add(w->notes.secrets, "sk-secret-key-1");
    w->empty = j_array();
    w->slot = (struct provider_slot){.wire = &PLAYER, .name = (char *)"p"};
    *state = w;
    return 0;
}

static int tear_down(void **state)
{
    struct world *w = *state;
    if (w->x)
        exchange_free(w->x);
    int left = (int)w->slot.in_flight;
    json_decref(w->notes.facts);
    secrets_free(w->notes.secrets);
    json_decref(w->empty);
    free(w);
    return left;
}

static void begin(struct world *w, struct engine_attempt ask)
{
    ask.member_id = "ann";
    ask.messages = ask.tools = ask.params = w->empty;
    struct exchange_call call = {.call_id = "c", .seed = "s", .attempt = 2, .ask = &ask};
    w->x = exchange_new(&OWNER, &w->notes, &w->slot, &call);
    if (w->x)
        exchange_begin(w->x, NULL, w->notes.now);
}

/* Goes on to that time, from one wake-up to the next. */
static void go_on(struct world *w, int64_t until_ms)
{
    while (w->x->state != EXCHANGE_OVER) {
        int64_t at = exchange_wake_ms(w->x);
        if (at < 0 || at > until_ms)
            break;
        assert_true(at >= w->notes.now);
        w->notes.now = at;
        exchange_step(w->x, at);
    }
    w->notes.now = until_ms;
    exchange_step(w->x, until_ms);
}

/* The only fact: its type, and the code of an error. */
static void expect(const struct world *w, const char *type, const char *code)
{
    json_t *fact = json_array_get(w->notes.facts, 0);
    assert_int_equal(json_array_size(w->notes.facts), 1);
    assert_string_equal(j_str(fact, "type", ""), type);
    assert_string_equal(j_str(fact, "call_id", ""), "c");
    assert_int_equal(j_int(fact, "attempt", 0), 2);
    assert_string_equal(j_str(j_get(fact, "error"), "code", ""), code);
    assert_int_equal(w->x ? w->x->state : EXCHANGE_OVER, EXCHANGE_OVER);
}

static void no_key_over_the_seams(void **state)
{
    struct world *w = *state;
    for (int size = 1; size < (int)sizeof(LEAK); size++) {
        char model[16];
        snprintf(model, sizeof(model), "@%d", size);
        w->notes.shown[0] = w->notes.joined[0] = '\0';
        w->notes.now = 0;
        begin(w, (struct engine_attempt){.model = model, .stream = true});
        go_on(w, 1000);
        assert_string_equal(w->notes.joined,
                            "my key is [redacted:key], sk-se is none, nor c2stc2Vj");
        exchange_free(w->x);
        w->x = NULL;
    }
}

/* Wherever the words of a provider are cut, a key in them is replaced first. */
static void no_part_of_a_key_at_the_cut(void **state)
{
    struct world *w = *state;
    static const int LIMITS[] = {FAULT_MESSAGE_MAX, FAULT_RAW_MAX};
    for (size_t i = 0; i < 2; i++)
        for (int before = LIMITS[i] - 40; before < LIMITS[i] + 1; before++) {
            char *model = xasprintf("!%*s sk-secret-key-1 and more", before - 2, "x");
            begin(w, (struct engine_attempt){.model = model, .stream = true});
            go_on(w, w->notes.now + 100);
            json_t *fact = json_array_get(w->notes.facts, json_array_size(w->notes.facts) - 1);
            const char *told = j_str(j_get(fact, "error"), "message", "");
            assert_true(strlen(told) > FAULT_MESSAGE_MAX - 20 && strlen(told) <= FAULT_MESSAGE_MAX);
            if (strstr(told, "sk-"))
                fail_msg("%d bytes before the key: ...%s", before, strstr(told, "sk-"));
            exchange_free(w->x);
            w->x = NULL;
            free(model);
        }
}

static void tells_an_answer_once_with_its_times(void **state)
{
    struct world *w = *state;
    w->notes.now = 1000;
    begin(w, (struct engine_attempt){.model = "m", .stream = true});
    assert_int_equal(w->slot.in_flight, 1);
    go_on(w, 1015);
    assert_string_equal(w->notes.shown, "c.2.0:one ");
    assert_int_equal(json_array_size(w->notes.facts), 0);
    go_on(w, 9000);
    expect(w, "exchange_completed", "");
    json_t *fact = json_array_get(w->notes.facts, 0);
    assert_string_equal(w->notes.shown, "c.2.0:one c.2.1:two ");
    assert_string_equal(j_str(fact, "content", ""), "onetwo");
    assert_int_equal(j_int(fact, "first_token_ms", -1), 10);
    assert_int_equal(j_int(fact, "latency_ms", -1), 30);
}

static void shows_nothing_unless_asked_to(void **state)
{
    struct world *w = *state;
    begin(w, (struct engine_attempt){.model = "m"});
    go_on(w, 100);
    expect(w, "exchange_completed", "");
    assert_string_equal(w->notes.shown, "");
}

static void each_clock_has_its_own_word(void **state)
{
    struct world *w = *state;
    static const struct {
        struct engine_attempt ask;
        const char *code, *message;
        int64_t at_ms;
    } CLOCKS[] = {
        {{.model = "slow", .first_token_ms = 5}, "first_token", "clean: no first token in time", 5},
        {{.model = "slow", .first_token_ms = 15, .stall_ms = 100},
         "stall",
         "clean: the stream stood still",
         120},
        {{.model = "slow", .first_token_ms = 15, .stall_ms = 100, .attempt_ms = 50},
         "attempt",
         "clean: the attempt took too long",
         50},
    };
    for (size_t i = 0; i < sizeof(CLOCKS) / sizeof(*CLOCKS); i++) {
        w->notes.now = 0;
        begin(w, CLOCKS[i].ask);
        go_on(w, CLOCKS[i].at_ms - 1);
        assert_int_equal(json_array_size(w->notes.facts), 0);
        go_on(w, CLOCKS[i].at_ms);
        expect(w, "attempt_failed", CLOCKS[i].code);
        assert_string_equal(j_str(j_get(json_array_get(w->notes.facts, 0), "error"), "message", ""),
                            CLOCKS[i].message);
        go_on(w, 9000);
        assert_int_equal(json_array_size(w->notes.facts), 1);
        json_array_clear(w->notes.facts);
        exchange_free(w->x);
        w->x = NULL;
    }
}

/* Most models that think tell nothing of it but that they do. */
static void any_event_is_life(void **state)
{
    struct world *w = *state;
    begin(w, (struct engine_attempt){.model = "thinks", .first_token_ms = 50, .stall_ms = 50});
    go_on(w, 9000);
    expect(w, "exchange_completed", "");
    assert_int_equal(j_int(json_array_get(w->notes.facts, 0), "first_token_ms", -1), 430);
    exchange_free(w->x);
    json_array_clear(w->notes.facts);
    w->notes.now = 0;
    begin(w, (struct engine_attempt){.model = "thinks", .first_token_ms = 35, .stall_ms = 50});
    go_on(w, 40);
    expect(w, "attempt_failed", "first_token");
    exchange_free(w->x);
    json_array_clear(w->notes.facts);
    w->notes.now = 0;
    begin(w, (struct engine_attempt){.model = "thinks", .first_token_ms = 50, .attempt_ms = 300});
    go_on(w, 300);
    expect(w, "attempt_failed", "attempt");
}

static void a_question_that_cannot_be_put_is_a_fact(void **state)
{
    struct world *w = *state;
    begin(w, (struct engine_attempt){.model = "refuses"});
    assert_null(w->x);
    expect(w, "attempt_failed", "invalid_request");
    json_t *error = json_object_get(json_array_get(w->notes.facts, 0), "error");
    assert_string_equal(j_str(error, "message", ""), "clean: not with sk-this");
}

static void vectors_are_not_asked_of_one_that_makes_none(void **state)
{
    struct world *w = *state;
    begin(w, (struct engine_attempt){.model = "m", .embed = w->empty});
    assert_null(w->x);
    expect(w, "attempt_failed", "invalid_request");
}

static void an_abort_tells_nothing(void **state)
{
    struct world *w = *state;
    begin(w, (struct engine_attempt){.model = "slow"});
    go_on(w, 50);
    exchange_free(w->x);
    w->x = NULL;
    assert_int_equal(json_array_size(w->notes.facts), 0);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(no_key_over_the_seams),
        TEST(no_part_of_a_key_at_the_cut),
        TEST(tells_an_answer_once_with_its_times),
        TEST(shows_nothing_unless_asked_to),
        TEST(each_clock_has_its_own_word),
        TEST(any_event_is_life),
        TEST(a_question_that_cannot_be_put_is_a_fact),
        TEST(vectors_are_not_asked_of_one_that_makes_none),
        TEST(an_abort_tells_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
