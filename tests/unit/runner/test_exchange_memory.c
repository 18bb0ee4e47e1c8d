/* Without memory for a piece of a reply the runner ends: one that went on would take what is left
 * of the reply for all of it, or tell that the provider failed. */
#include <errno.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "all_or_the_end.h"
#include "common/jx.h"
#include "common/xalloc.h"
#include "runner/exchange/exchange_read.h"
#include "runner/provider/formats.h"

static json_t *told;

static int64_t owner_now(void *context)
{
    (void)context;
    return 7;
}

static void owner_fact(void *context, json_t *fact)
{
    (void)context;
    told = fact;
}

static char *owner_clean(void *context, const char *text)
{
    (void)context;
    return xstrdup(text);
}

static size_t owner_hold(void *context, struct buf *text)
{
    (void)context;
    return text->len; /* all of it waits */
}

static void owner_delta(void *context, enum delta kind, const char *call_id, int attempt, int64_t n,
                        const char *text, size_t len)
{
    (void)context, (void)kind, (void)call_id, (void)attempt, (void)n, (void)text, (void)len;
}

static const struct exchange_owner OWNER = {owner_now, owner_fact, owner_delta, owner_clean,
                                            owner_hold};

static const struct row {
    const char *format, *type, *pieces[4];
    bool stream;
} ROWS[] = {
    {"openai",
     "text/event-stream",
     {"data: {\"choices\":[{\"delta\":{\"content\":\"wo", "rd\"},\"finish_reason\":\"stop\"}]}\n",
      "\ndata: {\"choices\":[],\"usage\":{\"prompt_tokens\":1,", "\"completion_tokens\":2}}"},
     true},
    {"ollama",
     "application/x-ndjson",
     {"{\"message\":{\"content\":\"wo", "rd\"},\"done\":false}\n{\"message\":{\"content\":\"\"},",
      "\"done\":true,\"done_reason\":\"stop\",\"prompt_eval_count\":1}"},
     true},
    {"openai",
     "application/json",
     {"{\"choices\":[{\"message\":{\"content\":\"wo", "rd\"},\"finish_reason\":\"stop\"}]}"},
     false},
};

static char *hear(const void *what)
{
    const struct row *row = what;
    struct provider_slot slot = {.wire = provider_find(row->format), .name = xstrdup("p")};
    struct exchange x = {.owner = &OWNER,
                         .slot = &slot,
                         .wire = slot.wire,
                         .state = EXCHANGE_RUNNING,
                         .call_id = xstrdup("c"),
                         .wire_stream = row->stream,
                         .shown = true,
                         .first_delta_ms = -1};
    struct http_result result = {.response = {.status = 200,
                                              .content_type = row->type,
                                              .retry_after = "",
                                              .retry_after_ms = "",
                                              .request_id = "",
                                              .location = ""},
                                 .message = ""};
    sse_init(&x.sse);
    ndjson_init(&x.lines);
    buf_init(&x.body, 1 << 20);
    reply_init(&x.reply, exchange_hear, &x);
    for (int i = 0; i < DELTA_TOOL; i++)
        buf_init(&x.held[i], 1 << 20);
    begin();
    int r = 0;
    for (size_t i = 0; r == 0 && i < 4 && row->pieces[i]; i++)
        r = EXCHANGE_HANDLER.body(&x, &result.response, row->pieces[i], strlen(row->pieces[i]));
    result.curl_code = r < 0 ? 23 : 0;
    result.refused = r < 0;
    EXCHANGE_HANDLER.done(&x, &result);
    failing_stop();
    return json_dumps(told, JSON_COMPACT | JSON_SORT_KEYS);
}

static void every_framing(void **state)
{
    (void)state;
    need_failing();
    for (size_t i = 0; i < sizeof ROWS / sizeof ROWS[0]; i++)
        assert_true(expect_all_or_the_end(hear, &ROWS[i], ROWS[i].type) > 1);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_framing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
