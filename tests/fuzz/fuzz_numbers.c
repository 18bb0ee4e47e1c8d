/* Whatever numbers a provider puts into a reply, in any format: what is counted stays between 0 and
 * 10^9, a cost is a number that is no less than 0, and the reply is read or refused as any other.
 *
 * The bytes choose a format and one of its replies in tests/fixtures/wires.json; then pairs of
 * bytes say which number of it becomes which of ours, or what else is put in its place. */
#include "edits.h"

#include <math.h>

#include "replies.h"

enum { CHANGES_MOST = 24, TOKENS_MOST = 1000000000 };

static const char *const NUMBERS[] = {
    "0",
    "-1",
    "1",
    "1000000000",
    "1000000001",
    "4294967296",
    "9223372036854775807",
    "-9223372036854775808",
    "9223372036854775808",
    "18446744073709551616",
    "1e308",
    "-1e308",
    "1e400",
    "5e-324",
    "0.5",
    "1e9",
    "NaN",
    "Infinity",
    "\"7\"",
    "null",
    "true",
    "[9]",
    "{}",
    "123456789012345678901234567890123456789012345678901234567890"};
enum { N_NUMBERS = sizeof(NUMBERS) / sizeof(NUMBERS[0]) };

/* Stands for a number until the text is made, for jansson knows none that is too great. */
static json_t *mark(size_t which)
{
    char text[16];
    snprintf(text, sizeof(text), "@%zu@", which % N_NUMBERS);
    return json_string(text);
}

static void change_number(json_t *reply, struct bytes *b)
{
    size_t n = take(b), at = 0;
    const char *key = NULL;
    size_t which = take(b);
    for (size_t tries = 0; tries < 64; tries++) {
        size_t left = n++;
        json_t *holder = holder_of(reply, &left, &key, &at);
        json_t *old =
            json_is_object(holder) ? json_object_get(holder, key) : json_array_get(holder, at);
        if (!holder)
            return;
        if (!json_is_number(old))
            continue;
        if (json_is_object(holder))
            json_object_set_new(holder, key, mark(which));
        else
            json_array_set_new(holder, at, mark(which));
        return;
    }
}

/* The value as text, the marks replaced by what they stand for; malloc'ed. */
static char *text_of(json_t *value)
{
    char *plain = json_is_string(value) ? strdup(json_string_value(value))
                                        : json_dumps(value, JSON_COMPACT | JSON_ENCODE_ANY);
    char *made = malloc(strlen(plain) * 16 + 1), *to = made;
    for (const char *from = plain; *from;) {
        char *end = NULL;
        size_t which = from[0] == '"' && from[1] == '@' ? strtoul(from + 2, &end, 10) : N_NUMBERS;
        if (which < N_NUMBERS && end && end[0] == '@' && end[1] == '"') {
            to = stpcpy(to, NUMBERS[which]);
            from = end + 2;
        } else {
            *to++ = *from++;
        }
    }
    *to = '\0';
    free(plain);
    return made;
}

static int read_one(const struct provider *wire, struct reply *reply, json_t *value, bool whole)
{
    char *text = text_of(value);
    int r =
        whole ? wire->whole(reply, text, strlen(text)) : wire->event(reply, "", text, strlen(text));
    free(text);
    return r;
}

static void check_count(const json_t *usage, const char *name)
{
    const json_t *count = json_object_get(usage, name);
    HOLDS(json_is_null(count) || json_is_integer(count));
    HOLDS(json_integer_value(count) >= 0 && json_integer_value(count) <= 2LL * TOKENS_MOST);
}

static void check_counted(const struct reply *reply, const struct provider *wire)
{
    static const char *const names[] = {"input_tokens", "output_tokens", "cached_input_tokens",
                                        "reasoning_tokens"};
    json_t *fact = reply_fact(reply, provider_type_name(wire));
    json_t *usage = json_object_get(fact, "usage"), *cost = json_object_get(fact, "cost");
    for (size_t i = 0; json_is_object(usage) && i < sizeof(names) / sizeof(names[0]); i++)
        check_count(usage, names[i]);
    HOLDS(json_is_null(cost) || (json_is_number(cost) && isfinite(json_number_value(cost)) &&
                                 json_number_value(cost) >= 0));
    json_decref(fact);
}

static void read_reply(const struct provider *wire, json_t *one)
{
    json_t *events = json_object_get(one, "stream"), *whole = json_object_get(one, "whole");
    struct reply reply;
    int r = 0;
    reply_init(&reply, NULL, NULL);
    for (size_t i = 0; r == 0 && i < json_array_size(events); i++)
        r = read_one(wire, &reply, json_array_get(events, i), false);
    if (whole)
        r = read_one(wire, &reply, whole, true);
    check_reply(&reply, provider_type_name(wire), r);
    if (r == 0 && reply.finish_reason)
        check_counted(&reply, wire);
    reply_release(&reply);
}

/* Each file is read once. */
static json_t *known_replies(void)
{
    static json_t *wires;
    if (!wires)
        wires = json_load_file("tests/fixtures/wires.json", 0, NULL);
    json_t *replies = json_object_get(wires, "replies");
    HOLDS(json_object_size(replies) > 0);
    return replies;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct bytes b = {data, size};
    json_t *replies = known_replies();
    void *format = json_object_iter(replies);
    for (size_t n = take(&b) % json_object_size(replies); n > 0; n--)
        format = json_object_iter_next(replies, format);
    json_t *all = json_object_iter_value(format);
    json_t *one = json_deep_copy(json_array_get(all, take(&b) % json_array_size(all)));
    for (int i = 0; i < CHANGES_MOST && b.left > 0; i++)
        change_number(one, &b);
    read_reply(provider_find(json_object_iter_key(format)), one);
    json_decref(one);
    return 0;
}
