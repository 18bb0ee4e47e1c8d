/* The message of a provider in OpenAI's format, kept as it comes for the next turn: what each piece
 * of it costs of the room for it, to the byte, and that of one too long nothing is kept. */
#include "adapter_help.h"
#include "heap_kept.h"
#include "runner/provider/openai_message.h"

static void hear(struct reply *r, const char *delta)
{
    json_t *value = json_of(delta);
    openai_message_keep(r, value);
    json_decref(value);
}

static const struct {
    const char *deltas[3];
    size_t bytes;
} ROWS[] = {
    /* texts: the name once, and every piece */
    {{"{\"a\":\"bcd\"}"}, 4},
    {{"{\"a\":\"\",\"n\":null}"}, 1},
    {{"{\"a\":\"bcd\"}", "{\"a\":\"ef\"}"}, 6},
    {{"{\"a\":\"bcd\"}", "{\"a\":\"\"}", "{\"bb\":\"e\"}"}, 7},
    /* others: the longest so far */
    {{"{\"num\":5}"}, 4},
    {{"{\"num\":5}", "{\"num\":7}"}, 4},
    {{"{\"num\":5}", "{\"num\":1234}"}, 7},
    {{"{\"num\":1234}", "{\"num\":1}", "{\"num\":123}"}, 9},
    {{"{\"o\":{\"k\": [1]}}"}, 10},
    /* lists: the name once, and every item */
    {{"{\"l\":[]}"}, 1},
    {{"{\"l\":[1,\"x\"]}", "{\"l\":[22]}"}, 7},
    {{"{\"l\":[{}]}", "{\"l\":[{}]}"}, 5},
    {{"{\"l\":[{\"text\":\"ab\"}]}"}, 9},
    {{"{\"l\":[{\"text\":\"ab\",\"index\":0}]}", "{\"l\":[{\"index\":0,\"text\":\"c\"}]}"}, 28},
    {{"{\"l\":[{\"data\":\"ab\",\"index\":0}]}", "{\"l\":[{\"index\":1,\"data\":\"c\"}]}"}, 28},
    {{"{\"l\":[{\"summary\":\"ab\",\"x\":\"y\",\"z\":null}]}"}, 1 + 2 + 9 + 4 + 5},
    {{"{\"l\":[{\"index\":0,\"type\":\"a\",\"text\":\"b\"}]}",
      "{\"l\":[{\"index\":0,\"type\":\"c\",\"text\":\"d\"}]}"},
     1 + 2 * (2 + 6 + 7 + 5)},
    {{"{\"l\":[{\"index\":0,\"type\":\"a\",\"text\":\"b\"}]}",
      "{\"l\":[{\"type\":\"a\",\"text\":\"d\",\"index\":0}]}"},
     22},
    /* calls: what is not usual in them, for each call */
    {{"{\"tool_calls\":[{\"index\":0,\"id\":\"i\",\"type\":\"function\",\"more\":\"ab\","
      "\"none\":null}]}"},
     8},
    {{"{\"tool_calls\":[{\"more\":1},{\"more\":2}]}",
      "{\"tool_calls\":[{\"index\":1,\"more\":33}]}"},
     11},
    /* what is kept elsewhere costs nothing here */
    {{"{\"role\":\"assistant\",\"content\":\"abc\",\"refusal\":\"d\",\"tool_calls\":[],\"e\":"
      "0}"},
     2},
};

static void room_for_each_piece(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof(ROWS) / sizeof(ROWS[0]); i++) {
        for (size_t less = 0; less <= 1; less++) {
            struct reply r;
            reply_init(&r, NULL, NULL);
            r.most = ROWS[i].bytes - less;
            for (size_t n = 0; n < 3 && ROWS[i].deltas[n]; n++)
                hear(&r, ROWS[i].deltas[n]);
            if (r.own_cut != (less > 0) || (!less && r.own_written != ROWS[i].bytes))
                fail_msg("row %zu: %zu bytes are kept of %zu", i, r.own_written, ROWS[i].bytes);
            assert_int_equal(json_object_size(r.blocks), less ? 0 : 3);
            hear(&r, "{\"more\":1}"); /* too much for both */
            assert_true(r.own_cut);
            assert_int_equal(json_object_size(r.blocks), 0);
            reply_release(&r);
        }
    }
}

/* Nor does any of these leave a thing behind. */
static void nothing_is_kept(void **state)
{
    (void)state;
    assert_keeps_nothing(room_for_each_piece);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(room_for_each_piece),
        cmocka_unit_test(nothing_is_kept),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
